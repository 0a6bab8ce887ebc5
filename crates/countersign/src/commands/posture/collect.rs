//! `countersign posture collect`: what can be told about this machine without changing it, and
//! without being root. What is printed is exactly what is sent.

mod fact;
mod linux;

use std::{
    env, fs, io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
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
    system::{SystemClock, SystemEntropy},
    terminal::{self, harmless},
};

/// How often random bytes are tried until they are a key: nearly always once.
const TRIES: usize = 8;
/// Who may read the key: its owner.
const PRIVATE: u32 = 0o600;

/// Collects, prints, and sends where that is asked for.
pub(in crate::commands) async fn run(args: &CollectArgs) -> Ended {
    let now = SystemClock.now();
    let report = report(now);
    let text = serde_json::to_string_pretty(&report)?;
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

/// Everything that can be told.
fn report(now: Timestamp) -> Value {
    let (platform, facts) = linux::facts();
    json!({
        "form": FORM,
        "collected_at": now.to_string(),
        "platform": platform,
        "facts": facts.into_map(),
    })
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
    let folder = state.filter(|path| path.is_absolute()).or_else(home);
    let folder = folder.ok_or_else(|| Misuse::of(["there is no home folder: give --key"]))?;
    Ok(folder.join("countersign").join("device.key"))
}

fn read_key(path: &Path) -> anyhow::Result<DeviceSigner> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
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
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path);
        let mut file = file.with_context(|| format!("{} cannot be made", path.display()))?;
        io::Write::write_all(&mut file, &bytes)?;
        return Ok(signer);
    }
    bail!("no key could be made")
}
