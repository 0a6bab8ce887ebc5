//! The fake: accounts in memory that can be suspended and signed out, with bad days on purpose.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::{ActionId, Span};
use serde_json::{Value, json};

use super::{
    ActionCall, ActionSpec, ActionTarget, Applied, Plan, PlannedRequest, Radius, Responder,
    Reverted, Seen, Standing, TargetKind, Undo,
};
use crate::Failure;

/// Reversible.
pub const SUSPEND: &str = "suspend";
/// Self-healing.
pub const END_SESSIONS: &str = "end_sessions";
/// Irreversible.
pub const REVOKE: &str = "revoke";

/// A responder in memory. A target is known by its value, else by its person's id.
#[derive(Debug, Default)]
pub struct FakeResponder {
    world: Mutex<World>,
}

#[derive(Debug, Default)]
struct World {
    /// What is so, by action and target, and whose doing it is.
    done: BTreeMap<(String, String), Doer>,
    /// Accepted and not finished: what will be so, or no longer.
    pending: BTreeMap<(String, String), Option<Doer>>,
    protected: BTreeSet<String>,
    acts: Vec<Act>,
    bad: VecDeque<(usize, Bad)>,
    requests: usize,
    is_slow: bool,
    is_lying: bool,
}

/// Who made it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doer {
    Us(ActionId),
    Another,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// By which call.
    pub id: ActionId,
    /// Which action.
    pub action: String,
    /// To which target.
    pub target: String,
    /// Whether it was taken back, instead of done.
    pub is_undo: bool,
}

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bad {
    /// So, and nothing happens.
    Before(Failure),
    /// It takes effect, and the answer is this, marked as uncertain.
    After(Failure),
}

impl FakeResponder {
    /// One without targets, where everything goes well.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The n-th request from now, counted from 0, goes wrong. Planning and looking are one request
    /// each, applying and taking back are two: a look and the act.
    pub fn fail(&self, nth: usize, bad: Bad) {
        let world = &mut *self.lock();
        world.bad.push_back((world.requests + nth, bad));
    }

    /// Whether acts are only accepted, until [`FakeResponder::finish`].
    pub fn finish_later(&self, is_slow: bool) {
        self.lock().is_slow = is_slow;
    }

    /// Whether acts are said to be done and never are.
    pub fn lie(&self, is_lying: bool) {
        self.lock().is_lying = is_lying;
    }

    /// What was accepted is finished.
    pub fn finish(&self) {
        let world = &mut *self.lock();
        for (key, doer) in std::mem::take(&mut world.pending) {
            match doer {
                Some(doer) => world.done.insert(key, doer),
                None => world.done.remove(&key),
            };
        }
    }

    /// This target must never be touched.
    pub fn protect(&self, target: &str) {
        self.lock().protected.insert(target.to_owned());
    }

    /// Somebody else does it, or undoes it.
    pub fn elsewhere(&self, action: &str, target: &str, is_so: bool) {
        let world = &mut *self.lock();
        let key = (action.to_owned(), target.to_owned());
        match is_so {
            true => world.done.insert(key, Doer::Another),
            false => world.done.remove(&key),
        };
    }

    /// Whether it is so now.
    #[must_use]
    pub fn is_so(&self, action: &str, target: &str) -> bool {
        self.lock().done.contains_key(&(action.to_owned(), target.to_owned()))
    }

    /// Every change that was made, oldest first.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        self.lock().acts.clone()
    }

    /// How many requests came.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One request: what it does, unless it goes wrong.
    fn request<T>(&self, does: impl FnOnce(&mut World) -> T) -> Result<T, Failure> {
        let world = &mut *self.lock();
        let number = world.requests;
        world.requests += 1;
        let bad = world.bad.iter().position(|(at, _)| *at == number);
        match bad.and_then(|at| world.bad.remove(at)) {
            Some((_, Bad::Before(failure))) => Err(failure),
            Some((_, Bad::After(failure))) => {
                does(world);
                Err(failure.uncertain())
            }
            None => Ok(does(world)),
        }
    }
}

