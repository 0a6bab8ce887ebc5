//! What people read about checks: titles, directions for their system, and details, by language.
//!
//! All of it is content, written by us or by this company and therefore trusted: Markdown in
//! `directions/NAME.LANGUAGE.md`, one file a check and language, and the sentences of details in
//! `directions/details.LANGUAGE.yml`. What stands in their holes is from outside: whoever shows it
//! makes it inert.

mod page;
mod sentences;
mod shipped;

use std::collections::BTreeMap;

use content::FileProblem;
use model::device::{Platform, Practice};

use crate::{check::State, detail::Detail, evaluate::CheckResult};
use page::Page;
use sentences::Sentences;
pub use shipped::SHIPPED;

/// The language that everything ships in.
const FALLBACK: &str = "en";
/// The name of the files of sentences.
const DETAILS: &str = "details";
/// The longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1_024;

/// All texts.
#[derive(Debug, Default)]
pub struct Texts {
    /// By name and language.
    pages: BTreeMap<(String, String), Page>,
    /// By language.
    sentences: BTreeMap<String, Sentences>,
}

/// What there is to say about a check's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it is, or how it stands, in a few words.
    pub title: String,
    /// Why it matters.
    pub description: String,
    /// How to mend it on this platform, as Markdown.
    pub directions: Option<String>,
    /// What there is to say, one sentence each.
    pub details: Vec<String>,
}

impl Texts {
    /// Reads files, each a name and its text, over what ships. A file with a problem is left out.
    #[must_use]
    pub fn load(files: &[(String, String)]) -> (Self, Vec<FileProblem>) {
        let mut texts = Self::default();
        for (name, text) in SHIPPED {
            // A test reads them all.
            let _ = texts.read(name, text);
        }
        let mut problems = Vec::new();
        for (name, text) in files {
            problems.extend(texts.read(name, text).err().unwrap_or_default());
        }
        (texts, problems)
    }

    /// What ships, alone.
    #[must_use]
    pub fn shipped() -> Self {
        Self::load(&[]).0
    }

    /// What there is to say about a result, in a language or the nearest there is.
    #[must_use]
    pub fn words(&self, result: &CheckResult, platform: Platform, language: &str) -> Words {
        let name = match &result.practice {
            Practice::Agent(name) => name.clone(),
            practice => practice.to_string(),
        };
        let details = result.details.iter().map(|detail| self.say(detail, language)).collect();
        let Some(page) = self.page(result, language) else {
            let description = String::new();
            return Words { title: name, description, directions: None, details };
        };
        let fill = |text: &str| sentences::fill(text, &["name"], std::slice::from_ref(&name));
        Words {
            title: fill(page.title(result.state)),
            description: fill(&page.description),
            directions: page.directions(platform).map(str::to_owned),
            details,
        }
    }

    /// A detail as a sentence.
    #[must_use]
    pub fn say(&self, detail: &Detail, language: &str) -> String {
        let mut found = languages(language).filter_map(|it| self.sentences.get(it));
        let sentence = found.find_map(|sentences| sentences.get(detail.note));
        let sentence = sentence.unwrap_or(detail.note.name());
        sentences::fill(sentence, detail.note.holes(), &detail.values)
    }

    /// The text of a check's own name, of its practice's, or of its kind's.
    fn page(&self, result: &CheckResult, language: &str) -> Option<&Page> {
        let kind = match &result.practice {
            Practice::Agent(_) => "agent",
            Practice::Other(_) => "foreign",
            built_in => built_in.built_in_name().unwrap_or_default(),
        };
        let find = |name: &str| {
            let key = |language: &str| (name.to_owned(), language.to_owned());
            languages(language).find_map(|it| self.pages.get(&key(it)))
        };
        find(&result.check).or_else(|| find(kind))
    }

    fn read(&mut self, file: &str, text: &str) -> Result<(), Vec<FileProblem>> {
        let problem = |text: String| vec![FileProblem::new(file, "", text)];
        if text.len() > FILE_BYTES_MAX {
            return Err(problem(format!("longer than {FILE_BYTES_MAX} bytes")));
        }
        let mut parts = file.rsplitn(3, '.');
        let (ending, language, name) = (parts.next(), parts.next(), parts.next());
        match (name, language, ending) {
            (Some(DETAILS), Some(language), Some("yml")) => {
                let sentences = Sentences::read(file, text)?;
                self.sentences.entry(language.to_owned()).or_default().lay_over(sentences);
            }
            (Some(name), Some(language), Some("md")) => {
                let page = Page::read(file, text)?;
                self.pages.insert((name.to_owned(), language.to_owned()), page);
            }
            _ => {
                let text = "must be called NAME.LANGUAGE.md or details.LANGUAGE.yml";
                return Err(problem(text.to_owned()));
            }
        }
        Ok(())
    }
}

/// A language, its base, and the one that everything ships in.
fn languages(wanted: &str) -> impl Iterator<Item = &str> {
    let base = wanted.split(['-', '_']).next().unwrap_or_default();
    [wanted, base, FALLBACK].into_iter()
}

/// The states by name, for sections of a page.
fn state_named(name: &str) -> Option<State> {
    State::ALL.into_iter().find(|state| state.name() == name)
}

#[cfg(test)]
mod tests;
