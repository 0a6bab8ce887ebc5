//! A file with one JSON object a line.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::PathBuf,
    sync::Arc,
};

use async_trait::async_trait;
use ports::{
    Failure,
    outcome::{Outcome, WriteBack},
};
use tokio::sync::Mutex;

use super::{NdjsonSettings, objects};

/// A file of outcomes: one `[writeback.NAME]` of kind `ndjson`.
#[derive(Debug)]
pub struct NdjsonFile {
    who: String,
    settings: NdjsonSettings,
    /// Lines of two outcomes never mix.
    turn: Arc<Mutex<()>>,
}

impl NdjsonFile {
    /// The file under its configured name.
    #[must_use]
    pub fn new(name: &str, settings: NdjsonSettings) -> Self {
        Self { who: format!("writeback.{name}"), settings, turn: Arc::default() }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let what = format!("{}: the file cannot be written: {}", self.who, error.kind());
        match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::IsADirectory => Failure::misconfigured(what),
            _ => Failure::retry(what).uncertain(),
        }
    }
}

#[async_trait]
impl WriteBack for NdjsonFile {
    async fn write(&self, outcome: &Outcome) -> Result<(), Failure> {
        let objects = objects(outcome, self.settings.format, self.settings.version);
        let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
        let (path, turn) = (self.settings.path.clone(), Arc::clone(&self.turn));
        let turn = turn.lock_owned().await;
        let written = tokio::task::spawn_blocking(move || {
            let outcome = append(path, &lines);
            drop(turn);
            outcome
        });
        let written = written.await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        written.map_err(|error| self.failure(&error))
    }

    /// Opening it shows whether it can be written to; nothing is.
    async fn check(&self) -> Result<String, Failure> {
        let path = self.settings.path.clone();
        let opened = tokio::task::spawn_blocking(move || open(path).map(drop)).await;
        let opened = opened.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        opened.map_err(|error| self.failure(&error))?;
        Ok(format!("adds to {}", self.settings.path.display()))
    }
}

/// Opened anew for each outcome, so that it may be moved away in between.
fn open(path: PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn append(path: PathBuf, lines: &str) -> io::Result<()> {
    let mut file = open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut whole = String::new();
    if length > 0 {
        // A line that a lost power supply cut short must not swallow the next.
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            whole.push('\n');
        }
    }
    whole.push_str(lines);
    file.write_all(whole.as_bytes())?;
    file.sync_data()
}
