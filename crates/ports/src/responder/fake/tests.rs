use std::sync::Arc;

use futures::executor::block_on;
use model::{CaseId, Timestamp};

use super::*;
use crate::conformance::{self, Mishap, Stage};

struct Setting {
    responder: Arc<FakeResponder>,
    action: &'static str,
}

fn call_to(action: &str, target: &str) -> ActionCall {
    let at = Timestamp::from_second(1_795_000_000).expect("in range");
    ActionCall {
        id: ActionId::from_parts(at, 1),
        action: action.to_owned(),
        target: ActionTarget {
            kind: TargetKind::Account,
            person: None,
            value: Some(target.to_owned()),
        },
        reason: "a test".to_owned(),
        case: CaseId::from_parts(at, 2),
        until: None,
        decided_at: at,
        is_retry: false,
    }
}

impl Stage for Setting {
    fn responder(&self) -> Arc<dyn Responder> {
        Arc::clone(&self.responder) as Arc<dyn Responder>
    }
    fn call(&self) -> ActionCall {
        call_to(self.action, "mia")
    }
    fn state(&self) -> String {
        format!("{:?}", self.responder.lock().done)
    }
    fn effects(&self) -> usize {
        self.responder.acts().len()
    }
    fn requests(&self) -> usize {
        self.responder.requests()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        let retry = Failure::retry("not now");
        self.responder.fail(
            nth,
            match mishap {
                Mishap::Busy => Bad::Before(retry),
                Mishap::Lost => Bad::Before(retry.uncertain()),
                Mishap::ReplyLost | Mishap::FailsAfter => Bad::After(retry),
                Mishap::Denied => Bad::Before(Failure::denied("no")),
            },
        );
    }
    fn settle(&self) {
        self.responder.finish();
    }
    fn forestall(&self) -> bool {
        self.responder.elsewhere(self.action, "mia", true);
        true
    }
    fn meddle(&self) -> bool {
        self.responder.elsewhere(self.action, "mia", true);
        self.action == SUSPEND
    }
    fn protected(&self) -> Vec<ActionCall> {
        self.responder.protect("root");
        vec![call_to(self.action, "root")]
    }
    fn secrets(&self) -> Vec<String> {
        vec!["a secret".to_owned()]
    }
}

#[test]
fn the_fake_keeps_what_every_responder_must_keep() {
    for action in [SUSPEND, END_SESSIONS, REVOKE] {
        for is_slow in [false, true] {
            block_on(conformance::responder(async || {
                let responder = Arc::new(FakeResponder::new());
                responder.finish_later(is_slow);
                Box::new(Setting { responder, action }) as Box<dyn Stage>
            }));
        }
    }
}

#[test]
fn what_a_lying_vendor_never_did_is_never_seen() {
    let responder = FakeResponder::new();
    responder.lie(true);
    let call = call_to(SUSPEND, "mia");
    let plan = block_on(responder.plan(&call)).expect("a plan");
    let mut notes = Value::Null;
    assert_eq!(block_on(responder.apply(&call, &plan, &mut notes)), Ok(Applied::Done));
    assert_eq!(block_on(responder.verify(&call, &plan, &mut notes)), Ok(Seen::NotYet));
}
