use model::{DeliveryId, Method, Span};
use ports::{
    chat::Receipt,
    store::{Commit, Store as _},
};

use super::{
    mute::Mute,
    world::{ADA, CHAT, MIA, World},
};
use crate::{bytes::read, engine::EngineError, people::Authority, task::Task};

/// What waits for the chat: the template and the message.
async fn told(world: &World) -> Vec<(String, DeliveryId)> {
    let now = world.engine.now();
    let until = Span::minutes(1).after(now);
    let rows = world.store.claim_outbox("chat.talk", now, until, 100).await.expect("readable");
    let tasks = rows.into_iter().map(|row| read(&row.work.payload).expect("a task"));
    tasks
        .map(|task| match task {
            Task::Tell { template, delivery, .. } => (template, delivery),
            other => panic!("not a notice: {other:?}"),
        })
        .collect()
}

async fn enrolled(world: &World) -> (DeliveryId, DeliveryId) {
    world.invited(MIA).await.enrol(Method::Totp).await.expect("enrolled");
    let (_, delivery) = told(world).await.pop().expect("a notice");
    (delivery, world.signed_in(MIA).await.last_change().await)
}

fn at(channel: &str, message: &str) -> Receipt {
    Receipt { channel: channel.to_owned(), message: message.to_owned() }
}

/// Has the notice sent to Mia's account, and says where it is.
async fn sent(world: &World, delivery: DeliveryId) -> Receipt {
    let (mia, place) = (world.person(MIA).id, at("with-mia", "1"));
    let told = world.engine.telling(CHAT, delivery, mia).await.expect("written down");
    let records = vec![told.arrived(place.clone()).op(CHAT, delivery, mia, world.engine.now())];
    world.store.commit(Commit { records, ..Commit::default() }).await.expect("written down");
    place
}

#[tokio::test]
async fn each_change_is_told_in_every_chat() {
    let world = World::new();
    let old = world.old_factor(MIA, Method::Totp).await;
    let mia = world.signed_in(MIA).await;
    assert!(mia.prove(Method::Totp, old, 1).await);
    mia.enrol(Method::Passkey).await.expect("enrolled");
    world.engine.remove_factor(&mia.now().await, old).await.expect("removed");
    world.engine.reset_factors(Authority::Key("ops"), world.person(MIA).id).await.expect("reset");
    let mut templates: Vec<String> = told(&world).await.into_iter().map(|told| told.0).collect();
    templates.sort();
    assert_eq!(templates, ["factor-enrolled", "factor-removed", "factor-reset"]);
}

#[tokio::test]
async fn the_store_holds_no_token_of_a_notice() {
    let world = World::new();
    let (delivery, change) = enrolled(&world).await;
    let token = world.engine.notice_token(CHAT, delivery, &change.to_string());
    let seal = token.rsplit('.').next().expect("a seal");
    assert!(!format!("{:?}", world.store).contains(seal));
}

#[tokio::test]
async fn only_the_account_that_is_bound_to_the_person_can_press_a_notice() {
    let world = World::new();
    let (delivery, change) = enrolled(&world).await;
    let token = world.engine.notice_token(CHAT, delivery, &change.to_string());
    for email in [MIA, ADA] {
        world.engine.account(CHAT, &Mute, &world.person(email), None).await.expect("bound");
    }
    let place = sent(&world, delivery).await;
    let press =
        async |account: &str| world.engine.notice_pressed(CHAT, account, &place, &token).await;
    for stranger in ["ADA@EXAMPLE.COM", "mia@example.com", ""] {
        assert!(matches!(press(stranger).await, Err(EngineError::Forbidden(_))), "{stranger}");
    }
    assert_eq!(world.factor_ids(MIA).await.len(), 1);
    assert!(press("MIA@EXAMPLE.COM").await.expect("taken").is_some());
    assert!(world.factor_ids(MIA).await.is_empty());
}

#[tokio::test]
async fn a_notice_is_pressed_only_on_the_message_that_was_sent() {
    let world = World::new();
    let (delivery, change) = enrolled(&world).await;
    let token = world.engine.notice_token(CHAT, delivery, &change.to_string());
    let mia = world.person(MIA);
    world.engine.account(CHAT, &Mute, &mia, None).await.expect("bound");
    let press = async |place: &Receipt| {
        let pressed = world.engine.notice_pressed(CHAT, "MIA@EXAMPLE.COM", place, &token).await;
        pressed.map(|disowned| disowned.is_some())
    };
    let refused = |pressed| matches!(pressed, Err(EngineError::Forbidden(_)));
    assert!(refused(press(&at("with-mia", "1")).await), "nothing was sent yet");
    sent(&world, delivery).await;
    for place in [at("with-ada", "1"), at("with-mia", "2"), at("", "")] {
        assert!(refused(press(&place).await), "{place:?}");
    }
    assert_eq!(world.factor_ids(MIA).await.len(), 1);
    // Sent a second time, as the reply to the first try was lost: both copies are ours.
    sent(&world, delivery).await;
    assert!(refused(press(&at("with-ada", "1")).await), "in another conversation");
    assert_eq!(press(&at("with-mia", "2")).await, Ok(true), "the copy");
    assert!(world.factor_ids(MIA).await.is_empty());
}

#[tokio::test]
async fn a_changed_token_is_none_of_ours() {
    let world = World::new();
    let (delivery, change) = enrolled(&world).await;
    let token = world.engine.notice_token(CHAT, delivery, &change.to_string());
    let place = sent(&world, delivery).await;
    let mut junk = vec![String::new(), "factor.".to_owned(), "factor...".to_owned()];
    junk.push(format!("{token}.more"));
    junk.push(format!("factor.{}", "x".repeat(10_000)));
    junk.extend((0..token.len()).map(|at| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("ascii")
    }));
    for token in junk {
        let pressed = world.engine.notice_pressed(CHAT, "MIA@EXAMPLE.COM", &place, &token).await;
        assert_eq!(pressed, Ok(None), "{token}");
    }
    let elsewhere = world.engine.notice_pressed("other", "MIA@EXAMPLE.COM", &place, &token).await;
    assert_eq!(elsewhere, Ok(None), "a token of another chat");
}
