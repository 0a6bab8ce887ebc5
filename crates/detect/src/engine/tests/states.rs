//! What is kept when rules change, what is counted again, and what people have said.

use event::{Doc, Event, Logsource};

use super::support::{
    AWS, Batch, OKTA, Stored, at, engine, event, files, one_batch, rules, sources, step,
};
use crate::{
    baseline::{Subject, VERDICT_PRODUCT, VERDICT_SERVICE, Verdict},
    engine::{At, Engine, Purpose, Serial, Setup, Thresholds},
    rule::Rules,
};

fn failures(position: u64, seconds: &[i64]) -> Batch {
    let events = seconds.iter().map(|second| event(OKTA, "failure", 1, *second)).collect();
    Batch { events, at: at(position, *seconds.last().expect("some")) }
}

fn fired(engine: &mut Engine, batch: &Batch) -> Vec<String> {
    let output = step(engine, batch, &Stored::new(), &Serial);
    output.raised.iter().map(|raised| raised.rule.id().to_owned()).collect()
}

fn reload(engine: &mut Engine, rules: &Rules) -> crate::engine::Reloaded {
    engine.reload(&Setup {
        rules,
        sources: &sources(),
        thresholds: &Thresholds::new(),
        purpose: Purpose::Detect,
    })
}

/// The files with one of them changed.
fn changed(rule: &str, from: &str, to: &str) -> Rules {
    let mut files = files();
    assert!(files[rule].contains(from), "{}", files[rule]);
    let text = files[rule].replace(from, to);
    files.insert(rule.to_owned(), text);
    rules(&files)
}

#[test]
fn windows_go_on_where_a_rule_still_means_the_same() {
    for (rule, from, to, is_kept) in [
        ("burst", "title: The rule", "title: A rule", true),
        ("burst", "gte: 3", "gte: 4", true),
        ("burst", "1m", "2m", false),
        ("failure", "action: failure", "action: [failure, other]", false),
    ] {
        let mut engine = engine(&rules(&files()));
        fired(&mut engine, &failures(1, &[0, 5]));
        let reloaded = reload(&mut engine, &changed(rule, from, to));
        assert_eq!(reloaded.kept.contains(&"burst".to_owned()), is_kept, "{to}");
        assert_eq!(reloaded.restored.past().is_some(), !is_kept, "{to}");
    }
}

#[test]
fn a_lower_threshold_counts_what_was_there_before() {
    let mut alone = files();
    alone.remove("bursts");
    let mut engine = engine(&rules(&alone));
    assert!(!fired(&mut engine, &failures(1, &[0])).contains(&"burst".to_owned()));
    let lower = alone["burst"].replace("gte: 3", "gte: 2");
    alone.insert("burst".into(), lower);
    reload(&mut engine, &rules(&alone));
    assert!(fired(&mut engine, &failures(2, &[5])).contains(&"burst".to_owned()));
}

#[test]
fn what_is_lost_is_counted_again_from_the_past() {
    let rules = rules(&files());
    let batches = [failures(1, &[0, 5]), failures(2, &[10, 15]), failures(3, &[20])];
    let mut whole = engine(&rules);
    let expected: Vec<Vec<String>> = batches.iter().map(|it| fired(&mut whole, it)).collect();
    let mut engine = engine(&rules);
    batches[..2].iter().for_each(|batch| {
        fired(&mut engine, batch);
    });
    let mut checkpoint = engine.checkpoint();
    checkpoint.parts.retain(|(name, _)| !name.starts_with("windows/"));
    let mut engine = self::engine(&rules);
    let restored = engine.restore(&checkpoint.parts, checkpoint.position);
    assert_eq!(restored.begun.len(), 6, "{restored:?}");
    let past = restored.past().expect("some").as_seconds();
    assert_eq!(past, 300 + 600 + 60 + 600, "bursts, and burst below it, each with its bound");
    let mut rebuilt = engine.rebuild(&restored);
    assert!(rebuilt.is_needed());
    for batch in &batches[..2] {
        rebuilt.batch(&batch.events, batch.at, &Serial);
    }
    engine.adopt(rebuilt);
    assert_eq!(fired(&mut engine, &batches[2]), expected[2]);
    assert!(expected[2].contains(&"bursts".to_owned()));
}

