//! A file in the MaxMind format, in memory, read anew when it is replaced.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;
use maxminddb::Reader;
use model::Timestamp;
use ports::networks::{Network, TableHealth};

use super::{Stamp, row::Row, stamp};

/// The largest file, in bytes. The whole of it is kept in memory.
const FILE_BYTES_MAX: u64 = 1_024 * 1_024 * 1_024;
/// Words in the type of a table of anonymisers.
const ANONYMISERS: &[&str] = &["anonymous", "anonymizer", "privacy", "vpn", "proxy", "hosting"];

/// A table of networks.
pub struct Mmdb {
    name: String,
    path: PathBuf,
    loaded: ArcSwapOption<Loaded>,
    tried: Mutex<Tried>,
}

struct Loaded {
    reader: Reader<Vec<u8>>,
    has_anonymisers: bool,
}

/// What came of the newest file.
#[derive(Debug, Default, Clone)]
struct Tried {
    stamp: Option<Stamp>,
    failure: Option<String>,
}

impl Mmdb {
    /// Loads the file as far as it can be: without it, everything is unknown.
    pub(super) fn load(name: String, path: PathBuf) -> Self {
        let table = Self { name, path, loaded: ArcSwapOption::empty(), tried: Mutex::default() };
        let (stamp, read) = (stamp(&table.path), read(&table.path));
        table.take(stamp, read);
        table
    }

    /// What it says of an address.
    pub(super) fn look_up(&self, ip: IpAddr) -> Network {
        let Some(loaded) = &*self.loaded.load() else { return Network::default() };
        let row: Option<Row> =
            loaded.reader.lookup(ip).ok().and_then(|found| found.decode().ok().flatten());
        // An address that is not in a table of anonymisers is known to be none.
        row.unwrap_or_default().network(loaded.has_anonymisers)
    }

    pub(super) fn health(&self) -> TableHealth {
        let loaded = self.loaded.load();
        let built = loaded.as_ref().map(|loaded| loaded.reader.metadata().build_epoch);
        let as_of = built.and_then(|seconds| i64::try_from(seconds).ok());
        TableHealth {
            name: self.name.clone(),
            as_of: as_of.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            entries: loaded.as_ref().map(|loaded| u64::from(loaded.reader.metadata().node_count)),
            failure: self.tried().failure,
        }
    }

    /// Reads the file if it is another than the one that was tried last.
    pub(super) async fn refresh(&self) {
        let stamp = stamp(&self.path);
        if stamp == self.tried().stamp && stamp.is_some() {
            return;
        }
        let path = self.path.clone();
        // Checking a large file takes seconds; this waits for it on a thread that may block.
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let failed = |_| Err("reading it was cut off".to_owned());
        self.take(stamp, read.unwrap_or_else(failed));
    }

    fn take(&self, stamp: Option<Stamp>, read: Result<Loaded, String>) {
        let failure = match read {
            Ok(loaded) => {
                self.loaded.store(Some(Arc::new(loaded)));
                None
            }
            Err(why) => Some(format!("{}: {why}", self.path.display())),
        };
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = tried.failure != failure;
        if let Some(why) = failure.as_deref().filter(|_| is_news) {
            tracing::warn!(table = self.name, "the table is not replaced: {why}");
        }
        *tried = Tried { stamp, failure };
    }

    fn tried(&self) -> Tried {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads and checks the whole of a file, so that no look-up meets what is broken.
fn read(path: &Path) -> Result<Loaded, String> {
    let metadata = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if metadata.len() > FILE_BYTES_MAX {
        return Err(format!("larger than {FILE_BYTES_MAX} bytes"));
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let broken = |_| "not a whole table in the MaxMind format".to_owned();
    let reader = Reader::from_source(bytes).map_err(broken)?;
    reader.verify().map_err(broken)?;
    let kind = reader.metadata().database_type.to_lowercase();
    let has_anonymisers = ANONYMISERS.iter().any(|word| kind.contains(word));
    Ok(Loaded { reader, has_anonymisers })
}
