//! What a proof earns: not to be asked about the same again for a while (R15).

use std::collections::BTreeMap;

use model::{Alert, CaseId, Outcome, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Response, Treatment, case::Case};

/// Facts that tell with what and from where it was done. Where one of them is not what it was when the
/// proof was made, the world has drifted away from what was proven, and the person is asked again.
const DRIFTING: [&str; 8] = [
    "source.country",
    "country",
    "source.asn",
    "asn",
    "client.family",
    "client.os",
    "client.device",
    "device",
];

/// A suppression: narrow, limited, counted, and named after the proof that earned it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The proven case.
    pub proof: CaseId,
    /// Only alerts of this source,
    pub source: String,
    /// of this rule,
    pub rule: String,
    /// under this very version of the policy,
    pub policy_hash: String,
    /// not graver than this,
    pub severity: Severity,
    /// and with these facts, in canonical spelling. Never empty.
    pub same: BTreeMap<String, String>,
    /// With what and from where it was done then, as far as the alert said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub proven_from: BTreeMap<String, String>,
    /// Until then.
    pub until: Timestamp,
    /// At most so often.
    pub max_hits: u32,
    /// So often until now.
    pub hits: u32,
}

impl Suppression {
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether it covers an alert now.
    pub(super) fn covers(&self, alert: &Alert, treatment: &Treatment, now: Timestamp) -> bool {
        let is_used_up = self.hits >= self.max_hits;
        self.is_alive(now)
            && !is_used_up
            && !self.has_drifted(alert)
            && self.matches(alert, treatment)
    }

    /// Whether an alert tells of something that was otherwise when the proof was made. What is absent on
    /// either side tells nothing.
    fn has_drifted(&self, alert: &Alert) -> bool {
        let differs = |(name, value): (&String, &String)| {
            alert.facts.get(name).is_some_and(|fact| fact.canonical() != *value)
        };
        self.proven_from.iter().any(differs)
    }

    /// Whether an alert is of the kind it covers. A fact that is absent never matches.
    pub(super) fn matches(&self, alert: &Alert, treatment: &Treatment) -> bool {
        let same = |(name, value): (&String, &String)| {
            alert.facts.get(name).is_some_and(|fact| fact.canonical() == *value)
        };
        self.source == alert.source
            && self.rule == alert.rule
            && self.policy_hash == treatment.policy_hash
            && treatment.severity <= self.severity
            && !self.same.is_empty()
            && self.same.iter().all(same)
    }
}

/// What the proof of a case earns: one suppression for each entry of the policy whose facts are
/// all there.
pub(super) fn earned(case: &Case, now: Timestamp) -> Vec<Suppression> {
    let responses = case.treatment.responses(Outcome::Verified);
    responses.iter().filter_map(|response| one(case, response, now)).collect()
}

fn one(case: &Case, response: &Response, now: Timestamp) -> Option<Suppression> {
    let Response::Suppress { span, max_hits, same } = response else { return None };
    let alert = case.head();
    let facts: Option<BTreeMap<String, String>> =
        same.iter().map(|name| Some((name.clone(), alert.facts.get(name)?.canonical()))).collect();
    Some(Suppression {
        proof: case.id,
        source: alert.source.clone(),
        rule: alert.rule.clone(),
        policy_hash: case.treatment.policy_hash.clone(),
        severity: case.severity,
        same: facts.filter(|facts| !facts.is_empty())?,
        proven_from: DRIFTING
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), alert.facts.get(*name)?.canonical())))
            .collect(),
        until: span.after(now),
        max_hits: *max_hits,
        hits: 0,
    })
}