#[test]
fn damaged_parts_begin_anew_and_say_so() {
    let rules = rules(&files());
    let mut engine = engine(&rules);
    fired(&mut engine, &failures(1, &[0, 5]));
    let mut checkpoint = engine.checkpoint();
    for (_, bytes) in &mut checkpoint.parts {
        bytes.truncate(bytes.len().saturating_sub(1));
        bytes.insert(0, 0xff);
    }
    let mut engine = self::engine(&rules);
    let restored = engine.restore(&checkpoint.parts, checkpoint.position);
    assert_eq!(restored.unreadable, ["clocks", "repeats", "organisation"]);
    assert_eq!(restored.begun.len(), 6);
}

#[test]
fn matches_that_wait_and_cannot_be_read_are_told_by_their_rule() {
    let rules = rules(&files());
    let mut engine = engine(&rules);
    fired(&mut engine, &Batch { events: vec![event(AWS, "key", 1, 20)], at: at(1, 30) });
    let mut checkpoint = engine.checkpoint();
    let waiting = checkpoint.parts.iter_mut().filter(|(name, _)| name.starts_with("waiting/"));
    let damaged: Vec<String> = waiting
        .map(|(name, bytes)| {
            bytes.truncate(bytes.len() / 2);
            name.clone()
        })
        .collect();
    assert!(damaged.contains(&"waiting/ordered".to_owned()), "{damaged:?}");
    let mut engine = self::engine(&rules);
    let mut restored = engine.restore(&checkpoint.parts, checkpoint.position);
    restored.unreadable.sort();
    assert_eq!(restored.unreadable, damaged);
}

#[test]
fn a_batch_that_was_looked_at_under_other_rules_is_looked_at_again() {
    let mut engine = engine(&rules(&files()));
    let batch = &one_batch(vec![event(OKTA, "export", 1, 0)])[0];
    let looked = engine.look(&batch.events, &Serial);
    let mut fewer = files();
    fewer.remove("export");
    fewer.remove("not-robots");
    reload(&mut engine, &rules(&fewer));
    let output = engine.batch(&batch.events, looked, batch.at, &Serial);
    assert!(output.raised.is_empty());
}

fn login(second: i64, asn: u32) -> Event {
    let mut login = event(OKTA, "login", 1, second);
    login.origin.asn = Some(asn);
    login
}

/// Teaches a network over two days, then meets another; what follows is applied after it.
fn networks(after: impl Fn(&Subject) -> Vec<Event>) -> Vec<bool> {
    let rules = rules(&files());
    let mut engine = engine(&rules);
    let stored = Stored::new();
    let mut position = 0;
    let mut step = |events: Vec<Event>| {
        position += 1;
        let last = events.iter().map(|event| event.time).max().expect("some");
        let batch = Batch { events, at: At { position, received_at: last } };
        super::support::step(&mut engine, &batch, &stored, &Serial)
    };
    step(vec![login(-3 * 86_400, 1), login(-2 * 86_400, 1)]);
    let first = step(vec![login(0, 2)]);
    let raised = first.raised.iter().find(|it| it.rule.id() == "network").expect("new");
    let subject = Subject::from_word(raised.learn.as_deref().expect("a word")).expect("ours");
    after(&subject)
        .into_iter()
        .map(|event| step(vec![event]).raised.iter().any(|it| it.rule.id() == "network"))
        .collect()
}

fn verdict(subject: &Subject, is_confirmed: bool, second: i64) -> Event {
    let record = Verdict::record(subject, is_confirmed);
    let mut event = event(OKTA, "verdict", 1, second);
    event.logsource = Logsource { product: VERDICT_PRODUCT, service: VERDICT_SERVICE };
    event.doc = Doc::parse(record.as_bytes()).expect("a record").0;
    event
}

#[test]
fn a_confirmed_value_is_known_at_once_and_a_denied_one_never() {
    let again = |is_confirmed: bool| {
        networks(|subject| vec![verdict(subject, is_confirmed, 60), login(2 * 3_600, 2)])
    };
    assert_eq!(again(true), [false, false]);
    assert_eq!(again(false), [false, true]);
}
