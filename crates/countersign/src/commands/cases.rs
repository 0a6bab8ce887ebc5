//! `countersign cases`

mod list;
mod show;

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{
    api::Api,
    cli::{
        OutputArgs,
        cases::{AskArgs, CasesCommand, CloseArgs},
        word,
    },
    ending::{Ended, Ending},
    server::Access,
    terminal,
};

/// Looks at cases, and acts on them.
pub(super) async fn run(file: &Path, command: &CasesCommand) -> Ended {
    match command {
        CasesCommand::List(args) => {
            let api = Api::reach(&args.reach, file, Access::Look).await?;
            list::run(&api, args).await?;
        }
        CasesCommand::Show { case, output, reach } => {
            let api = Api::reach(reach, file, Access::Look).await?;
            show::run(&api, case, *output).await?;
        }
        CasesCommand::Ask(args) => {
            let api = Api::reach(&args.reach, file, Access::Serve).await?;
            ask(&api, args).await?;
        }
        CasesCommand::Close(args) => {
            let api = Api::reach(&args.reach, file, Access::Serve).await?;
            close(&api, args).await?;
        }
    }
    Ok(Ending::Done)
}

async fn ask(api: &Api, args: &AskArgs) -> anyhow::Result<()> {
    let facts = args.facts.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let body = json!({
        "person": args.person,
        "title": args.title,
        "message": args.message,
        "severity": word(args.severity),
        "facts": facts.collect::<Map<_, _>>(),
    });
    let made = api.post("v1/cases", &body).await?;
    tell(args.output, &made)
}

async fn close(api: &Api, args: &CloseArgs) -> anyhow::Result<()> {
    let path = format!("v1/cases/{}/disposition", path_part(&args.case));
    let note = (!args.note.is_empty()).then_some(&args.note);
    let body = json!({
        "disposition": word(args.disposition),
        "revision": args.revision,
        "note": note,
    });
    let closed = api.post(&path, &body).await?;
    tell(args.output, &closed)
}

/// A case as one line.
fn tell(output: OutputArgs, case: &Value) -> anyhow::Result<()> {
    if output.json {
        return terminal::print(&case.to_string());
    }
    terminal::print(&list::row(case).join("  "))
}

/// What was typed, as one part of a path: anything but an id finds nothing.
pub(super) fn path_part(typed: &str) -> String {
    typed.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect()
}

/// A text of an answer.
pub(super) fn text(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::Null => String::new(),
        Value::String(text) => terminal::harmless(text),
        other => terminal::harmless(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_stays_one_part_of_a_path() {
        assert_eq!(path_part("case_01J"), "case_01J");
        assert_eq!(path_part("../audit?x=1#"), "auditx1");
    }
}
