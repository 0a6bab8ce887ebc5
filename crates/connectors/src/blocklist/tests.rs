use model::{ActionId, Span, Timestamp};
use ports::{
    Decision, Failure,
    blocklist::{Entry, Reader, fake::FakeBlocklist, text},
    clock::ManualClock,
    conformance::{self, Mishap, Stage},
    responder::{ActionCall, Applied, Responder, Reverted, Seen, Standing},
};
use serde_json::Value;

use super::*;
use crate::respond::stage::{call, now};

const BAD: &str = "203.0.113.7";

fn settings(more: &str) -> BlocklistSettings {
    let config: BlocklistConfig = toml::from_str(more).expect("a section");
    config.settings().expect("settings")
}

struct World {
    lists: Arc<FakeBlocklist>,
    responder: Arc<BlocklistResponder>,
    clock: ManualClock,
}

fn world(more: &str) -> World {
    let (lists, clock) = (Arc::new(FakeBlocklist::default()), ManualClock::at(now()));
    let kept = Arc::clone(&lists) as Arc<dyn Blocklist>;
    let responder = BlocklistResponder::new("edge", settings(more), kept, Arc::new(clock.clone()));
    World { lists, responder: Arc::new(responder), clock }
}

fn block(value: &str) -> ActionCall {
    call("block", None, Some(value))
}

impl World {
    fn entries(&self) -> Vec<Entry> {
        self.lists.list("edge")
    }
}

impl Stage for World {
    fn responder(&self) -> Arc<dyn Responder> {
        Arc::clone(&self.responder) as Arc<dyn Responder>
    }
    fn call(&self) -> ActionCall {
        block(BAD)
    }
    fn state(&self) -> String {
        format!("{:?}", self.entries())
    }
    fn effects(&self) -> usize {
        self.lists.effects()
    }
    fn requests(&self) -> usize {
        self.lists.requests()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        let (failure, is_done) = match mishap {
            Mishap::Busy => (Failure::retry("busy"), false),
            Mishap::Lost => (Failure::retry("lost").uncertain(), false),
            Mishap::ReplyLost | Mishap::FailsAfter => (Failure::retry("lost").uncertain(), true),
            Mishap::Denied => (Failure::denied("no"), false),
        };
        self.lists.fail(nth, failure, is_done);
    }
    fn settle(&self) {
        let fetched_at = Span::seconds(1).after(now());
        self.lists.set_readers(vec![Reader { name: "fw1".to_owned(), fetched_at }]);
    }
    fn forestall(&self) -> bool {
        false
    }
    fn meddle(&self) -> bool {
        false
    }
    fn protected(&self) -> Vec<ActionCall> {
        ["10.0.0.1", "127.0.0.1", "::1", "198.51.100.9", "8.0.0.0/8", "2001:db8::/32"]
            .map(block)
            .into()
    }
    fn secrets(&self) -> Vec<String> {
        vec!["made-up-reader-token".to_owned()]
    }
}

#[tokio::test]
async fn a_block_list_keeps_what_every_responder_must_keep() {
    conformance::responder(async || {
        Box::new(world("never = [\"198.51.100.0/24\"]")) as Box<dyn Stage>
    })
    .await;
}

#[test]
fn what_is_never_blocked_is_known_in_every_spelling() {
    let settings = settings("never = [\"198.51.100.0/24\", \"2001:db8:9::/48\", \"192.0.2.1\"]");
    for (text, is_blocked) in [
        ("203.0.113.7", true),
        ("203.0.113.0/24", true),
        ("203.0.112.0/23", false),
        ("0.0.0.0/0", false),
        ("::/0", false),
        ("192.168.1.0/24", false),
        ("169.254.169.254", false),
        ("::ffff:10.0.0.1", false),
        ("::ffff:203.0.113.7", true),
        ("198.51.100.200", false),
        ("198.51.100.0/25", false),
        ("192.0.2.0/24", false),
        ("2001:db8:8::/48", true),
        ("2001:db8:9:1::1", false),
        ("2001:db8::/47", false),
        ("fd00::1", false),
    ] {
        let network = map::network(text).expect(text);
        assert_eq!(map::protection(&settings, &network).is_none(), is_blocked, "{text}");
    }
    let endless = format!("203.0.113.7/{}", "0".repeat(99));
    for junk in [
        "",
        "evil.example",
        "203.0.113.7/33",
        "203.0.113.7\n",
        "1.2.3",
        &endless,
        "::ffff:1.2.3.0/120",
    ] {
        assert_eq!(map::network(junk), None, "{junk}");
    }
    assert_eq!(map::network("203.0.113.77/24"), map::network("203.0.113.0/24"));
}

