//! What waits in the outbox: ids and kinds, never a text. What is said is rendered when it is
//! sent, from the case as it is then.

use std::collections::BTreeMap;

use casework::{Effect, Message, Moment, input::Actor, ledger, news::News, treatment::Second};
use model::{
    ActionId, ActionState, CaseId, ChallengeId, DeliveryId, OutboxId, PersonId, Reason, Span,
    StateName, Timestamp,
};
use ports::store::OutboxRow;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{escalation::Escalation, lanes::LaneKind};

/// How long a report or a page is worth sending.
pub(crate) const REPORT_LIFE: Span = Span::hours(24);

/// How long an outcome is worth writing: over a long weekend somebody mends the other side.
pub(crate) const WRITEBACK_LIFE: Span = Span::days(4);

/// One thing to carry out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// A message of a case to its person.
    Send { delivery: DeliveryId, message: Message },
    /// A message to a person that belongs to no case, by the name of its template.
    Tell {
        delivery: DeliveryId,
        person: PersonId,
        template: String,
        values: BTreeMap<String, String>,
        /// Chats in which it is said where it cannot be said here, the first that takes it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        then: Vec<String>,
    },
    /// That an exception ends soon, to who made it or to the security team's chat.
    Lapse { delivery: DeliveryId, exception: String },
    /// A report to the security team's chat.
    Report { delivery: DeliveryId, reason: Reason },
    /// An incident opened or brought up to date.
    Trigger { delivery: DeliveryId, reason: Reason },
    /// An incident ended.
    Resolve { delivery: DeliveryId },
    /// An incident that somebody has taken.
    Acknowledge { delivery: DeliveryId },
    /// A remote ceremony to begin.
    Begin { challenge: ChallengeId },
    /// A remote ceremony to follow.
    Poll { challenge: ChallengeId },
    /// A push of a step-up, to be listened to for a refusal.
    Listen { challenge: ChallengeId, person: PersonId },
    /// The next step of an action.
    Act { action: ActionId, task: ledger::Task },
    /// How an action stands, for the security team's chat.
    TellAction { delivery: DeliveryId, action: ActionId },
    /// What is to be found out about a case.
    Enrich { steps: Vec<String>, run: Option<u32> },
    /// Somebody else to be asked for a confirmation.
    AskSecond {
        who: Second,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
        until: Timestamp,
    },
    /// Where a case stood, for a system that keeps track of it.
    WriteCase {
        delivery: DeliveryId,
        at: Timestamp,
        state: StateName,
        reason: Option<Reason>,
        is_new: bool,
        by: Option<Actor>,
    },
    /// Where an action stood, for the same.
    WriteAction { delivery: DeliveryId, at: Timestamp, action: ActionId, state: ActionState },
    /// How this case ended, for the one that it confirms.
    Confirm {
        case: CaseId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
        is_confirmed: bool,
    },
}

/// Where effects of a case go.
pub(crate) struct Destinations<'a> {
    /// Chats that carry reports.
    pub(crate) reporters: &'a [String],
    /// Targets of escalation.
    pub(crate) pagers: Vec<&'a str>,
    /// Whom a step of escalation brings an incident to.
    pub(crate) escalation: &'a Escalation,
}

/// The outbox rows of an effect; none for effects that are not sent anywhere.
pub(crate) fn rows_of(
    effect: &Effect,
    case: CaseId,
    now: Timestamp,
    to: &Destinations<'_>,
) -> Vec<OutboxRow> {
    let row =
        |lane: LaneKind, task, expires_at| new_row(&lane.name(), Some(case), task, now, expires_at);
    match effect {
        Effect::Send { channel, delivery, message, expires_at } => {
            let task = Task::Send { delivery: *delivery, message: message.clone() };
            vec![row(LaneKind::Chat(channel.clone()), task, *expires_at)]
        }
        Effect::Escalate { .. }
        | Effect::Climb { .. }
        | Effect::Acknowledge { .. }
        | Effect::Resolve { .. } => rows_of_escalation(effect, case, now, to),
        Effect::Begin { challenge, method, expires_at } => {
            vec![row(LaneKind::Verify(*method), Task::Begin { challenge: *challenge }, *expires_at)]
        }
        Effect::Poll { challenge, method, expires_at } => {
            vec![row(LaneKind::Verify(*method), Task::Poll { challenge: *challenge }, *expires_at)]
        }
        Effect::Act { action, name: action_name, task, due, expires_at } => {
            let responder = action_name.split('.').next().unwrap_or_default().to_owned();
            let lane = LaneKind::Respond(responder).name();
            let id =
                OutboxId::from_digest(hashed(action.bits(), &format!("{} {due}", name(*task))));
            let task = Task::Act { action: *action, task: *task };
            let row = new_row(&lane, Some(case), task, now, *expires_at);
            vec![OutboxRow { id, due: *due, ..row }]
        }
        Effect::Tell { delivery, action } => {
            let tell = |delivery| Task::TellAction { delivery, action: *action };
            reported(to.reporters, *delivery, case, now, tell)
        }
        Effect::Enrich { steps, run, expires_at } => {
            let task = Task::Enrich { steps: steps.clone(), run: *run };
            vec![row(LaneKind::Enrich, task, *expires_at)]
        }
        Effect::AskSecond { who, revision, until } => {
            let task = Task::AskSecond { who: who.clone(), revision: *revision, until: *until };
            vec![row(LaneKind::Cases, task, *until)]
        }
        Effect::Confirm { case, revision, is_confirmed } => {
            let (case, revision, is_confirmed) = (*case, *revision, *is_confirmed);
            let task = Task::Confirm { case, revision, is_confirmed };
            vec![row(LaneKind::Cases, task, REPORT_LIFE.after(now))]
        }
        Effect::Void { .. }
        | Effect::Publish { .. }
        | Effect::WakeAt { .. }
        | Effect::Forget { .. }
        | Effect::PassTurn { .. } => Vec::new(),
    }
}

