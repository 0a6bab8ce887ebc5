//! What must not be asked for here is seen when it is.

use std::sync::{Arc, atomic::AtomicBool};

use casework::{
    Case,
    ledger::{Asker, Entry},
};
use futures::FutureExt as _;
use model::{ActionId, CaseId, Span, TargetKind, Timestamp};
use ports::{
    clock::ManualClock,
    responder::{ActionCall, ActionTarget, Applied, Reverted},
    store::memory::MemoryStore,
};

use super::{SimResponder, Thing, unapproved};
use crate::sim::{dice::Chance, vendors::Weather, witness::Witness, world::World};

struct Setting {
    responder: SimResponder,
    witness: Witness,
}

fn setting() -> Setting {
    let (chance, witness) = (Chance::new(1), Witness::default());
    let weather = Weather::new(&chance, &witness, &Arc::new(AtomicBool::new(false)));
    let clock = ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"));
    let responder = SimResponder::new(weather, &clock, &MemoryStore::new(), &["suspend"]);
    Setting { responder, witness }
}

fn call(is_retry: bool) -> ActionCall {
    let at = Timestamp::from_second(1_795_000_000).expect("in range");
    ActionCall {
        id: ActionId::from_digest(1),
        action: "suspend".to_owned(),
        target: ActionTarget {
            kind: TargetKind::Account,
            person: None,
            value: Some("somebody".to_owned()),
        },
        reason: "because".to_owned(),
        case: CaseId::from_digest(1),
        until: Some(Span::minutes(30).after(at)),
        decided_at: at,
        is_retry,
    }
}

impl Setting {
    #[track_caller]
    fn is_found(&self, what: &str) {
        let wrong = self.witness.first_wrong().unwrap_or_default();
        assert!(wrong.contains(what), "{wrong:?} is not {what:?}");
    }

    /// It is no longer so, and nobody is known to have changed it.
    fn lose(&self) {
        self.responder.room().things.values_mut().for_each(|thing| *thing = Thing::default());
    }
}

#[test]
fn an_action_without_a_stored_decision_is_found() {
    let setting = setting();
    setting.responder.judge(&call(false));
    setting.is_found("without a stored decision");
}

#[test]
fn an_action_that_is_asked_for_twice_is_found_unless_it_is_a_retry() {
    let setting = setting();
    assert_eq!(setting.responder.do_it(&call(false)), Applied::Done);
    assert_eq!(setting.responder.do_it(&call(true)), Applied::Done);
    assert_eq!(setting.witness.first_wrong(), None);
    setting.responder.do_it(&call(false));
    setting.is_found("not said to be a retry");
}

#[test]
fn an_action_that_takes_effect_twice_is_found() {
    let setting = setting();
    setting.responder.do_it(&call(false));
    setting.lose();
    setting.responder.do_it(&call(true));
    setting.is_found("took effect twice");
}

#[test]
fn an_action_that_is_done_again_after_it_was_taken_back_is_found() {
    let setting = setting();
    setting.responder.do_it(&call(false));
    assert_eq!(setting.responder.undo_it(&call(false)), Reverted::Done);
    setting.responder.do_it(&call(true));
    setting.is_found("after it was taken back");
}

#[test]
fn taking_back_what_nobody_decided_to_take_back_is_found() {
    let setting = setting();
    let plan = ports::responder::Plan {
        requests: Vec::new(),
        standing: ports::responder::Standing::Ready,
        prior: serde_json::Value::Null,
        people: None,
        remarks: Vec::new(),
    };
    let (call, mut notes) = (call(false), serde_json::Value::Null);
    let revert = ports::responder::Responder::revert(&setting.responder, &call, &plan, &mut notes);
    // It pauses a few times.
    let mut revert = Box::pin(revert);
    let done = (0..100).find_map(|_| revert.as_mut().now_or_never());
    assert!(done.is_some());
    setting.is_found("nobody decided that");
}

#[test]
fn an_action_without_its_approvals_is_found() {
    let has_approvals = |entry: &&Entry| entry.needs > 0 && !entry.approvals.is_empty();
    let find = |seed| {
        let mut world = World::new(seed);
        world.live().expect("every rule holds");
        let of_case = |case: &Case| {
            let entry = case.ledger.iter().find(has_approvals)?;
            Some((case.clone(), entry.clone()))
        };
        world.rules.cases().find_map(of_case)
    };
    let (case, entry) = (0..80).find_map(find).expect("something was approved");
    assert_eq!(unapproved(&case, &entry), None);
    let with = |approvals| Entry { approvals, ..entry.clone() };
    assert!(unapproved(&case, &with(Vec::new())).is_some());
    let twice = [entry.approvals.clone(), entry.approvals.clone()].concat();
    assert!(unapproved(&case, &with(twice)).is_some());
    let by = Asker::Actor(entry.approvals[0].by.clone());
    let order = casework::ledger::Order { by, ..entry.order.clone() };
    assert!(unapproved(&case, &Entry { order, ..entry.clone() }).is_some());
}
