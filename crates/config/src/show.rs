//! The configuration as it counts, without a secret.

use toml::{Table, Value};
use url::Url;

use crate::{
    load::{Config, shown_part},
    registry::Sections,
};

/// The whole configuration with its defaults, as TOML. References to secrets are shown as
/// references; the part of an address that may hold a token is not shown.
#[must_use]
pub fn show(config: &Config) -> String {
    let mut whole = Table::new();
    whole.insert("content".to_owned(), Value::String(config.content.display().to_string()));
    whole.insert("server".to_owned(), shown_part(&config.server));
    whole.insert("organisation".to_owned(), shown_part(&config.organisation));
    whole.insert("signin".to_owned(), shown_part(&config.signin));
    whole.insert("posture".to_owned(), shown_part(&config.posture));
    whole.insert("limits".to_owned(), shown_part(&config.limits));
    whole.insert("event_log".to_owned(), shown_part(&config.event_log));
    whole.insert("detection".to_owned(), shown_part(&config.detection));
    whole.insert("telemetry".to_owned(), shown_part(&config.telemetry));
    whole.insert("api_keys".to_owned(), shown_part(&config.api_keys));
    for (key, own, sections) in [
        ("directory", None, &config.directories),
        ("sources", None, &config.sources),
        ("chat", None, &config.chats),
        ("verify", Some(shown_part(&config.verify)), &config.verifiers),
        ("escalate", Some(shown_part(&config.escalate)), &config.pagers),
        ("respond", Some(shown_part(&config.respond)), &config.responders),
        ("enrich", Some(shown_part(&config.enrich)), &config.enrichers),
        ("writeback", None, &config.writebacks),
        ("devices", None, &config.devices),
        ("compliance", None, &config.parties),
    ] {
        whole.insert(key.to_owned(), Value::Table(family(own, sections)));
    }
    toml::to_string(&whole).expect("settings are plain TOML")
}

fn family(own: Option<Value>, sections: &Sections) -> Table {
    let mut table = match own {
        Some(Value::Table(table)) => table,
        _ => Table::new(),
    };
    for (name, section) in sections {
        let mut shown = Table::from_iter([("kind".to_owned(), section.kind.clone().into())]);
        let settings = section.settings.iter();
        shown.extend(settings.map(|(key, value)| (key.clone(), without_tokens(key, value))));
        table.insert(name.clone(), Value::Table(shown));
    }
    table
}

/// Keys whose addresses go to one place.
const ONE_PLACE: [&str; 3] = ["url", "verify_url", "revert_url"];

/// Addresses under `url` go to one place and often carry a token in their path.
fn without_tokens(key: &str, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(safe_address(key, text)),
        Value::Array(list) => {
            Value::Array(list.iter().map(|value| without_tokens(key, value)).collect())
        }
        Value::Table(table) => {
            let entries = table.iter();
            Value::Table(
                entries.map(|(key, value)| (key.clone(), without_tokens(key, value))).collect(),
            )
        }
        other => other.clone(),
    }
}

fn safe_address(key: &str, text: &str) -> String {
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    let Some(url) = Url::parse(text).ok().filter(|_| is_address) else { return text.to_owned() };
    let origin = url.origin().ascii_serialization();
    let path = if ONE_PLACE.contains(&key) && url.path() != "/" { "/…" } else { url.path() };
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{origin}{path}{query}")
}
