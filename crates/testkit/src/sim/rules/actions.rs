//! What must hold of everything that is done: it was decided and stored before, automatic actions
//! stay below the breaker's rate, a cause that comes back does not act again and again, and what
//! was done ends seen, taken back, or with a person.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use casework::{
    Case, Note,
    case::Record,
    ledger::{Asker, Entry, Stage, Trigger, guard::Limits},
    snapshot,
};
use model::{ActionId, CaseId, Confidence, Outcome, PersonId, Span, Timestamp, Undo};
use ports::{
    Clock as _,
    store::{Space, Store as _},
};

use super::{Around, Known};
use crate::sim::{place::Place, vendors::Left, world::World};

/// Over what the breaker counts.
const HOUR: Span = Span::hours(1);
/// For how long a cause is remembered.
const DAY: Span = Span::hours(24);
/// The kind of the journal's lines about the guard.
const GUARD: &str = "actions.guard";
/// In the line of the one who lets automatic action go on.
const RESUMED: &str = "let automatic action go on";

/// What is known of all actions.
#[derive(Default)]
pub(super) struct Actions {
    /// Those whose doing was stored as an intent.
    intents: BTreeSet<ActionId>,
    /// Those that went ahead by themselves, by their place in the chain.
    pub(super) automatic: BTreeMap<u64, Automatic>,
}

/// An action that went ahead by itself.
#[derive(Debug, Clone)]
pub(super) struct Automatic {
    pub(super) at: Timestamp,
    pub(super) action: String,
    pub(super) case: CaseId,
    pub(super) person: Option<PersonId>,
    pub(super) cause: String,
    pub(super) is_at_opening: bool,
}

impl Actions {
    /// Judges what a step does to a ledger.
    pub(super) fn step(
        &mut self,
        was: Option<&Case>,
        after: &Known,
        record: &Record,
    ) -> Result<(), String> {
        let old = was.map(|was| was.ledger.as_slice()).unwrap_or_default();
        for entry in &after.case.ledger {
            let before = old.iter().find(|before| before.id() == entry.id());
            goes_rightly(before, entry)?;
            if before.is_none() {
                needs_enough(&after.case, entry)?;
            }
            let is_begun = matches!(entry.stage, Stage::Applying { .. })
                && before.is_none_or(|it| !matches!(it.stage, Stage::Applying { .. }));
            if !is_begun {
                continue;
            }
            self.intents.insert(entry.id());
            if entry.is_automatic() {
                let automatic = Automatic::of(&after.case, entry, record.moment.now);
                self.automatic.insert(after.seq, automatic);
            }
        }
        match old.len() > after.case.ledger.len() {
            true => Err("an action is gone from its ledger".to_owned()),
            false => Ok(()),
        }
    }

    /// What was asked for outside was an intent that is stored (rule 4).
    pub(super) fn asked(&self, place: &Place) -> Result<(), String> {
        for responder in place.responders.values() {
            if let Some(id) = responder.asked().difference(&self.intents).next() {
                return Err(format!("{id} was done, and no intent is stored"));
            }
        }
        Ok(())
    }

    /// Judges everything once all has come to rest.
    pub(super) fn rest<'c>(
        &self,
        cases: impl Iterator<Item = &'c Case>,
        around: &Around<'_>,
    ) -> Result<(), String> {
        let journal = World::read(around.place.store.journal(None, 0, u32::MAX));
        let journal = journal.map_err(|error| error.to_string())?;
        let resumed = journal.iter().filter(|entry| {
            let note = snapshot::decode::<Note>(&entry.data);
            entry.kind == GUARD && note.is_ok_and(|note| note.text.starts_with(RESUMED))
        });
        let resumed: Vec<u64> = resumed.map(|entry| entry.seq).collect();
        below_the_breaker(&self.automatic, &resumed, around.place.act_limits())?;
        nothing_loops(&self.automatic)?;
        nothing_waits(around.place)?;
        let responders = around.place.responders.values();
        let left: BTreeMap<_, _> =
            responders.flat_map(|it| it.left()).map(|left| (left.by, left)).collect();
        for case in cases {
            for entry in &case.ledger {
                at_rest(case, entry, left.get(&entry.id()))
                    .map_err(|what| format!("{}: {} {what}", case.id, entry.order.action))?;
            }
        }
        Ok(())
    }
}

impl Automatic {
    fn of(case: &Case, entry: &Entry, at: Timestamp) -> Self {
        let alert = case.head();
        let names = ["client.family", "client.os", "source.asn", "client.device"];
        let facts = names.map(|name| alert.facts.get(name).map(model::FactValue::shown));
        Self {
            at,
            action: entry.order.action.clone(),
            case: case.id,
            person: case.subject.as_ref().map(|subject| subject.person),
            cause: format!("{} {facts:?}", alert.rule),
            is_at_opening: entry.order.trigger == Trigger::Opening,
        }
    }
}

