//! How a command ends, as its exit status says.

use std::{fmt, process::ExitCode};

/// How a command that ran ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done: status 0.
    Done,
    /// It found something, or a check failed: status 1.
    Finding,
}

/// What a command returns.
pub(crate) type Ended = anyhow::Result<Ending>;

/// Wrong usage or configuration: status 2. Holds every problem, one a line.
#[derive(Debug)]
pub(crate) struct Misuse(Vec<String>);

impl Misuse {
    /// Everything that is wrong. There is at least one thing.
    pub(crate) fn of<P: ToString>(problems: impl IntoIterator<Item = P>) -> anyhow::Error {
        let lines = problems.into_iter().map(|problem| problem.to_string());
        anyhow::Error::new(Self(lines.collect()))
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Misuse {}

/// The status of an ended command. What went wrong is told on standard error.
pub(crate) fn status(ended: Ended) -> ExitCode {
    match ended {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Finding) => ExitCode::from(1),
        Err(error) if error.is::<Misuse>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("countersign: {error:#}");
            ExitCode::from(1)
        }
    }
}
