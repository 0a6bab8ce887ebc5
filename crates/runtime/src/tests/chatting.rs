//! What comes back from chats, and from whom it counts.

use casework::commands::COMMANDS;
use model::{Answer, Reason, Span, StateName};
use ports::{
    chat::{FormReply, Receipt, fake::FakeChat},
    store::{Commit, Record, RecordOp, Space},
};

use crate::deliveries::former_place;

use super::world::{MIA, URL, World, alert, run, token_of};

/// How often many are let run against each other.
const TURNS_OF_A_RACE: usize = 20;

#[test]
fn chat_alone_never_verifies() {
    run(async {
        let plain = World::new();
        let newborn = World::new().with_factor_of_age(Span::hours(1));
        for (world, name) in [(plain, "a factor"), (newborn, "no independent factor")] {
            let (case, question, receipt) = world.asked().await;
            for _ in 0..3 {
                assert_eq!(world.press(&question, &receipt, Answer::Me).await, 200);
                world.settle().await;
            }
            let form = world.chat.forms().pop();
            if let Some(form) = form {
                let call = FakeChat::submit("U-mia", &form.id, Some("yes, me"));
                world.engine.chat_call("talk", call).await;
            }
            world.pass(Span::days(2)).await;
            let (state, reason) = world.state(case).await;
            assert_eq!(state, StateName::Escalated, "{name}");
            assert!(matches!(reason, Some(Reason::Silent | Reason::Unprovable)), "{name}");
            let desk = world.engine.desk(world.id(MIA)).await.expect("readable").expect("a desk");
            assert_eq!(desk.suppressions, [], "{name}");
            world.check(case).await;
        }
    });
}

#[test]
fn not_me_takes_effect_at_the_press_and_sticks() {
    run(async {
        let world = World::new();
        world.duo.fail_next(ports::Failure::retry("down"));
        let (case, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotMe).await;
        assert_eq!(world.state(case).await, (StateName::Escalated, Some(Reason::Denied)));
        world.settle().await;
        assert!(world.pager.is_open(&format!("cs-{case}")));
        let (_, changed) = world.chat.updates().pop().expect("changed in place");
        assert_eq!((changed.title.as_str(), changed.buttons), ("The security team knows", vec![]));
        world.press(&question, &receipt, Answer::Me).await;
        world.settle().await;
        assert_eq!(world.state(case).await, (StateName::Escalated, Some(Reason::Conflict)));
        let begun = world
            .engine
            .begin_proof(world.id(MIA), case, model::Method::Totp, "session", None)
            .await;
        assert!(begun.is_err(), "there is nothing to prove any more");
        world.check(case).await;
    });
}

#[test]
fn only_the_bound_principal_may_answer_on_the_message_they_were_sent() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        let (other, other_question, other_place) = {
            let other = world.accept(alert(super::world::ANA, "usual", "203.0.113.7")).await;
            world.settle().await;
            let (question, place) = world.chat.questions().pop().expect("asked");
            (other, question, place)
        };
        let elsewhere = |channel: &str, message: &str| Receipt {
            channel: channel.to_owned(),
            message: message.to_owned(),
        };
        let token = token_of(&question, Answer::NotMe);
        let last = if token.ends_with('A') { 'B' } else { 'A' };
        let forged = format!("{}{last}", &token[..token.len() - 1]);
        let foreign = token_of(&other_question, Answer::NotMe);
        let presses = [
            ("talk", "U-ana", receipt.clone(), token, "another account"),
            ("talk", "B-bot", receipt.clone(), token, "a bot"),
            ("talk", "U-mia", elsewhere("with-U-ana", &receipt.message), token, "another channel"),
            ("talk", "U-mia", elsewhere(&receipt.channel, "99"), token, "another message"),
            ("talk", "U-mia", other_place, token, "somebody else's message"),
            ("spare", "U-mia", receipt.clone(), token, "another chat"),
            ("talk", "U-mia", receipt.clone(), &forged, "a forged token"),
            ("talk", "U-mia", receipt.clone(), foreign, "a token of another message"),
        ];
        for (index, (chat, account, place, token, what)) in presses.into_iter().enumerate() {
            let before = world.store.audit_head().await.expect("readable").0;
            let call = FakeChat::press(account, &place, token, &index.to_string());
            assert_eq!(world.engine.chat_call(chat, call).await.status, 200, "{what}");
            world.settle().await;
            assert_eq!(world.state(case).await.0, StateName::Asking, "{what}");
            assert_eq!(world.state(other).await.0, StateName::Asking, "{what}");
            let after = world.store.audit_head().await.expect("readable").0;
            assert_eq!(after, before + 1, "{what} is on record");
            let whispers = [world.chat.whispers(), world.other_chat.whispers()].concat();
            let (to, text) = &whispers[whispers.len() - 1];
            assert!(text.contains("Only the person who was asked"), "{what}: {text}");
            if chat == "talk" {
                assert_eq!(to, account, "{what}");
            }
        }
        assert_eq!(world.press(&question, &receipt, Answer::NotMe).await, 200);
        assert_eq!(world.state(case).await.1, Some(Reason::Denied), "the right one counts");
        world.check(case).await;
    });
}

