//! One policy, and how it is chosen and applied.

use std::collections::BTreeMap;

use model::{Alert, Outcome, Person, Severity};

use super::condition::{Expr, Literals, Verdict, View, see};
use crate::treatment::{Act, AskClock, Group, Response, Treatment};

/// How many conditions that could not be decided are told one by one in a treatment's reasons: a
/// treatment is stored with its case.
const MAX_UNDECIDED_TOLD: usize = 4;

/// A policy, read and found without problems.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) hash: String,
    /// Every alert, when absent.
    pub(super) matches: Option<Match>,
    pub(super) is_fallback: bool,
    pub(super) severity: SeverityRule,
    pub(super) act: Act,
    pub(super) is_delay_accepted: bool,
    pub(super) on: BTreeMap<Outcome, Vec<Response>>,
    pub(super) group: Group,
}

/// Which alerts a policy is for.
#[derive(Debug)]
pub(super) struct Match {
    condition: Expr,
    /// What an alert must say literally; compared first, so that most policies cost an alert two
    /// comparisons.
    literals: Literals,
}

/// How grave an alert is: the first case that holds, else the default, else the source's word.
#[derive(Debug, Default)]
pub(super) struct SeverityRule {
    pub(super) default: Option<Severity>,
    pub(super) cases: Vec<SeverityCase>,
}

/// A severity under a condition.
#[derive(Debug)]
pub(super) struct SeverityCase {
    pub(super) when: Expr,
    pub(super) set: Severity,
    pub(super) why: String,
}

impl Match {
    pub(super) fn new(condition: Expr) -> Self {
        let literals = Literals::of(&condition);
        Self { condition, literals }
    }

    fn is_possible(&self, alert: &Alert) -> bool {
        let is_equal = |literal: &Option<String>, text: &str| {
            literal.as_deref().is_none_or(|literal| literal == text)
        };
        is_equal(&self.literals.source, &alert.source) && is_equal(&self.literals.rule, &alert.rule)
    }
}

/// The first policy that matches, applied; `last` when none does.
pub(super) fn decide(
    policies: &[Policy],
    last: &Policy,
    alert: &Alert,
    person: Option<&Person>,
) -> Treatment {
    let view = see(alert, person);
    let mut why = Why::default();
    if view.is_cut() {
        why.say("the alert is larger than policies look at, and was cut for them");
    }
    let chosen = policies.iter().find(|policy| policy.is_for(alert, &view, &mut why));
    chosen.unwrap_or(last).treat(alert, &view, why)
}

impl Policy {
    fn is_for(&self, alert: &Alert, view: &View, why: &mut Why) -> bool {
        let Some(matches) = &self.matches else { return true };
        if !matches.is_possible(alert) {
            return false;
        }
        why.holds(&matches.condition, view, || format!("policy {} is passed over", self.id))
    }

    fn treat(&self, alert: &Alert, view: &View, mut why: Why) -> Treatment {
        why.say(format!("policy {} matches", self.id));
        let severity = self.severity.decide(alert.severity, view, &mut why);
        let act = self.act_at(severity, &mut why);
        Treatment {
            policy: self.id.clone(),
            policy_hash: self.hash.clone(),
            severity,
            why: why.into_lines(),
            act,
            on: self.on.clone(),
            group: self.group.clone(),
        }
    }

    /// What is done: a grave question waits for nobody's working hours, unless the policy accepts
    /// that by name.
    fn act_at(&self, severity: Severity, why: &mut Why) -> Act {
        let mut act = self.act.clone();
        if let Act::Ask(ask) = &mut act
            && ask.clock == AskClock::Working
            && severity.is_grave()
            && !self.is_delay_accepted
        {
            ask.clock = AskClock::Wall;
            why.say(format!(
                "on the wall clock, because it is {severity} and no delay is accepted"
            ));
        }
        act
    }
}

impl SeverityRule {
    fn decide(&self, said: Severity, view: &View, why: &mut Why) -> Severity {
        for case in &self.cases {
            if why.holds(&case.when, view, || format!("a severity of {} is passed over", case.set))
            {
                why.say(format!("severity {}: {}", case.set, case.why));
                return case.set;
            }
        }
        let (severity, whose) = match self.default {
            Some(default) => (default, "by the policy"),
            None => (said, "as the source says"),
        };
        why.say(format!("severity {severity}, {whose}"));
        severity
    }
}

/// The reasons of a treatment, in the order in which they came up.
#[derive(Default)]
struct Why {
    lines: Vec<String>,
    undecided: usize,
}

impl Why {
    fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Whether a condition holds. When nobody can say, it does not, and the reasons tell.
    fn holds(&mut self, condition: &Expr, view: &View, so: impl FnOnce() -> String) -> bool {
        match condition.evaluate(view) {
            Verdict::Holds => true,
            Verdict::Fails => false,
            Verdict::Unknown(reason) => {
                self.undecided += 1;
                if self.undecided <= MAX_UNDECIDED_TOLD {
                    self.say(format!("{}: {reason}", so()));
                }
                false
            }
        }
    }

    fn into_lines(mut self) -> Vec<String> {
        let untold = self.undecided.saturating_sub(MAX_UNDECIDED_TOLD);
        if untold > 0 {
            self.say(format!("{untold} more conditions could not be decided"));
        }
        self.lines
    }
}
