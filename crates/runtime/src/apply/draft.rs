//! The transaction of a step, written out, and what is handed over once it is durable.

use std::sync::Arc;

use casework::{
    Case, Effect, Step,
    calendar::Calendar,
    count::Count,
    input::Timer,
    ledger::{Stage, Task},
    playbook::{Op, Rest, Run},
};
use jiff::tz::TimeZone;
use model::{AskId, CaseId, PersonId, Span, Timestamp};
use ports::store::{
    CaseRow, Claimed, Commit, Day, DeskRow, JournalEntry, OutboxRow, Record, RecordOp, Space,
    StoreError, Tally, TimerOp, TimerRow,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::OwnedPermit;

use super::Along;
use crate::{
    ahead::{Ahead, Counting, DeskAfter},
    engine::Engine,
    lanes::{Born, LEASE},
    task::{self, Destinations},
};

/// How long a question can be looked up by its short code.
pub(crate) const CODE_LIFE: Span = Span::days(30);

/// How long an action is found by its id alone.
const ACTION_FOUND: Span = Span::days(365);
/// How long an approval may be waited for: the longest that a playbook's step may say.
const WAITING_LIFE: Span = Span::days(31);

/// Which question a short code belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeEntry {
    pub(crate) case: CaseId,
    pub(crate) ask: AskId,
}

/// A transaction with what follows it.
pub(crate) struct Draft {
    commit: Commit,
    /// The nearest timer that was set.
    wake_at: Option<Timestamp>,
}

impl Draft {
    /// A transaction that is no step of a case.
    pub(crate) fn plain(commit: Commit) -> Self {
        Self { commit, wake_at: None }
    }
}

/// What a transaction that was stored leaves to do.
pub(crate) struct Work {
    born: Vec<(OwnedPermit<Born>, Born)>,
    /// Lanes whose rows wait in the store.
    waiting: Vec<String>,
    wake_at: Option<Timestamp>,
}

impl Work {
    /// Whether something is carried out without claiming it first.
    pub(super) fn has_born(&self) -> bool {
        !self.born.is_empty()
    }
}

impl Engine {
    /// Stores a draft that is no step of a case, and hands its work over.
    pub(crate) async fn commit(&self, draft: Draft) -> Result<(), StoreError> {
        let work = self.store(draft).await?;
        self.hand_over(work, None);
        Ok(())
    }

    /// Stores a draft.
    pub(super) async fn store(&self, draft: Draft) -> Result<Work, StoreError> {
        let Draft { mut commit, wake_at } = draft;
        let mut work = Work { born: Vec::new(), waiting: Vec::new(), wake_at };
        let now = self.now();
        for row in &mut commit.outbox {
            // What is due later waits in the store, where its lane looks for it then.
            let permit = (row.due <= now).then(|| self.inner.lanes.reserve(&row.destination, now));
            match permit.flatten() {
                Some(permit) => {
                    let leased_until = LEASE.after(now);
                    row.born_leased_until = Some(leased_until);
                    let row = OutboxRow { born_leased_until: None, ..row.clone() };
                    let claimed = Claimed { work: row, fence: 1 };
                    work.born.push((permit, Born { claimed, leased_until, ahead: None }));
                }
                None => work.waiting.push(row.destination.clone()),
            }
        }
        let case = commit.case.as_ref().map(|case| case.id.bits());
        let person = commit.desk.as_ref().map(|desk| desk.person);
        let person = person.or(commit.case.as_ref().and_then(|case| case.person));
        let ids = [case, person.map(|person| person.bits())];
        let counting = Counting { writes: &self.inner.writes, ids };
        self.parts.store.commit(commit).await?;
        drop(counting);
        Ok(work)
    }

    /// Hands the work of a transaction over, with what its step has left.
    pub(super) fn hand_over(&self, work: Work, ahead: Option<Arc<Ahead>>) {
        for (permit, born) in work.born {
            permit.send(Born { ahead: ahead.clone(), ..born });
        }
        for lane in work.waiting.iter().filter_map(|name| self.inner.lanes.get(name)) {
            lane.waiting.notify_one();
        }
        if let Some(at) = work.wake_at {
            self.inner.alarm.set(at);
        }
    }

    pub(super) fn draft(
        &self,
        step: &Step,
        kind: &str,
        version: u64,
        desk: Option<&DeskAfter>,
        along: Along,
    ) -> Draft {
        let case = &step.case;
        let now = step.record.moment.now;
        let mut commit = Commit {
            done: along.done,
            put_back: along.put_back,
            case: Some(row_of(step, version + 1)),
            desk: desk.and_then(changed),
            journal: vec![self.step_entry(step, kind)],
            outbox: along.outbox,
            records: along.records,
            tallies: tallies_of(step),
            ..Commit::default()
        };
        commit.journal.extend(along.journal);
        let person = case.subject.as_ref().map(|subject| subject.person);
        let to = Destinations {
            reporters: &self.parts.settings.reporters,
            pagers: self.parts.pagers.keys().map(String::as_str).collect(),
            escalation: &self.parts.settings.escalation,
        };
        commit.records.extend(run_records(step, now));
        let writebacks = self.parts.writebacks.keys();
        let moment = step.record.moment;
        commit.outbox.extend(task::rows_of_news(&step.news, case.id, moment, writebacks));
        commit.outbox.extend(self.owners_told(case, &step.news, now));
        let mut wake_at = None;
        for effect in &step.effects {
            commit.outbox.extend(task::rows_of(effect, case.id, now, &to));
            commit.records.extend(record_of(effect, case.id, person, now));
            commit.records.extend(action_records(effect, step, now));
            if let Some(op) = timer_of(effect, case.id, now) {
                if let TimerOp::Set(row) = &op {
                    wake_at = Some(wake_at.map_or(row.due, |at: Timestamp| at.min(row.due)));
                }
                commit.timers.push(op);
            }
        }
        Draft { commit, wake_at }
    }