#[test]
fn a_person_who_has_left_answers_no_more() {
    run(async {
        let mut world = World::new();
        let (case, question, receipt) = world.asked().await;
        world.change_person(MIA, |mia| mia.active = false);
        world.press(&question, &receipt, Answer::NotMe).await;
        assert_eq!(world.state(case).await.0, StateName::Asking);
    });
}

#[test]
fn a_call_that_is_not_authentic_changes_nothing() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        let token = token_of(&question, Answer::NotMe);
        let mut unsigned = FakeChat::press("U-mia", &receipt, token, "1");
        unsigned.headers.clear();
        assert_eq!(world.engine.chat_call("talk", unsigned).await.status, 401);
        let mut broken = FakeChat::press("U-mia", &receipt, token, "1");
        broken.body = "{".into();
        assert_eq!(world.engine.chat_call("talk", broken).await.status, 400);
        let call = FakeChat::press("U-mia", &receipt, token, "1");
        assert_eq!(world.engine.chat_call("nowhere", call).await.status, 404);
        assert_eq!(world.state(case).await.0, StateName::Asking);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_delivered_twice_and_in_parallel_counts_once() {
    for _ in 0..TURNS_OF_A_RACE {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        for answer in [Answer::Me, Answer::NotMe] {
            let token = token_of(&question, answer);
            let event = answer.to_string();
            let call = || FakeChat::press("U-mia", &receipt, token, &event);
            let many = (0..16).map(|_| {
                let (engine, call) = (world.engine.clone(), call());
                tokio::spawn(async move { engine.chat_call("talk", call).await.status })
            });
            let replies = futures::future::join_all(many).await;
            assert!(replies.iter().all(|reply| matches!(reply, Ok(200))), "{answer}: {replies:?}");
            world.engine.chat_call("talk", call()).await;
        }
        world.settle().await;
        let stored = world.case(case).await;
        let given: Vec<Answer> = stored.answers.iter().map(|given| given.answer).collect();
        assert_eq!(given, [Answer::Me, Answer::NotMe]);
        assert_eq!(stored.reason(), Some(Reason::Denied));
        assert_eq!(world.pager.pages().len(), 1, "one escalation");
        world.check(case).await;
    }
}

#[test]
fn it_was_me_opens_a_form_that_leads_to_the_page() {
    run(async {
        let world = World::new();
        let case = world.accept(alert(MIA, "commented", "203.0.113.7")).await;
        world.settle().await;
        let (question, receipt) = world.chat.questions().pop().expect("asked");
        world.press(&question, &receipt, Answer::Me).await;
        assert_eq!(world.state(case).await.0, StateName::Claimed);
        let form = world.chat.forms().pop().expect("opened");
        assert!(form.is_comment_required && form.title.chars().count() <= 24);

        let submit = |account: &'static str, comment: Option<&'static str>| {
            let call = FakeChat::submit(account, &form.id, comment);
            async {
                world.engine.chat_call("talk", call).await;
                world.chat.replies().pop().expect("a reply")
            }
        };
        assert!(matches!(submit("U-mia", None).await, FormReply::Error(_)), "a comment is wanted");
        assert!(matches!(submit("U-mia", Some("  ")).await, FormReply::Error(_)));
        assert!(matches!(submit("U-ana", Some("me")).await, FormReply::Error(_)), "not hers");
        for code in ["482915", "it was me, 482 915"] {
            let refused = submit("U-mia", Some(code)).await;
            let FormReply::Error(why) = refused else { panic!("{refused:?}") };
            assert!(why.contains("never ask for codes"), "{why}");
        }
        assert_eq!(world.case(case).await.comments.len(), 0);
        let shown = submit("U-mia", Some("I was travelling")).await;
        let FormReply::Show { link, title, .. } = shown else { panic!("{shown:?}") };
        assert_eq!(link.1, format!("{URL}/ask/{case}"));
        assert!(title.chars().count() <= 24);
        assert_eq!(world.case(case).await.comments[0].reveal(), "I was travelling");
        assert!(matches!(submit("U-mia", Some("again")).await, FormReply::Error(_)), "once");
        assert_eq!(world.case(case).await.comments.len(), 1);
        world.check(case).await;
    });
}

