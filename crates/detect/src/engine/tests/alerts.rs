//! What an alert says, and when there is one.

use model::{FactValue, PersonId, Span, Timestamp};

use super::support::{
    AWS, Batch, OKTA, START, at, event, files, one_batch, person, raised_by, rules, step,
};
use crate::engine::{Engine, Mode, Purpose, Raised, Serial, Setup, Thresholds, is_in_canary};

fn ids(raised: &[Raised]) -> Vec<&str> {
    raised.iter().map(|raised| raised.rule.id()).collect()
}

fn of<'r>(raised: &'r [Raised], rule: &str) -> Vec<&'r Raised> {
    raised.iter().filter(|raised| raised.rule.id() == rule).collect()
}

#[test]
fn an_alert_says_who_what_and_why() {
    let raised = raised_by(&rules(&files()), &one_batch(vec![event(OKTA, "export", 1, 0)]));
    let [raised] = raised.as_slice() else { panic!("{:?}", ids(&raised)) };
    assert_eq!((raised.rule.id(), raised.mode), ("export", Mode::Live));
    assert_eq!(raised.rule.head.author.as_deref(), Some("Somebody"));
    assert_eq!((raised.person, raised.severity), (Some(person(1)), model::Severity::High));
    assert_eq!(raised.account.as_ref().map(|it| it.reveal()), Some("p1"));
    assert_eq!((raised.position, raised.index, raised.count), (1, 0, 1));
    for (fact, value) in [("action", "export"), ("source.asn", "64500"), ("actor.id", "p1")] {
        assert_eq!(raised.facts.get(fact), Some(&FactValue::from(value)), "{fact}");
    }
    assert_eq!(raised.explanation.words, "cs.action is `export` (is export)");
    assert_eq!(raised.explanation.matched[0].selection, "s");
    assert_eq!(raised.id().bits(), raised.key);
}

#[test]
fn a_filter_takes_a_match_away_until_it_ends() {
    let rules = rules(&files());
    let mut engine = super::support::engine(&rules);
    let batch = &one_batch(vec![event(OKTA, "export", 0, 0), event(OKTA, "export", 1, 0)])[0];
    let output = step(&mut engine, batch, &Default::default(), &Serial);
    assert_eq!((output.raised.len(), output.filtered.get("not-robots")), (1, Some(&1)));
    assert_eq!(output.tallies["export"].filtered, 1);
    let mut later = event(OKTA, "export", 0, 0);
    later.time = "2030-01-02T00:00:00Z".parse().expect("a time");
    let batch = &one_batch(vec![later])[0];
    let batch = Batch { at: crate::engine::At { position: 2, ..batch.at }, ..batch.clone() };
    let output = step(&mut engine, &batch, &Default::default(), &Serial);
    assert_eq!((output.raised.len(), output.filtered.len()), (1, 0));
}

#[test]
fn what_a_correlation_counts_raises_nothing_itself_unless_told_to() {
    let failures = |count: i64| (0..count).map(|at| event(OKTA, "failure", 1, at * 10));
    let raised = raised_by(&rules(&files()), &one_batch(failures(2).collect()));
    assert_eq!(ids(&raised), ["failure"], "`both` says generate: true");
    let mut silent = files();
    let both = silent["both"].replace(", generate: true", "");
    silent.insert("both".into(), both);
    let rules = rules(&silent);
    assert!(raised_by(&rules, &one_batch(failures(2).collect())).is_empty());
}

#[test]
fn a_window_tells_its_number_its_group_and_whom_all_of_it_is_about() {
    let rules = rules(&files());
    let spray: Vec<_> = (0..3).map(|who| event(OKTA, "failure", who, i64::from(who))).collect();
    let raised = raised_by(&rules, &one_batch(spray));
    let [spray] = of(&raised, "spray")[..] else { panic!("{:?}", ids(&raised)) };
    assert_eq!((spray.person, spray.account.is_none()), (None, true), "about three people");
    assert_eq!(spray.entity.as_ref().map(|it| it.reveal()), Some("203.0.113.7"));
    assert_eq!(spray.facts.get("source.ip"), Some(&FactValue::from("203.0.113.7")));
    assert_eq!(spray.facts.get("actor.id"), None);
    assert!(
        spray
            .explanation
            .words
            .starts_with("3 different values of actor.id (at least 3 wanted) within 2m"),
        "{}",
        spray.explanation.words
    );
    assert_eq!(spray.explanation.numbers["correlation.number"], FactValue::Float(3.0));
    let both = vec![event(OKTA, "failure", 1, 0), event(AWS, "stop", 1, 9)];
    let raised = raised_by(&rules, &one_batch(both));
    let [both] = of(&raised, "both")[..] else { panic!("{:?}", ids(&raised)) };
    assert_eq!((both.person, both.index), (Some(person(1)), 1));
}