/// The rows of what becomes of an incident.
fn rows_of_escalation(
    effect: &Effect,
    case: CaseId,
    now: Timestamp,
    to: &Destinations<'_>,
) -> Vec<OutboxRow> {
    match effect {
        Effect::Escalate { delivery, reason, page, step } => {
            let report = |delivery| Task::Report { delivery, reason: *reason };
            let trigger = |delivery| Task::Trigger { delivery, reason: *reason };
            let reached = page.then(|| to.escalation.up_to(&to.pagers, *step));
            let mut rows = reported(to.reporters, *delivery, case, now, report);
            rows.extend(paged(reached.into_iter().flatten(), *delivery, case, now, trigger));
            rows
        }
        Effect::Climb { delivery, reason, step } => {
            let targets = to.escalation.of(&to.pagers, *step);
            let trigger = |delivery| Task::Trigger { delivery, reason: *reason };
            paged(targets, *delivery, case, now, trigger)
        }
        Effect::Acknowledge { delivery, step, except } => {
            let reached = to.escalation.up_to(&to.pagers, *step).into_iter();
            let others = reached.filter(|name| name != except);
            paged(others, *delivery, case, now, |delivery| Task::Acknowledge { delivery })
        }
        Effect::Resolve { delivery, step } => {
            let reached = to.escalation.up_to(&to.pagers, *step);
            paged(reached, *delivery, case, now, |delivery| Task::Resolve { delivery })
        }
        _ => Vec::new(),
    }
}

/// A row for each of these chats that carry reports.
fn reported(
    reporters: &[String],
    delivery: DeliveryId,
    case: CaseId,
    now: Timestamp,
    task: impl Fn(DeliveryId) -> Task,
) -> Vec<OutboxRow> {
    let row = |name: &String| {
        let lane = LaneKind::Report(name.clone()).name();
        let task = task(derived(delivery, &lane));
        new_row(&lane, Some(case), task, now, REPORT_LIFE.after(now))
    };
    reporters.iter().map(row).collect()
}

/// A row for each of these targets of escalation.
fn paged<'a>(
    targets: impl IntoIterator<Item = &'a str>,
    delivery: DeliveryId,
    case: CaseId,
    now: Timestamp,
    task: impl Fn(DeliveryId) -> Task,
) -> Vec<OutboxRow> {
    let row = |name: &str| {
        let lane = LaneKind::Escalate(name.to_owned()).name();
        let task = task(derived(delivery, &lane));
        new_row(&lane, Some(case), task, now, REPORT_LIFE.after(now))
    };
    targets.into_iter().map(row).collect()
}

/// The outbox rows of what others are told: one for each place that outcomes are written to.
pub(crate) fn rows_of_news<'a>(
    news: &[News],
    case: CaseId,
    moment: Moment,
    to: impl Iterator<Item = &'a String> + Clone,
) -> Vec<OutboxRow> {
    let at = moment.now;
    let row = |(place, news): (usize, &News), name: &String| {
        let lane = LaneKind::Writeback(name.clone()).name();
        let of_step = DeliveryId::from_parts(at, moment.seed);
        let delivery = derived(of_step, &format!("{lane} {place}"));
        let task = match news.clone() {
            News::Case { state, reason, is_new, by } => {
                Task::WriteCase { delivery, at, state, reason, is_new, by }
            }
            News::Action { action, state } => Task::WriteAction { delivery, at, action, state },
        };
        new_row(&lane, Some(case), task, at, WRITEBACK_LIFE.after(at))
    };
    let mut rows = Vec::new();
    for each in news.iter().enumerate() {
        rows.extend(to.clone().map(|name| row(each, name)));
    }
    rows
}

