//! Who is told of what was done by itself.

use casework::input::Actor;
use model::{Answer, Span};
use ports::chat::{Notice, fake::Sent};

use super::world::{MIA, World, alert, run};
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