#[test]
fn a_form_that_does_not_open_sends_the_person_to_the_page() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        world.chat.fail_next(ports::Failure::retry("too late"));
        world.press(&question, &receipt, Answer::Me).await;
        assert_eq!(world.state(case).await.0, StateName::Claimed);
        let (account, text) = world.chat.whispers().pop().expect("told");
        assert_eq!(account, "U-mia");
        assert!(text.contains(&format!("/ask/{case}")), "{text}");
    });
}

#[test]
fn a_press_on_facts_that_have_changed_is_not_taken() {
    run(async {
        let world = World::new();
        let (case, question, receipt) = world.asked().await;
        let mut more = alert(MIA, "usual", "203.0.113.7");
        more.title = "Sign-in with a new device".to_owned();
        assert_eq!(world.accept(more).await, case, "the same id is an update");
        world.settle().await;
        world.press(&question, &receipt, Answer::Me).await;
        assert_eq!(world.state(case).await.0, StateName::Asking);
        assert!(world.chat.whispers()[0].1.contains("New facts have come in"));
        let (_, shown) = world.chat.updates().pop().expect("changed in place");
        let me = shown.buttons.iter().find(|button| button.answer == Answer::Me);
        let token = &me.expect("it can still be answered").token;
        let call = FakeChat::press("U-mia", &receipt, token, "fresh");
        world.engine.chat_call("talk", call).await;
        assert_eq!(world.state(case).await.0, StateName::Claimed, "what is seen can be said");
    });
}

#[test]
fn commands_are_answered_and_what_is_none_is_told_so() {
    run(async {
        let world = World::new();
        let (case, question, _) = world.asked().await;
        let said = async |text: &str| {
            let event = format!("{text} {}", world.chat.sent().len());
            let call = FakeChat::say("U-mia", text, &event);
            assert_eq!(world.engine.chat_call("talk", call).await.status, 200);
            world.chat.notices().pop().expect("a reply").0.text
        };
        let help = said("help").await;
        assert!(COMMANDS.iter().all(|command| help.contains(command.usage)), "{help}");
        assert!(said("status").await.starts_with('1'));
        assert!(said("what is this?").await.contains("didn't understand"));
        assert!(said("check").await.contains("check CODE"));
        assert!(said(&format!("check {}", question.code)).await.contains("a question for you"));
        assert!(said("check BBB-BBB").await.contains("not ours"));
        assert!(said("stop").await.contains("No reminders until"));
        world.pass(Span::minutes(50)).await;
        let reminders = world.chat.notices();
        assert!(reminders.iter().all(|(notice, _)| !notice.text.contains("reminder, Mia")));
        world.pass(Span::minutes(90)).await;
        let silent = (StateName::Escalated, Some(Reason::Silent));
        assert_eq!(world.state(case).await, silent, "stop hides nothing");
    });
}

#[test]
fn opting_out_in_chat_is_not_taken() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        let ignore = format!("ignore {case} 4h");
        for (text, reply) in [
            ("snooze", "needs a proof"),
            ("snooze 4h", "needs a proof"),
            (ignore.as_str(), "didn't understand"),
        ] {
            let call = FakeChat::say("U-mia", text, text);
            world.engine.chat_call("talk", call).await;
            let (notice, _) = world.chat.notices().pop().expect("a reply");
            assert!(notice.text.contains(reply), "{text}: {}", notice.text);
        }
        let desk = world.engine.desk(world.id(MIA)).await.expect("readable").expect("a desk");
        assert_eq!(desk.paused_until, None);
    });
}

