//! `countersign cases list`

use std::io;

use serde_json::Value;

use super::text;
use crate::{
    api::Api,
    cli::cases::ListArgs,
    terminal::{self, Look},
};

const HEAD: [&str; 7] = ["CASE", "STATE", "REASON", "SEVERITY", "PERSON", "OPENED", "WHAT"];

/// Lists cases.
pub(super) async fn run(api: &Api, args: &ListArgs) -> anyhow::Result<()> {
    let mut query = vec![("limit", args.limit.to_string())];
    let filters = [
        ("state", &args.state),
        ("person", &args.person),
        ("rule", &args.rule),
        ("severity", &args.severity),
        ("cursor", &args.cursor),
    ];
    query.extend(filters.iter().filter_map(|(name, value)| Some((*name, (*value).clone()?))));
    let page = api.get("v1/cases", &query).await?;
    if args.output.json {
        return terminal::print(&page.to_string());
    }
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), &HEAD, &rows))?;
    if let Some(cursor) = page["next_cursor"].as_str() {
        eprintln!("there are more: --cursor {}", terminal::harmless(cursor));
    }
    Ok(())
}

/// A case as a row of the list.
pub(super) fn row(case: &Value) -> Vec<String> {
    let keys = ["id", "state", "reason", "severity", "person", "opened_at", "title"];
    keys.iter().map(|key| text(case, key)).collect()
}
