//! The hashes by which a case knows what was shown, and which alerts belong to it.

use model::{Alert, PersonId, alert::is_of_event};
use sha2::{Digest, Sha256};

use crate::Treatment;

/// The hash of what a person is shown of these alerts: titles, times and facts.
pub(super) fn shown_hash(alerts: &[Alert]) -> String {
    let mut hasher = Sha256::new();
    for alert in alerts {
        let mut field = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        field(&alert.title);
        field(&alert.description);
        field(&alert.time.to_string());
        for (name, value) in &alert.facts {
            field(name);
            field(&value.canonical());
        }
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The key by which alerts join a case: source, rule, person and the facts that the policy names,
/// where an absent fact differs from one that is null (R27).
#[must_use]
pub fn group_key(alert: &Alert, person: Option<PersonId>, treatment: &Treatment) -> String {
    let mut hasher = Sha256::new();
    let mut field = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    match &treatment.group.name {
        Some(name) => field(name),
        None => {
            field(&alert.source);
            field(&alert.rule);
        }
    }
    match (person, &alert.person) {
        (Some(id), _) => field(&id.to_string()),
        (None, Some(name)) => field(name.reveal()),
        (None, None) => field(""),
    }
    let by = treatment.group.by.as_ref();
    let names: Vec<&String> = match by {
        Some(names) => names.iter().collect(),
        None => alert.facts.keys().filter(|name| is_of_event(name)).collect(),
    };
    for name in names {
        field(name);
        match alert.facts.get(name) {
            Some(value) => field(&value.canonical()),
            None => field("absent"),
        }
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
