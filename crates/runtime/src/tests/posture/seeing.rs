//! Who sees what, and who is told of it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use model::{
    Span,
    device::{Confidence, OwnerHint, Practice},
};
use ports::{
    devices::store::{DayRow, DeviceCommit},
    store::Day,
};

use super::{
    super::world::{ANA, GONE, MIA, run},
    world::{Devices, bad, read},
};
use crate::{
    engine::EngineError,
    people::Authority,
    posture::{FleetDay, Grade, ListQuery, Listed, State},
};

#[test]
fn another_persons_device_is_not_found_and_a_look_by_an_analyst_is_shown() {
    run(async {
        let devices = Devices::new();
        let mut anas = devices.laptop("jamf", "2", "C02AAAA22");
        anas.owners = vec![OwnerHint::new(Some(ANA), None, Confidence::Assigned)];
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.jamf.put(read(anas));
        devices.sweep("jamf").await;
        let (mia, ana) = (devices.mia(), devices.ana());
        let hers = devices.only().await.id;
        let others = devices.posture.my_devices(&ana, "en").await.expect("read").devices[0].id;
        let refused = devices.posture.my_device(&mia, others, "en").await;
        assert_eq!(refused.err(), Some(EngineError::NotFound));
        let authority = Authority::Viewer(&mia);
        assert!(matches!(
            devices.posture.device(&authority, others, "en").await,
            Err(EngineError::Forbidden(_))
        ));
        assert_eq!(devices.posture.looks_at(&mia).await, Ok(Vec::new()));
        let authority = Authority::Viewer(&ana);
        for _ in 0..2 {
            devices.posture.device(&authority, hers, "en").await.expect("an analyst may");
            devices.posture.device(&authority, others, "en").await.expect("her own");
        }
        devices.posture.list(&Authority::Key("reports"), &ListQuery::default()).await.expect("all");
        let looks = devices.posture.looks_at(&mia).await.expect("read");
        let what: Vec<(String, String)> = looks.into_iter().map(|it| (it.by, it.what)).collect();
        assert_eq!(what.len(), 2, "the same look is told once");
        assert!(what.contains(&("key:reports".to_owned(), "list".to_owned())));
        assert!(what.contains(&(format!("person:{}", ana.person.id), format!("device:{hers}"))));
        let held = devices.world.engine.held_about(mia.person.id).await.expect("read");
        let told = held["records"][ports::store::Space::Look.name()].as_array().map(Vec::len);
        assert_eq!(told, Some(2), "and stands in what is held about her");
        let own = devices.posture.looks_at(&ana).await.expect("read");
        assert_eq!(own.len(), 1, "her own looks are nobody else's matter");
    });
}

#[test]
fn lists_and_numbers_agree() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption)));
        let mut nobodys = devices.laptop("jamf", "2", "C02AAAA22");
        nobodys.owners.clear();
        devices.jamf.put(read(nobodys));
        devices.sweep("jamf").await;
        let key = Authority::Key("reports");
        let view = devices.posture.fleet_view(&key, "de").await.expect("counted");
        assert_eq!((view.devices, view.unowned), (2, 1));
        assert_eq!(view.grades[0], (Grade::Critical, 1));
        assert_eq!(view.checks[0].practice, Practice::Encryption);
        assert_eq!(view.trend.days.last().expect("today").failing[&Practice::Encryption], 1);
        let critical = ListQuery { grades: vec![Grade::Critical], ..ListQuery::default() };
        let page = devices.posture.list(&key, &critical).await.expect("listed");
        assert_eq!(page.devices[0].failing, [Practice::Encryption]);
        let unowned = devices.posture.unowned(&key, None, 10).await.expect("listed");
        assert_eq!((unowned.devices.len(), unowned.devices[0].owner), (1, None));
    });
}

