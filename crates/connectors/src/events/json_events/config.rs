//! The section `[sources.NAME]` with `kind = "json_events"`.

use ports::source::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{JsonEventsMap, Paths, names, path::Path};
use crate::{
    events::section,
    secret::{SettingProblem, Settings},
    source::config::{AuthConfig, OneOrMore},
};

/// The most paths for one field.
const PATHS_MAX: usize = 8;
/// The most words for one outcome.
const WORDS_MAX: usize = 64;

/// `kind = "json_events"`: events of any tool, read as told here. Each path is a key, or several
/// with dots between them; of a list of paths the first that has a value counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonEventsConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
    /// The product that rules name in `logsource`.
    #[schemars(length(min = 1, max = 64))]
    pub product: String,
    /// The service that rules name in `logsource`.
    #[schemars(length(min = 1, max = 64))]
    pub service: String,
    /// Where the list of records is, when the body is an object around one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<OneOrMore>,
    /// When it happened: ISO 8601, or a number since 1970.
    pub time: OneOrMore,
    /// What was done.
    pub action: OneOrMore,
    /// What makes a record one and the same. Without it, or where a record has none, the whole
    /// record does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OneOrMore>,
    /// Who did it.
    #[serde(default)]
    pub actor: ActorPaths,
    /// What it was done to.
    #[serde(default)]
    pub target: TargetPaths,
    /// The address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<OneOrMore>,
    /// The user agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<OneOrMore>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<OneOrMore>,
    /// Why it ended as it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<OneOrMore>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomePath>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActorPaths {
    /// The account's id, which never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OneOrMore>,
    /// Its e-mail address or sign-in name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<OneOrMore>,
    /// The name shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OneOrMore>,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetPaths {
    /// Where the targets are, an object or a list of them; the other paths then begin there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OneOrMore>,
    /// What kind of thing it is.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<OneOrMore>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<OneOrMore>,
}

/// How it ended, and in which words that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomePath {
    /// Where the word is.
    pub path: OneOrMore,
    /// Words for success, in any case.
    #[serde(default)]
    pub success: Vec<String>,
    /// Words for failure, in any case.
    #[serde(default)]
    pub failure: Vec<String>,
}

impl JsonEventsConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// Everything that is wrong with the section.
    pub fn build(&self, name: &str) -> Result<Source, Vec<SettingProblem>> {
        let map = self.map(name);
        let auth = self.auth.build();
        match (map, auth) {
            (Ok(map), Ok(_)) => section::source(name, Some(&self.auth), map, None),
            (map, auth) => Err(map.err().into_iter().flatten().chain(auth.err()).collect()),
        }
    }

    /// The map that the section describes.
    ///
    /// # Errors
    /// Everything that is wrong with it, but the secrets.
    pub fn map(&self, name: &str) -> Result<JsonEventsMap, Vec<SettingProblem>> {
        let mut read = Settings::default();
        for (key, text) in [("product", &self.product), ("service", &self.service)] {
            read.require(key, is_log_name(text), "is lower-case letters, digits, _, - and .");
        }
        let paths = self.paths(&mut read);
        let envelopes = list(&mut read, "records", self.records.as_ref());
        let logsources = names::logsources(&self.product, &self.service);
        let source = format!("json_events.{name}");
        read.finish(Some(JsonEventsMap { source, logsources, envelopes, paths }))
    }

    fn paths(&self, read: &mut Settings) -> Paths {
        let (actor, target) = (&self.actor, &self.target);
        let outcome = self.outcome.as_ref();
        if let Some(outcome) = outcome {
            check_words(read, outcome);
        }
        let at = target.at.as_ref().and_then(|at| read.take("target.at", Path::read(at)));
        let has_parts = target.id.is_some() || target.name.is_some();
        read.require("target", at.is_none() || has_parts, "with `at` needs `id` or `name`");
        let mut list = |key, paths: Option<&OneOrMore>| list(read, key, paths);
        Paths {
            time: list("time", Some(&self.time)),
            action: list("action", Some(&self.action)),
            id: list("id", self.id.as_ref()),
            actor_id: list("actor.id", actor.id.as_ref()),
            actor_email: list("actor.email", actor.email.as_ref()),
            actor_name: list("actor.name", actor.name.as_ref()),
            target_id: list("target.id", target.id.as_ref()),
            target_type: list("target.type", target.kind.as_ref()),
            target_name: list("target.name", target.name.as_ref()),
            ip: list("ip", self.ip.as_ref()),
            agent: list("agent", self.agent.as_ref()),
            session: list("session", self.session.as_ref()),
            reason: list("reason", self.reason.as_ref()),
            outcome: list("outcome.path", outcome.map(|outcome| &outcome.path)),
            success: outcome.map(|outcome| outcome.success.clone()).unwrap_or_default(),
            failure: outcome.map(|outcome| outcome.failure.clone()).unwrap_or_default(),
            target: at,
        }
    }
}

fn list(read: &mut Settings, key: &'static str, paths: Option<&OneOrMore>) -> Vec<Path> {
    let Some(paths) = paths else { return Vec::new() };
    let count = paths.iter().count();
    read.require(key, (1..=PATHS_MAX).contains(&count), "is one path, or a list of up to 8");
    paths.iter().take(PATHS_MAX).filter_map(|path| read.take(key, Path::read(path))).collect()
}

fn check_words(read: &mut Settings, outcome: &OutcomePath) {
    let (success, failure) = (&outcome.success, &outcome.failure);
    let is_said = !success.is_empty() || !failure.is_empty();
    read.require("outcome", is_said, "needs the words of `success`, of `failure`, or of both");
    let is_short = success.len() <= WORDS_MAX && failure.len() <= WORDS_MAX;
    read.require("outcome", is_short, "has at most 64 words for each");
    let is_in_both = |word: &String| failure.iter().any(|other| other.eq_ignore_ascii_case(word));
    let is_clear = !success.iter().any(is_in_both);
    read.require("outcome", is_clear, "has a word that is in `success` and in `failure`");
}

fn is_log_name(text: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.')
    };
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}
