//! Which of many conditions an alert can meet at all, by what they demand literally.

use std::collections::BTreeMap;

use expr::Expr;
use model::{Alert, Person};

/// Literal demands of a condition: the alert's source, its rule, and the person's e-mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literals {
    pub(super) source: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) email: Option<String>,
}

/// Candidates by their literal demands, in the order in which they are tried. An alert meets those
/// that demand what it says, and those that demand nothing.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeMap<Literals, Vec<usize>>);

impl Literals {
    /// What a condition demands, whatever else it says.
    pub(super) fn of(condition: &Expr) -> Self {
        let said = |root, field| condition.literal(root, field).map(str::to_owned);
        Self {
            source: said("alert", "source"),
            rule: said("alert", "rule"),
            email: said("person", "email"),
        }
    }
}

impl Index {
    /// Enters a candidate by its place in the order.
    pub(super) fn add(&mut self, literals: Literals, place: usize) {
        self.0.entry(literals).or_default().push(place);
    }

    /// The places of those that an alert can meet, in order.
    pub(super) fn candidates(&self, alert: &Alert, person: Option<&Person>) -> Vec<usize> {
        let email = person.map(|person| person.email.reveal());
        let mut places = Vec::new();
        for source in [None, Some(alert.source.as_str())] {
            for rule in [None, Some(alert.rule.as_str())] {
                for email in [None, email].iter().take(if email.is_some() { 2 } else { 1 }) {
                    let own = |text: Option<&str>| text.map(str::to_owned);
                    let key = Literals { source: own(source), rule: own(rule), email: own(*email) };
                    places.extend(self.0.get(&key).into_iter().flatten().copied());
                }
            }
        }
        places.sort_unstable();
        places
    }
}
