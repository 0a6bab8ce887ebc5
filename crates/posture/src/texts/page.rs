//! The text of a check in one language.
//!
//! ```text
//! # Disk encryption                what it is
//!
//! Why it matters.
//!
//! ## warn                          a title for a state: how it stands
//! The disk is not encrypted.
//!
//! ## macos                         directions for a platform, or for `all` others
//! 1. Open **System Settings** …
//! ```

use std::collections::BTreeMap;

use content::{FileProblem, Problems};
use model::device::Platform;

use super::state_named;
use crate::check::State;

/// Directions for every platform that has none of its own.
const ALL: &str = "all";

#[derive(Debug)]
pub(super) struct Page {
    title: String,
    pub(super) description: String,
    titles: BTreeMap<State, String>,
    /// By platform; nothing stands for all others.
    directions: BTreeMap<Option<Platform>, String>,
}

impl Page {
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Vec<FileProblem>> {
        let mut problems = Problems::of(file);
        let mut sections = text.split("\n## ");
        let head = sections.next().unwrap_or_default().trim_start();
        let (title, description) = head.split_once('\n').unwrap_or((head, ""));
        let title = title.strip_prefix("# ").map(str::trim).filter(|title| !title.is_empty());
        if title.is_none() {
            problems.add("", "must begin with `# ` and a title");
        }
        let mut page = Self {
            title: title.unwrap_or_default().to_owned(),
            description: description.trim().to_owned(),
            titles: BTreeMap::new(),
            directions: BTreeMap::new(),
        };
        for section in sections {
            let (name, text) = section.split_once('\n').unwrap_or((section, ""));
            page.add(name.trim(), text.trim(), &mut problems);
        }
        if problems.is_empty() { Ok(page) } else { Err(problems.into_vec()) }
    }

    fn add(&mut self, name: &str, text: &str, problems: &mut Problems<'_>) {
        if text.is_empty() {
            return problems.add(name, "is empty");
        }
        let platform = Platform::named(name).filter(|platform| platform.is_known());
        let earlier = match (state_named(name), platform) {
            (Some(state), _) => self.titles.insert(state, text.to_owned()),
            (None, Some(platform)) => self.directions.insert(Some(platform), text.to_owned()),
            (None, None) if name == ALL => self.directions.insert(None, text.to_owned()),
            (None, None) => {
                let states = State::ALL.into_iter().map(State::name);
                let platforms = Platform::ALL.into_iter().map(Platform::name);
                let known = states.chain(platforms).chain([ALL]);
                let nearest = content::nearest(name, known);
                return problems.add_near(name, "must be a state or a platform", nearest);
            }
        };
        if earlier.is_some() {
            problems.add(name, "is there twice");
        }
    }

    /// How it stands; what it is, where no title says more.
    pub(super) fn title(&self, state: State) -> &str {
        self.titles.get(&state).unwrap_or(&self.title)
    }

    pub(super) fn directions(&self, platform: Platform) -> Option<&str> {
        let own = self.directions.get(&Some(platform));
        own.or_else(|| self.directions.get(&None)).map(String::as_str)
    }
}
