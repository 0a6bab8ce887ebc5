//! A system that is acted on. It refuses, is slow, finishes later, does a part, says that it did
//! what it never does, and is changed by others in between.
//!
//! It looks at who asks: every call must be of an action that is stored, decided and approved.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use casework::{
    Case,
    ledger::{APPLY_LIFE, Asker, Entry, Stage},
    snapshot,
};
use model::{ActionId, Radius, Span, TargetKind, Timestamp, Undo};
use ports::{
    Clock as _, Failure,
    clock::ManualClock,
    responder::{
        ActionCall, ActionSpec, Applied, Plan, PlannedRequest, Responder, Reverted, Seen, Standing,
    },
    store::{Store as _, memory::MemoryStore},
};
use serde_json::{Value, json};

use super::Weather;
use crate::sim::world::World;

/// How often an act is said to be done and never is, in a thousand.
const LIES: usize = 40;
/// How often it is finished later.
const LATER: usize = 120;
/// How often a part of it is not done.
const PARTLY: usize = 40;
/// How much later.
const LATER_SECONDS_MAX: usize = 240;
/// How long an effect may take to be seen.
const VERIFY_WITHIN: Span = Span::minutes(2);

/// A system that is acted on.
pub(in crate::sim) struct SimResponder {
    weather: Weather,
    clock: ManualClock,
    store: MemoryStore,
    actions: &'static [&'static str],
    room: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    things: BTreeMap<(String, String), Thing>,
    /// What took effect, with how often the thing had been meddled with by then.
    effects: BTreeMap<ActionId, u64>,
    taken_back: BTreeSet<ActionId>,
    asked: BTreeSet<ActionId>,
}

/// Something that can be so.
#[derive(Clone, Default)]
struct Thing {
    by: Option<Doer>,
    pending: Option<Pending>,
    /// How often others have changed it.
    meddled: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doer {
    Us(ActionId),
    Another,
}

#[derive(Clone, Copy)]
struct Pending {
    by: Option<Doer>,
    of: ActionId,
    at: Timestamp,
}

/// How something stands at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) struct Left {
    /// By which action of ours it is so.
    pub(in crate::sim) by: ActionId,
    /// Whether somebody else has changed it, too.
    pub(in crate::sim) is_meddled: bool,
}

