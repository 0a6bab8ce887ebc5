//! How states are written: numbers and bytes one after another, without names. Reading is total:
//! any bytes are a state or none.

/// Writes.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

/// Reads what [`Writer`] has written.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'b>(&'b [u8]);

impl Writer {
    /// A number; small ones take little room.
    pub(crate) fn number(&mut self, mut number: u64) -> &mut Self {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
        self
    }

    /// A number of which every bit may be set.
    pub(crate) fn bits(&mut self, bits: u64) -> &mut Self {
        self.0.extend_from_slice(&bits.to_le_bytes());
        self
    }

    /// A digest.
    pub(crate) fn digest(&mut self, digest: u128) -> &mut Self {
        self.0.extend_from_slice(&digest.to_le_bytes());
        self
    }

    /// Bytes and how many.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl<'b> Reader<'b> {
    pub(crate) fn of(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// How many things follow, each of at least one byte.
    pub(crate) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub(crate) fn bits(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(crate) fn digest(&mut self) -> Option<u128> {
        Some(u128::from_le_bytes(self.take(16)?.try_into().ok()?))
    }

    pub(crate) fn bytes(&mut self) -> Option<&'b [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    pub(crate) fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(number: u64, bits: u64, digest: u128, text in "\\PC{0,20}") {
            let mut writer = Writer::default();
            writer.number(number).bits(bits).digest(digest).text(&text);
            let bytes = writer.into_bytes();
            let mut reader = Reader::of(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.bits(), Some(bits));
            prop_assert_eq!(reader.digest(), Some(digest));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::of(&bytes);
            while !reader.is_at_end() && reader.number().is_some() {
                let _ = (reader.clone().bytes(), reader.clone().digest(), reader.clone().text());
            }
        }
    }
}
