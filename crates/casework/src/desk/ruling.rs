//! What the desk and the calendar say to one input. Recorded with it.

use model::{ActionId, CaseId, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::{
    Input, Treatment,
    calendar::Calendar,
    case::{Around, Case, Refusal, needs_guard},
    input::{Opening, Timer},
    ledger::guard::ActRuling,
};

/// The ruling for one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Whether a question may be put now.
    pub turn: Turn,
    /// By when the case must reach an end or a person.
    pub deadline_at: Option<Timestamp>,
    /// When to remind, if it is asked now.
    pub reminders_at: Vec<Timestamp>,
    /// Whether the person wants no reminders.
    pub is_muted: bool,
    /// What is said to an automatic action that is about to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActRuling>,
    /// When a factor of theirs was last enrolled, reset or recovered, as far as is known (R6).
    pub factors_changed_at: Option<Timestamp>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// This case's.
    Now {
        /// Whether the person just finished another one.
        is_followup: bool,
    },
    /// Another's.
    Wait,
    /// It need not be asked: a proof has earned that.
    Suppressed {
        /// The case that was proven.
        by: CaseId,
    },
    /// The person was asked enough today.
    OverBudget,
    /// The person has paused questions.
    OptedOut,
}

impl Ruling {
    pub(crate) fn of(
        case: Option<&Case>,
        desk: Option<&Desk>,
        input: &Input,
        now: Timestamp,
        around: &Around<'_>,
    ) -> Result<Self, Refusal> {
        let calendar = around.calendar;
        let mut ruling = Self::plain(desk, now);
        match (case, input) {
            (None, Input::Open(opening)) => ruling.for_opening(opening, desk, now, calendar),
            (Some(case), Input::Join { treatment, .. }) => {
                ruling.deadline_at = deadline(treatment, case.opened_at, calendar);
                let severity = treatment.severity.max(case.severity);
                ruling.take_turn(desk, severity, treatment, now, calendar);
            }
            (Some(case), Input::Wake { timer: Timer::Turn }) => {
                let treatment = &case.treatment;
                ruling.deadline_at =
                    case.due_from.and_then(|from| deadline(treatment, from, calendar));
                ruling.take_turn(desk, case.severity, treatment, now, calendar);
                ruling.turn = suppressed_whole(desk, case, treatment, now).unwrap_or(ruling.turn);
                if let Turn::Now { is_followup } = &mut ruling.turn {
                    // What was held back, or is asked by a playbook, follows no other question.
                    *is_followup = case.due_from.is_none();
                }
            }
            (Some(case), Input::Decided { decision: Some(decided), .. }) => {
                let treatment = &decided.treatment;
                // What joined meanwhile may have less time.
                let joined = (!case.is_about_one_thing()).then_some(&case.treatment);
                let due = |treatment| deadline(treatment, case.opened_at, calendar);
                ruling.deadline_at =
                    [Some(treatment), joined].into_iter().flatten().filter_map(due).min();
                let severity = treatment.severity.max(case.severity);
                ruling.take_turn(desk, severity, treatment, now, calendar);
                ruling.turn = suppressed_whole(desk, case, treatment, now).unwrap_or(ruling.turn);
            }
            (Some(case), Input::Challenge { .. }) => may_challenge(desk, case, now)?,
            (Some(case), Input::Action { action, .. }) if needs_guard(input) => {
                ruling.act = act(case, *action, desk, around, now);
            }
            _ => {}
        }
        Ok(ruling)
    }

    fn plain(desk: Option<&Desk>, now: Timestamp) -> Self {
        let muted_until = desk.and_then(|desk| desk.muted_until);
        let is_muted = muted_until.is_some_and(|until| until > now);
        let factors_changed_at = desk.and_then(|desk| desk.factors_changed_at);
        let (deadline_at, reminders_at) = (None, Vec::new());
        Self {
            turn: Turn::Wait,
            deadline_at,
            reminders_at,
            is_muted,
            factors_changed_at,
            act: None,
        }
    }