/// A row for a lane. Its id follows from the task, so that one decision stored twice is refused.
pub(crate) fn new_row(
    lane: &str,
    case: Option<CaseId>,
    task: Task,
    now: Timestamp,
    expires_at: Timestamp,
) -> OutboxRow {
    OutboxRow {
        id: task.outbox_id(case, now),
        destination: lane.to_owned(),
        case,
        created_at: now,
        due: now,
        expires_at,
        attempts: 0,
        payload: crate::bytes::write(&task),
        born_leased_until: None,
    }
}

/// A message that could not be said here, for the next chat that it may be said in.
pub(crate) fn said_elsewhere(task: &Task, now: Timestamp, until: Timestamp) -> Option<OutboxRow> {
    let Task::Tell { delivery, person, template, values, then } = task else { return None };
    let (chat, rest) = then.split_first()?;
    let task = Task::Tell {
        delivery: told_of(*delivery, chat),
        person: *person,
        template: template.clone(),
        values: values.clone(),
        then: rest.to_vec(),
    };
    Some(new_row(&LaneKind::Chat(chat.clone()).name(), None, task, now, until))
}

impl Task {
    fn outbox_id(&self, of: Option<CaseId>, now: Timestamp) -> OutboxId {
        let of = of.map_or(0, |case| case.bits());
        let bits = match self {
            Self::Send { delivery, .. }
            | Self::Tell { delivery, .. }
            | Self::Lapse { delivery, .. }
            | Self::Report { delivery, .. }
            | Self::Trigger { delivery, .. }
            | Self::TellAction { delivery, .. }
            | Self::WriteCase { delivery, .. }
            | Self::WriteAction { delivery, .. }
            | Self::Acknowledge { delivery }
            | Self::Resolve { delivery } => delivery.bits(),
            Self::Act { action, task } => hashed(action.bits(), name(*task)),
            Self::Enrich { run: None, .. } => hashed(of, &format!("enrich None {now}")),
            Self::Enrich { run: Some(run), .. } => hashed(of, &format!("enrich Some({run}) {now}")),
            Self::AskSecond { until, .. } => hashed(of, &format!("second {until}")),
            Self::Confirm { is_confirmed, .. } => {
                hashed(of, &format!("confirm {is_confirmed} {now}"))
            }
            Self::Begin { challenge } => hashed(challenge.bits(), "begin"),
            Self::Poll { challenge } => hashed(challenge.bits(), "poll"),
            Self::Listen { challenge, .. } => hashed(challenge.bits(), "listen"),
        };
        OutboxId::from_digest(bits)
    }
}

/// The name of a step of an action. Ids in the store are made of it: it never changes.
fn name(task: ledger::Task) -> &'static str {
    match task {
        ledger::Task::Plan => "Plan",
        ledger::Task::Apply => "Apply",
        ledger::Task::Look => "Look",
        ledger::Task::Revert => "Revert",
        ledger::Task::LookBack => "LookBack",
    }
}

/// A message that follows from another one: the same whenever it is derived.
pub(crate) fn told_of(delivery: DeliveryId, word: &str) -> DeliveryId {
    derived(delivery, word)
}

/// One effect's message to one of several destinations: the same whenever it is derived.
fn derived(delivery: DeliveryId, lane: &str) -> DeliveryId {
    DeliveryId::from_digest(hashed(delivery.bits(), lane))
}

/// Other bits under the same instant.
fn hashed(bits: u128, word: &str) -> u128 {
    const RANDOM_BITS: u32 = 80;
    let hash = Sha256::new().chain_update(bits.to_be_bytes()).chain_update(word).finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    let random = u128::from_be_bytes(first) & ((1 << RANDOM_BITS) - 1);
    (bits >> RANDOM_BITS << RANDOM_BITS) | random
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lies in a store under an id is known again after an update.
    #[test]
    fn ids_of_stored_work_never_change() {
        let now = Timestamp::from_second(1_795_000_000).expect("in range");
        let case = CaseId::from_digest(1);
        let id = |task: Task| task.outbox_id(Some(case), now).bits();
        let act = |task| Task::Act { action: ActionId::from_digest(2), task };
        let enrich = |run| Task::Enrich { steps: Vec::new(), run };
        for (task, word) in [
            (ledger::Task::Plan, "Plan"),
            (ledger::Task::Apply, "Apply"),
            (ledger::Task::Look, "Look"),
            (ledger::Task::Revert, "Revert"),
            (ledger::Task::LookBack, "LookBack"),
        ] {
            let expected = hashed(ActionId::from_digest(2).bits(), word);
            assert_eq!(id(act(task)), OutboxId::from_digest(expected).bits(), "{word}");
        }
        for (run, word) in [(None, "None"), (Some(3), "Some(3)")] {
            let word = format!("enrich {word} 2026-11-18T11:06:40Z");
            let expected = OutboxId::from_digest(hashed(case.bits(), &word));
            assert_eq!(id(enrich(run)), expected.bits(), "{word}");
        }
    }
}
