//! How far each file was sent, noted after each batch.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// What was noted, by source, file and size: a file that has changed is another.
pub(super) struct Progress {
    path: PathBuf,
    sent: BTreeMap<String, u64>,
}

impl Progress {
    /// Nothing was sent.
    pub(super) fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), sent: BTreeMap::new() }
    }

    /// What an earlier run has noted, if any has.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("{} cannot be read: remove it, or say --anew", path.display());
        let sent = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(failed),
        };
        Ok(Self { path: path.to_owned(), sent })
    }

    /// The name of a file here.
    pub(super) fn key(&self, source: &str, file: &Path) -> anyhow::Result<String> {
        let failed = || format!("{} cannot be read", file.display());
        let place = file.canonicalize().with_context(failed)?;
        let size = fs::metadata(file).with_context(failed)?.len();
        Ok(format!("{source} {size} {}", place.display()))
    }

    /// How many records of a file were sent.
    pub(super) fn sent(&self, key: &str) -> u64 {
        self.sent.get(key).copied().unwrap_or(0)
    }

    /// Notes how many were.
    pub(super) fn note(&mut self, key: &str, sent: u64) -> anyhow::Result<()> {
        self.sent.insert(key.to_owned(), sent);
        let failed = || format!("{} cannot be written", self.path.display());
        let next = self.path.with_extension("next");
        let bytes = serde_json::to_vec_pretty(&self.sent)?;
        let mut file = fs::File::create(&next).with_context(failed)?;
        file.write_all(&bytes).with_context(failed)?;
        fs::rename(&next, &self.path).with_context(failed)
    }
}
