//! `countersign actions`

use std::{io, path::Path};

use serde_json::{Value, json};

use super::cases::{path_part, text};
use crate::{
    api::Api,
    cli::{
        OutputArgs,
        acting::{ActionsCommand, DeedArgs, OrderArgs, SwitchArgs},
    },
    ending::{Ended, Ending},
    server::Access,
    terminal::{self, Look, harmless},
};

const HEAD: [&str; 6] = ["WHAT", "CASE", "STATE", "ASKED BY", "HELD", "REASON"];

/// Looks at what waits, and acts.
pub(super) async fn run(file: &Path, command: &ActionsCommand) -> Ended {
    match command {
        ActionsCommand::List { output, reach } => {
            let api = Api::reach(reach, file, Access::Look).await?;
            list(&api, *output).await?;
        }
        ActionsCommand::Run(args) => {
            let access = if args.dry_run { Access::Look } else { Access::Serve };
            order(&Api::reach(&args.reach, file, access).await?, args).await?;
        }
        ActionsCommand::Approve(args) => deed(file, "approve", args).await?,
        ActionsCommand::Decline(args) => deed(file, "decline", args).await?,
        ActionsCommand::Revert(args) => deed(file, "revert", args).await?,
        ActionsCommand::Guard { output, reach } => {
            let api = Api::reach(reach, file, Access::Look).await?;
            tell_guard(*output, &api.get("v1/actions/guard", &[]).await?)?;
        }
        ActionsCommand::Stop(args) => switch(file, "stop", args).await?,
        ActionsCommand::Resume(args) => switch(file, "resume", args).await?,
    }
    Ok(Ending::Done)
}

async fn list(api: &Api, output: OutputArgs) -> anyhow::Result<()> {
    let page = api.get("v1/actions", &[("limit", "200".to_owned())]).await?;
    if output.json {
        return terminal::print(&page.to_string());
    }
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Vec<String>> = items.iter().map(waiting).collect();
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), &HEAD, &rows))?;
    if page["next_cursor"].is_string() {
        eprintln!("there are more: approve or decline these first");
    }
    Ok(())
}

/// Something that waits, as a row of the list.
fn waiting(item: &Value) -> Vec<String> {
    let (action, run) = (&item["action"], &item["playbook"]);
    if action.is_null() {
        let what = format!("playbook {} ({})", text(run, "number"), text(run, "playbook"));
        let rest = [String::new(), String::new()];
        let own = [what, text(item, "case"), "waits".to_owned(), text(run, "by")];
        return own.into_iter().chain(rest).collect();
    }
    let what = format!("{} {}", text(action, "id"), text(action, "action"));
    let rest = ["state", "by", "held", "reason"].map(|key| text(action, key));
    [what, text(item, "case")].into_iter().chain(rest).collect()
}

async fn order(api: &Api, args: &OrderArgs) -> anyhow::Result<()> {
    let path = format!("v1/cases/{}/actions", path_part(&args.case));
    let body = json!({
        "action": args.action,
        "reason": args.reason,
        "target": args.target,
        "limit": args.undo_after,
        "dry_run": args.dry_run,
    });
    let answer = api.post(&path, &body).await?;
    match args.dry_run {
        true => tell_plan(args.output, &answer),
        false => tell(args.output, &answer),
    }
}

async fn deed(file: &Path, what: &str, args: &DeedArgs) -> anyhow::Result<()> {
    let api = Api::reach(&args.reach, file, Access::Serve).await?;
    let path = format!("v1/actions/{}/{what}", path_part(&args.action));
    tell(args.output, &api.post(&path, &json!({ "reason": args.reason })).await?)
}

async fn switch(file: &Path, what: &str, args: &SwitchArgs) -> anyhow::Result<()> {
    let api = Api::reach(&args.reach, file, Access::Serve).await?;
    let path = format!("v1/actions/{what}");
    tell_guard(args.output, &api.post(&path, &json!({ "reason": args.reason })).await?)
}

/// An action as one line.
fn tell(output: OutputArgs, action: &Value) -> anyhow::Result<()> {
    if output.json {
        return terminal::print(&action.to_string());
    }
    let keys = ["id", "action", "state", "held", "failure", "undo"];
    let values = keys.map(|key| text(action, key)).into_iter().filter(|value| !value.is_empty());
    terminal::print(&values.collect::<Vec<_>>().join("  "))
}

/// The very requests that would be sent.
fn tell_plan(output: OutputArgs, dry: &Value) -> anyhow::Result<()> {
    if output.json {
        return terminal::print(&dry.to_string());
    }
    let plan = &dry["plan"];
    for key in ["what", "undo", "radius", "approvals_needed"] {
        terminal::print(&format!("{key:<18} {}", text(dry, key)))?;
    }
    for key in ["standing", "protection", "people"] {
        let value = text(plan, key);
        if !value.is_empty() {
            terminal::print(&format!("{key:<18} {value}"))?;
        }
    }
    for request in plan["requests"].as_array().into_iter().flatten() {
        let line = ["method", "url", "body"].map(|key| text(request, key)).join(" ");
        terminal::print(line.trim_end())?;
    }
    for remark in plan["remarks"].as_array().into_iter().flatten() {
        terminal::print(&harmless(remark.as_str().unwrap_or_default()))?;
    }
    Ok(())
}

fn tell_guard(output: OutputArgs, guard: &Value) -> anyhow::Result<()> {
    if output.json {
        return terminal::print(&guard.to_string());
    }
    let keys = ["state", "since", "by", "reason"];
    let values = keys.map(|key| text(guard, key)).into_iter().filter(|value| !value.is_empty());
    terminal::print(&values.collect::<Vec<_>>().join("  "))?;
    let (count, limit) = (text(guard, "in_the_last_hour"), text(guard, "per_hour"));
    terminal::print(&format!("{count} automatic actions in the last hour, {limit} are let through"))
}
