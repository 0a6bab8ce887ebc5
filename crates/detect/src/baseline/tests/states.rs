//! States: the same however they are stored, cut or damaged, and never too large.

use event::{Anonymiser, Place};
use proptest::prelude::*;

use super::super::{
    Baselines, ENTITY_BYTES_MAX, Entity, EntityError, LATENESS, Mode, Moment, Readiness,
    example::{MONDAY, World, at, baseline, event_at, stored, target},
};

const ALL_KINDS: [&str; 6] = [
    "{ kind: first_seen, selection: { a: b }, value: source.asn, peers: organisation, learn: 1d }",
    "{ kind: first_seen, selection: { a: b }, value: [action, target.id], learn: 1d, forget: 4d }",
    "{ kind: volume, selection: { a: b }, windows: [1m, 1h, 1d], floor: 2, learn: 1d, \
       season: none, minimum: { events: 2, days: 1 } }",
    "{ kind: volume, selection: { b: b }, window: 10m, floor: 2, season: hour_of_week, learn: 1d }",
    "{ kind: distinct, selection: { a: b }, value: target.id, windows: [5m, 2d], floor: 2, \
       learn: 1d, minimum: { events: 2, days: 1 } }",
    "{ kind: travel, selection: { a: b } }",
];

fn world() -> World {
    let mut all: Vec<_> = ALL_KINDS.iter().map(|yaml| baseline(yaml)).collect();
    let session = "{ kind: session_change, selection: { a: b }, entity: actor.id }";
    all.push(baseline(session));
    World::with(all)
}

/// An event of one of two people, made of a few random numbers.
#[derive(Debug, Clone, Copy)]
struct Seed {
    after_s: i64,
    arrives_s: i64,
    bits: u64,
}

fn seeds(most: usize) -> impl Strategy<Value = Vec<Seed>> {
    let after = prop_oneof![0..5_i64, 0..4_000_i64, 0..200_000_i64, -20_000..0_i64];
    let arrives = prop_oneof![4 => Just(0_i64), 1 => -400_000_000..400_000_000_i64];
    let seed = (after, arrives, any::<u64>());
    let seed = seed.prop_map(|(after_s, arrives_s, bits)| Seed { after_s, arrives_s, bits });
    proptest::collection::vec(seed, 1..most)
}

fn event(seed: Seed, second: i64) -> event::Event {
    let pick = |from: u32, of: u64| (seed.bits >> from) % of;
    let mut event = event_at(second);
    event.actor.id = Some(format!("person-{}", pick(0, 2)).into());
    event.action = format!("action-{}", pick(2, 4)).into();
    event.origin.asn = Some(64_500 + u32::try_from(pick(4, 6)).expect("small"));
    event.origin.ip = format!("198.51.{}.1", pick(4, 6)).parse().ok();
    let degrees = pick(8, 160) as f64 - 80.0;
    event.origin.place = Some(Place { latitude: degrees, longitude: degrees, radius_km: 5.0 });
    event.origin.anonymiser = (pick(16, 8) == 0).then(Anonymiser::default);
    event.targets = (0..pick(20, 5)).map(|n| target(&format!("t{}", pick(24, 300) + n))).collect();
    event.client.os = (pick(40, 3) > 0).then(|| format!("os-{}", pick(42, 3)).into());
    event.client.version = Some(u32::try_from(pick(46, 9)).expect("small"));
    event
}

