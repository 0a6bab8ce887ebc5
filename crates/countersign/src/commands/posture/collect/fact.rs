//! One fact: a value, or the reason why there is none, and where it was looked for.

use std::{
    fs,
    io::{self, Read as _},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

/// How long one program may take.
const PROGRAM_TIME: Duration = Duration::from_secs(2);
/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The longest file or output that is read, in bytes.
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Facts by name.
#[derive(Debug, Default)]
pub(super) struct Facts(Map<String, Value>);

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// It is not there, or says nothing.
    NotReported,
    /// Only root may look.
    Permission,
    /// What is there cannot be read.
    Unreadable,
    /// It took too long.
    Timeout,
    /// Nobody sits in front of this machine.
    NoDesktop,
    /// Its firmware is older than the matter.
    LegacyFirmware,
}

impl Facts {
    /// Notes a fact: `how` is the file or the program that says so.
    pub(super) fn put(&mut self, name: &str, how: &str, value: Result<Value, Lack>) {
        let fact = match value {
            Ok(value) => json!({ "value": value, "how": how }),
            Err(lack) => json!({ "value": null, "reason": lack.name(), "how": how }),
        };
        self.0.insert(name.to_owned(), fact);
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl Lack {
    fn name(self) -> &'static str {
        match self {
            Self::NotReported => "not_reported",
            Self::Permission => "permission",
            Self::Unreadable => "unreadable",
            Self::Timeout => "timeout",
            Self::NoDesktop => "no_desktop",
            Self::LegacyFirmware => "legacy_firmware",
        }
    }
}

impl From<io::Error> for Lack {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::NotFound => Self::NotReported,
            _ => Self::Unreadable,
        }
    }
}

/// The bytes of a file.
pub(super) fn bytes(path: &str) -> Result<Vec<u8>, Lack> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file, without what surrounds it.
pub(super) fn text(path: &str) -> Result<String, Lack> {
    let text = String::from_utf8(bytes(path)?).map_err(|_| Lack::Unreadable)?;
    let text = text.trim();
    if text.is_empty() { Err(Lack::NotReported) } else { Ok(text.to_owned()) }
}

/// What a program prints that ends well. No shell, an absolute path, and the plain language.
pub(super) fn output(program: &str, arguments: &[&str]) -> Result<String, Lack> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let pipe = child.stdout.take().ok_or(Lack::Unreadable)?;
    // A program that prints more than a pipe holds waits for its reader.
    let reading = thread::spawn(move || {
        let mut printed = Vec::new();
        pipe.take(OUTPUT_BYTES_MAX).read_to_end(&mut printed).map(|_| printed)
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if began.elapsed() > PROGRAM_TIME => {
                child.kill()?;
                child.wait()?;
                return Err(Lack::Timeout);
            }
            None => thread::sleep(LOOK_EVERY),
        }
    };
    let printed = reading.join().map_err(|_| Lack::Unreadable)??;
    if !status.success() {
        return Err(Lack::Unreadable);
    }
    String::from_utf8(printed).map_err(|_| Lack::Unreadable)
}
