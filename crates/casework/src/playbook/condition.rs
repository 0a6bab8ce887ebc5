//! What the conditions of playbooks may read, and what they see of a case.

use expr::{Expr, Fields, Flaw, Kind, Root, Schema, Scribe, Verdict, View};
use model::Answer;

use super::Given;
use crate::{
    case::Case,
    policy::see::{ALERT, see_alert, see_known},
};

/// What a condition of a playbook can read.
const SCHEMA: Schema = Schema {
    roots: &[
        ALERT,
        Root { name: "enrich", fields: Fields::Any },
        Root {
            name: "case",
            fields: Fields::These(&[
                ("state", Kind::Plain),
                ("reason", Kind::Plain),
                ("severity", Kind::Plain),
                ("alerts", Kind::Plain),
                ("actions", Kind::Table),
                ("denied", Kind::Bool),
                ("proven", Kind::Bool),
            ]),
        },
    ],
};

/// Reads a condition, or says all that is wrong with it.
pub(crate) fn compile(text: &str) -> Result<Expr, Vec<Flaw>> {
    Expr::compile(text, &SCHEMA)
}

/// Whether a condition holds for a case. A text that is none was refused when the file was read.
pub(crate) fn holds(text: &str, case: &Case) -> Verdict {
    match compile(text) {
        Ok(condition) => condition.evaluate(&see(case)),
        Err(_) => Verdict::Unknown("the condition cannot be read".to_owned()),
    }
}

/// Whether a condition holds where nothing but this is true: for tests of playbooks.
pub(super) fn holds_given(text: &str, given: Given) -> Verdict {
    let mut scribe = Scribe::default();
    let severity = given.severity.name();
    let said = scribe.text(severity);
    let alert = scribe.fields([("severity", Some(said))]);
    let nothing = scribe.fields([]);
    let (state, reason) = match given {
        Given { is_proven: true, .. } => ("closed", Some("verified")),
        Given { is_denied: true, .. } => ("escalated", Some("denied")),
        Given { .. } => ("asking", None),
    };
    let standing = Standing {
        state,
        reason,
        severity,
        alerts: 1,
        is_denied: given.is_denied,
        is_proven: given.is_proven,
    };
    let actions = scribe.fields([]);
    let case = standing.see(&mut scribe, actions);
    let roots = [("alert", alert), ("enrich", nothing), ("case", case)];
    let view = View::of(&scribe, roots);
    compile(text).map_or_else(
        |_| Verdict::Unknown("the condition cannot be read".to_owned()),
        |condition| condition.evaluate(&view),
    )
}

/// What is to be seen of where a case stands.
struct Standing<'c> {
    state: &'c str,
    reason: Option<&'c str>,
    severity: &'c str,
    alerts: i64,
    is_denied: bool,
    is_proven: bool,
}

impl Standing<'_> {
    fn see(&self, scribe: &mut Scribe, actions: expr::Seen) -> expr::Seen {
        let reason = self.reason.map(|reason| scribe.text(reason));
        let fields = [
            ("state", Some(scribe.text(self.state))),
            ("reason", reason),
            ("severity", Some(scribe.text(self.severity))),
            ("alerts", Some(scribe.int(self.alerts))),
            ("actions", Some(actions)),
            ("denied", Some(scribe.bool(self.is_denied))),
            ("proven", Some(scribe.bool(self.is_proven))),
        ];
        scribe.fields(fields)
    }
}

fn see(case: &Case) -> View {
    let mut scribe = Scribe::default();
    let alert = see_alert(&mut scribe, case.head());
    let enrich = see_known(&mut scribe, &case.known);
    let actions: Vec<_> = case
        .ledger
        .iter()
        .map(|entry| (entry.order.action.clone(), scribe.text(entry.state().name())))
        .collect();
    let actions = scribe.table(actions);
    let standing = Standing {
        state: case.state_name().name(),
        reason: case.reason().map(model::Reason::name),
        severity: case.severity.name(),
        alerts: i64::from(case.alert_count),
        is_denied: case.has_said(Answer::NotMe),
        is_proven: case.reason() == Some(model::Reason::Verified),
    };
    let case = standing.see(&mut scribe, actions);
    let roots = [("alert", alert), ("enrich", enrich), ("case", case)];
    View::of(&scribe, roots)
}