#[test]
fn a_day_stands_as_it_was_last_counted_and_one_that_nobody_counted_is_a_gap() {
    run(async {
        let devices = Devices::new();
        let (fleet, key) = (devices.posture.fleet(), Authority::Key("reports"));
        fleet.count_day().await.expect("counted");
        let days = async || devices.posture.fleet_days(&key, 90).await.expect("read");
        assert_eq!(days().await, [], "there is nothing to count");
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        devices.jamf.put(read(laptop.clone()));
        devices.jamf.put(read(devices.laptop("jamf", "2", "C02AAAA22")));
        devices.sweep("jamf").await;
        fleet.count_day().await.expect("counted");
        devices.jamf.put(read(bad(laptop, Practice::Encryption)));
        devices.sweep("jamf").await;
        fleet.count_day().await.expect("counted");
        let first = devices.now().to_zoned(TimeZone::UTC).date();
        devices.world.clock.advance(Span::days(3));
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        let unreadable = DayRow { day: Day(Day::of(devices.now()).0 - 1), body: b"{".to_vec() };
        let commit = DeviceCommit { days: vec![unreadable], ..DeviceCommit::default() };
        fleet.store().commit(commit).await.expect("stored");
        let seen = days().await;
        let critical = |day: &FleetDay| (day.devices, day.grades[0]);
        let [before, today] = &seen[..] else { panic!("two days: {seen:?}") };
        assert_eq!((before.day, critical(before)), (first, (2, (Grade::Critical, 1))));
        assert_eq!(before.checks[&Practice::Encryption][&State::Warn], 1);
        assert_eq!(before.checks[&Practice::Encryption][&State::Ok], 1);
        assert_eq!(critical(today), (2, (Grade::Critical, 0)), "counted now");
        assert_eq!(today.day, devices.now().to_zoned(TimeZone::UTC).date());
        let two = devices.posture.fleet_days(&key, 3).await.expect("read");
        assert_eq!(two.len(), 1, "the other one is a day too long ago");
        let view = devices.posture.fleet_view(&key, "en").await.expect("counted");
        assert_eq!(view.days, seen);
        devices.world.clock.advance(Span::days(398));
        fleet.count_day().await.expect("counted");
        let kept = devices.posture.fleet_days(&key, u16::MAX).await.expect("read");
        assert_eq!(kept.len(), 1, "the first is more than 400 days ago");
        let mia = devices.mia();
        let refused = devices.posture.fleet_days(&Authority::Viewer(&mia), 9).await;
        assert!(matches!(refused, Err(EngineError::Forbidden(_))));
    });
}

#[test]
fn what_somebody_left_behind_is_nobodys_and_is_listed_with_the_address_that_sources_say() {
    run(async {
        let devices = Devices::new();
        for (id, email) in [("1", MIA), ("2", GONE), ("3", "stranger@example.com")] {
            let mut theirs = devices.laptop("jamf", id, &format!("C02AAAA{id}{id}"));
            theirs.owners = vec![OwnerHint::new(Some(email), None, Confidence::Assigned)];
            devices.jamf.put(read(theirs));
        }
        devices.sweep("jamf").await;
        let key = Authority::Key("reports");
        let unowned = devices.posture.unowned(&key, None, 10).await.expect("listed");
        let whose = |it: &Listed| (it.owner, it.email.as_ref().map(|it| it.reveal().to_owned()));
        let whose: BTreeSet<_> = unowned.devices.iter().map(whose).collect();
        let left = [GONE, "stranger@example.com"].map(|it| (None, Some(it.to_owned())));
        assert_eq!(whose, BTreeSet::from(left));
        let view = devices.posture.fleet_view(&key, "en").await.expect("counted");
        assert_eq!(view.unowned, 2, "the number is that of the list");
        let gone = devices.world.id(GONE);
        let theirs = devices.posture.devices_of(&key, gone, "en").await.expect("read");
        assert_eq!(theirs.devices.len(), 1, "and is still found by who had it");
    });
}

#[test]
fn u3_what_nothing_tells_from_others_is_unknown_and_its_page_says_which_it_may_be() {
    run(async {
        let devices = Devices::new();
        let laptop = devices.laptop("jamf", "1", "C02AAAA11");
        let mut unknown = devices.laptop("fleet", "2", "");
        unknown.identifiers.scalars.clear();
        devices.jamf.put(read(laptop));
        devices.fleet.put(read(unknown));
        devices.sweep("jamf").await;
        devices.sweep("fleet").await;
        let mine = devices.mine().await.devices;
        let known = mine.iter().find(|it| it.name.is_some()).expect("one is known").id;
        let unknown = mine.iter().find(|it| it.name.is_none()).expect("one is not").id;
        let mia = devices.mia();
        let view = async |id| devices.posture.my_device(&mia, id, "en").await.expect("hers");
        assert_eq!(view(unknown).await.perhaps, [known]);
        assert_eq!(view(known).await.perhaps, []);
    });
}

#[test]
fn m25_a_page_says_what_the_batch_said() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Firewall)));
        devices.sweep("jamf").await;
        let view = devices.only().await;
        let page = devices.posture.list(&Authority::Key("reports"), &ListQuery::default()).await;
        let listed = page.expect("listed").devices.remove(0);
        assert_eq!(listed.grade, view.grade.name());
        assert_eq!(listed.failing, view.reasons);
    });
}
