//! What would be done about an alert of ours: decided by the code that decides it live.

use casework::{
    Act,
    known::Known,
    policy::{Look, Policies, exception::Exceptions},
};
use detect::{
    engine::Raised,
    trial::{Decided, Treatment},
};
use model::Alert;

/// As the rules' files have it, for somebody of whom nothing but the account is known.
pub(crate) struct AsTreated<'p>(pub(crate) &'p Policies);

impl Treatment for AsTreated<'_> {
    fn decide(&self, raised: &Raised) -> Decided {
        let alert = alert(raised);
        let look = Look {
            alert: &alert,
            person: None,
            known: &Known::default(),
            rule: Some(raised.rule.id()),
            exceptions: &Exceptions::default(),
            now: raised.time,
        };
        let treatment = self.0.decide(&look).treatment;
        let is_somebody = raised.person.is_some() || raised.account.is_some();
        Decided {
            severity: treatment.severity,
            is_asked: is_somebody && matches!(treatment.act, Act::Ask(_)),
            is_acted_on: !treatment.opening.is_empty(),
        }
    }
}

/// The alert that treatment looks at.
fn alert(raised: &Raised) -> Alert {
    let mut facts = raised.facts.clone();
    facts.extend(raised.explanation.numbers.clone());
    Alert {
        id: raised.id(),
        source: raised.rule.head.logsource.product.clone().unwrap_or_default(),
        external_id: None,
        rule: raised.rule.id().to_owned(),
        title: raised.rule.head.title.clone(),
        description: raised.explanation.words.clone(),
        severity: raised.severity,
        time: raised.time,
        person: raised.account.clone(),
        url: None,
        facts,
        received_at: raised.time,
        problems: Vec::new(),
    }
}