#[tokio::test]
async fn an_entry_ends_by_itself_and_the_next_lasts_longer_up_to_a_limit() {
    let world = world("ttl = \"1h\"\nttl_max = \"3h\"");
    for (number, hours) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
        let begun = ports::Clock::now(&world.clock);
        let call = ActionCall { id: ActionId::from_parts(begun, number), ..block(BAD) };
        let plan = world.responder.plan(&call).await.expect("a plan");
        let until = Span::hours(hours).after(begun);
        assert_eq!(plan.requests[0].body, Some(format!("until {until}")));
        world.responder.apply(&call, &plan, &mut Value::Null).await.expect("done");
        assert_eq!(text(&world.entries(), begun), format!("{BAD}\n"));
        world.clock.advance(Span::hours(hours));
        assert_eq!(text(&world.entries(), ports::Clock::now(&world.clock)), "");
        let seen = world.responder.verify(&call, &plan, &mut Value::Null).await.expect("a look");
        assert!(matches!(seen, Seen::Changed(_)), "{seen:?}");
    }
    let until = |until: Timestamp| ActionCall {
        id: ActionId::from_parts(now(), 9),
        until: Some(until),
        ..block("203.0.113.8")
    };
    let here = ports::Clock::now(&world.clock);
    for (asked, hours) in [(Span::hours(2), 2), (Span::days(99), 3)] {
        let plan = world.responder.plan(&until(asked.after(here))).await.expect("a plan");
        let expected = format!("until {}", Span::hours(hours).after(here));
        assert_eq!(plan.requests[0].body, Some(expected), "an entry without an end is none");
    }
}

#[tokio::test]
async fn taking_back_leaves_what_others_have_blocked() {
    let world = world("");
    let (ours, theirs) =
        (block(BAD), ActionCall { id: ActionId::from_parts(now(), 7), ..block(BAD) });
    for call in [&theirs, &ours] {
        let plan = world.responder.plan(call).await.expect("a plan");
        assert_eq!(plan.standing, Standing::Ready);
        assert_eq!(plan.remarks.len(), world.entries().len(), "the other is named");
        let applied = world.responder.apply(call, &plan, &mut Value::Null).await;
        assert_eq!(applied, Ok(Applied::Done));
    }
    let plan = world.responder.plan(&ours).await.expect("a plan");
    let reverted = world.responder.revert(&ours, &plan, &mut Value::Null).await;
    assert_eq!(reverted, Ok(Reverted::Done));
    assert_eq!(text(&world.entries(), now()), format!("{BAD}\n"), "theirs is still there");
}

#[tokio::test]
async fn it_is_seen_when_every_firewall_has_fetched_it() {
    let world = world("");
    let call = block(BAD);
    let plan = world.responder.plan(&call).await.expect("a plan");
    world.responder.apply(&call, &plan, &mut Value::Null).await.expect("done");
    let look = async || world.responder.verify(&call, &plan, &mut Value::Null).await;
    assert!(matches!(look().await, Ok(Seen::Unseeable(_))), "nobody fetches it");
    let reader = |name: &str, fetched_at| Reader { name: name.to_owned(), fetched_at };
    let earlier = Span::minutes(1).before(now());
    let idle = Span::days(2).before(now());
    world.lists.set_readers(vec![reader("a", now()), reader("b", earlier), reader("c", idle)]);
    assert_eq!(look().await, Ok(Seen::NotYet));
    world.lists.set_readers(vec![reader("a", now()), reader("b", now()), reader("c", idle)]);
    assert_eq!(look().await, Ok(Seen::Holds), "the idle one is not waited for");
}

#[tokio::test]
async fn a_crowd_behind_an_address_is_said_before_it_is_approved() {
    let world = world("crowd = 5");
    for (people, remarks) in [(None, 0), (Some(5), 0), (Some(41), 1)] {
        world.lists.set_people(people);
        let plan = world.responder.plan(&block(BAD)).await.expect("a plan");
        assert_eq!((plan.people, plan.remarks.len()), (people, remarks));
    }
    let failure = world.responder.plan(&block("evil.example")).await.expect_err("no address");
    assert_eq!(failure.decision, Decision::Permanent);
}

#[tokio::test]
async fn a_reader_is_known_by_its_token_and_nobody_by_none() {
    let path = std::env::var("PATH").expect("a variable");
    let settings = settings("readers = { fw1 = { env = \"PATH\" } }");
    let readers = settings.readers();
    assert_eq!((readers.of_token(path.trim_end()), readers.names()), (Some("fw1"), vec!["fw1"]));
    for wrong in ["", "x", &format!("{path}x")] {
        assert_eq!(readers.of_token(wrong), None);
    }
    assert!(!format!("{settings:?} {readers:?}").contains(&path));
    for bad in ["ttl = \"8d\"", "ttl = \"0s\"", "never = [\"evil.example\"]"] {
        let config: BlocklistConfig = toml::from_str(bad).expect("a section");
        assert!(config.settings().is_err(), "{bad}");
    }
    let clock = Arc::new(ManualClock::at(now()));
    let lists = Arc::new(ports::blocklist::Later::default());
    let responder = BlocklistResponder::new("edge", settings, lists, clock);
    assert_eq!(responder.check().await.expect("good"), "the list edge for fw1");
    let failure = responder.plan(&block(BAD)).await.expect_err("kept nowhere");
    assert_eq!(failure.decision, Decision::Misconfigured);
}
