//! A stand-in vendor as the stage of the responders' conformance suite.

use std::{any::Any, sync::Arc, time::Duration};

use demo::vendors::{Fault, Faults};
use model::{ActionId, CaseId, Person, TargetKind, Timestamp};
use ports::{
    Decision, Failure,
    conformance::{Mishap, Stage},
    responder::{ActionCall, ActionTarget, Responder},
};

/// One action on one stand-in.
pub(crate) struct Setting {
    pub(crate) responder: Arc<dyn Responder>,
    pub(crate) call: ActionCall,
    pub(crate) faults: Faults,
    /// The state that counts, and how often we changed it.
    pub(crate) state: Box<dyn Fn() -> (String, usize) + Send + Sync>,
    pub(crate) settle: Box<dyn Fn() + Send + Sync>,
    pub(crate) forestall: Option<Box<dyn Fn() + Send + Sync>>,
    pub(crate) meddle: Option<Box<dyn Fn() + Send + Sync>>,
    pub(crate) protected: Vec<ActionCall>,
    pub(crate) secrets: Vec<String>,
    /// Keeps the stand-in running.
    pub(crate) _world: Box<dyn Any + Send + Sync>,
}

/// Headers of a stand-in's answer.
pub(crate) type Headers = &'static [(&'static str, &'static str)];

/// Every way in which a vendor says how long to wait: with each the seconds that are meant.
pub(crate) const WAITS: [(Headers, Option<u64>); 6] = [
    (&[("retry-after", "7")], Some(7)),
    (&[("retry-after", "Fri, 20 Nov 2026 08:00:30 GMT"), DATE], Some(30)),
    (&[("x-rate-limit-reset", "1795161645"), DATE], Some(45)),
    (&[("x-ratelimit-reset", "1795161645"), DATE], Some(45)),
    (&[("x-ratelimit-reset", "20")], Some(20)),
    (&[], None),
];
const DATE: (&str, &str) = ("date", "Fri, 20 Nov 2026 08:00:00 GMT");

/// It asks for another try after so many seconds, and nothing was done.
pub(crate) fn waits(failure: &Failure, seconds: Option<u64>) {
    let after = seconds.map(Duration::from_secs);
    assert_eq!(failure.decision, Decision::Retry { after });
    assert!(!failure.uncertain);
}

/// A mishap as what a stand-in does.
pub(crate) fn fault(mishap: Mishap) -> Fault {
    match mishap {
        Mishap::Busy => Fault::Busy("1"),
        Mishap::Lost => Fault::Drop,
        Mishap::ReplyLost => Fault::DropAfter,
        Mishap::FailsAfter => Fault::After(502),
        Mishap::Denied => Fault::Status(401),
    }
}

/// When everything happens.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).expect("in range")
}

/// A call of an action, about a person and a thing of theirs.
pub(crate) fn call(action: &str, person: Option<Person>, value: Option<&str>) -> ActionCall {
    ActionCall {
        id: ActionId::from_parts(now(), 1),
        action: action.to_owned(),
        target: ActionTarget { kind: TargetKind::Account, person, value: value.map(str::to_owned) },
        reason: "a session moved to another network".to_owned(),
        case: CaseId::from_parts(now(), 2),
        until: None,
        decided_at: now(),
        is_retry: false,
    }
}

impl Stage for Setting {
    fn responder(&self) -> Arc<dyn Responder> {
        Arc::clone(&self.responder)
    }
    fn call(&self) -> ActionCall {
        self.call.clone()
    }
    fn state(&self) -> String {
        (self.state)().0
    }
    fn effects(&self) -> usize {
        (self.state)().1
    }
    fn requests(&self) -> usize {
        self.faults.calls()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        self.faults.nth(nth, fault(mishap));
    }
    fn settle(&self) {
        (self.settle)();
    }
    fn forestall(&self) -> bool {
        self.forestall.as_ref().map(|forestall| forestall()).is_some()
    }
    fn meddle(&self) -> bool {
        self.meddle.as_ref().map(|meddle| meddle()).is_some()
    }
    fn protected(&self) -> Vec<ActionCall> {
        self.protected.clone()
    }
    fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }
}
