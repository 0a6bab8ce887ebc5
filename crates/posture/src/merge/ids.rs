//! The ids of devices.
//!
//! A device's id is that of its oldest record, which is a function of the record's key alone. So a
//! device keeps its id when a record joins it; when two devices turn out to be one, the older's id
//! stays and the other's is an alias; after a split the part with the oldest record keeps the id.
//! Nothing has to be stored for it, save when an oldest record is erased: see [`bequeath`].

use model::{
    DeviceId,
    device::{Origin, SourceRecord},
};
use sha2::{Digest, Sha256};

/// Tells these digests from all others.
const DOMAIN: &str = "device of a record";

/// The id of the device whose oldest record this is.
#[must_use]
pub fn record_device_id(record: &SourceRecord) -> DeviceId {
    record.origin.inherits.unwrap_or_else(|| own(record))
}

/// Lets a record that stays take the place of one that is erased, so that their device keeps its
/// id. Does nothing when the one that stays is older.
pub fn bequeath(erased: &SourceRecord, heir: &mut SourceRecord) {
    if age(erased) < age(heir) {
        let first_seen_at = erased.origin.first_seen_at;
        heir.origin = Origin { first_seen_at, inherits: Some(record_device_id(erased)) };
    }
}

/// The id of the device of these records, and every other that it may have been known by.
pub(super) fn name(members: &[&SourceRecord]) -> Option<(DeviceId, Vec<DeviceId>)> {
    let oldest = members.iter().min_by_key(|record| age(record))?;
    let id = record_device_id(oldest);
    let all = members.iter().flat_map(|record| [record_device_id(record), own(record)]);
    let mut aliases: Vec<DeviceId> = all.filter(|alias| *alias != id).collect();
    aliases.sort_unstable();
    aliases.dedup();
    Some((id, aliases))
}

fn age(record: &SourceRecord) -> (model::Timestamp, &model::device::RecordKey) {
    (record.origin.first_seen_at, &record.key)
}

fn own(record: &SourceRecord) -> DeviceId {
    let mut digest = Sha256::new();
    for part in [DOMAIN, &record.key.source, &record.key.id] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let bytes = digest.finalize();
    let bits = bytes.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    DeviceId::from_digest(bits)
}
