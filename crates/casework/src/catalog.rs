//! What policies and playbooks may name: the actions of the configured responders, the playbooks,
//! the messages, and the steps of enrichment with their fields.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use content::{Problems, nearest};

use crate::{ledger::Spec, playbook::Playbook};

/// What may be named.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Actions, such as `okta.suspend`.
    pub actions: BTreeMap<String, Spec>,
    /// Playbooks, by id.
    pub playbooks: BTreeMap<String, Arc<Playbook>>,
    /// Steps of enrichment; their fields, where these are known beforehand.
    pub enrichers: BTreeMap<String, Option<Vec<String>>>,
    /// Messages to people; `None` where nobody knows yet which there are, and any may be named.
    pub messages: Option<BTreeSet<String>>,
}

impl Catalog {
    /// What to say of a name after `run:` that is neither an action nor a playbook.
    #[must_use]
    pub fn unknown_run(&self, name: &str) -> (String, Option<String>) {
        if self.actions.is_empty() && self.playbooks.is_empty() {
            let text = "no responder is configured: remove `run` or add a [respond.*] section";
            return (text.to_owned(), None);
        }
        let known = self.actions.keys().chain(self.playbooks.keys()).map(String::as_str);
        ("is neither an action of a responder nor a playbook".to_owned(), nearest(name, known))
    }

    /// Tells of a message that does not exist: people would read words that nobody chose for them.
    pub(crate) fn check_message(&self, name: &str, path: String, problems: &mut Problems<'_>) {
        let Some(known) = &self.messages else { return };
        if !known.contains(name) {
            let nearest = nearest(name, known.iter().map(String::as_str));
            let text = format!("there is no message called `{name}` in content/templates/");
            problems.add_near(path, text, nearest);
        }
    }

    /// Tells of a step of enrichment that does not exist.
    pub(crate) fn check_step(&self, name: &str, path: String, problems: &mut Problems<'_>) {
        if !self.enrichers.contains_key(name) {
            let nearest = nearest(name, self.enrichers.keys().map(String::as_str));
            let text = format!("there is no step of enrichment called `{name}`");
            problems.add_near(path, text, nearest);
        }
    }
}
