//! Who is told of what was done by itself.

use casework::{input::Actor, policy::exception::Exception};
use model::{Answer, Span, StateName};
use ports::chat::{Notice, fake::Sent};

use super::world::{ANA, MIA, World, alert, run};
use crate::{acting::ByHand, people::Authority};

/// Mia's account is suspended at once; Ana answers for the policy.
const POLICY: &str = r#"
id: stolen
owner: ana@example.com
match: 'alert.rule == "stolen"'
confidence: high
ask: { message: generic, assurance: possession, deadline: 2h, clock: wall, reminders: [] }
do: [{ run: idp.suspend }]
on: { verified: [] }
"#;

/// What an account was told, oldest first.
fn told(world: &World, account: &str) -> Vec<Notice> {
    let sent = world.chat.sent().into_iter().filter(|(to, _)| to == account);
    let notices = sent.filter_map(|(_, sent)| match sent {
        Sent::Notice(notice, _) => Some(notice),
        _ => None,
    });
    notices.collect()
}

fn titles(world: &World, account: &str) -> Vec<String> {
    told(world, account).into_iter().map(|notice| notice.title).collect()
}

#[test]
fn the_person_the_owner_and_the_security_team_are_told_once_each_in_plain_words() {
    run(async {
        let world = World::new().with_policy(POLICY);
        let case = world.accept(alert(MIA, "stolen", "203.0.113.7")).await;
        world.pass(Span::hours(1)).await;
        assert_eq!(titles(&world, "U-mia"), ["We did something to protect your account"]);
        assert_eq!(titles(&world, "U-ana"), ["Your policy acted by itself"]);
        let owners = told(&world, "U-ana").pop().expect("told");
        let page = format!("countersign.example.com/console/cases/{case}");
        assert!(owners.text.contains(&page) && owners.text.contains("idp.suspend"), "{owners:?}");
        assert!(!owners.text.contains(MIA), "whom it was done to stands behind the console's door");
        let reports = world.other_chat.reports();
        let wrong = reports.iter().flat_map(|(report, _)| &report.facts);
        let wrong: Vec<_> = wrong.filter(|(label, _)| label == "If this was wrong").collect();
        assert!(wrong[0].1.starts_with("Take it back"), "{wrong:?}");
        world.check(case).await;
    });
}

#[test]
fn what_an_analyst_does_is_no_surprise_to_the_owner() {
    run(async {
        let world = World::new().with_policy(&POLICY.replace("do: [{ run: idp.suspend }]", ""));
        let case = world.accept(alert(MIA, "stolen", "203.0.113.7")).await;
        let wish = ByHand {
            action: "idp.end_sessions".to_owned(),
            reason: "she called".to_owned(),
            target: None,
            limit: None,
        };
        let by = Actor::Key("soc".to_owned());
        world.engine.order(case, by, wish).await.expect("taken");
        world.pass(Span::hours(1)).await;
        assert_eq!(titles(&world, "U-mia").len(), 1, "the person is told all the same");
        assert_eq!(titles(&world, "U-ana").len(), 0);
    });
}

/// Ana's exception for Mia's alerts of one rule, for so many days.
fn exception(world: &World, days: u64) -> Exception {
    let now = world.engine.now();
    Exception {
        id: format!("for-{days}-days"),
        owner: Actor::Person(world.id(ANA)),
        reason: "the yearly\u{202e} report".into(),
        created_at: now,
        expires_at: Span::days(days).after(now),
        source: None,
        rule: Some("usual".to_owned()),
        person: Some(world.id(MIA)),
        facts: Default::default(),
        condition: None,
    }
}

fn warnings(world: &World) -> Vec<String> {
    let reports = world.other_chat.reports().into_iter().map(|(report, _)| report);
    let lapse = reports.filter(|report| report.title.starts_with("An exception ends soon"));
    lapse.map(|report| format!("{} {:?}", report.title, report.facts)).collect()
}

#[test]
fn who_made_an_exception_and_the_security_team_are_warned_once_before_it_lapses() {
    run(async {
        let mut world = World::new();
        world.engine.add_exception(exception(&world, 30)).await.expect("made");
        world.engine.add_exception(exception(&world, 7)).await.expect("made");
        let hidden = world.accept(alert(MIA, "usual", "203.0.113.7")).await;
        assert_eq!(world.state(hidden).await.0, StateName::Closed);
        world.pass(Span::days(22)).await;
        assert_eq!((titles(&world, "U-ana").len(), warnings(&world).len()), (0, 0), "too early");
        world.restart();
        world.pass(Span::days(2)).await;
        assert_eq!(titles(&world, "U-ana"), ["Your exception ends soon"]);
        let text = told(&world, "U-ana").pop().expect("told").text;
        for fact in ["for-30-days", "hidden so far: 1.", "the yearly report", "/console/exceptions"]
        {
            assert!(text.contains(fact), "{fact}: {text}");
        }
        let [warning] = &warnings(&world)[..] else { panic!("{:?}", warnings(&world)) };
        assert!(warning.contains("for-30-days") && warning.contains(ANA), "{warning}");
        world.pass(Span::days(10)).await;
        assert_eq!((titles(&world, "U-ana").len(), warnings(&world).len()), (1, 1), "only once");
    });
}

#[test]
fn nobody_is_warned_of_an_exception_that_was_ended_before() {
    run(async {
        let world = World::new();
        world.engine.add_exception(exception(&world, 30)).await.expect("made");
        let by = Actor::Key("soar".to_owned());
        world.engine.end_exception("for-30-days", &by).await.expect("ended");
        world.pass(Span::days(31)).await;
        assert_eq!((titles(&world, "U-ana").len(), warnings(&world).len()), (0, 0));
    });
}

#[test]
fn who_changes_an_account_in_the_directory_is_not_told_in_its_owners_place() {
    run(async {
        let mut world = World::new();
        let (.., question, receipt) = world.asked().await;
        world.press(&question, &receipt, Answer::NotMe).await;
        world.change_person(MIA, |mia| {
            mia.chat.insert("talk".to_owned(), "U-thief".to_owned());
        });
        let mia = world.id(MIA);
        for resets in 1..=2 {
            let before = told(&world, "U-mia").len();
            world.engine.reset_factors(Authority::Key("ops"), mia).await.expect("reset");
            world.settle().await;
            assert!(told(&world, "U-mia").len() > before, "reset {resets}");
            assert_eq!(told(&world, "U-thief").len(), 0, "reset {resets}");
            // From the next question on the directory's word is known, and young.
            world.accept(alert(MIA, "grave", "203.0.113.9")).await;
            world.settle().await;
        }
    });
}