    fn for_opening(
        &mut self,
        opening: &Opening,
        desk: Option<&Desk>,
        now: Timestamp,
        calendar: &Calendar,
    ) {
        let treatment = &opening.treatment;
        self.deadline_at = deadline(treatment, now, calendar);
        self.take_turn(desk, treatment.severity, treatment, now, calendar);
        self.turn = suppressed(desk, &opening.alert, treatment, now).unwrap_or(self.turn);
    }

    fn take_turn(
        &mut self,
        desk: Option<&Desk>,
        severity: Severity,
        treatment: &Treatment,
        now: Timestamp,
        calendar: &Calendar,
    ) {
        self.turn = desk.map_or(Turn::Wait, |desk| desk.turn(severity, now));
        if let (Turn::Now { .. }, Some(ask)) = (self.turn, treatment.ask()) {
            let at = |span| calendar.add(ask.clock, now, span);
            self.reminders_at = ask.reminders.iter().copied().map(at).collect();
        }
    }
}

impl Desk {
    fn turn(&self, severity: Severity, now: Timestamp) -> Turn {
        let is_paused = self.paused_until.is_some_and(|until| until > now);
        let gravest_out = self.asked.iter().map(|slot| slot.severity).max();
        match gravest_out {
            _ if is_paused && !severity.is_grave() => Turn::OptedOut,
            Some(out) if severity <= out => Turn::Wait,
            _ if !severity.is_grave() && !self.tally.may_ask(now) => Turn::OverBudget,
            _ => Turn::Now { is_followup: false },
        }
    }
}

/// By when a case must be somewhere: the ask's deadline, or a day for a message.
fn deadline(treatment: &Treatment, from: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
    match &treatment.act {
        crate::Act::Ask(ask) => Some(calendar.add(ask.clock, from, ask.deadline)),
        crate::Act::Notify { .. } => Some(crate::case::NOTICE_LIFE.after(from)),
        crate::Act::Escalate => None,
    }
}

/// The same of a case that is there. Only the latest of its alerts is compared, so that a case with
/// other facts beside them is never hidden (R27).
fn suppressed_whole(
    desk: Option<&Desk>,
    case: &Case,
    treatment: &Treatment,
    now: Timestamp,
) -> Option<Turn> {
    case.is_about_one_thing().then(|| suppressed(desk, case.head(), treatment, now)).flatten()
}

fn suppressed(
    desk: Option<&Desk>,
    alert: &model::Alert,
    treatment: &Treatment,
    now: Timestamp,
) -> Option<Turn> {
    let covering = desk?.suppressions.iter().find(|earned| earned.covers(alert, treatment, now))?;
    Some(Turn::Suppressed { by: covering.proof })
}

/// What the organisation's guard and the person's desk say to an action that is about to begin by
/// itself. One that a person asked for or approved asks neither.
fn act(
    case: &Case,
    action: ActionId,
    desk: Option<&Desk>,
    around: &Around<'_>,
    now: Timestamp,
) -> Option<ActRuling> {
    let entry = case.ledger.iter().find(|entry| entry.id() == action)?;
    if !entry.is_automatic() || entry.needs > 0 {
        return None;
    }
    let Some(guard) = around.guard.as_deref() else {
        return Some(ActRuling::held("nobody guards automatic actions here"));
    };
    let said = guard.rule(&entry.order.action, around.limits, now);
    match (said, desk) {
        (ActRuling::Go, Some(desk)) => Some(desk.rule_act(case, entry, now)),
        (said, _) => Some(said),
    }
}

/// One proof at a time, few in an hour and a day (R13). A new one of the same case replaces the
/// one under way, and counts.
fn may_challenge(desk: Option<&Desk>, case: &Case, now: Timestamp) -> Result<(), Refusal> {
    let Some(desk) = desk else { return Err(Refusal::NothingToProve) };
    let other = desk.challenge.as_ref().filter(|open| open.case != case.id);
    if other.is_some_and(|open| open.expires_at > now) {
        return Err(Refusal::Busy);
    }
    if !desk.tally.may_challenge(now) {
        return Err(Refusal::Limited);
    }
    Ok(())
}
