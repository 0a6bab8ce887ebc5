//! What became of the cases that alerts are in: whether there was something to them.

use std::{collections::BTreeMap, path::Path};

use model::{AlertId, Timestamp};
use serde_json::Value;

use crate::{api::Api, cli::ReachArgs, server::Access};

/// How many cases are looked at in all.
const CASES_MAX: usize = 10_000;
/// How many are listed at once.
const PAGE: u32 = 200;

/// Alerts of which it is known.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// By the alert's id in the event log: whether it was real, or else harmless.
    is_real: BTreeMap<String, bool>,
    is_cut: bool,
}

impl Outcomes {
    /// Of the cases that were opened since a time, whatever rule they are told by: that is the rule
    /// of the latest alert, and alerts of others may be in them.
    pub(super) async fn of_stored(
        config: &Path,
        reach: &ReachArgs,
        since: Option<Timestamp>,
    ) -> anyhow::Result<Self> {
        let api = Api::reach(reach, config, Access::Look).await?;
        let mut outcomes = Self::default();
        outcomes.look(&api, since).await?;
        Ok(outcomes)
    }

    /// Whether an alert was confirmed as real, or as harmless.
    pub(super) fn is_real(&self, alert: AlertId) -> Option<bool> {
        self.is_real.get(&alert.to_string()).copied()
    }

    /// What was left out.
    pub(super) fn warning(&self) -> Option<String> {
        self.is_cut.then(|| {
            format!("only the latest {CASES_MAX} cases were looked at: give a shorter --since")
        })
    }

    async fn look(&mut self, api: &Api, since: Option<Timestamp>) -> anyhow::Result<()> {
        let mut query = vec![("state", "escalated,closed".to_owned()), ("limit", PAGE.to_string())];
        query.extend(since.map(|since| ("after", since.to_string())));
        let mut left = CASES_MAX;
        let mut cursor: Option<String> = None;
        loop {
            let here = query.iter().cloned();
            let page: Vec<_> = here.chain(cursor.map(|cursor| ("cursor", cursor))).collect();
            let listed = api.get("v1/cases", &page).await?;
            for case in listed["items"].as_array().into_iter().flatten() {
                if left == 0 {
                    self.is_cut = true;
                    return Ok(());
                }
                left -= 1;
                self.take(api, case).await?;
            }
            cursor = listed["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, api: &Api, case: &Value) -> anyhow::Result<()> {
        let (Some(is_real), Some(id)) = (is_real(case), case["id"].as_str()) else { return Ok(()) };
        let whole = api.get(&format!("v1/cases/{id}"), &[]).await?;
        let ids = whole["external_ids"].as_array().into_iter().flatten();
        let known = ids.filter_map(|id| Some((id.as_str()?.to_owned(), is_real)));
        self.is_real.extend(known);
        Ok(())
    }
}

/// Whether a case was judged real or harmless, as rules' health counts it; nothing where nobody
/// has judged it.
fn is_real(case: &Value) -> Option<bool> {
    match (case["state"].as_str()?, case["reason"].as_str()?) {
        ("escalated", "denied") | ("closed", "malicious") => Some(true),
        ("closed", "verified" | "benign" | "false_positive") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::{Reason, StateName};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_case_is_judged_by_a_denial_a_proof_or_an_analyst() {
        let judged = |state: StateName, reason: Reason| {
            is_real(&json!({ "state": state.name(), "reason": reason.name() }))
        };
        for (state, reason, expected) in [
            (StateName::Escalated, Reason::Denied, Some(true)),
            (StateName::Closed, Reason::Malicious, Some(true)),
            (StateName::Closed, Reason::Verified, Some(false)),
            (StateName::Closed, Reason::Benign, Some(false)),
            (StateName::Closed, Reason::FalsePositive, Some(false)),
            (StateName::Escalated, Reason::Silent, None),
            (StateName::Closed, Reason::Duplicate, None),
            (StateName::Closed, Reason::Notified, None),
        ] {
            assert_eq!(judged(state, reason), expected, "{state:?} {reason:?}");
        }
        assert_eq!(is_real(&json!({ "state": "asking", "reason": null })), None);
    }
}