impl World {
    fn change(&mut self, call: &ActionCall, key: (String, String), doer: Option<Doer>) -> bool {
        let (action, target) = key.clone();
        self.acts.push(Act { id: call.id, action, target, is_undo: doer.is_none() });
        match (self.is_lying, self.is_slow, doer) {
            (true, ..) => {}
            (_, true, doer) => drop(self.pending.insert(key, doer)),
            (_, _, Some(doer)) => drop(self.done.insert(key, doer)),
            (_, _, None) => drop(self.done.remove(&key)),
        }
        self.is_slow && !self.is_lying
    }

    fn protection(&self, key: &(String, String)) -> Option<String> {
        self.protected.contains(&key.1).then(|| "it is on the list of protected targets".to_owned())
    }
}

fn target_of(target: &ActionTarget) -> String {
    let person = target.person.as_ref().map(|person| person.id.to_string());
    target.value.clone().or(person).unwrap_or_default()
}

fn key(call: &ActionCall) -> Result<(String, String), Failure> {
    if ![SUSPEND, END_SESSIONS, REVOKE].contains(&call.action.as_str()) {
        return Err(Failure::misconfigured("the fake: there is no such action"));
    }
    Ok((call.action.clone(), target_of(&call.target)))
}

#[async_trait]
impl Responder for FakeResponder {
    fn actions(&self) -> Vec<ActionSpec> {
        let spec = |name, undo, radius| ActionSpec {
            name,
            what: "what the fake does".into(),
            limits: "what the fake cannot do".into(),
            target: TargetKind::Account,
            undo,
            radius,
            verify_within: Span::minutes(2),
        };
        vec![
            spec(SUSPEND.into(), Undo::Reversible, Radius::Person),
            spec(END_SESSIONS.into(), Undo::SelfHealing, Radius::Person),
            spec(REVOKE.into(), Undo::Irreversible, Radius::Shared),
        ]
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let key = key(call)?;
        let (protection, is_so) =
            self.request(|world| (world.protection(&key), world.done.contains_key(&key)))?;
        let standing = match protection {
            Some(why) => Standing::Protected(why),
            None if is_so => Standing::AlreadySo,
            None => Standing::Ready,
        };
        let url = format!("https://fake.example/{}/{}", key.0, key.1);
        let request = PlannedRequest { method: "POST".to_owned(), url, body: None };
        Ok(Plan {
            requests: vec![request],
            standing,
            prior: json!({ "is_so": is_so }),
            people: Some(1),
            remarks: Vec::new(),
        })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let key = key(call)?;
        let (protection, doer) =
            self.request(|world| (world.protection(&key), world.done.get(&key).copied()))?;
        if let Some(why) = protection {
            return Ok(Applied::Protected(why));
        }
        match doer {
            Some(_) if call.is_retry => return Ok(Applied::Done),
            Some(_) => return Ok(Applied::AlreadySo),
            None => {}
        }
        let is_pending = self.request(|world| world.change(call, key, Some(Doer::Us(call.id))))?;
        *notes = json!({ "acted": true });
        Ok(if is_pending { Applied::Accepted } else { Applied::Done })
    }

    async fn verify(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let key = key(call)?;
        let is_so = self.request(|world| world.done.contains_key(&key))?;
        Ok(if is_so { Seen::Holds } else { Seen::NotYet })
    }

    async fn revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        let key = key(call)?;
        if call.action != SUSPEND {
            return Err(Failure::permanent("the fake: this cannot be taken back"));
        }
        match self.request(|world| world.done.get(&key).copied())? {
            None => Ok(Reverted::AlreadySo),
            Some(Doer::Another) => Ok(Reverted::Refused("done anew by somebody else".to_owned())),
            Some(Doer::Us(_)) => {
                let is_pending = self.request(|world| world.change(call, key, None))?;
                Ok(if is_pending { Reverted::Accepted } else { Reverted::Done })
            }
        }
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let key = key(call)?;
        let is_so = self.request(|world| world.done.contains_key(&key))?;
        Ok(if is_so { Seen::NotYet } else { Seen::Holds })
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("the fake".to_owned())
    }
}
