//! `countersign rules new`

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
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
const FIXTURES: &str = "fixtures";
const ID_BYTES_MAX: usize = 64;

/// What a rule begins with.
struct Beginning {
    log: Logsource,
    /// The action of the first record.
    action: String,
    fires: &'static str,
    quiet: &'static str,
}

/// Writes the file of a rule and those of its tests. Nothing that is there is replaced.
pub(super) fn run(config: &Path, args: &NewArgs) -> Ended {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=ID_BYTES_MAX).contains(&args.id.len()) || !args.id.bytes().all(is_plain) {
        let text = format!("the id must be 1 to {ID_BYTES_MAX} of a to z, 0 to 9 and hyphens");
        return Err(Misuse::of([text]));
    }
    let root = match &args.content {
        Some(folder) => folder.clone(),
        None => wire::read_config(config)?.content,
    };
    let beginning = beginning(&args.log)?;
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

fn beginning(wanted: &str) -> anyhow::Result<Beginning> {
    let mut logs = Vec::new();
    for (kind, map) in maps::known() {
        let of = map.logsources().iter();
        let named = of.map(|log| (*log, format!("{}/{}", log.product, log.service)));
        for (log, name) in named {
            if name == wanted {
                return begin(kind, &*map, log);
            }
            logs.push(name);
        }
    }
    let near = content::nearest(wanted, logs.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(Misuse::of([format!("--log: there is no log `{wanted}`{near}")]))
}

/// Begins with the record that is of this log; where none is, with the first one.
fn begin(kind: &str, map: &dyn EventMap, log: Logsource) -> anyhow::Result<Beginning> {
    let records = RECORDS.iter().find(|(of, _)| *of == kind).expect("each kind has records").1;
    let (one, other) = records.trim_end().split_once('\n').expect("two records");
    let mut seen = Vec::new();
    for record in [one, other] {
        let (doc, _) = Doc::parse(record.as_bytes()).context("a record that ships")?;
        map.read(doc, &mut |event| seen.push((event.logsource, event.action.into_string())))
            .map_err(|rejected| anyhow::anyhow!("a record that ships: {}", rejected.problem))?;
    }
    let is_other = seen.first().is_some_and(|it| it.0 != log) && seen.iter().any(|it| it.0 == log);
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
    sheets.push(fixture("quiet", if args.baseline { beginning.fires } else { beginning.quiet }));
    if !args.baseline {
        sheets.push(fixture("fires", beginning.fires));
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
