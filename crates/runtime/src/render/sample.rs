//! Data to try templates with: a full case, and one that knows as little as a case can.

use std::collections::BTreeMap;

use super::Words;

/// What every template must be able to speak of.
pub(super) fn all() -> Vec<Words> {
    let last = Words { is_last: true, is_claimed: true, is_provable: false, ..full() };
    vec![full(), sparse(), last]
}

/// A case of which all is known.
pub(super) fn full() -> Words {
    let facts = [("app", "Okta"), ("place", "Lisbon, Portugal"), ("client", "Firefox on Windows")];
    let values = [
        ("method", "passkey"),
        ("label", "laptop"),
        ("action", "okta.suspend"),
        ("by", "policy:stolen-session"),
        ("case", "case_01J0000000000000000000000"),
        ("exception", "exc_01J0000000000000000000000"),
        ("reason", "the yearly report"),
        ("hits", "12"),
        ("ends", "on Monday 25 July at 14:05"),
        ("count", "2"),
        ("devices", "1"),
    ];
    Words {
        organisation: "Example".to_owned(),
        name: "Mia".to_owned(),
        user: "mia@example.com".to_owned(),
        title: "Sign-in from a new country".to_owned(),
        description: "Okta reported a sign-in.".to_owned(),
        when: "today at 14:05, Berlin".to_owned(),
        deadline: "today at 16:05".to_owned(),
        severity: "medium".to_owned(),
        source: "siem".to_owned(),
        rule: "new-country".to_owned(),
        reason: "The person says it was not them.".to_owned(),
        code: "K7Q-4M2".to_owned(),
        check: "countersign.example.com/check".to_owned(),
        host: "countersign.example.com".to_owned(),
        page: "countersign.example.com/ask/case_01J0000000000000000000000".to_owned(),
        count: 1,
        is_followup: false,
        is_last: false,
        is_claimed: false,
        is_provable: true,
        facts: pairs(&facts),
        value: "one question".to_owned(),
        values: pairs(&values),
        time: "14:05".to_owned(),
        moment: "today at 14:05".to_owned(),
        place: "Berlin".to_owned(),
        weekday: "Monday".to_owned(),
        day: "18".to_owned(),
        month: "July".to_owned(),
    }
}

/// A case without facts and values.
fn sparse() -> Words {
    let values = full().values.into_keys().map(|name| (name, String::new())).collect();
    Words { facts: BTreeMap::new(), values, is_followup: true, count: 3, ..full() }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
