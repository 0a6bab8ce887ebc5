//! What was done by itself to a person lately, so that a cause that comes back does not end their
//! sessions again and again: the same thing once, then only after they were asked, then not at all
//! without a person who decides.

use model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::{
    case::Case,
    ledger::{Entry, Trigger, guard::ActRuling},
};

/// How long an act counts.
const ACT_LIFE: Span = Span::hours(24);
/// Automatic acts on one person in that time.
const ACTS_PER_DAY: usize = 3;
/// How long after each act of a day but the last there is none.
const PAUSES: [Span; ACTS_PER_DAY - 1] = [Span::minutes(15), Span::hours(1)];
/// The facts that make a cause the same, beside the rule.
const CAUSE_FACTS: [&str; 4] = ["client.family", "client.os", "source.asn", "client.device"];

/// Something that was done by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAct {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// What led to it.
    pub cause: String,
    /// In which case.
    pub case: model::CaseId,
}

impl Desk {
    /// What the person's recent past says to one more automatic act.
    pub(crate) fn rule_act(&self, case: &Case, entry: &Entry, now: Timestamp) -> ActRuling {
        let since = ACT_LIFE.before(now);
        // What one case does at once is one act: its sessions are ended at several vendors.
        let past: Vec<&PastAct> =
            self.acts.iter().filter(|act| act.at > since && act.case != case.id).collect();
        let Some(last) = past.iter().map(|act| act.at).max() else { return ActRuling::Go };
        let acts = past.iter().map(|act| act.case).collect::<std::collections::BTreeSet<_>>().len();
        let cause = cause(case);
        let same = past.iter().filter(|act| act.cause == cause && act.action == entry.order.action);
        let same = same.count();
        let newest = case.alerts.iter().map(|alert| alert.time).max().unwrap_or(now);
        if same >= 2 {
            let why = format!("the same cause led to this {same} times in 24 hours: it comes back");
            return ActRuling::Held { why, is_grave: true, trips: false };
        }
        if newest <= last {
            return ActRuling::held(
                "what happened is older than what was done about this person last",
            );
        }
        if same == 1 && matches!(entry.order.trigger, Trigger::Opening) {
            return ActRuling::held(
                "the same cause led to this within 24 hours: the person is asked first",
            );
        }
        if acts >= ACTS_PER_DAY {
            let why = format!("{acts} times in 24 hours something was done about this person");
            return ActRuling::Held { why, is_grave: true, trips: false };
        }
        let pause = PAUSES[acts - 1];
        if now < pause.after(last) {
            return ActRuling::held(format!("less than {pause} after the last time"));
        }
        ActRuling::Go
    }

    /// Keeps what was done.
    pub(crate) fn follow_act(&mut self, case: &Case, entry: &Entry, now: Timestamp) {
        let since = ACT_LIFE.before(now);
        self.acts.retain(|act| act.at > since);
        let (action, cause) = (entry.order.action.clone(), cause(case));
        self.acts.push(PastAct { at: now, action, cause, case: case.id });
    }
}

/// What makes a cause the same: the rule, and with what and from where it was done.
fn cause(case: &Case) -> String {
    let alert = case.head();
    let facts = CAUSE_FACTS.iter().map(|name| {
        let value = alert.facts.get(*name);
        value.map_or_else(|| "absent".to_owned(), model::FactValue::canonical)
    });
    [alert.rule.clone()].into_iter().chain(facts).collect::<Vec<_>>().join("|")
}
