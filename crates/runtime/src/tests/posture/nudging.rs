//! What a person is told of their devices, and what they are not.

use jiff::{ToSpan as _, tz::TimeZone};
use model::{Span, Timestamp, device::Practice};
use ports::Failure;

use super::{
    super::world::{MIA, World, run},
    world::{Devices, HOUR, bad, read},
};

/// The next time at which Mia works: a Monday, ten o'clock in Berlin.
fn at_work(now: Timestamp) -> Timestamp {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let mut day = now.to_zoned(zone);
    loop {
        day = day.checked_add(1.day()).expect("a day");
        if day.weekday() == jiff::civil::Weekday::Monday {
            return day.with().hour(10).minute(0).build().expect("an hour").timestamp();
        }
    }
}

#[test]
fn a_digest_comes_once_a_day_at_work_and_only_while_something_fails() {
    run(async {
        let devices = Devices::new();
        devices.world.clock.set(Span::hours(4).before(at_work(devices.now())));
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        devices.jamf.put(read(bad(laptop.clone(), Practice::Encryption)));
        devices.sweep("jamf").await;
        devices.world.clock.advance(Span::hours(2));
        assert_eq!(devices.posture.nudge_once().await, Ok(0), "nobody works at eight");
        devices.world.clock.advance(Span::hours(2));
        assert_eq!(devices.posture.nudge_once().await, Ok(1));
        devices.world.settle().await;
        let notices = devices.world.chat.notices();
        assert_eq!(notices.len(), 1);
        assert!(!notices[0].0.text.contains("mia-laptop"), "its name stands on her page only");
        devices.world.clock.advance(HOUR);
        assert_eq!(devices.posture.nudge_once().await, Ok(0), "she was told");
    });
}

#[test]
fn a_digest_goes_where_a_question_would() {
    type Prepare = fn(&mut World);
    // What the directory and the chats know of Mia's accounts, and where she is told.
    let cases: [(&str, Prepare, [usize; 2]); 3] = [
        ("an account in both", |world| world.other_chat.enrol(MIA, "S-mia"), [1, 0]),
        (
            "none in the first",
            |world| {
                world.change_person(MIA, |mia| mia.chat.clear());
                world.other_chat.enrol(MIA, "S-mia");
            },
            [0, 1],
        ),
        (
            "the first refuses",
            |world| {
                world.other_chat.enrol(MIA, "S-mia");
                world.chat.fail_next(Failure::permanent("the account is closed"));
            },
            [0, 1],
        ),
    ];
    for (case, prepare, expected) in cases {
        run(async {
            let mut world = World::new();
            prepare(&mut world);
            let devices = failing_at_work(world).await;
            assert_eq!(devices.posture.nudge_once().await, Ok(1), "{case}");
            devices.world.settle().await;
            let told = [&devices.world.chat, &devices.world.other_chat];
            assert_eq!(told.map(|chat| chat.notices().len()), expected, "{case}");
        });
    }
}

#[test]
fn an_account_that_was_changed_lately_is_told_nothing_of_devices() {
    run(async {
        let devices = failing_at_work(World::new()).await;
        assert_eq!(devices.posture.nudge_once().await, Ok(1));
        devices.world.settle().await;
        let mut world = devices.world;
        world.change_person(MIA, |mia| {
            mia.chat.insert("talk".to_owned(), "U-thief".to_owned());
        });
        world.other_chat.enrol(MIA, "S-mia");
        world.clock.advance(Span::days(7));
        let devices = failing_at_work(world).await;
        assert_eq!(devices.posture.nudge_once().await, Ok(1));
        devices.world.settle().await;
        let thief = devices.world.chat.sent().into_iter().filter(|(to, _)| to == "U-thief");
        assert_eq!(thief.count(), 0);
        assert_eq!(devices.world.other_chat.notices().len(), 1);
    });
}

/// Mia's laptop has failed for two hours, and she is at work.
async fn failing_at_work(world: World) -> Devices {
    let devices = Devices::of(world);
    devices.world.clock.set(Span::hours(2).before(at_work(devices.now())));
    let laptop = devices.laptop("jamf", "1", "C02AAAA11");
    devices.jamf.put(read(bad(laptop, Practice::Encryption)));
    devices.sweep("jamf").await;
    devices.world.clock.advance(Span::hours(2));
    devices
}

#[test]
fn a_digest_speaks_the_persons_language_and_that_of_the_organisation_where_it_has_none() {
    let cases = [
        (None, "One thing on your devices"),
        (Some("de"), "Eine Sache auf deinen Geräten"),
        (Some("de-AT"), "Eine Sache auf deinen Geräten"),
        (Some("fr"), "One thing on your devices"),
    ];
    for (language, expected) in cases {
        run(async {
            let mut world = World::new();
            world.change_person(MIA, |mia| mia.language = language.map(str::to_owned));
            let devices = failing_at_work(world).await;
            assert_eq!(devices.posture.nudge_once().await, Ok(1));
            devices.world.settle().await;
            let notice = &devices.world.chat.notices()[0].0;
            assert!(notice.text.contains(expected), "{language:?}: {}", notice.text);
            assert_eq!(notice.title.contains("Geräten"), expected.contains("Geräten"));
        });
    }
}

#[test]
fn a_reminder_that_rests_is_not_told_and_the_state_is_what_it_is() {
    run(async {
        let devices = Devices::new();
        devices.world.clock.set(Span::hours(2).before(at_work(devices.now())));
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        devices.jamf.put(read(bad(laptop, Practice::Encryption)));
        devices.sweep("jamf").await;
        let (mia, device) = (devices.mia(), devices.only().await.id);
        let until = Span::days(2).after(devices.now());
        let rest = devices.posture.snooze(&mia, device, &Practice::Encryption, until).await;
        rest.expect("it rests");
        devices.world.clock.advance(Span::hours(3));
        assert_eq!(devices.posture.nudge_once().await, Ok(0));
        assert_eq!(devices.only().await.grade.name(), "critical");
    });
}
