//! What a person is told of their devices, and what they are not.

use jiff::{ToSpan as _, tz::TimeZone};
use model::{Span, Timestamp, device::Practice};

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
            let devices = Devices::of(world);
            devices.world.clock.set(Span::hours(2).before(at_work(devices.now())));
            let laptop = devices.laptop("jamf", "1", "C02AAAA11");
            devices.jamf.put(read(bad(laptop, Practice::Encryption)));
            devices.sweep("jamf").await;
            devices.world.clock.advance(Span::hours(2));
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