/// Whatever lasts and is not surely right needs somebody's yes, unless somebody asked for it (R29).
fn needs_enough(case: &Case, entry: &Entry) -> Result<(), String> {
    let is_by_somebody = matches!(entry.order.by, Asker::Actor(_))
        || matches!(entry.order.trigger, Trigger::Hand | Trigger::Outcome(Outcome::Verified));
    let is_sure = case.treatment.confidence == Confidence::High;
    let lasts = entry.order.spec.undo == Undo::Reversible;
    match lasts && !is_sure && !is_by_somebody && entry.needs == 0 {
        true => Err(format!("{} goes ahead on a word that nobody proved", entry.order.action)),
        false => Ok(()),
    }
}

/// An action only ever goes forward.
fn goes_rightly(before: Option<&Entry>, after: &Entry) -> Result<(), String> {
    let Some(before) = before else {
        return match after.stage {
            Stage::Planned { .. } | Stage::Failed { may_stand: false, .. } => Ok(()),
            _ => Err("an action began otherwise than with a plan".to_owned()),
        };
    };
    let order = |stage: &Stage| match stage {
        Stage::Planned { .. } => 0,
        Stage::AwaitingApproval { .. } => 1,
        Stage::Applying { .. } => 2,
        Stage::Applied { .. } => 3,
        Stage::Verified { .. } => 4,
        Stage::Failed { may_stand: true, .. } | Stage::Reverting { .. } => 5,
        Stage::Reverted { .. } | Stage::Failed { may_stand: false, .. } => 6,
    };
    if order(&before.stage) > order(&after.stage) {
        return Err(format!("an action went back from {:?}", before.stage));
    }
    let is_final = order(&before.stage) == 6;
    if is_final && before.stage != after.stage {
        return Err(format!("an action went on from {:?}", before.stage));
    }
    Ok(())
}

/// Automatic actions never exceed the breaker's rate: in no hour, not of all and not of one kind,
/// counted anew from where a person let them go on.
pub(super) fn below_the_breaker(
    automatic: &BTreeMap<u64, Automatic>,
    resumed: &[u64],
    limits: Limits,
) -> Result<(), String> {
    for (seq, act) in automatic {
        let since = resumed.iter().rev().find(|resumed| *resumed < seq).copied().unwrap_or(0);
        let hour = automatic.range(since..=*seq).map(|(_, past)| past);
        let hour = hour.filter(|past| past.at > HOUR.before(act.at) && past.at <= act.at);
        let hour: Vec<_> = hour.collect();
        let alike = hour.iter().filter(|past| past.action == act.action).count();
        if hour.len() > limits.per_hour as usize || alike > limits.per_hour_of_action as usize {
            let count = hour.len();
            return Err(format!("{count} automatic actions within an hour, of {limits:?}"));
        }
    }
    Ok(())
}

/// The same is not done again to one person for the same cause within a day: the second time they
/// were asked before, and there is no third.
pub(super) fn nothing_loops(automatic: &BTreeMap<u64, Automatic>) -> Result<(), String> {
    for (seq, act) in automatic {
        let Some(person) = act.person else { continue };
        let earlier = automatic.range(..seq).map(|(_, past)| past).filter(|past| {
            past.person == Some(person)
                && past.action == act.action
                && past.cause == act.cause
                && past.case != act.case
                && past.at > DAY.before(act.at)
        });
        let earlier = earlier.count();
        if earlier >= 2 || (earlier == 1 && act.is_at_opening) {
            let (action, times) = (&act.action, earlier + 1);
            return Err(format!("{action} was done {times} times to {person} for one cause"));
        }
    }
    Ok(())
}

/// By now every wait for an approval is over, and no list of what waits says otherwise.
fn nothing_waits(place: &Place) -> Result<(), String> {
    let waiting = place.store.records(Space::Waiting, None, "", place.clock.now(), 1);
    let waiting = World::read(waiting).map_err(|error| error.to_string())?;
    match waiting.first() {
        Some(record) => Err(format!("{} is said to wait for an approval", record.key)),
        None => Ok(()),
    }
}

/// What was done ends seen to be done, taken back, or with a person.
pub(super) fn at_rest(case: &Case, entry: &Entry, left: Option<&Left>) -> Result<(), String> {
    let is_over = match &entry.stage {
        Stage::Verified { ends_at, .. } => ends_at.is_none(),
        Stage::Reverted { .. } | Stage::Failed { .. } => true,
        _ => false,
    };
    if !is_over {
        return Err(format!("never came to an end: {:?}", entry.stage));
    }
    let is_with_a_person = matches!(entry.stage, Stage::Failed { may_stand: true, .. });
    if is_with_a_person && case.incident.is_none() {
        return Err("may stand, and nobody was paged".to_owned());
    }
    let Some(left) = left.filter(|left| !left.is_meddled) else { return Ok(()) };
    let is_seen = matches!(entry.stage, Stage::Verified { .. });
    if left.by == entry.id()
        && entry.order.spec.undo == Undo::Reversible
        && !is_seen
        && !is_with_a_person
    {
        return Err(format!("still stands, and counts as {:?}", entry.stage));
    }
    if is_seen && entry.order.limit.is_some() && entry.is_ours {
        return Err("still stands after its time limit".to_owned());
    }
    Ok(())
}
