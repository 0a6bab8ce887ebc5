//! `countersign posture`

pub(super) mod collect;

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::{
    api::Api,
    cli::PostureCommand,
    ending::{Ended, Ending},
    server::Access,
    terminal::{self, Look},
};

const DEVICES: [&str; 7] =
    ["DEVICE", "GRADE", "FAILING", "PERSON", "PLATFORM", "LAST SEEN", "NAME"];
const SOURCES: [&str; 5] = ["SOURCE", "STATE", "SINCE", "RECORDS", "WHAT"];
const DAYS: [&str; 6] = ["DAY", "DEVICES", "CRITICAL", "ATTENTION", "INCOMPLETE", "OK"];
const CHANGES: [&str; 6] = ["DEVICE", "CHECK", "BEFORE", "AFTER", "DEADLINE", "NAME"];

/// Looks at devices.
pub(super) async fn run(file: &Path, command: &PostureCommand) -> Ended {
    match command {
        // Carried out without a configuration.
        PostureCommand::Collect(args) => collect::run(args).await,
        PostureCommand::List { grade, person, json, reach } => {
            let api = Api::reach(reach, file, Access::Look).await?;
            let filters = [("grade", grade), ("person", person)];
            let query: Vec<(&str, String)> =
                filters.iter().filter_map(|(name, it)| Some((*name, (*it).clone()?))).collect();
            let page = api.get("v1/devices", &query).await?;
            print(&page, *json, &DEVICES, device)?;
            Ok(Ending::Done)
        }
        PostureCommand::Sources { json, reach } => {
            let api = Api::reach(reach, file, Access::Look).await?;
            let page = api.get("v1/device-sources", &[]).await?;
            print(&page, *json, &SOURCES, source)?;
            let is_failing = items(&page).iter().any(|it| it["state"] == "failing");
            Ok(if is_failing { Ending::Finding } else { Ending::Done })
        }
        PostureCommand::Trend { days, json, reach } => {
            let api = Api::reach(reach, file, Access::Look).await?;
            let page = api.get("v1/fleet/days", &[("days", days.to_string())]).await?;
            print(&page, *json, &DAYS, day)?;
            Ok(Ending::Done)
        }
        PostureCommand::DryRun { files, json, reach } => {
            let mut texts = BTreeMap::new();
            for path in files {
                let text = fs::read_to_string(path);
                let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                texts.insert(name, text);
            }
            let api = Api::reach(reach, file, Access::Look).await?;
            let page = api.post("v1/checks/dry-run", &json!({ "files": texts })).await?;
            print(&page, *json, &CHANGES, change)?;
            Ok(Ending::Done)
        }
    }
}

fn print(
    page: &Value,
    is_json: bool,
    head: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> anyhow::Result<()> {
    if is_json {
        return terminal::print(&page.to_string());
    }
    let rows: Vec<Vec<String>> = items(page).iter().map(row).collect();
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), head, &rows))
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn device(device: &Value) -> Vec<String> {
    let keys = ["id", "grade", "failing", "email", "platform", "last_seen", "name"];
    keys.iter().map(|key| text(&device[*key])).collect()
}

fn source(source: &Value) -> Vec<String> {
    let keys = ["name", "state", "failing_since", "records", "what"];
    keys.iter().map(|key| text(&source[*key])).collect()
}

fn day(day: &Value) -> Vec<String> {
    let grades = ["critical", "attention", "incomplete", "ok"];
    let counts = grades.iter().map(|grade| text(&day["grades"][*grade]));
    [text(&day["day"]), text(&day["devices"])].into_iter().chain(counts).collect()
}

fn change(change: &Value) -> Vec<String> {
    vec![
        text(&change["device"]),
        text(&change["practice"]),
        text(&change["before"]["state"]),
        text(&change["after"]["state"]),
        text(&change["after"]["deadline"]),
        text(&change["name"]),
    ]
}
