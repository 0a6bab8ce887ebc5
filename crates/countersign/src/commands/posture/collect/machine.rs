//! The machine that is looked at: its files, and its programs run with limits.

use std::{
    fs,
    io::{self, Read},
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::fact::Lack;

/// How long one program may take.
const PROGRAM_TIME: Duration = Duration::from_secs(2);
/// How long one may take of those that begin slowly, as PowerShell and macOS's profiler do.
const SLOW_PROGRAM_TIME: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The longest file or output that is read, in bytes.
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A machine whose programs can be asked: this one, or in tests what one has printed.
pub(super) trait Machine {
    /// What a program prints that ends well.
    fn ask(&self, program: &str, arguments: &[&str]) -> Result<String, Lack>;

    /// What a program prints that ends badly where there is no such setting.
    fn setting(&self, program: &str, arguments: &[&str]) -> Result<String, Lack> {
        self.ask(program, arguments).map_err(|lack| match lack {
            Lack::Unreadable => Lack::NotReported,
            other => other,
        })
    }
}

/// The machine that this runs on.
#[derive(Debug)]
pub(super) struct ThisMachine;

impl Machine for ThisMachine {
    fn ask(&self, program: &str, arguments: &[&str]) -> Result<String, Lack> {
        let printed = run(program, arguments, SLOW_PROGRAM_TIME)?;
        // Some print what they are asked for where others print their errors.
        Ok(if printed.out.trim().is_empty() { printed.err } else { printed.out })
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

/// What a program prints that ends well.
pub(super) fn output(program: &str, arguments: &[&str]) -> Result<String, Lack> {
    run(program, arguments, PROGRAM_TIME).map(|printed| printed.out)
}

/// What a program has printed.
struct Printed {
    out: String,
    err: String,
}

/// Runs a program that ends well: by an absolute path, within its time, in the plain language.
fn run(program: &str, arguments: &[&str], time: Duration) -> Result<Printed, Lack> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    // A program that prints more than a pipe holds waits for its reader.
    let out = child.stdout.take().map(reading).ok_or(Lack::Unreadable)?;
    let err = child.stderr.take().map(reading).ok_or(Lack::Unreadable)?;
    let status = ended(&mut child, time)?;
    let printed = |reading: JoinHandle<io::Result<Vec<u8>>>| {
        reading.join().map_err(|_| Lack::Unreadable)?.map_err(Lack::from)
    };
    if !status.success() {
        return Err(Lack::Unreadable);
    }
    let out = String::from_utf8(printed(out)?).map_err(|_| Lack::Unreadable)?;
    // What it complains of spoils no good answer.
    let err = String::from_utf8_lossy(&printed(err)?).into_owned();
    Ok(Printed { out, err })
}

fn reading(pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut printed = Vec::new();
        pipe.take(OUTPUT_BYTES_MAX).read_to_end(&mut printed).map(|_| printed)
    })
}

fn ended(child: &mut Child, time: Duration) -> Result<ExitStatus, Lack> {
    let began = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(status),
            None if began.elapsed() > time => {
                child.kill()?;
                child.wait()?;
                return Err(Lack::Timeout);
            }
            None => thread::sleep(LOOK_EVERY),
        }
    }
}

#[cfg(test)]
pub(super) mod fake {
    use super::{Lack, Machine};

    /// What a machine's programs print, by the end of their command lines.
    pub(in super::super) struct Told<'t>(pub(in super::super) &'t [(&'t str, &'t str)]);

    impl Machine for Told<'_> {
        fn ask(&self, program: &str, arguments: &[&str]) -> Result<String, Lack> {
            assert!(is_absolute(program), "{program}");
            let line = format!("{program} {}", arguments.join(" "));
            let told = self.0.iter().find(|(asked, _)| line.contains(asked));
            told.map(|(_, printed)| (*printed).to_owned()).ok_or(Lack::Unreadable)
        }
    }

    /// A machine whose programs all print the same.
    pub(in super::super) struct Always<'t>(pub(in super::super) &'t str);

    impl Machine for Always<'_> {
        fn ask(&self, _program: &str, _arguments: &[&str]) -> Result<String, Lack> {
            Ok(self.0.to_owned())
        }
    }

    fn is_absolute(program: &str) -> bool {
        program.starts_with('/') || program.starts_with("C:\\")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_heard_to_its_end_within_its_time_and_its_failure_is_none_of_a_setting() {
        let said = ThisMachine.ask("/bin/sh", &["-c", "echo told >&2"]);
        assert_eq!(said.as_deref(), Ok("told\n"), "where others print their errors");
        assert_eq!(output("/bin/sh", &["-c", "echo told >&2"]).as_deref(), Ok(""));
        let odd = ["-c", r"echo told; printf '\377' >&2"];
        assert_eq!(output("/bin/sh", &odd).as_deref(), Ok("told\n"), "what it complains of");
        let failing = ["-c", "echo no; exit 1"];
        assert_eq!(ThisMachine.ask("/bin/sh", &failing), Err(Lack::Unreadable));
        assert_eq!(ThisMachine.setting("/bin/sh", &failing), Err(Lack::NotReported));
        assert_eq!(ThisMachine.ask("/bin/no such program", &[]), Err(Lack::NotReported));
        let endless = run("/bin/sleep", &["60"], Duration::from_millis(50));
        assert_eq!(endless.map(|it| it.out), Err(Lack::Timeout));
        let much = output("/bin/sh", &["-c", "yes | head -c 300000"]).map(|it| it.len());
        assert_eq!(much, Ok(300_000), "more than a pipe holds");
    }
}
