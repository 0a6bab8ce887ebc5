//! What policies and playbooks may name: the actions of the configured responders, the playbooks,
//! and the steps of enrichment with their fields.

use std::{collections::BTreeMap, sync::Arc};

use content::nearest;

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
}