#[test]
fn correlations_stand_on_correlations() {
    let failures: Vec<_> = (0..5).map(|at| event(OKTA, "failure", 1, at * 10)).collect();
    let raised = raised_by(&rules(&files()), &one_batch(failures.clone()));
    assert_eq!(of(&raised, "bursts").len(), 1, "the third burst, with the fifth failure");
    assert_eq!(of(&raised, "burst").len(), 0);
    assert_eq!(of(&raised, "bursts")[0].person, Some(person(1)));
    assert_eq!(
        of(&raised_by(&rules(&files()), &one_batch(failures[..4].to_vec())), "bursts").len(),
        0
    );
}

#[test]
fn a_correlation_counts_what_baselines_find() {
    let mut events =
        vec![event(OKTA, "login", 1, -3 * 86_400), event(OKTA, "login", 1, -2 * 86_400)];
    let mut moved = event(OKTA, "login", 1, 0);
    moved.origin.asn = Some(65_000);
    events.extend([moved, event(AWS, "key", 1, 60)]);
    let raised = raised_by(&rules(&files()), &one_batch(events));
    let [risky] = of(&raised, "risky")[..] else { panic!("{:?}", ids(&raised)) };
    assert_eq!(risky.person, Some(person(1)));
    let [network] = of(&raised, "network")[..] else { panic!("{:?}", ids(&raised)) };
    assert!(network.learn.is_some() && network.score.is_some());
    assert_eq!(network.entity.as_ref().map(|it| it.reveal()), Some("p1"));
}

#[test]
fn rules_in_order_wait_for_what_is_still_on_its_way() {
    let rules = rules(&files());
    let batch = |position: u64, second: i64, events: Vec<event::Event>| Batch {
        events,
        at: at(position, second),
    };
    let raised = |batches: &[Batch]| {
        let raised = raised_by(&rules, batches);
        of(&raised, "ordered").into_iter().map(|it| (it.position, it.index)).collect::<Vec<_>>()
    };
    let stop = batch(1, 30, vec![event(OKTA, "other", 1, 29), event(AWS, "stop", 1, 30)]);
    let key = batch(2, 40, vec![event(AWS, "key", 1, 20)]);
    let later = batch(3, 200, vec![event(OKTA, "other", 2, 200)]);
    assert_eq!(raised(&[stop.clone(), key.clone()]), [], "a minute has not passed");
    assert_eq!(
        raised(&[stop.clone(), key, later.clone()]),
        [(1, 1)],
        "the last in time is that of the first batch"
    );
    let after = batch(2, 40, vec![event(AWS, "key", 1, 35)]);
    assert_eq!(raised(&[stop, after, later]), [], "in the other order");
}

#[test]
fn what_comes_too_late_counts_in_no_window_but_is_still_asked_about() {
    let rules = rules(&files());
    let mut engine = super::support::engine(&rules);
    let now = event(OKTA, "other", 1, 3_600);
    let late = [0, 10, 20].map(|second| event(OKTA, "failure", 1, second));
    let events: Vec<_> = [now].into_iter().chain(late).collect();
    let output = step(&mut engine, &one_batch(events)[0], &Default::default(), &Serial);
    assert_eq!(output.counts.late, 3);
    assert_eq!(ids(&output.raised), ["failure"]);
    assert_eq!(engine.size().groups, 0);
}

#[test]
fn a_clock_that_is_years_ahead_makes_nothing_else_late() {
    let rules = rules(&files());
    let mut ahead = event(OKTA, "other", 2, 0);
    ahead.time = Span::days(3_000).after(ahead.time);
    let events = [ahead].into_iter().chain([0, 10, 20].map(|it| event(OKTA, "failure", 1, it)));
    let batches = [Batch { events: events.collect(), at: at(1, 30) }];
    assert_eq!(of(&raised_by(&rules, &batches), "failure").len(), 1);
    let mut engine = super::support::engine(&rules);
    assert_eq!(step(&mut engine, &batches[0], &Default::default(), &Serial).counts.late, 0);
}

#[test]
fn the_same_again_is_told_once_a_minute_with_its_count() {
    let exports: Vec<_> = (0..10).map(|at| event(OKTA, "export", 1, at * 20)).collect();
    let raised = raised_by(&rules(&files()), &one_batch(exports.clone()));
    let counts: Vec<u32> = raised.iter().map(|raised| raised.count).collect();
    assert_eq!(counts, [1, 4, 7, 10]);
    assert!(
        raised.windows(2).all(|pair| pair[0].group == pair[1].group && pair[0].key != pair[1].key)
    );
    let mut other = exports[1].clone();
    other.origin.asn = Some(1);
    let raised = raised_by(&rules(&files()), &one_batch(vec![exports[0].clone(), other.clone()]));
    assert_eq!(raised.len(), 2, "all facts count where the rule names none");
    let mut by = files();
    let export = by["export"].replace("owner: o,", "owner: o, group: { by: [action] },");
    by.insert("export".into(), export);
    assert_eq!(raised_by(&rules(&by), &one_batch(vec![exports[0].clone(), other])).len(), 1);
}

#[test]
fn a_rule_groups_by_fields_of_the_record_and_tells_them() {
    let mut by = files();
    let export = by["export"].replace("owner: o,", "owner: o, group: { by: [a] },");
    by.insert("export".into(), export);
    let raised = raised_by(&rules(&by), &one_batch(vec![event(OKTA, "export", 1, 0)]));
    assert_eq!(raised[0].facts.get("a"), Some(&FactValue::from("1")));
}

