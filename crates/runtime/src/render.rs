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
mod words;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, UndefinedBehavior, Value};
use model::Problem;

pub use shipped::SHIPPED;
pub use view::{Choice, QuestionView, Standing};
pub(crate) use words::Words;

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
/// The texts that hold the titles of our rules, by their ids.
pub(crate) const RULE_TITLES: &str = "rule-titles";
/// The texts that hold the names of facts.
pub(crate) const FACT_NAMES: &str = "fact-names";
/// The message that stands in for one that does not exist.
const GENERIC: &str = "generic";
/// The parts a message has.
const MESSAGE_PARTS: [&str; 2] = ["title", "text"];

/// The texts in force.
pub struct Templates {
    own: Texts,
    shipped: Texts,
    messages: BTreeSet<String>,
}

/// The texts of one set of files.
struct Texts {
    environment: Environment<'static>,
    parts: BTreeMap<String, Part>,
}

/// A part of a text.
enum Part {
    /// It says the same whatever it is about.
    Plain(String),
    Template,
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
        let shipped = texts(&shipped, &mut messages, &mut problems);
        debug_assert!(problems.is_empty(), "the shipped texts have problems: {problems:?}");
        let own = texts(files, &mut messages, &mut problems);
        (Self { own, shipped, messages }, problems)
    }

    /// Whether there is a message of this name.
    #[must_use]
    pub fn has(&self, message: &str) -> bool {
        self.messages.contains(message)
    }

    /// The names of all messages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().map(String::as_str)
    }

    /// A part of a text in a language, or in the nearest that there is. In each language the
    /// company's own text comes before the shipped one.
    pub(crate) fn part(&self, name: &str, part: &str, languages: &[&str], words: &Words) -> String {
        for language in languages.iter().copied().chain([FALLBACK]) {
            if let Some(text) = self.in_language(name, part, language, words) {
                return text;
            }
        }
        // A policy may name a message that is gone: the person is asked all the same.
        if name != GENERIC && MESSAGE_PARTS.contains(&part) {
            return self.part(GENERIC, part, languages, words);
        }
        tracing::error!(template = name, part, "a text is missing");
        String::new()
    }

    /// What something is called that has a name of its own: `original`, which is in
    /// [`FALLBACK`], unless a language that comes before it has another one.
    pub(crate) fn called(
        &self,
        names: &str,
        id: &str,
        original: &str,
        languages: &[&str],
    ) -> String {
        let before = languages.iter().take_while(|language| base(language) != FALLBACK);
        let mut found = before.filter_map(|it| self.in_language(names, id, it, &Words::default()));
        found.next().unwrap_or_else(|| original.to_owned())
    }

    /// A text in a language, or in the one that it is a kind of.
    fn in_language(&self, name: &str, part: &str, language: &str, words: &Words) -> Option<String> {
        let kinds = [language, base(language)];
        let kinds = if kinds[0] == kinds[1] { &kinds[..1] } else { &kinds };
        let mut keys = kinds.iter().map(|language| key(name, language, part));
        keys.find_map(|key| self.own.part(&key, words).or_else(|| self.shipped.part(&key, words)))
    }
}

/// `de` of `de-AT`.
fn base(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or_default()
}

impl Texts {
    fn part(&self, key: &str, words: &Words) -> Option<String> {
        match self.parts.get(key)? {
            Part::Plain(text) => Some(text.clone()),
            Part::Template => match render(&self.environment, key, words)? {
                Ok(text) => Some(text),
                Err(error) => {
                    tracing::error!(template = key, %error, "a text cannot be rendered");
                    None
                }
            },
        }
    }
}

fn render(
    environment: &Environment<'_>,
    key: &str,
    words: &Words,
) -> Option<Result<String, minijinja::Error>> {
    let template = environment.get_template(key).ok()?;
    let rendered = template.render(Value::from_object(words.clone()));
    Some(rendered.map(|text| inert::capped(text.trim(), MAX_TEXT_CHARS)))
}

fn texts(
    files: &[(String, String)],
    messages: &mut BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> Texts {
    let mut texts = Texts { environment: environment(), parts: BTreeMap::new() };
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
                    if let Err(text) = texts.add(key(&name, &language, &part), source) {
                        problems.push(Problem::at(format!("{file}: {part}"), text));
                    }
                }
            }
            Err(text) => problems.push(Problem::at(file.clone(), text)),
        }
    }
    texts
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.add_filter("safe_text", |text: String| inert::line(&text, inert::LINE_CHARS));
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

impl Texts {
    /// Takes a part in if it renders with sample data.
    fn add(&mut self, key: String, source: String) -> Result<(), String> {
        let is_plain = !["{{", "{%", "{#"].iter().any(|mark| source.contains(mark));
        let environment = &mut self.environment;
        environment.add_template_owned(key.clone(), source).map_err(|error| error.to_string())?;
        let mut part = Part::Template;
        for words in sample::all() {
            match render(environment, &key, &words) {
                Some(Ok(text)) if is_plain => part = Part::Plain(text),
                Some(Err(error)) => {
                    environment.remove_template(&key);
                    return Err(error.to_string());
                }
                _ => {}
            }
        }
        self.parts.insert(key, part);
        Ok(())
    }
}

fn key(name: &str, language: &str, part: &str) -> String {
    format!("{name}.{language}/{part}")
}
