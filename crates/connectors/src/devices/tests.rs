//! Bad days, of every system that is asked: nothing merges wrongly, nothing disappears silently,
//! nothing is good for lack of data.

mod days;
pub(super) mod said;

use model::{
    Timestamp,
    device::{Evidence, Practice, SourceRecord},
};
use ports::{
    Failure,
    devices::{DeviceSource, Finished, Read, Sweep},
};
use posture::{Checks, Circumstances, Currency, Device, MergeRules, check::State};

/// Where data for tests lies.
const DATA: &str = "COUNTERSIGN_DATA";

/// The day of everything that is said in these tests.
pub(super) fn now() -> Timestamp {
    crate::fixtures::instant("2026-11-20T12:00:00Z")
}

/// Everything that a source lists.
pub(super) async fn sweep(source: &dyn DeviceSource) -> Result<(Vec<Read>, Finished), Failure> {
    let mut sweep = Sweep::begin(now());
    let mut all = Vec::new();
    loop {
        let page = source.page(sweep.cursor(), now()).await?;
        let finished = sweep.take(&page);
        all.extend(page.records);
        if let Some(finished) = finished {
            return Ok((all, finished));
        }
    }
}

/// The devices of records.
pub(super) fn merged(reads: &[Read]) -> Vec<Device> {
    let records: Vec<SourceRecord> = reads.iter().map(|read| read.record.clone()).collect();
    posture::devices(&records, &[], &MergeRules::default())
}

/// How a check stands on the device of one record, by the checks that ship.
pub(super) fn state(read: &Read, practice: &Practice) -> State {
    let device = &merged(std::slice::from_ref(read))[0];
    let circumstances = Circumstances::at(read.record.last_sync.unwrap_or(now()));
    let checks = Checks::shipped();
    let evaluation = posture::evaluate(device, &checks, Currency::built_in(), &circumstances);
    evaluation.result(practice).expect("a shipped check judges it").state
}

/// What was seen of a practice.
pub(super) fn evidence(read: &Read, practice: &Practice) -> Option<Evidence> {
    read.record.practices.get(practice).map(|seen| seen.evidence.clone())
}

/// The paths of what could not be read.
pub(super) fn paths(read: &Read) -> Vec<&str> {
    read.problems.told.iter().map(|problem| problem.path.as_str()).collect()
}

/// A file that lies beside the checkout, when it does.
pub(super) fn supplied(name: &str) -> Option<Vec<u8>> {
    let path = std::env::var_os(DATA).map(|folder| std::path::PathBuf::from(folder).join(name));
    let found = path.and_then(|path| std::fs::read(path).ok());
    if found.is_none() {
        eprintln!("skipped: {DATA} does not lead to {name}");
    }
    found
}