impl SimResponder {
    pub(in crate::sim) fn new(
        weather: Weather,
        clock: &ManualClock,
        store: &MemoryStore,
        actions: &'static [&'static str],
    ) -> Self {
        let (clock, store) = (clock.clone(), store.clone());
        Self { weather, clock, store, actions, room: Mutex::default() }
    }

    pub(in crate::sim) fn weather(&self) -> &Weather {
        &self.weather
    }

    /// The actions that it was asked to do.
    pub(in crate::sim) fn asked(&self) -> BTreeSet<ActionId> {
        self.room().asked.clone()
    }

    /// Everything that is so by us, or will be.
    pub(in crate::sim) fn left(&self) -> Vec<Left> {
        let (now, mut room) = (self.clock.now(), self.room());
        room.things.values_mut().for_each(|thing| thing.pass(now));
        let end = |thing: &Thing| thing.pending.map_or(thing.by, |pending| pending.by);
        let things = room.things.values();
        let left = things.filter_map(|thing| match end(thing)? {
            Doer::Us(by) => Some(Left { by, is_meddled: thing.meddled > 0 }),
            Doer::Another => None,
        });
        left.collect()
    }

    /// Somebody else does something, or undoes it.
    pub(in crate::sim) fn meddle(&self) -> Option<String> {
        let now = self.clock.now();
        let mut room = self.room();
        let keys: Vec<_> = room.things.keys().cloned().collect();
        let key = self.weather.chance.pick(&keys)?;
        let does = self.weather.chance.permille(400);
        let thing = room.things.entry(key.clone()).or_default();
        thing.pass(now);
        thing.meddled += 1;
        thing.pending = None;
        thing.by = does.then_some(Doer::Another);
        let word = if does { "does" } else { "undoes" };
        Some(format!("somebody else {word} {}", key.0))
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong(&self, call: &ActionCall, what: &str) {
        self.weather.witness.wrong(format!("{} {}: {what}", call.action, call.id));
    }

    fn roll(&self, often: usize) -> bool {
        self.weather.is_bad() && self.weather.chance.permille(often)
    }

    /// The action as it is stored.
    fn stored(&self, call: &ActionCall) -> Option<(Case, Entry)> {
        let row = World::read(self.store.case(call.case)).ok().flatten()?;
        let case: Case = snapshot::decode(&row.snapshot).ok()?;
        let entry = case.ledger.iter().find(|entry| entry.id() == call.id)?.clone();
        Some((case, entry))
    }

    /// That it was decided to do this, and approved where that is needed (rule 4, R28, R29).
    fn judge(&self, call: &ActionCall) {
        let Some((case, entry)) = self.stored(call) else {
            return self.wrong(call, "was asked for without a stored decision");
        };
        if matches!(entry.stage, Stage::Planned { .. } | Stage::AwaitingApproval { .. }) {
            return self.wrong(call, "was asked for before it was decided");
        }
        if let Some(what) = unapproved(&case, &entry) {
            return self.wrong(call, what);
        }
        if let Stage::Applying { until } = entry.stage
            && call.until.is_some_and(|end| end <= APPLY_LIFE.before(until))
        {
            self.wrong(call, "is over before it begins");
        }
    }

    fn do_it(&self, call: &ActionCall) -> Applied {
        let now = self.clock.now();
        let (lies, partly) = (self.roll(LIES), self.roll(PARTLY));
        let later = self.roll(LATER).then(|| self.later());
        let mut room = self.room();
        room.asked.insert(call.id);
        let thing = room.things.entry(key(call)).or_default();
        thing.pass(now);
        let us = Doer::Us(call.id);
        let is_pending = thing.pending.is_some_and(|pending| pending.by == Some(us));
        if is_pending || thing.by == Some(us) {
            if !call.is_retry {
                self.wrong(call, "was asked for again, and not said to be a retry");
            }
            return if is_pending { Applied::Accepted } else { Applied::Done };
        }
        if thing.by.is_some() {
            return Applied::AlreadySo;
        }
        if lies {
            return Applied::Done;
        }
        let meddled = thing.meddled;
        match later {
            Some(wait) => {
                thing.pending = Some(Pending { by: Some(us), of: call.id, at: wait.after(now) });
            }
            None => thing.by = Some(us),
        }
        if room.taken_back.contains(&call.id) {
            self.wrong(call, "was done again after it was taken back");
        }
        if room.effects.insert(call.id, meddled) == Some(meddled) {
            self.wrong(call, "took effect twice");
        }
        match (later, partly) {
            (Some(_), _) => Applied::Accepted,
            (None, true) => Applied::Partly("one of two".to_owned()),
            (None, false) => Applied::Done,
        }
    }

    fn undo_it(&self, call: &ActionCall) -> Reverted {
        let now = self.clock.now();
        let lies = self.roll(LIES);
        let later = self.roll(LATER).then(|| self.later());
        let mut room = self.room();
        let thing = room.things.entry(key(call)).or_default();
        thing.pass(now);
        if thing.pending.is_some_and(|pending| pending.of == call.id && pending.by.is_none()) {
            return Reverted::Accepted;
        }
        match thing.by {
            // What was only taken on is not so yet, and this vendor looks no further.
            None => Reverted::AlreadySo,
            Some(Doer::Us(id)) if id == call.id => {
                match (lies, later) {
                    (true, _) => return Reverted::Done,
                    (false, Some(wait)) => {
                        let at = wait.after(now);
                        thing.pending = Some(Pending { by: None, of: call.id, at });
                    }
                    (false, None) => thing.by = None,
                }
                room.taken_back.insert(call.id);
                if later.is_some() { Reverted::Accepted } else { Reverted::Done }
            }
            Some(_) => Reverted::Refused("somebody else did it anew".to_owned()),
        }
    }

    fn later(&self) -> Span {
        Span::seconds(1 + self.weather.chance.below(LATER_SECONDS_MAX) as u64)
    }

    fn thing(&self, call: &ActionCall) -> Thing {
        let (now, mut room) = (self.clock.now(), self.room());
        let thing = room.things.entry(key(call)).or_default();
        thing.pass(now);
        thing.clone()
    }
}

impl Thing {
    /// What was to be finished by now is.
    fn pass(&mut self, now: Timestamp) {
        if let Some(pending) = self.pending.filter(|pending| pending.at <= now) {
            self.by = pending.by;
            self.pending = None;
        }
    }
}

