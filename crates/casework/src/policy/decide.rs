//! What is to be done about an alert: one step after another, each with a line in the trace.
//!
//! Known false positives and exceptions first, then whom a policy leaves out, then the policy with
//! its severity, then maintenance. Whatever cannot be decided hides nothing.

use std::{collections::BTreeMap, sync::Arc};

use model::{Alert, Confidence, Outcome, Person, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Policies,
    condition::{self, Expr, Verdict, View},
    exception::Exceptions,
    trace::{self, Trace, TraceLine},
};
use crate::{
    Response, Treatment,
    known::Known,
    playbook::Playbook,
    treatment::{Act, AskClock, Group},
};

/// How many conditions that could not be decided are told one by one in a treatment's reasons: a
/// treatment is stored with its case.
const MAX_UNDECIDED_TOLD: usize = 4;

/// What a decision is made about, and from.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// The person it is about, when the directory knows them.
    pub person: Option<&'a Person>,
    /// What else is known.
    pub known: &'a Known,
    /// The id of the detection rule that raised it, where one of ours did.
    pub rule: Option<&'a str>,
    /// The exceptions in force.
    pub exceptions: &'a Exceptions,
    /// Now.
    pub now: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What is to be done.
    pub treatment: Treatment,
    /// Whether it is done now.
    pub judgement: Judgement,
    /// Why.
    pub trace: Vec<TraceLine>,
}

/// Whether what a treatment says is done now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Now.
    #[default]
    Go,
    /// Not at all: known to be harmless.
    Filtered {
        /// By what, such as `filter:new-laptop` or `exception:exc_…`.
        by: String,
        /// Why, in its words.
        why: String,
    },
    /// Not before then.
    Held {
        /// By which maintenance window.
        by: String,
        /// When that ends.
        until: Timestamp,
    },
}

/// A policy, read and found without problems.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) id: String,
    /// Whom to ask about it.
    pub(super) owner: String,
    pub(super) hash: String,
    /// Every alert, when absent.
    pub(super) condition: Option<Expr>,
    pub(super) is_fallback: bool,
    pub(super) exclusions: Vec<Exclusion>,
    pub(super) enrich: Vec<String>,
    pub(super) severity: SeverityRule,
    pub(super) confidence: Confidence,
    pub(super) act: Act,
    pub(super) opening: Vec<Response>,
    pub(super) is_delay_accepted: bool,
    /// Whether maintenance does not hold it.
    pub(super) is_always: bool,
    pub(super) on: BTreeMap<Outcome, Vec<Response>>,
    pub(super) group: Group,
}

/// People whom a policy leaves out.
#[derive(Debug)]
pub(super) struct Exclusion {
    /// E-mail addresses or directory ids.
    pub(super) people: Vec<String>,
    /// Groups of the directory.
    pub(super) groups: Vec<String>,
    pub(super) why: String,
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

/// Decides. Total.
pub(super) fn decide(book: &Policies, look: &Look<'_>) -> Decision {
    let view = condition::see(look.alert, look.person, look.known);
    let mut made = Making { look, view, trace: Trace::default(), why: Why::default() };
    if made.view.is_cut() {
        made.why.say("the alert is larger than policies look at, and was cut for them");
    }
    for (step, cause) in look.known.unknown() {
        made.trace.say("known", format!("enrich:{step}"), format!("unknown: {cause}"));
    }
    let policy = made.choose(book);
    let judgement = made
        .filtered(book)
        .or_else(|| made.excepted())
        .or_else(|| made.excluded(policy))
        .or_else(|| made.held(book, policy))
        .unwrap_or_default();
    let treatment = made.treat(book, policy);
    Decision { treatment, judgement, trace: made.trace.into_lines() }
}

/// A decision in the making.
struct Making<'l> {
    look: &'l Look<'l>,
    view: View,
    trace: Trace,
    why: Why,
}

