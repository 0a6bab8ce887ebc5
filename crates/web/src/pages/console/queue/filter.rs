//! The filters of the queue, as they stand in its address.

use jiff::Timestamp;
use model::{CaseId, StateName};
use ports::store::{CaseQuery, CaseRow};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::super::severity;
use crate::AppState;

/// What is listed by one click: a name in the address, and what it reads.
pub(super) const TABS: [(&str, &str); 4] =
    [(NEEDS_US, "Needs an analyst"), ("open", "Open"), ("closed", "Closed"), ("all", "All")];
const NEEDS_US: &str = "escalated";

/// The filters.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::pages::console) struct Filter {
    #[serde(default = "needs_us")]
    pub(super) state: String,
    #[serde(default)]
    pub(super) severity: String,
    #[serde(default)]
    pub(super) person: String,
    #[serde(default)]
    pub(super) rule: String,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) cursor: String,
}

fn needs_us() -> String {
    NEEDS_US.to_owned()
}

/// The states behind a name; none of them for "any", nothing for what is no such name.
pub(super) fn states(name: &str) -> Option<Vec<StateName>> {
    match name {
        "all" => Some(Vec::new()),
        "open" => Some(StateName::ALL.iter().copied().filter(|state| state.is_open()).collect()),
        word => StateName::named(word).map(|state| vec![state]),
    }
}

/// Whether a case's line has all of these words, which are in lower case.
pub(super) fn has_words(row: &CaseRow, words: &[String]) -> bool {
    let line = format!("{} {} {} {}", row.title, row.source, row.rule, row.id).to_lowercase();
    words.iter().all(|word| line.contains(word.as_str()))
}

impl Filter {
    /// Only a state.
    pub(super) fn of_state(state: &str) -> Self {
        let none = String::new;
        Self {
            state: state.to_owned(),
            severity: none(),
            person: none(),
            rule: none(),
            text: none(),
            cursor: none(),
        }
    }

    /// Whether more than the state is filtered by.
    pub(super) fn is_narrow(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// The words that are looked for.
    pub(super) fn words(&self) -> Vec<String> {
        self.text.split_whitespace().map(str::to_lowercase).collect()
    }

    /// As the store is asked; nothing when the person is nobody.
    pub(super) fn query(&self, state: &AppState) -> Option<CaseQuery> {
        let person = match self.person.trim() {
            "" => None,
            name => Some(state.engine.find_person(name)?.id),
        };
        let rule = self.rule.trim();
        Some(CaseQuery {
            states: states(&self.state).unwrap_or_default(),
            people: person.into_iter().collect(),
            rules: (!rule.is_empty()).then(|| rule.to_owned()).into_iter().collect(),
            severities: severity(&self.severity).into_iter().collect(),
            cursor: self.cursor.parse().ok(),
            ..CaseQuery::default()
        })
    }

    /// The address of this listing, from a case on.
    pub(super) fn path(&self, cursor: Option<CaseId>) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("state", &self.state);
        for (name, value) in self.pairs() {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(cursor) = cursor {
            query.append_pair("cursor", &cursor.to_string());
        }
        format!("/console/cases?{}", query.finish())
    }

    /// Where programs list what has come since.
    pub(super) fn poll(&self, now: Timestamp) -> String {
        let mut query = Serializer::new(String::new());
        if self.state != "all" {
            query.append_pair("state", &self.state);
        }
        for (name, value) in self.pairs().iter().filter(|(name, _)| *name != "text") {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("after", &now.to_string());
        format!("/v1/cases?{}", query.finish())
    }

    fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            ("severity", self.severity.as_str()),
            ("person", self.person.as_str()),
            ("rule", self.rule.as_str()),
            ("text", self.text.as_str()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_survive_in_the_address_and_cannot_break_out_of_it() {
        let filter = Filter {
            rule: "a&state=closed\"><script>".to_owned(),
            text: "one two".to_owned(),
            ..Filter::of_state("open")
        };
        let path = filter.path(None);
        assert_eq!(
            path,
            "/console/cases?state=open&rule=a%26state%3Dclosed%22%3E%3Cscript%3E&text=one+two"
        );
        assert_eq!(filter.words(), ["one", "two"]);
        assert!(filter.is_narrow() && !Filter::of_state("open").is_narrow());
    }

    #[test]
    fn open_is_every_state_but_closed() {
        let open = states("open").expect("known");
        assert!(!open.contains(&StateName::Closed));
        assert_eq!(open.len() + 1, StateName::ALL.len());
        assert_eq!(states("nonsense"), None);
    }
}
