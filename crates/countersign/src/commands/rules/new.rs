//! `countersign rules new`

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use connectors::events::JsonEventsConfig;
use event::{Doc, Logsource};
use ports::events::EventMap;

use crate::{
    cli::rules::NewArgs,
    ending::{Ended, Ending, Misuse},
    terminal,
    wire::{self, maps},
};

const DETECTION: &str = include_str!("new/detection.yml");
const BASELINE: &str = include_str!("new/baseline.yml");
/// Of each kind of source two records with different actions: a rule begins with the first's.
const RECORDS: [(&str, &str); 7] = [
    ("auth0", include_str!("new/auth0.ndjson")),
    ("cloudtrail", include_str!("new/cloudtrail.ndjson")),
    ("entra", include_str!("new/entra.ndjson")),
    ("github", include_str!("new/github.ndjson")),
    ("google_workspace", include_str!("new/google_workspace.ndjson")),
    ("okta", include_str!("new/okta.ndjson")),
    ("slack_audit", include_str!("new/slack_audit.ndjson")),
];
/// A section that says itself how its events are read.
type Described = (JsonEventsConfig, Box<dyn EventMap>);

const FIXTURES: &str = "fixtures";
const ID_BYTES_MAX: usize = 64;

/// What a rule over a log that a section describes begins with: actions that nobody has.
const MADE_UP: [(&str, &str); 2] =
    [("something.done", "2026-11-02T09:00:00Z"), ("something.else", "2026-11-02T09:05:00Z")];

/// What a rule begins with.
struct Beginning {
    log: Logsource,
    /// The action of the first record.
    action: String,
    fires: String,
    quiet: String,
}

/// Writes the file of a rule and those of its tests. Nothing that is there is replaced.
pub(super) fn run(config: &Path, args: &NewArgs) -> Ended {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=ID_BYTES_MAX).contains(&args.id.len()) || !args.id.bytes().all(is_plain) {
        let text = format!("the id must be 1 to {ID_BYTES_MAX} of a to z, 0 to 9 and hyphens");
        return Err(Misuse::of([text]));
    }
    let configured = wire::read_config(config);
    let described = configured.as_ref().map(maps::described).unwrap_or_default();
    let root = match &args.content {
        Some(folder) => folder.clone(),
        None => configured?.content,
    };
    let beginning = beginning(&args.log, &described)?;
    let sheets = sheets(&root, args, &beginning);
    let there = sheets.iter().filter(|(path, _)| path.exists());
    let there: Vec<_> =
        there.map(|(path, _)| format!("{}: is there already", path.display())).collect();
    if !there.is_empty() {
        return Err(Misuse::of(there));
    }
    for (path, text) in &sheets {
        write(path, text)?;
        terminal::print(&format!("wrote {}", path.display()))?;
    }
    Ok(Ending::Done)
}

/// Begins with a log that is known beforehand, or with one that the configuration describes.
fn beginning(wanted: &str, described: &[Described]) -> anyhow::Result<Beginning> {
    let mut logs = Vec::new();
    let mut is_it = |log: &Logsource| {
        let name = format!("{}/{}", log.product, log.service);
        let is_it = name == wanted;
        logs.push(name);
        is_it
    };
    for (kind, map) in maps::known() {
        if let Some(log) = map.logsources().iter().find(|log| is_it(log)) {
            let records = RECORDS.iter().find(|(of, _)| *of == kind).expect("each kind has some").1;
            let (one, other) = records.trim_end().split_once('\n').expect("two records");
            return begin([one.to_owned(), other.to_owned()], &*map, *log);
        }
    }
    for (section, map) in described {
        if let Some(log) = map.logsources().iter().find(|log| is_it(log)) {
            let records = MADE_UP.map(|(action, at)| section.made_up(action, at).to_string());
            return begin(records, &**map, *log);
        }
    }
    let near = content::nearest(wanted, logs.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(Misuse::of([format!("--log: there is no log `{wanted}`{near}")]))
}

/// Begins with the record that is of this log; where none is, with the first one.
fn begin(records: [String; 2], map: &dyn EventMap, log: Logsource) -> anyhow::Result<Beginning> {
    let mut seen = Vec::new();
    for record in &records {
        let (doc, _) = Doc::parse(record.as_bytes()).context("a record to begin with")?;
        map.read(doc, &mut |event| seen.push((event.logsource, event.action.into_string())))
            .map_err(|rejected| anyhow::anyhow!("a record to begin with: {}", rejected.problem))?;
    }
    let is_other = seen.first().is_some_and(|it| it.0 != log) && seen.iter().any(|it| it.0 == log);
    let [one, other] = records;
    let (fires, quiet) = if is_other { (other, one) } else { (one, other) };
    let action = seen.into_iter().nth(usize::from(is_other)).map(|(_, action)| action);
    Ok(Beginning { log, action: action.unwrap_or_default(), fires, quiet })
}

fn sheets(root: &Path, args: &NewArgs, beginning: &Beginning) -> Vec<(PathBuf, String)> {
    let id = args.id.as_str();
    let of = root.join(wire::content::RULES).join(beginning.log.product);
    let template = if args.baseline { BASELINE } else { DETECTION };
    let rule = template
        .replace("THE-ID", id)
        .replace("THE-OWNER", &args.owner)
        .replace("THE-PRODUCT", beginning.log.product)
        .replace("THE-SERVICE", beginning.log.service)
        .replace("THE-ACTION", &beginning.action);
    let fixture = |name: &str, text: &str| {
        (of.join(FIXTURES).join(format!("{id}-{name}.ndjson")), format!("{}\n", text.trim_end()))
    };
    let mut sheets = vec![(of.join(format!("{id}.yml")), rule)];
    sheets.push(fixture("quiet", if args.baseline { &beginning.fires } else { &beginning.quiet }));
    if !args.baseline {
        sheets.push(fixture("fires", &beginning.fires));
    }
    sheets
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    let mut file = fs::File::create_new(path).with_context(failed)?;
    file.write_all(text.as_bytes()).with_context(failed)
}