    fn step_entry(&self, step: &Step, kind: &str) -> JournalEntry {
        let by = step.notes.first().map_or("system", |note| note.by.as_str());
        JournalEntry {
            seq: 0,
            case: Some(step.case.id),
            at: step.record.moment.now,
            kind: format!("case.{kind}"),
            by: by.to_owned(),
            salt: self.parts.entropy.bits().to_le_bytes(),
            data: crate::bytes::write(&step.record),
        }
    }

    /// The organisation's calendar on the person's clock.
    pub(crate) fn calendar_of(&self, zone: Option<&str>) -> Calendar {
        let calendar = &self.parts.settings.calendar;
        match zone.and_then(|name| TimeZone::get(name).ok()) {
            Some(zone) => calendar.for_zone(zone),
            None => calendar.clone(),
        }
    }
}

fn row_of(step: &Step, version: u64) -> CaseRow {
    let case = &step.case;
    CaseRow {
        id: case.id,
        version,
        state: case.state_name(),
        reason: case.reason(),
        person: case.subject.as_ref().map(|subject| subject.person),
        title: case.title().to_owned(),
        severity: case.severity,
        source: case.head().source.clone(),
        rule: case.head().rule.clone(),
        group_key: case.group_key.clone(),
        opened_at: case.opened_at,
        deadline_at: case.deadline_at,
        changed_at: case.changed_at,
        alerts: case.alert_count,
        snapshot: crate::bytes::write(case),
    }
}

fn tallies_of(step: &Step) -> Vec<Tally> {
    let day = Day::of(step.record.moment.now);
    let tally = |count: &Count| {
        let Count { key, name, n } = count.clone();
        Tally { key, day, name, n }
    };
    step.counts.iter().map(tally).collect()
}

/// A desk that the step did not change is not written.
fn changed(after: &DeskAfter) -> Option<DeskRow> {
    after.is_changed.then(|| DeskRow {
        person: after.desk.person,
        version: after.version + 1,
        snapshot: crate::bytes::write(&after.desk),
    })
}

fn record_of(
    effect: &Effect,
    case: CaseId,
    person: Option<PersonId>,
    now: Timestamp,
) -> Option<RecordOp> {
    match effect {
        Effect::Publish { code, ask } => {
            let record = Record {
                space: Space::Code,
                key: code.clone(),
                owner: person,
                value: crate::bytes::write(&CodeEntry { case, ask: *ask }),
                expires_at: Some(CODE_LIFE.after(now)),
            };
            // A code that is in use makes the whole step be decided again, with another one.
            Some(RecordOp::Insert { record, now })
        }
        Effect::Void { challenge } => {
            Some(RecordOp::Delete { space: Space::Challenge, key: challenge.to_string() })
        }
        _ => None,
    }
}

/// Where an action is found by its id, and that it waits for an approval, or no longer does.
fn action_records(effect: &Effect, step: &Step, now: Timestamp) -> Vec<RecordOp> {
    let (id, is_new) = match effect {
        Effect::Act { action, task, .. } => (*action, *task == Task::Plan),
        Effect::Tell { action, .. } => (*action, false),
        _ => return Vec::new(),
    };
    let Some(entry) = step.case.ledger.iter().find(|entry| entry.id() == id) else {
        return Vec::new();
    };
    if is_new {
        return vec![case_record(Space::Action, id.to_string(), &step.case, ACTION_FOUND, now)];
    }
    let is_waiting = matches!(entry.stage, Stage::AwaitingApproval { .. });
    vec![waiting_record(id.to_string(), is_waiting, &step.case, now)]
}

/// That a playbook waits for an approval, or no longer does.
fn run_records(step: &Step, now: Timestamp) -> Vec<RecordOp> {
    let was_alive = |run: &&Run| match run.rest {
        Rest::Ended { at, .. } => at == now,
        _ => true,
    };
    let runs = step.case.runs.iter().filter(was_alive);
    // Only what has a step that waits for approvals is ever among what waits.
    let can_wait = |run: &&Run| run.playbook.ops.iter().any(|op| matches!(op, Op::Approve { .. }));
    let op = |run: &Run| {
        let is_waiting = matches!(run.rest, Rest::Approval { .. });
        waiting_record(format!("{}/{}", step.case.id, run.number), is_waiting, &step.case, now)
    };
    runs.filter(can_wait).map(op).collect()
}

fn waiting_record(key: String, is_waiting: bool, case: &Case, now: Timestamp) -> RecordOp {
    match is_waiting {
        true => case_record(Space::Waiting, key, case, WAITING_LIFE, now),
        false => RecordOp::Delete { space: Space::Waiting, key },
    }
}

fn case_record(space: Space, key: String, case: &Case, life: Span, now: Timestamp) -> RecordOp {
    let owner = case.subject.as_ref().map(|subject| subject.person);
    let (value, expires_at) = (crate::bytes::write(&case.id), Some(life.after(now)));
    RecordOp::Put(Record { space, key, owner, value, expires_at })
}

fn timer_of(effect: &Effect, case: CaseId, now: Timestamp) -> Option<TimerOp> {
    let set = |case, timer: Timer, due| {
        Some(TimerOp::Set(TimerRow { case, name: timer.name().to_owned(), due }))
    };
    match effect {
        Effect::WakeAt { timer, at } => set(case, *timer, *at),
        Effect::PassTurn { case: other } => set(*other, Timer::Turn, now),
        Effect::Forget { timer } => Some(TimerOp::Cancel { case, name: timer.name().to_owned() }),
        _ => None,
    }
}
