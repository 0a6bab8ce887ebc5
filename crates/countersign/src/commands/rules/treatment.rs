//! What would be done about an alert of ours: decided by the code that decides it live.

use std::sync::Arc;

use casework::{
    Act,
    catalog::Catalog,
    known::Known,
    ledger::Spec,
    playbook::Playbook,
    policy::{Look, Policies, exception::Exceptions},
};
use detect::{
    engine::Raised,
    trial::{Decided, Treatment},
};
use model::{Alert, Radius, Span, TargetKind, Undo};
use serde_norway::Value;

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

/// Every action, playbook and step of enrichment that rules name, as if there were one. Which there
/// are depends on the configuration, and is said by `config check`; here it is about the rules.
pub(super) fn stand_ins(rules: &[(String, String)]) -> Catalog {
    let mut catalog = Catalog::default();
    for (_, text) in rules {
        let value: Option<Value> = serde_norway::from_str(text).ok();
        let Some(block) = value.as_ref().and_then(|value| value.get("countersign")) else {
            continue;
        };
        runs(block, &mut catalog);
        let steps = block.get("enrich").and_then(Value::as_sequence).into_iter().flatten();
        catalog.enrichers.extend(steps.filter_map(Value::as_str).map(|it| (it.to_owned(), None)));
        catalog.enrichers.extend(read_steps(text).map(|it| (it.to_owned(), None)));
    }
    catalog
}

/// What stands after `run:`, however deep; what has a dot is an action of a responder.
fn runs(value: &Value, catalog: &mut Catalog) {
    match value {
        Value::Mapping(map) => {
            if let Some(name) = map.get("run").and_then(Value::as_str) {
                if name.contains('.') {
                    catalog.actions.insert(name.to_owned(), action());
                } else {
                    catalog.playbooks.insert(name.to_owned(), Arc::new(playbook(name)));
                }
            }
            map.values().for_each(|inner| runs(inner, catalog));
        }
        Value::Sequence(items) => items.iter().for_each(|inner| runs(inner, catalog)),
        _ => {}
    }
}

/// The steps that conditions read, as `enrich.NAME`.
fn read_steps(text: &str) -> impl Iterator<Item = &str> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let after = text.split("enrich.").skip(1);
    after.map(move |rest| rest.split(|letter| !is_of_name(letter)).next().unwrap_or_default())
}

fn action() -> Spec {
    Spec {
        target: TargetKind::Account,
        undo: Undo::Reversible,
        radius: Radius::Person,
        verify_within: Span::minutes(1),
        what: String::new(),
    }
}

fn playbook(name: &str) -> Playbook {
    Playbook {
        id: name.to_owned(),
        hash: String::new(),
        owner: String::new(),
        purpose: String::new(),
        start: None,
        ops: Vec::new(),
    }
}
