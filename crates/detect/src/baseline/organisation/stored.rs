//! The organisation as bytes.

use super::{KNOWN_MAX, Organisation, Pair, Part};
use crate::baseline::{bytes::Reader, history::BINS};

const FORM: u8 = 1;
/// The bytes of a part that knows nothing, with its name.
const PART_BYTES_MIN: usize = 38;

/// Why stored bytes are no organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationError {
    /// Another version of Countersign wrote it.
    #[error("written in form {0}, which this version does not know")]
    Form(u8),
    /// It is not what was written.
    #[error("not readable")]
    Damaged,
}

impl Organisation {
    /// Appends it to bytes.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.push(FORM);
        for ((slot, group), part) in &self.parts {
            into.extend_from_slice(&slot.to_le_bytes());
            into.extend_from_slice(&group.to_le_bytes());
            part.write(into);
        }
    }

    /// Reads what [`Organisation::encode`] has written. Any bytes are an organisation or an error.
    pub fn decode(bytes: &[u8]) -> Result<Self, OrganisationError> {
        let mut reader = Reader::of(bytes);
        match bytes.first() {
            Some(&FORM) => reader.u8(),
            Some(form) => return Err(OrganisationError::Form(*form)),
            None => return Err(OrganisationError::Damaged),
        };
        let mut organisation = Self::default();
        while !reader.is_at_end() {
            if reader.rest().len() < PART_BYTES_MIN {
                return Err(OrganisationError::Damaged);
            }
            let key = (reader.u64(), reader.u64());
            let part = Part::read(&mut reader).ok_or(OrganisationError::Damaged)?;
            if !organisation.has_room(key) {
                return Err(OrganisationError::Damaged);
            }
            organisation.parts.insert(key, part);
        }
        Ok(organisation)
    }
}

impl Part {
    fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.generation.to_le_bytes());
        self.here.write(into);
        self.armed.write(into);
        let length = |length: usize| u16::try_from(length).expect("its parts are held small");
        into.extend_from_slice(&length(self.known.len()).to_le_bytes());
        for (value, pair) in &self.known {
            into.extend_from_slice(&value.to_bytes());
            pair.write(into);
        }
        into.extend_from_slice(&length(self.windows.len()).to_le_bytes());
        for (bin, pair) in &self.windows {
            into.push(*bin);
            pair.write(into);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut part = Self {
            generation: reader.u16(),
            here: Pair::read(reader),
            armed: Pair::read(reader),
            ..Self::default()
        };
        let known = usize::from(reader.u16());
        if known > KNOWN_MAX || known * 14 > reader.rest().len() {
            return None;
        }
        part.known = (0..known).map(|_| (reader.token(), Pair::read(reader))).collect();
        let windows = usize::from(reader.u16());
        if windows > BINS || windows * 9 > reader.rest().len() {
            return None;
        }
        part.windows = (0..windows).map(|_| (reader.u8(), Pair::read(reader))).collect();
        part.windows.retain(|bin, _| usize::from(*bin) < BINS);
        Some(part)
    }
}

impl Pair {
    fn write(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.now.to_le_bytes());
        into.extend_from_slice(&self.before.to_le_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        Self { now: reader.u32(), before: reader.u32() }
    }
}
