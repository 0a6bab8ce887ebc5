//! What is this log's own: what happens to it when the disk fails. The port's promises are tested
//! by its conformance suite.

mod disk;
mod flipped;
mod full;
mod killed;
mod opening;
mod rig;
mod story;
mod torn;

use std::{path::Path, sync::Arc};

use futures::executor::block_on;
use ports::{Entropy, entropy::SeededEntropy, event_log::EventLog};

use crate::{DiskLog, Options};

#[test]
fn the_log_on_disk_keeps_every_promise_of_the_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::cell::Cell::new(0);
    // Every batch becomes a segment of its own.
    let options = Options { segment_bytes: 1, ..Options::default() };
    block_on(ports::conformance::event_log(async || {
        made.set(made.get() + 1);
        let path = folder.path().join(made.get().to_string());
        let log: Arc<dyn EventLog> = Arc::new(open(&path, options));
        log
    }));
}

fn open(path: &Path, options: Options) -> DiskLog {
    DiskLog::open(path, options, entropy()).expect("it opens")
}

fn entropy() -> Arc<dyn Entropy> {
    Arc::new(SeededEntropy::new(7))
}