impl Making<'_> {
    fn filtered(&mut self, book: &Policies) -> Option<Judgement> {
        let Look { alert, person, known, now, .. } = *self.look;
        let places = book.filter_index.candidates(alert, person);
        let filters = places.into_iter().map(|at| &book.filters[at]);
        for filter in filters.filter(|filter| filter.is_alive(now)) {
            let read = trace::read_by(&filter.condition, alert, person, known);
            match filter.condition.evaluate(&self.view) {
                Verdict::Holds => {
                    self.trace.say_of("filter", filter.name(), filter.reason.clone(), read);
                    let (by, why) = (format!("filter:{}", filter.id), filter.reason.clone());
                    return Some(Judgement::Filtered { by, why });
                }
                Verdict::Unknown(cause) => {
                    let said = format!("hides nothing: {cause}");
                    self.trace.say_of("filter", filter.name(), said, read);
                }
                Verdict::Fails => {}
            }
        }
        None
    }

    fn excepted(&mut self) -> Option<Judgement> {
        let Look { alert, person, known, exceptions, now, .. } = *self.look;
        let met = exceptions.find(alert, person, known, &self.view, now)?;
        let (exception, read) = (met.exception, met.read);
        let by = format!("exception:{}", exception.id);
        let why = exception.reason.reveal().to_owned();
        self.trace.say_of("exception", by.clone(), why.clone(), read);
        Some(Judgement::Filtered { by, why })
    }

    fn excluded(&mut self, policy: &Policy) -> Option<Judgement> {
        let person = self.look.person?;
        let is_named = |exclusion: &&Exclusion| {
            let by_name = exclusion.people.iter().any(|name| {
                name.eq_ignore_ascii_case(person.email.reveal()) || name == person.subject.reveal()
            });
            by_name || exclusion.groups.iter().any(|group| person.groups.contains(group))
        };
        let exclusion = policy.exclusions.iter().find(is_named)?;
        let (by, why) = (policy.name(), exclusion.why.clone());
        self.trace.say("exclusion", by.clone(), why.clone());
        Some(Judgement::Filtered { by, why })
    }

    fn held(&mut self, book: &Policies, policy: &Policy) -> Option<Judgement> {
        if policy.is_always {
            return None;
        }
        for window in &book.maintenance {
            let Some(until) = window.window.open_until(self.look.now) else { continue };
            let is_meant = match &window.condition {
                None => true,
                Some(condition) => condition.evaluate(&self.view) == Verdict::Holds,
            };
            if is_meant {
                let said = format!("held until {until}: {}", window.reason);
                self.trace.say("maintenance", window.name(), said);
                return Some(Judgement::Held { by: window.id.clone(), until });
            }
        }
        None
    }

    /// The first policy that matches; the last one when none does.
    fn choose<'b>(&mut self, book: &'b Policies) -> &'b Policy {
        if let Some(rule) = self.look.rule.and_then(|id| book.rules.get(id)) {
            return rule;
        }
        let places = book.index.candidates(self.look.alert, self.look.person);
        let mut tried = places.into_iter().map(|at| &book.tried[at]);
        tried.find(|policy| self.is_for(policy)).unwrap_or(&book.last)
    }

    fn is_for(&mut self, policy: &Policy) -> bool {
        let Some(condition) = &policy.condition else { return true };
        let so = || format!("policy {} is passed over", policy.id);
        self.why.holds(condition, &self.view, so)
    }

    fn treat(&mut self, book: &Policies, policy: &Policy) -> Treatment {
        let Look { alert, person, known, .. } = *self.look;
        self.why.say(format!("policy {} of {} matches", policy.id, policy.owner));
        let read = policy.condition.as_ref().map(|it| trace::read_by(it, alert, person, known));
        self.trace.say_of("policy", policy.name(), "matches", read.unwrap_or_default());
        let severity = self.severity(policy);
        let act = self.act_at(policy, severity);
        let mut treatment = Treatment {
            policy: policy.id.clone(),
            policy_hash: policy.hash.clone(),
            severity,
            why: std::mem::take(&mut self.why).into_lines(),
            act,
            confidence: policy.confidence,
            opening: policy.opening.clone(),
            on: policy.on.clone(),
            group: policy.group.clone(),
        };
        for playbook in book.started_by(&alert.rule, severity) {
            self.trace.say(
                "playbook",
                format!("playbook:{}@{}", playbook.id, playbook.hash),
                "starts",
            );
            start(&mut treatment, playbook);
        }
        treatment
    }

    fn severity(&mut self, policy: &Policy) -> Severity {
        let Look { alert, person, known, .. } = *self.look;
        for case in &policy.severity.cases {
            let so = || format!("a severity of {} is passed over", case.set);
            if self.why.holds(&case.when, &self.view, so) {
                let said = format!("severity {}: {}", case.set, case.why);
                let read = trace::read_by(&case.when, alert, person, known);
                self.trace.say_of("severity", policy.name(), said.clone(), read);
                self.why.say(said);
                return case.set;
            }
        }
        let (severity, whose) = match policy.severity.default {
            Some(default) => (default, "by the policy"),
            None => (alert.severity, "as the source says"),
        };
        let said = format!("severity {severity}, {whose}");
        self.trace.say("severity", policy.name(), said.clone());
        self.why.say(said);
        severity
    }

    /// What is done: a grave question waits for nobody's working hours, unless the policy accepts
    /// that by name.
    fn act_at(&mut self, policy: &Policy, severity: Severity) -> Act {
        let mut act = policy.act.clone();
        if let Act::Ask(ask) = &mut act
            && ask.clock == AskClock::Working
            && severity.is_grave()
            && !policy.is_delay_accepted
        {
            ask.clock = AskClock::Wall;
            self.why.say(format!(
                "on the wall clock, because it is {severity} and no delay is accepted"
            ));
        }
        act
    }
}

/// Puts a playbook that starts by itself where it belongs. What an outcome means when nobody says
/// anything about it stays.
fn start(treatment: &mut Treatment, playbook: &Arc<Playbook>) {
    let response = Response::Play(Arc::clone(playbook));
    match playbook.start.as_ref().and_then(|start| start.outcome) {
        None => treatment.opening.push(response),
        Some(outcome) => {
            let before = treatment.responses(outcome).to_vec();
            treatment.on.entry(outcome).or_insert(before).push(response);
        }
    }
}

impl Policy {
    /// What stands for it in a trace.
    fn name(&self) -> String {
        format!("policy:{}@{}", self.id, self.hash)
    }

    /// Every condition it has.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Expr> {
        self.condition.iter().chain(self.severity.cases.iter().map(|case| &case.when))
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
