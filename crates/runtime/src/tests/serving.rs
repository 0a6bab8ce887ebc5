//! The loops: on a real executor and by a real clock.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{Answer, CaseId, DeliveryId, Reason, Span, StateName, Timestamp};
use ports::{
    Clock, Failure,
    chat::{
        Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Question, Receipt, Refusal,
        Report,
    },
    store::{
        Commit, OutboxRow, Space, Store, TimerOp, TimerRow,
        memory::{Call, MemoryStore},
    },
};

use super::world::{ANA, MIA, World, alert, run};
use crate::{
    serve::{Interrupted, Resumed},
    task::{Task, new_row},
};

/// How long something may take that takes milliseconds.
const SOON: Duration = Duration::from_secs(10);

struct RealClock;

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

/// A chat that never answers.
struct Stuck;

#[async_trait]
impl Chat for Stuck {
    async fn ask(&self, _: &str, _: &Question) -> Result<Receipt, Failure> {
        std::future::pending().await
    }
    async fn tell(&self, _: &str, _: &Notice) -> Result<Receipt, Failure> {
        panic!("a fault of the connector")
    }
    async fn update(&self, _: &Receipt, _: &Notice) -> Result<(), Failure> {
        std::future::pending().await
    }
    async fn report(&self, _: &Report, _: Option<&Receipt>) -> Result<Receipt, Failure> {
        std::future::pending().await
    }
    async fn open_form(&self, _: &str, _: &Form) -> Result<(), Failure> {
        std::future::pending().await
    }
    async fn whisper(&self, _: &str, _: &Receipt, _: &str) -> Result<(), Failure> {
        std::future::pending().await
    }
    async fn account_of(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(Some("S".to_owned()))
    }
    async fn check(&self) -> Result<String, Failure> {
        std::future::pending().await
    }
    fn read(&self, _: &HttpCall, _: Timestamp) -> Result<Inbound, Refusal> {
        Ok(Inbound::Ignored)
    }
    fn form_reply(&self, _: &FormReply) -> HttpReply {
        HttpReply::empty()
    }
}

async fn soon(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.expect("it comes soon");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_decided_is_carried_out_at_once_and_a_stop_is_orderly() {
    let world = World::new().with_clock(Arc::new(RealClock));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = world.engine.clone();
    let serving = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        engine.run(stopped).await;
    });
    let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
    soon(|| !world.chat.questions().is_empty()).await;
    let (question, receipt) = world.chat.questions().pop().expect("asked");
    world.press(&question, &receipt, Answer::NotMe).await;
    soon(|| world.pager.is_open(&format!("cs-{case}"))).await;
    soon(|| !world.chat.updates().is_empty()).await;
    stop.send(()).expect("it runs");
    tokio::time::timeout(SOON, serving).await.expect("it ends").expect("well");
    // What is decided afterwards waits in the store for the next start.
    world.accept(alert(ANA, "usual", "203.0.113.7")).await;
    assert_eq!(
        world.engine.outbox_depth().await,
        Ok(vec![("chat.talk".to_owned(), 1), ("writeback.siem".to_owned(), 1)])
    );
    assert_eq!(world.chat.questions().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_or_faulty_destination_delays_no_other() {
    // Reports go to the chat that is stuck.
    let world = World::new().with_clock(Arc::new(RealClock)).with_spare(Arc::new(Stuck));
    let engine = world.engine.clone();
    let serving = tokio::spawn(async move { engine.run(std::future::pending()).await });
    let drafts = (0..100).map(|index| {
        let ip = format!("203.0.113.{index}");
        Ok(alert("nobody@example.com", "usual", &ip))
    });
    let accepted = world.engine.accept("siem", drafts.collect()).await.expect("taken");
    let case = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
    soon(|| world.pager.pages().len() == accepted.alerts.len()).await;
    soon(|| world.chat.questions().len() == 1).await;
    assert_eq!(world.state(case).await.0, StateName::Asking);
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_tried_again_when_it_is_due_and_not_a_nap_later() {
    let world = World::new().with_clock(Arc::new(RealClock));
    world.chat.fail_next(Failure::retry("a bad moment"));
    let engine = world.engine.clone();
    let serving = tokio::spawn(async move { engine.run(std::future::pending()).await });
    world.accept(alert(MIA, "usual", "203.0.113.7")).await;
    // The first pause is one second; the longest nap is longer than all that is waited here.
    soon(|| world.chat.questions().len() == 1).await;
    serving.abort();
}

#[test]
fn what_waits_for_a_destination_that_is_gone_is_given_up_when_it_is_due() {
    run(async {
        let world = World::new();
        let (now, later) = (world.clock.now(), Span::hours(1).after(world.clock.now()));
        let delivery = DeliveryId::from_digest(1);
        let task = Task::Report { delivery, reason: Reason::Silent };
        let row = new_row("report.gone", None, task, now, Span::days(1).after(now));
        let outbox = vec![OutboxRow { due: later, ..row }];
        world.store.commit(Commit { outbox, ..Commit::default() }).await.expect("stored");
        world.engine.sweep_once().await.expect("readable");
        assert_eq!(world.engine.outbox_depth().await.expect("readable").len(), 1, "not due yet");
        world.clock.advance(Span::hours(1));
        world.engine.sweep_once().await.expect("readable");
        assert_eq!(world.engine.outbox_depth().await, Ok(Vec::new()));
    });
}

#[test]
fn what_a_stop_interrupted_is_tried_again_until_it_is_taken_up() {
    run(async {
        let store = Arc::new(MemoryStore::new().moody());
        let world = World::over(Arc::clone(&store) as Arc<dyn Store>);
        let mut interrupted = Interrupted::all();
        store.fail(|call| matches!(call, Call::Records(Space::Exception)));
        for _ in 0..2 {
            world.engine.take_up(&mut interrupted).await;
            assert_eq!(interrupted.0, [Resumed::Exceptions], "the others are done");
        }
        store.recover();
        world.engine.take_up(&mut interrupted).await;
        assert_eq!(interrupted.0, []);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_does_not_say_which_timer_is_next_delays_none() {
    let inner = MemoryStore::new();
    let store = Arc::new(inner.moody());
    let front = Arc::clone(&store) as Arc<dyn Store>;
    let world = World::over(front).with_clock(Arc::new(RealClock));
    let (case, name) = (CaseId::from_digest(1), "of-a-test".to_owned());
    let due = Span::seconds(2).after(Timestamp::now());
    let timers = vec![TimerOp::Set(TimerRow { case, name, due })];
    inner.commit(Commit { timers, ..Commit::default() }).await.expect("stored");
    let mut calls = 0;
    store.fail(move |call| {
        calls += usize::from(matches!(call, Call::NextTimer));
        matches!(call, Call::NextTimer) && calls == 1
    });
    let engine = world.engine.clone();
    let serving = tokio::spawn(async move { engine.run(std::future::pending()).await });
    let fired = async {
        while inner.next_timer_at().await != Ok(None) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // The longest nap is longer than all that is waited here.
    tokio::time::timeout(SOON, fired).await.expect("it fires soon");
    serving.abort();
}
