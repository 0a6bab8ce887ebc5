//! `countersign playbooks`

use std::{io, path::Path};

use serde_json::{Value, json};

use super::cases::{path_part, text};
use crate::{
    api::Api,
    cli::{
        OutputArgs,
        acting::{PlaybooksCommand, RunArgs},
    },
    ending::{Ended, Ending},
    server::Access,
    terminal::{self, Look, harmless},
};

const HEAD: [&str; 4] = ["PLAYBOOK", "OWNER", "BY ITSELF", "PURPOSE"];

/// Looks at playbooks, and begins, approves and stops them.
pub(super) async fn run(file: &Path, command: &PlaybooksCommand) -> Ended {
    match command {
        PlaybooksCommand::List { output, reach } => {
            list(&Api::reach(reach, file, Access::Look).await?, *output).await?;
        }
        PlaybooksCommand::Run { case, playbook, dry_run, output, reach } => {
            let access = if *dry_run { Access::Look } else { Access::Serve };
            let api = Api::reach(reach, file, access).await?;
            begin(&api, case, playbook, *dry_run, *output).await?;
        }
        PlaybooksCommand::Approve(args) => on_run(file, "approve", args).await?,
        PlaybooksCommand::Stop(args) => on_run(file, "stop", args).await?,
    }
    Ok(Ending::Done)
}

async fn list(api: &Api, output: OutputArgs) -> anyhow::Result<()> {
    let page = api.get("v1/playbooks", &[]).await?;
    if output.json {
        return terminal::print(&page.to_string());
    }
    let row = |item: &Value| {
        let starts = if item["starts_by_itself"] == true { "yes" } else { "no" };
        vec![text(item, "id"), text(item, "owner"), starts.to_owned(), text(item, "purpose")]
    };
    let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), &HEAD, &rows))
}

async fn begin(
    api: &Api,
    case: &str,
    playbook: &str,
    is_dry: bool,
    output: OutputArgs,
) -> anyhow::Result<()> {
    let path = format!("v1/cases/{}/playbooks", path_part(case));
    let answer = api.post(&path, &json!({ "playbook": playbook, "dry_run": is_dry })).await?;
    if !is_dry {
        return tell(output, &answer);
    }
    if output.json {
        return terminal::print(&answer.to_string());
    }
    let steps = answer["steps"].as_array().into_iter().flatten().filter_map(Value::as_str);
    steps.map(harmless).try_for_each(|step| terminal::print(&step))
}

async fn on_run(file: &Path, what: &str, args: &RunArgs) -> anyhow::Result<()> {
    let api = Api::reach(&args.reach, file, Access::Serve).await?;
    let (case, number) = (path_part(&args.case), args.number);
    let path = format!("v1/cases/{case}/playbooks/{number}/{what}");
    tell(args.output, &api.post(&path, &json!({})).await?)
}

/// A run as one line.
fn tell(output: OutputArgs, run: &Value) -> anyhow::Result<()> {
    if output.json {
        return terminal::print(&run.to_string());
    }
    let keys = ["number", "playbook", "waits_for", "ended"];
    let values = keys.map(|key| text(run, key)).into_iter().filter(|value| !value.is_empty());
    terminal::print(&values.collect::<Vec<_>>().join("  "))
}
