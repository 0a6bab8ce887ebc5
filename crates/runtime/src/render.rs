//! What people read. Every text is a template, one file for each message and language; none is in
//! the code.
//!
//! A template is rendered when the message is sent, from the case as it is then. What comes from
//! outside is made inert before a template sees it ([`inert`]), so that no template can forget to;
//! escaping for a platform is its connector's business. Templates run with a limit on their work,
//! and one that fails falls back to the shipped one, so that a bad file never stops a question.

pub(crate) mod facts;
pub(crate) mod inert;
pub(crate) mod messages;
mod notices;
mod reports;
mod sample;
mod shipped;
#[cfg(test)]
mod tests;
mod view;
pub(crate) mod when;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{
    Environment, UndefinedBehavior,
    value::{Serde, Value},
};
use model::Problem;
use serde::Serialize;

pub use shipped::SHIPPED;
pub use view::{Choice, QuestionView, Standing};

/// Instructions that one template may run.
const FUEL: u64 = 20_000;
/// How deep expressions may nest.
const DEPTH: usize = 32;
/// The longest template file, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1_024;
/// How many files there may be.
pub const MAX_FILES: usize = 500;
/// The longest text a template makes, in characters.
const MAX_TEXT_CHARS: usize = 2_000;
/// The language every text exists in.
const FALLBACK: &str = "en";
/// The message that stands in for one that does not exist.
const GENERIC: &str = "generic";
/// The parts a message has.
const MESSAGE_PARTS: [&str; 2] = ["title", "text"];

/// The texts in force.
pub struct Templates {
    own: Environment<'static>,
    shipped: Environment<'static>,
    messages: BTreeSet<String>,
}

/// What a template may speak of. Every text in it is inert.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Words {
    pub(crate) organisation: String,
    /// How the person is greeted.
    pub(crate) name: String,
    /// Whom it is about, for the security team.
    pub(crate) user: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// When it happened, in the person's words.
    pub(crate) when: String,
    pub(crate) deadline: String,
    pub(crate) severity: String,
    pub(crate) source: String,
    pub(crate) rule: String,
    pub(crate) reason: String,
    pub(crate) code: String,
    /// Where a short code is looked up, without a scheme.
    pub(crate) check: String,
    /// Our host, without a scheme.
    pub(crate) host: String,
    /// The question's own page, without a scheme.
    pub(crate) page: String,
    pub(crate) count: u32,
    pub(crate) is_followup: bool,
    pub(crate) is_last: bool,
    pub(crate) is_claimed: bool,
    pub(crate) is_provable: bool,
    pub(crate) facts: BTreeMap<String, String>,
    /// One value that only this text has.
    pub(crate) value: String,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) time: String,
    pub(crate) moment: String,
    pub(crate) place: String,
    pub(crate) weekday: String,
    pub(crate) day: String,
    pub(crate) month: String,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Templates[{} messages]", self.messages.len())
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self::load(&[]).0
    }
}

impl Templates {
    /// The shipped texts with these files over them, each a name such as `generic.de.yml` and its
    /// text. Every part is rendered once with sample data; one that fails is left out and told.
    #[must_use]
    pub fn load(files: &[(String, String)]) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let shipped = SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let shipped: Vec<_> = shipped.collect();
        let mut messages = BTreeSet::new();
        let shipped = environment(&shipped, &mut messages, &mut problems);
        debug_assert!(problems.is_empty(), "the shipped texts have problems: {problems:?}");
        let own = environment(files, &mut messages, &mut problems);
        (Self { own, shipped, messages }, problems)
    }

    /// Whether there is a message of this name.
    #[must_use]
    pub fn has(&self, message: &str) -> bool {
        self.messages.contains(message)
    }

    /// A part of a text in a language, or in the nearest that there is.
    pub(crate) fn part(&self, name: &str, part: &str, languages: &[&str], words: &Words) -> String {
        let base = |language: &str| language.split(['-', '_']).next().map(str::to_owned);
        let wanted = languages
            .iter()
            .flat_map(|each| [Some((*each).to_owned()), base(each)].into_iter().flatten());
        let wanted: Vec<String> = wanted.chain([FALLBACK.to_owned()]).collect();
        for environment in [&self.own, &self.shipped] {
            for language in &wanted {
                let key = key(name, language, part);
                match render(environment, &key, words) {
                    Some(Ok(text)) => return text,
                    Some(Err(error)) => {
                        tracing::error!(template = key, %error, "a text cannot be rendered");
                    }
                    None => {}
                }
            }
        }
        // A policy may name a message that is gone: the person is asked all the same.
        if name != GENERIC && MESSAGE_PARTS.contains(&part) {
            return self.part(GENERIC, part, languages, words);
        }
        tracing::error!(template = name, part, "a text is missing");
        String::new()
    }
}

fn render(
    environment: &Environment<'_>,
    key: &str,
    words: &Words,
) -> Option<Result<String, minijinja::Error>> {
    let template = environment.get_template(key).ok()?;
    let rendered = template.render(Value::from(Serde(words)));
    Some(rendered.map(|text| inert::capped(text.trim(), MAX_TEXT_CHARS)))
}

fn environment(
    files: &[(String, String)],
    messages: &mut BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_filter("safe_text", |text: String| inert::line(&text, inert::LINE_CHARS));
    if files.len() > MAX_FILES {
        problems
            .push(Problem::at("", format!("more than {MAX_FILES} files; the rest is left out")));
    }
    for (file, text) in files.iter().take(MAX_FILES) {
        match read(file, text) {
            Ok((name, language, parts)) => {
                if MESSAGE_PARTS.iter().all(|part| parts.contains_key(*part)) {
                    messages.insert(name.clone());
                }
                for (part, source) in parts {
                    let key = key(&name, &language, &part);
                    if let Err(text) = add(&mut environment, &key, source) {
                        problems.push(Problem::at(format!("{file}: {part}"), text));
                    }
                }
            }
            Err(text) => problems.push(Problem::at(file.clone(), text)),
        }
    }
    environment
}

/// A file's name, language and parts.
fn read(file: &str, text: &str) -> Result<(String, String, BTreeMap<String, String>), String> {
    if text.len() > MAX_FILE_BYTES {
        return Err(format!("longer than {MAX_FILE_BYTES} bytes"));
    }
    let stem = file.strip_suffix(".yml").ok_or("the name must be NAME.LANGUAGE.yml")?;
    let (name, language) = stem.rsplit_once('.').ok_or("the name must be NAME.LANGUAGE.yml")?;
    let parts: BTreeMap<String, String> =
        serde_norway::from_str(text).map_err(|error| format!("not a map of texts: {error}"))?;
    Ok((name.to_owned(), language.to_owned(), parts))
}

/// Takes a part in if it renders with sample data.
fn add(environment: &mut Environment<'static>, key: &str, source: String) -> Result<(), String> {
    environment.add_template_owned(key.to_owned(), source).map_err(|error| error.to_string())?;
    let failed = sample::all().iter().find_map(|words| match render(environment, key, words) {
        Some(Err(error)) => Some(error.to_string()),
        _ => None,
    });
    match failed {
        Some(error) => {
            environment.remove_template(key);
            Err(error)
        }
        None => Ok(()),
    }
}

fn key(name: &str, language: &str, part: &str) -> String {
    format!("{name}.{language}/{part}")
}
