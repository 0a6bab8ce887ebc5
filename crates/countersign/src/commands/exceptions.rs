//! `countersign exceptions`

use std::{io, path::Path};

use serde_json::{Map, Value, json};

use super::cases::{path_part, text};
use crate::{
    api::Api,
    cli::{
        OutputArgs,
        acting::{ExceptArgs, ExceptionsCommand, OnlyArg},
        word,
    },
    ending::{Ended, Ending},
    server::Access,
    terminal::{self, Look},
};

const HEAD: [&str; 7] = ["EXCEPTION", "UNTIL", "HITS", "RULE", "PERSON", "OWNER", "REASON"];

/// Looks at exceptions, makes and ends them.
pub(super) async fn run(file: &Path, command: &ExceptionsCommand) -> Ended {
    match command {
        ExceptionsCommand::List { only, output, reach } => {
            list(&Api::reach(reach, file, Access::Look).await?, *only, *output).await?;
        }
        ExceptionsCommand::Add(args) => {
            let access = if args.preview { Access::Look } else { Access::Serve };
            add(&Api::reach(&args.reach, file, access).await?, args).await?;
        }
        ExceptionsCommand::End { exception, reach } => {
            let api = Api::reach(reach, file, Access::Serve).await?;
            api.delete(&format!("v1/exceptions/{}", path_part(exception))).await?;
        }
    }
    Ok(Ending::Done)
}

async fn list(api: &Api, only: Option<OnlyArg>, output: OutputArgs) -> anyhow::Result<()> {
    let query: Vec<_> = only.map(|only| ("only", word(only))).into_iter().collect();
    let page = api.get("v1/exceptions", &query).await?;
    if output.json {
        return terminal::print(&page.to_string());
    }
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), &HEAD, &rows))
}

fn row(exception: &Value) -> Vec<String> {
    let keys = ["id", "expires_at", "hits", "rule", "person", "owner", "reason"];
    keys.iter().map(|key| text(exception, key)).collect()
}

async fn add(api: &Api, args: &ExceptArgs) -> anyhow::Result<()> {
    let facts = args.facts.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let body = json!({
        "reason": args.reason,
        "for": args.span,
        "rule": args.rule,
        "source": args.source,
        "person": args.person,
        "facts": facts.collect::<Map<_, _>>(),
        "condition": args.condition,
    });
    let path = if args.preview { "v1/exceptions/preview" } else { "v1/exceptions" };
    let answer = api.post(path, &body).await?;
    match (args.output.json, args.preview) {
        (true, _) => terminal::print(&answer.to_string()),
        (false, true) => tell_preview(&answer),
        (false, false) => terminal::print(&row(&answer).join("  ")),
    }
}

fn tell_preview(preview: &Value) -> anyhow::Result<()> {
    let (alerts, looked_at) = (text(preview, "alerts"), text(preview, "looked_at"));
    let more = if preview["is_cut"] == true { "; there were more" } else { "" };
    terminal::print(&format!(
        "{alerts} alerts of the last 30 days would have been hidden, of {looked_at} cases looked \
         at{more}"
    ))?;
    let cases = preview["cases"].as_array().into_iter().flatten().filter_map(Value::as_str);
    cases.map(terminal::harmless).try_for_each(|case| terminal::print(&case))
}