/// Everything that a world says of events, and its states afterwards.
fn run(world: &mut World, seeds: &[Seed]) -> (Vec<String>, Vec<Entity>) {
    let mut second = MONDAY;
    let mut told = Vec::new();
    for (index, seed) in seeds.iter().enumerate() {
        second += seed.after_s;
        let event = event(*seed, second);
        let arrived = at(second - seed.arrives_s);
        for finding in world.see_at(&event, arrived) {
            told.push(format!("{index} {} {}", finding.score, finding.explanation));
            if seed.bits % 3 == 0 {
                world.answer(&finding, seed.bits % 2 == 0, arrived);
            }
        }
    }
    (told, world.entities.values().cloned().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_state_in_the_store_is_the_state_in_memory(
        seeds in seeds(150),
        is_asked: bool,
        minutes in -720..=720_i32,
    ) {
        let worlds = [false, true].map(|is_stored| {
            let mut world = world();
            world.is_stored = is_stored;
            world.mode = if is_asked { Mode::Live } else { Mode::Measure };
            let offset = jiff::tz::Offset::from_seconds(minutes * 60).expect("in range");
            world.zone = Some(jiff::tz::TimeZone::fixed(offset));
            run(&mut world, &seeds)
        });
        prop_assert_eq!(&worlds[0], &worlds[1]);
    }

    #[test]
    fn a_batch_is_counted_once_however_often_it_is_applied(seeds in seeds(60)) {
        let mut once = world();
        let (told, states) = run(&mut once, &seeds);
        let mut twice = world();
        for (key, state) in &once.entities {
            twice.entities.insert(*key, stored(state));
        }
        // Positions before the stamps change nothing.
        let (again, after) = {
            let mut second = MONDAY;
            let mut said = Vec::new();
            for seed in &seeds {
                second += seed.after_s;
                said.extend(twice.see_at(&event(*seed, second), at(second - seed.arrives_s)));
            }
            (said, twice.entities.values().cloned().collect::<Vec<_>>())
        };
        prop_assert_eq!((again.len(), after), (0, states));
        prop_assert!(told.len() < 10_000);
    }

    #[test]
    fn any_bytes_are_an_entity_or_an_error(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..400),
        seeds in seeds(20),
    ) {
        if bytes.len() > 1 {
            (bytes[0], bytes[1]) = (1, bytes[1] % 3);
        }
        damaged(&bytes, &seeds);
    }

    #[test]
    fn a_damaged_state_stops_nothing(
        seeds in seeds(80),
        harm in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut world = world();
        run(&mut world, &seeds);
        for entity in world.entities.values() {
            let mut bytes = Vec::new();
            entity.encode(&mut bytes);
            for (at, byte) in &harm {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            damaged(&bytes, &seeds[..seeds.len().min(20)]);
        }
    }
}

/// Goes on with bytes that somebody has changed.
fn damaged(bytes: &[u8], seeds: &[Seed]) {
    let Ok(entity) = Entity::decode(bytes) else { return };
    let mut world = world();
    let keys: Vec<_> = (0..2)
        .flat_map(|bits| {
            world.baselines.all()[0]
                .observe(&event(Seed { after_s: 0, arrives_s: 0, bits }, MONDAY))
        })
        .map(|observation| observation.entity)
        .collect();
    for key in keys {
        world.entities.insert(key, entity.clone());
    }
    world.position = u64::from(u32::MAX) << 16;
    run(&mut world, seeds);
    let moment = Moment::new(at(MONDAY), at(MONDAY), None, LATENESS);
    for entity in world.entities.values_mut() {
        for baseline in world.baselines.all() {
            let _ = entity.readiness(baseline, &moment).to_string();
        }
        let _ = entity.tidy(&world.baselines, &moment);
        assert!(entity.footprint_bytes() <= 16 * 1_024);
    }
}

#[test]
fn another_form_and_cut_bytes_are_told_apart() {
    assert_eq!(Entity::decode(&[]), Err(EntityError::Damaged));
    assert_eq!(Entity::decode(&[9, 0, 0]), Err(EntityError::Form(9)));
    let mut world = world();
    world.see(&event_at(MONDAY));
    for entity in world.entities.values() {
        let mut bytes = Vec::new();
        entity.encode(&mut bytes);
        for length in 1..bytes.len() {
            assert_eq!(Entity::decode(&bytes[..length]), Err(EntityError::Damaged), "{length}");
        }
    }
}

#[test]
fn an_entity_stays_small_whatever_it_does() {
    let mut world = world();
    for n in 0..12 {
        let yaml = format!(
            "{{ kind: first_seen, selection: {{ n: {n} }}, value: [action, target.id], \
               forget: 400d, learn: 400d }}"
        );
        let mut all = world.baselines.all().to_vec();
        all.push(baseline(&yaml));
        world.baselines = Baselines::new(all);
    }
    let mut highest = 0;
    for n in 0..300_i64 {
        let mut event = event_at(MONDAY + n * 700);
        event.action = format!("action-{n}").into();
        event.targets = (0..30).map(|m| target(&format!("{n}-{m}"))).collect();
        world.see(&event);
        let entity = world.entities.values().next().expect("one");
        highest = highest.max(entity.footprint_bytes());
    }
    assert!(highest <= 16 * 1_024, "{highest} bytes");
    assert!(highest > ENTITY_BYTES_MAX * 9 / 10, "the test reaches the limit: {highest}");
}

#[test]
fn an_event_from_the_far_future_does_not_make_everything_forgotten() {
    let sign_in = |day: i64, asn: u32| {
        let mut event = event_at(MONDAY + day * 86_400);
        event.origin.asn = Some(asn);
        event
    };
    let yaml =
        "{ kind: first_seen, selection: { a: b }, value: source.asn, minimum: { events: 10 } }";
    let mut world = World::of(yaml);
    for day in 0..20 {
        world.see(&sign_in(day, 64_500));
    }
    // The vendor's clock jumps eight years ahead for one event.
    world.see_at(&sign_in(20 + 8 * 365, 64_500), at(MONDAY + 20 * 86_400));
    assert_eq!(world.see(&sign_in(21, 64_500)), [], "in time, and known");
    assert_eq!(world.see(&sign_in(22, 64_512)).len(), 1, "and what is new still is");
    // And one eight years back changes nothing either.
    world.see_at(&sign_in(-8 * 365, 64_513), at(MONDAY + 23 * 86_400));
    assert_eq!(world.see(&sign_in(24, 64_500)), []);
    assert_eq!(world.see(&sign_in(24, 64_513)).len(), 1, "what came late was not learned");
}

#[test]
fn readiness_says_what_is_missing_and_what_is_held() {
    let yaml = "{ kind: volume, selection: { a: b }, window: 1h, floor: 5 }";
    let mut world = World::of(yaml);
    let said = |world: &World, second: i64| {
        let moment = Moment::new(at(second), at(second), None, LATENESS);
        let entity = world.entities.values().next().expect("one");
        entity.readiness(&world.baselines.all()[0], &moment)
    };
    for day in 0..3 {
        for hour in 0..4 {
            world.see(&event_at(MONDAY + day * 86_400 + hour * 3_600));
        }
    }
    assert_eq!(
        said(&world, MONDAY + 2 * 86_400).to_string(),
        "silent while it learns: 12 of 20 events, on 3 of 5 days, known for 2 of 14 days, \
         10 of 50 windows"
    );
    for day in 3..20 {
        for hour in 0..4 {
            world.see(&event_at(MONDAY + day * 86_400 + hour * 3_600));
        }
    }
    assert_eq!(said(&world, MONDAY + 20 * 86_400), Readiness::Armed);
    for n in 0..30 {
        world.see(&event_at(MONDAY + 20 * 86_400 + n));
    }
    let held = said(&world, MONDAY + 20 * 86_400 + 60).to_string();
    assert_eq!(
        held,
        "looking; learns nothing new until 2026-12-20T09:00:19Z, unless a verdict comes first"
    );
    assert_eq!(said(&world, MONDAY + 28 * 86_400), Readiness::Armed);
}

#[test]
fn what_is_gone_or_not_used_is_tidied_away() {
    let mut world = world();
    world.see(&event_at(MONDAY));
    let entity = world.entities.values_mut().next().expect("one");
    let before = entity.clone();
    let moment = |day: i64| {
        let time = at(MONDAY + day * 86_400);
        Moment::new(time, time, None, LATENESS)
    };
    assert!(entity.tidy(&world.baselines, &moment(1)));
    assert_eq!(*entity, before, "all of it is in use");
    let fewer = Baselines::new(world.baselines.all()[..2].to_vec());
    assert!(entity.tidy(&fewer, &moment(1)) && entity.footprint_bytes() < before.footprint_bytes());
    assert!(!entity.tidy(&fewer, &moment(91)), "nothing is left after 90 days");
}

#[test]
fn a_baseline_that_comes_back_with_another_meaning_learns_anew_and_disturbs_no_other() {
    let mut world = world();
    for day in 0..30 {
        world.see(&event_at(MONDAY + day * 86_400));
    }
    let mut all = world.baselines.all().to_vec();
    all[0] =
        baseline("{ kind: first_seen, selection: { a: changed }, value: source.asn, learn: 1d }");
    world.baselines = Baselines::new(all);
    let mut event = event_at(MONDAY + 30 * 86_400);
    event.origin.asn = Some(64_999);
    let findings = world.see(&event);
    let slot = world.baselines.all()[0].slot;
    assert!(findings.iter().all(|finding| finding.subject.slot != slot), "it is silent");
}
