//! A device's records and track, packed: written by us, read by us, and checked all the same.
//!
//! The form: a byte for its version, then everything in order, numbers little-endian, texts and
//! bytes after their length, all of it deflated.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use model::{DeviceId, Timestamp, device::RecordKey};
use ports::devices::store::{Dossier, FindKey, Inventory, StoredRecord};

const FORM: u8 = 1;
/// The largest thing that is unpacked, in bytes.
const UNPACKED_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What a frame holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Frame {
    pub(super) aliases: Vec<DeviceId>,
    /// Sorted.
    pub(super) keys: Vec<FindKey>,
    pub(super) checks: BTreeMap<String, String>,
    pub(super) track: Vec<u8>,
    /// With [`Inventory::Kept`] where there is software.
    pub(super) records: Vec<StoredRecord>,
}

impl Frame {
    pub(super) fn of(dossier: &Dossier, keys: Vec<FindKey>) -> Self {
        Self {
            aliases: dossier.aliases.clone(),
            keys,
            checks: dossier.checks.clone(),
            track: dossier.track.clone(),
            records: dossier.records.clone(),
        }
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        let mut out = Out(vec![FORM]);
        out.each(&self.aliases, |out, id| out.0.extend(id.bits().to_le_bytes()));
        out.each(&self.keys, |out, key| out.0.extend(key.0.to_le_bytes()));
        out.size(self.checks.len());
        for (practice, state) in &self.checks {
            out.bytes(practice.as_bytes());
            out.bytes(state.as_bytes());
        }
        out.bytes(&self.track);
        out.each(&self.records, |out, record| {
            out.bytes(record.key.source.as_bytes());
            out.bytes(record.key.id.as_bytes());
            out.0.extend(record.fetched_at.as_millisecond().to_le_bytes());
            let has_software = record.software != Inventory::Absent;
            out.0.extend([u8::from(record.is_gone), u8::from(has_software)]);
            out.bytes(&record.body);
        });
        deflate(&out.0)
    }

    /// `None` for what we never wrote.
    pub(super) fn unpack(packed: &[u8]) -> Option<Self> {
        let whole = inflate(packed)?;
        let (form, rest) = whole.split_first()?;
        let mut read = In(rest);
        (*form == FORM).then_some(())?;
        let frame = Self {
            aliases: read
                .each(|it| Some(DeviceId::from_digest(u128::from_le_bytes(it.array::<16>()?))))?,
            keys: read.each(|it| Some(FindKey(i64::from_le_bytes(it.array()?))))?,
            checks: read.each(|it| Some((it.text()?, it.text()?)))?.into_iter().collect(),
            track: read.bytes()?.to_vec(),
            records: read.each(record)?,
        };
        read.0.is_empty().then_some(frame)
    }
}

fn record(read: &mut In<'_>) -> Option<StoredRecord> {
    let key = RecordKey::new(read.text()?, read.text()?);
    let fetched_at = Timestamp::from_millisecond(i64::from_le_bytes(read.array()?)).ok()?;
    let [is_gone, has_software] = read.array()?.map(|byte: u8| byte != 0);
    let software = if has_software { Inventory::Kept } else { Inventory::Absent };
    Some(StoredRecord { key, fetched_at, is_gone, body: read.bytes()?.to_vec(), software })
}

/// Packed bytes of any kind.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.expect("writing to memory does not fail")
}

pub(super) fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut decoder = DeflateDecoder::new(packed).take(UNPACKED_MAX_BYTES);
    decoder.read_to_end(&mut bytes).ok()?;
    (u64::try_from(bytes.len()).ok()? < UNPACKED_MAX_BYTES).then_some(bytes)
}

struct Out(Vec<u8>);

impl Out {
    fn size(&mut self, size: usize) {
        let size = u32::try_from(size).expect("nothing of a device is 4 GiB large");
        self.0.extend(size.to_le_bytes());
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.0.extend(bytes);
    }
    fn each<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.size(items.len());
        items.iter().for_each(|item| write(self, item));
    }
}

struct In<'b>(&'b [u8]);

impl<'b> In<'b> {
    fn take(&mut self, size: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
    fn size(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }
    fn bytes(&mut self) -> Option<&'b [u8]> {
        let size = self.size()?;
        self.take(size)
    }
    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
    /// A count that is not true runs into the end before it costs anything.
    fn each<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.size()?;
        (0..count).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_was_cut_or_changed_is_not_read() {
        let record = StoredRecord {
            key: RecordKey::new("jamf", "1"),
            fetched_at: Timestamp::UNIX_EPOCH,
            is_gone: true,
            body: vec![1, 2, 3],
            software: Inventory::Kept,
        };
        let frame = Frame {
            aliases: vec![DeviceId::from_digest(7)],
            keys: vec![FindKey(-1)],
            checks: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            track: vec![9; 40],
            records: vec![record],
        };
        let whole = inflate(&frame.pack()).expect("our own");
        assert_eq!(Frame::unpack(&deflate(&whole)), Some(frame));
        for end in 0..whole.len() {
            assert_eq!(Frame::unpack(&deflate(&whole[..end])), None, "{end}");
        }
        let longer = [&whole[..], &[0]].concat();
        assert_eq!(Frame::unpack(&deflate(&longer)), None);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x80;
            // It may be readable, but it never panics.
            let _ = Frame::unpack(&deflate(&changed));
        }
        assert_eq!(Frame::unpack(&[]), None);
    }
}
