//! What a proof has to be independent of.

use std::collections::BTreeSet;

use model::{Alert, FactValue, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many different names the alerts of one case may hold. With more, nobody could say any more
/// that a factor is not among them.
pub const NAMES_KEPT: usize = 1_000;

/// The start of words by which an alert shows that it concerns somebody's ways to prove: a factor,
/// its enrolment, a reset or a recovery.
const FACTOR_WORDS: [&str; 9] =
    ["mfa", "2fa", "factor", "authenticator", "passkey", "webauthn", "enrol", "recover", "reset"];

/// What a proof has to be independent of, over all alerts of a case: also those that said nothing
/// new, and those that it no longer keeps whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it began: the earliest account, never later than our own receipt, so that a source
    /// whose clock is ahead does not make a new factor look old.
    pub since: Timestamp,
    /// Whether any of it concerns somebody's ways to prove.
    pub concerns_factors: bool,
    /// What it names: devices, addresses, sessions and whatever else.
    pub names: Names,
}

/// The names that alerts hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// All of them, as hashes: they are only ever compared. Two names that share one make a proof
    /// fail, never succeed.
    Kept(BTreeSet<u64>),
    /// There were more than [`NAMES_KEPT`]: whatever is looked for may have been among them.
    TooMany,
}

impl Event {
    /// What one alert tells of.
    #[must_use]
    pub fn of(alert: &Alert) -> Self {
        let since = alert.time.min(alert.received_at);
        let mut names = Names::Kept(BTreeSet::new());
        names.add(alert);
        Self { since, concerns_factors: concerns_factors(alert), names }
    }

    /// Adds what another alert tells of.
    pub fn add(&mut self, alert: &Alert) {
        self.since = self.since.min(alert.time).min(alert.received_at);
        self.concerns_factors |= concerns_factors(alert);
        self.names.add(alert);
    }
}

impl Names {
    /// Whether this is one of them, as far as anybody can tell.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Kept(names) => names.contains(&hash(name)),
            Self::TooMany => true,
        }
    }

    fn add(&mut self, alert: &Alert) {
        let Self::Kept(names) = self else { return };
        alert.facts.values().for_each(|value| collect(value, names));
        if names.len() > NAMES_KEPT {
            *self = Self::TooMany;
        }
    }
}

/// Whether an alert concerns somebody's ways to prove, by its rule, its title or its action.
#[must_use]
pub fn concerns_factors(alert: &Alert) -> bool {
    let action = alert.facts.get("action").map(FactValue::shown).unwrap_or_default();
    [alert.rule.as_str(), alert.title.as_str(), &action].iter().any(|text| {
        let lower = text.to_lowercase();
        let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| FACTOR_WORDS.iter().any(|start| word.starts_with(start)))
    })
}

/// Adds what may be a name: texts and whole numbers, also those in lists.
fn collect(value: &FactValue, names: &mut BTreeSet<u64>) {
    match value {
        FactValue::Text(_) | FactValue::Int(_) => {
            names.insert(hash(&value.shown()));
        }
        FactValue::List(items) => items.iter().for_each(|item| collect(item, names)),
        FactValue::Null | FactValue::Bool(_) | FactValue::Float(_) => {}
    }
}

/// The hash of a name, whatever the case of its letters.
fn hash(name: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(name.trim().to_lowercase()).into();
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