#[test]
fn nothing_follows_from_shadow_and_of_a_canary_only_for_some() {
    let with = |state: &str| {
        let mut files = files();
        let export = files["export"].replace("state: live", &format!("state: {state}"));
        files.insert("export".into(), export);
        let events = (1..4).map(|who| event(OKTA, "export", who, 0)).collect();
        raised_by(&rules(&files), &one_batch(events))
    };
    assert!(
        with("shadow").iter().all(|raised| raised.mode == Mode::Shadow && !raised.mode.is_live())
    );
    assert!(with("draft").is_empty() && with("deprecated").is_empty());
    for raised in with("canary(50)") {
        let is_in = is_in_canary("export", raised.person.expect("known"), 50);
        assert_eq!(raised.mode, Mode::Canary { percent: 50, is_in });
        assert_eq!(raised.mode.is_live(), is_in);
    }
}

#[test]
fn a_canary_grows_without_letting_anybody_go() {
    let people = || (0..1_000_u128).map(PersonId::from_digest);
    let chosen = |percent: u8| people().filter(|it| is_in_canary("r", *it, percent)).count();
    assert!((70..130).contains(&chosen(10)), "{}", chosen(10));
    for percent in 1..99 {
        let grows =
            |it: PersonId| !is_in_canary("r", it, percent) || is_in_canary("r", it, percent + 1);
        assert!(people().all(grows));
    }
    assert_ne!(
        people().filter(|it| is_in_canary("r", *it, 10)).collect::<Vec<_>>(),
        people().filter(|it| is_in_canary("s", *it, 10)).collect::<Vec<_>>(),
    );
}

#[test]
fn events_of_a_log_that_no_source_carries_are_counted() {
    let rules = rules(&files());
    let mut engine = Engine::new(&Setup {
        rules: &rules,
        sources: &[],
        thresholds: &Thresholds::new(),
        purpose: Purpose::Detect,
    });
    let batch = &one_batch(vec![event(OKTA, "export", 1, 0)])[0];
    let output = step(&mut engine, batch, &Default::default(), &Serial);
    assert_eq!((output.counts.unknown, output.raised.len()), (1, 0));
}

#[test]
fn times_at_the_ends_of_time_stop_nothing() {
    let times = [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH];
    let events = times.map(|time| event::Event { time, ..event(OKTA, "failure", 1, 0) });
    let rules = rules(&files());
    for received_at in times.into_iter().chain(Timestamp::from_second(START)) {
        let at = crate::engine::At { position: 1, received_at };
        raised_by(&rules, &[Batch { events: events.to_vec(), at }]);
    }
}

#[test]
fn an_alert_may_be_about_whom_something_was_done_to() {
    let mut files = files();
    let about = files["export"].replace("state: live,", "state: live, about: target.id,");
    files.insert("export".into(), about);
    let rules = rules(&files);
    let mut done = event(OKTA, "export", 1, 0);
    done.targets = vec![event::Target { id: Some("tom".into()), ..event::Target::default() }];
    for (of, whom) in [(done, Some("tom")), (event(OKTA, "export", 1, 0), None)] {
        let raised = raised_by(&rules, &one_batch(vec![of]));
        let raised = of_export(&raised);
        assert_eq!(raised.account.as_ref().map(|it| it.reveal()), whom);
        assert_eq!((raised.person, raised.mode), (None, Mode::Live), "whoever did it, it is not");
        assert_eq!(raised.facts.get("actor.id"), Some(&FactValue::from("p1")));
    }
}

fn of_export(raised: &[Raised]) -> &Raised {
    of(raised, "export").first().expect("it was raised")
}

#[test]
fn a_familiar_event_teaches_a_baseline_and_raises_nothing() {
    let days = |asn: u32, day: i64, device: &str| {
        let mut event = event(OKTA, "login", 1, day * 86_400);
        event.origin.asn = Some(asn);
        event.client.device = (!device.is_empty()).then(|| device.into());
        event
    };
    let mut files = files();
    files.retain(|id, _| id == "network");
    let text = &files["network"];
    let familiar = "value: source.asn, familiar: { client.device|startswith: own }";
    let with = text.replace("value: source.asn", familiar);
    for (text, device, is_raised) in
        [(&with, "own-7", false), (&with, "other", true), (&with, "", true), (text, "own-7", true)]
    {
        let rules = rules(&[("network".to_owned(), text.clone())].into());
        let batches: Vec<Batch> = (0..6)
            .map(|day| days(64_500, day, "own-7"))
            .chain([days(64_501, 6, device)])
            .zip(1..)
            .map(|(event, position)| {
                let received_at = event.time;
                Batch { events: vec![event], at: crate::engine::At { position, received_at } }
            })
            .collect();
        let raised = raised_by(&rules, &batches);
        assert_eq!(raised.len(), usize::from(is_raised), "{device:?}");
    }
}