/// Why an action that is being done should not be, if so.
fn unapproved(case: &Case, entry: &Entry) -> Option<&'static str> {
    let subject = case.subject.as_ref().map(|subject| subject.person);
    let name = entry.order.action.as_str();
    let needs = ["idp.revoke", "edge.block"].contains(&name);
    let mut who = BTreeSet::new();
    for approval in &entry.approvals {
        if Asker::Actor(approval.by.clone()) == entry.order.by {
            return Some("was approved by who asked");
        }
        if matches!(approval.by, casework::input::Actor::Person(id) if Some(id) == subject) {
            return Some("was approved by whom it is about");
        }
        if !who.insert(approval.by.to_string()) {
            return Some("was approved twice by one");
        }
    }
    let is_short = who.len() < usize::from(needs).max(entry.needs as usize);
    is_short.then_some("was asked for without its approvals")
}

/// Sessions are ended anew each time; everything else is so or is not.
fn key(call: &ActionCall) -> (String, String) {
    let person = call.target.person.as_ref().map(|person| person.id.to_string());
    let target = call.target.value.clone().or(person).unwrap_or_default();
    match call.action.as_str() {
        "end_sessions" => (call.action.clone(), format!("{target} {}", call.id)),
        _ => (call.action.clone(), target),
    }
}

fn spec(name: &'static str) -> ActionSpec {
    let (undo, radius) = match name {
        "end_sessions" => (Undo::SelfHealing, Radius::Session),
        "revoke" => (Undo::Irreversible, Radius::Person),
        "block" => (Undo::Reversible, Radius::Shared),
        _ => (Undo::Reversible, Radius::Person),
    };
    ActionSpec {
        name: name.into(),
        what: "simulated".into(),
        limits: "none".into(),
        target: if name == "block" { TargetKind::Address } else { TargetKind::Account },
        undo,
        radius,
        verify_within: VERIFY_WITHIN,
    }
}

#[async_trait]
impl Responder for SimResponder {
    fn actions(&self) -> Vec<ActionSpec> {
        self.actions.iter().map(|name| spec(name)).collect()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        self.weather.before().await?;
        let is_protected = call.action == "suspend"
            && call.target.person.as_ref().is_some_and(|it| it.id.bits().is_multiple_of(7));
        let standing = match self.thing(call).by {
            _ if is_protected => Standing::Protected("the last administrator".to_owned()),
            Some(_) => Standing::AlreadySo,
            None => Standing::Ready,
        };
        let url = format!("https://idp.example/{}", call.action);
        let request = PlannedRequest { method: "POST".to_owned(), url, body: None };
        let (prior, remarks) = (json!({}), Vec::new());
        Ok(Plan { requests: vec![request], standing, prior, people: Some(1), remarks })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        _: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure> {
        self.weather.before().await?;
        self.judge(call);
        let applied = self.do_it(call);
        *notes = json!({ "acted": true });
        self.weather.after().await?;
        Ok(applied)
    }

    async fn verify(&self, call: &ActionCall, _: &Plan, _: &mut Value) -> Result<Seen, Failure> {
        self.weather.before().await?;
        let thing = self.thing(call);
        let sums = call.id.bits() % 5;
        Ok(match thing.by {
            _ if call.action == "end_sessions" && sums == 0 => {
                Seen::Unseeable("nobody lists sessions".to_owned())
            }
            Some(_) => Seen::Holds,
            None if thing.meddled > 0 => Seen::Changed("not so".to_owned()),
            None => Seen::NotYet,
        })
    }

    async fn revert(
        &self,
        call: &ActionCall,
        _: &Plan,
        _: &mut Value,
    ) -> Result<Reverted, Failure> {
        self.weather.before().await?;
        let stage = self.stored(call).map(|(_, entry)| entry.stage);
        if matches!(stage, None | Some(Stage::Verified { .. } | Stage::Applied { .. })) {
            self.wrong(call, "is taken back, and nobody decided that");
        }
        let reverted = self.undo_it(call);
        self.weather.after().await?;
        Ok(reverted)
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        _: &Plan,
        _: &mut Value,
    ) -> Result<Seen, Failure> {
        self.weather.before().await?;
        Ok(match self.thing(call).by {
            None => Seen::Holds,
            Some(Doer::Us(id)) if id == call.id => Seen::NotYet,
            Some(_) => Seen::Changed("done anew".to_owned()),
        })
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("simulated".to_owned())
    }
}
