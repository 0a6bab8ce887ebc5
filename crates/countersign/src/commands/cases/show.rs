//! `countersign cases show`

use serde_json::{Value, json};

use super::{path_part, text};
use crate::{
    api::Api,
    cli::OutputArgs,
    terminal::{self, Look},
};

/// How many pages of a story are read: more than any case has.
const PAGES_MAX: usize = 100;
const FIELDS: [&str; 10] = [
    "state",
    "reason",
    "severity",
    "person",
    "source",
    "rule",
    "opened_at",
    "deadline_at",
    "alerts",
    "revision",
];

/// Shows a case and its whole story.
pub(super) async fn run(api: &Api, case: &str, output: OutputArgs) -> anyhow::Result<()> {
    let path = format!("v1/cases/{}", path_part(case));
    let case = api.get(&path, &[]).await?;
    let story = story(api, &format!("{path}/journal")).await?;
    if output.json {
        return terminal::print(&json!({ "case": case, "journal": story }).to_string());
    }
    let look = Look::of_stdout();
    terminal::print(&look.bold(&format!("{}  {}", text(&case, "id"), text(&case, "title"))))?;
    for field in FIELDS {
        let value = text(&case, field);
        if !value.is_empty() {
            terminal::print(&format!("{field:<12} {value}"))?;
        }
    }
    for action in case["actions"].as_array().into_iter().flatten() {
        let words = ["id", "action", "state", "held", "failure"].map(|key| text(action, key));
        terminal::print(&format!("{:<12} {}", "action", words.join("  ").trim_end()))?;
    }
    for line in &story {
        let (at, kind, by) = (text(line, "at"), text(line, "kind"), text(line, "by"));
        terminal::print(&format!("{at}  {kind}  {by}  {}", text(line, "text")))?;
    }
    Ok(())
}

async fn story(api: &Api, path: &str) -> anyhow::Result<Vec<Value>> {
    let mut story = Vec::new();
    let mut query = vec![("limit", "200".to_owned())];
    for _ in 0..PAGES_MAX {
        let mut page = api.get(path, &query).await?;
        let items = page["items"].take();
        story.extend(items.as_array().cloned().unwrap_or_default());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query.truncate(1);
        query.push(("cursor", cursor.to_owned()));
    }
    Ok(story)
}