#[test]
fn a_code_typed_in_chat_is_neither_used_nor_kept_and_its_owner_is_warned() {
    run(async {
        let world = World::new();
        let (case, ..) = world.asked().await;
        world.claim(case).await;
        world.challenge(case).await;
        let right = world.right(1);
        let codes =
            ["123 456", "my code is 482915", "check 482915", "check 482 915", "stop 482915"];
        for (event, text) in codes.into_iter().chain([right.as_str()]).enumerate() {
            let call = FakeChat::say("U-mia", text, &event.to_string());
            world.engine.chat_call("talk", call).await;
        }
        for (text, (notice, _)) in codes.iter().zip(world.chat.notices()) {
            assert!(notice.text.contains("never ask for codes"), "{text}: {}", notice.text);
        }
        let desk = world.engine.desk(world.id(MIA)).await.expect("readable").expect("a desk");
        assert_eq!(desk.muted_until, None, "nothing else of such a message is carried out");
        assert_eq!(world.state(case).await.0, StateName::Verifying);
        for id in [Some(case), None] {
            let journal = world.store.journal(id, 0, 1_000).await.expect("readable");
            let all: Vec<u8> = journal.into_iter().flat_map(|entry| entry.data).collect();
            assert!(!String::from_utf8_lossy(&all).contains("482915"));
        }
    });
}

#[test]
fn a_deleted_question_is_put_elsewhere_and_a_human_is_told() {
    run(async {
        for is_former in [false, true] {
            let world = World::new();
            world.other_chat.enrol(MIA, "S-mia");
            let (case, _, receipt) = world.asked().await;
            if is_former {
                keep_place_as_earlier_releases(&world, &receipt).await;
            }
            let call = FakeChat::delete(&receipt);
            assert_eq!(world.engine.chat_call("talk", call).await.status, 200);
            world.settle().await;
            assert_eq!(world.state(case).await.0, StateName::Asking);
            assert_eq!(world.other_chat.questions()[0].1.channel, "with-S-mia");
            assert_eq!(world.other_chat.reports().len(), 1);
        }
    });
}

/// Moves the record of where a question is to where earlier releases kept it.
async fn keep_place_as_earlier_releases(world: &World, at: &Receipt) {
    let key = format!("place/talk/{}/{}", at.message, at.channel);
    let now = world.engine.now();
    let found = world.store.record(Space::Delivery, &key, now).await.expect("readable");
    let record = Record { key: former_place("talk", at), ..found.expect("it is kept there") };
    let records = vec![RecordOp::Delete { space: Space::Delivery, key }, RecordOp::Put(record)];
    world.store.commit(Commit { records, ..Commit::default() }).await.expect("it is stored");
}

#[test]
fn an_account_that_changed_lately_is_not_asked_and_a_human_is_told() {
    run(async {
        let mut world = World::new();
        world.other_chat.enrol(MIA, "S-mia");
        let (first, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotSure).await;
        world.settle().await;
        world.change_person(MIA, |mia| {
            mia.chat.insert("talk".to_owned(), "U-thief".to_owned());
        });
        let reports = world.other_chat.reports().len();
        let second = world.accept(alert(MIA, "commented", "203.0.113.9")).await;
        world.settle().await;
        assert_ne!(first, second);
        assert_eq!(world.state(second).await.0, StateName::Asking);
        let to: Vec<String> = world.chat.sent().into_iter().map(|(account, _)| account).collect();
        assert!(to.iter().all(|account| account != "U-thief"), "{to:?}");
        assert_eq!(world.other_chat.questions()[0].1.channel, "with-S-mia");
        assert_eq!(world.other_chat.reports().len(), reports + 1);
        world.pass(Span::hours(80)).await;
        world.accept(alert(MIA, "told", "203.0.113.10")).await;
        world.settle().await;
        let (account, _) = world.chat.sent().pop().expect("told");
        assert_eq!(account, "U-thief", "after the window the directory's word counts");
    });
}

#[test]
fn an_account_is_looked_up_once_and_kept() {
    run(async {
        let mut world = World::new();
        world.change_person(MIA, |mia| mia.chat.clear());
        world.chat.enrol(MIA, "U-mia");
        let (_, question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotSure).await;
        // Whoever takes the address over at the chat is not asked in her place.
        world.chat.enrol(MIA, "U-thief");
        world.accept(alert(MIA, "told", "203.0.113.9")).await;
        world.settle().await;
        assert_eq!(world.chat.lookups(), 1);
        assert!(world.chat.sent().iter().all(|(account, _)| account == "U-mia"));
    });
}
