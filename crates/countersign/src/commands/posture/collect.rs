//! `countersign posture collect`: what can be told about this machine without changing it, and
//! without being root. What is printed is exactly what is sent.

mod fact;
mod linux;
mod machine;
mod macos;
mod windows;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use connectors::{
    devices::collect::{Code, DeviceSigner, FORM},
    http::{BaseUrl, HttpClient, Reply},
};
use jiff::Timestamp;
use ports::{Clock as _, Entropy as _};
use serde_json::{Value, json};

use crate::{
    cli::CollectArgs,
    ending::{Ended, Ending, Misuse},
    system::{SystemClock, SystemEntropy, keys},
    terminal::{self, harmless},
};

/// How often random bytes are tried until they are a key: nearly always once.
const TRIES: usize = 8;
/// What is said of readers that were written without a machine to try them on.
const UNTRIED: &str = "was never tried on a real machine: what it says may be wrong, or missing";

/// Collects, prints, and sends where that is asked for.
pub(in crate::commands) async fn run(args: &CollectArgs) -> Ended {
    let now = SystemClock.now();
    let system = System::of(env::consts::OS);
    if system.is_untried() {
        eprintln!("the reader for {} {UNTRIED}", system.name());
    }
    let text = serde_json::to_string_pretty(&report(system, now))?;
    terminal::print(&text)?;
    let Some(to) = &args.to else { return Ok(Ending::Done) };
    let base: BaseUrl = to.parse().map_err(|error| Misuse::of([format!("--to: {error}")]))?;
    let code = args.code.as_deref().map(Code::read).transpose();
    let code = code.map_err(|error| Misuse::of([format!("--code: {error}")]))?;
    let path = key_path(args)?;
    let http = HttpClient::new()?;
    let signer = match (&code, path.exists()) {
        (_, true) => read_key(&path)?,
        (Some(_), false) => make_key(&path)?,
        (None, false) => {
            let advice = "this machine has not enrolled: take a code from your page there and \
                          give it as --code";
            return Err(Misuse::of([advice]));
        }
    };
    if let Some(code) = &code {
        let request = http.post(base.join("v1/collect/enrol")).json(&signer.enrolment(code));
        taken(&http.send("the server", request).await?, "the code")?;
    }
    let mut request = http.post(base.join("v1/collect/report"));
    for (name, value) in signer.headers(text.as_bytes(), SystemClock.now()) {
        request = request.header(name, value);
    }
    let request = request.header("content-type", "application/json").body(text);
    taken(&http.send("the server", request).await?, "the report")?;
    eprintln!("sent to {}, as {}", base.host(), signer.id());
    Ok(Ending::Done)
}

/// Which reader looks at this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Linux,
    Macos,
    Windows,
    /// It is looked at as if it were Linux, and nothing is there.
    Unknown,
}

impl System {
    fn of(name: &str) -> Self {
        match name {
            "linux" => Self::Linux,
            "macos" => Self::Macos,
            "windows" => Self::Windows,
            _ => Self::Unknown,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Macos => "macos",
            Self::Windows => "windows",
            Self::Unknown => "unknown",
        }
    }

    fn is_untried(self) -> bool {
        self != Self::Linux
    }

    fn facts(self) -> fact::Facts {
        match self {
            Self::Macos => macos::facts(&machine::ThisMachine),
            Self::Windows => windows::facts(&machine::ThisMachine),
            Self::Linux | Self::Unknown => linux::facts(),
        }
    }
}

/// Everything that can be told.
fn report(system: System, now: Timestamp) -> Value {
    let mut report = json!({
        "form": FORM,
        "collected_at": now.to_string(),
        "platform": system.name(),
        "facts": system.facts().into_map(),
    });
    if system.is_untried() {
        report["note"] = format!("this reader {UNTRIED}").into();
    }
    report
}

/// The kinds that tell something, of the SMBIOS specification's table.
fn chassis(number: &str) -> String {
    match number {
        "3" | "4" | "5" | "6" | "7" | "13" | "15" | "16" => "desktop",
        "8" | "9" | "10" | "14" | "31" | "32" => "laptop",
        "11" | "30" => "tablet",
        "17" | "23" | "28" | "29" => "server",
        _ => "other",
    }
    .to_owned()
}

fn taken(reply: &Reply, what: &str) -> anyhow::Result<()> {
    if reply.status.is_success() {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let why = [&body["error"], &body["detail"]].into_iter().find_map(Value::as_str);
    bail!("{what} was not taken ({}): {}", reply.status.as_u16(), harmless(why.unwrap_or_default()))
}

/// Where this machine's key is, unless told.
fn key_path(args: &CollectArgs) -> anyhow::Result<PathBuf> {
    if let Some(path) = &args.key {
        return Ok(path.clone());
    }
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    let local = || env::var_os("LOCALAPPDATA").map(PathBuf::from);
    let folder = state.filter(|path| path.is_absolute()).or_else(home).or_else(local);
    let folder = folder.ok_or_else(|| Misuse::of(["there is no home folder: give --key"]))?;
    Ok(folder.join("countersign").join("device.key"))
}

fn read_key(path: &Path) -> anyhow::Result<DeviceSigner> {
    if keys::is_public(&fs::metadata(path)?) {
        bail!("{} may be read by others: make it private (chmod 600)", path.display());
    }
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    DeviceSigner::of(&bytes).with_context(|| format!("{} is no key of ours", path.display()))
}

fn make_key(path: &Path) -> anyhow::Result<DeviceSigner> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut bytes = [0; 32];
    for _ in 0..TRIES {
        SystemEntropy.fill(&mut bytes);
        let Some(signer) = DeviceSigner::of(&bytes) else { continue };
        let mut file = keys::private()
            .open(path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        io::Write::write_all(&mut file, &bytes)?;
        return Ok(signer);
    }
    bail!("no key could be made")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_was_never_tried_says_so_in_its_report() {
        let now = Timestamp::UNIX_EPOCH;
        let here = report(System::of("linux"), now);
        assert_eq!((here["platform"].as_str(), here.get("note")), (Some("linux"), None));
        for name in ["macos", "windows", "plan9"] {
            let there = report(System::of(name), now);
            assert!(there["note"].as_str().is_some_and(|note| note.contains("never tried")));
            assert!(there["facts"].as_object().is_some_and(|facts| !facts.is_empty()));
        }
        assert_eq!(report(System::of("plan9"), now)["platform"], "unknown");
    }
}
