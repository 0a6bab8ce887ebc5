use event::{Doc, Event, Logsource};
use model::{PersonId, Severity};

use super::*;
use crate::{
    engine::{Purpose, Serial, Setup, Source, Thresholds},
    rule::{LoadOptions, Origin, RuleFile, Rules},
};

const OKTA: Logsource = Logsource { product: "okta", service: "okta" };
const FACTOR: &str = "title: New factor\nid: factor\nlevel: high\nlogsource: { product: okta }\n\
    tags: [attack.persistence, attack.t1098.005]\n\
    detection: { s: { eventType: factor }, condition: s }\n\
    countersign:\n  state: live\n  owner: o\n  ask: { message: generic, deadline: 30m }\n  tests:\n    \
    - { name: asks, events: one.ndjson, expect: { alerts: 1, asks: 1, severity: high, rules: [factor] } }\n    \
    - { name: quiet, events: none.ndjson, expect: { alerts: 0 } }\n";
const BURST: &str = "title: Burst\nid: burst\ntags: [attack.persistence, attack.t1098.005]\n\
    correlation: { type: event_count, rules: [factor], group-by: [actor.id], timespan: 5m, condition: { gte: 2 }, generate: true }\n\
    countersign: { state: shadow, owner: o }\n";

fn load(files: &[(&str, &str)]) -> Rules {
    let files: Vec<RuleFile<'_>> =
        files.iter().map(|(name, text)| RuleFile { name, text, origin: Origin::Own }).collect();
    let (rules, problems) = Rules::load(&files, &LoadOptions::default());
    assert_eq!(problems, []);
    rules
}

fn event(kind: &str, who: u8, second: i64) -> Event {
    let record = format!(r#"{{"eventType":"{kind}","n":{second}}}"#);
    let mut event = crate::sigma::tests::support::event(&record);
    event.logsource = OKTA;
    event.time = model::Timestamp::from_second(1_795_000_000 + second).expect("in range");
    event.actor.id = Some(format!("p{who}").into());
    event.actor.person = Some(PersonId::from_digest(u128::from(who)));
    event.uid = event::Uid::of("okta", &[record.as_bytes(), &[who]]);
    event.session = Some(format!("{second}").into());
    assert!(Doc::parse(record.as_bytes()).is_ok());
    event
}

fn sources() -> Vec<Source> {
    vec![Source::pushed(OKTA, &[])]
}

fn read(_: &crate::rule::Rule, file: &str) -> Result<Vec<Event>, String> {
    match file {
        "one.ndjson" => Ok(vec![event("factor", 1, 0), event("other", 1, 5)]),
        "none.ndjson" => Ok(vec![event("other", 1, 0)]),
        _ => Err("there is no such file".to_owned()),
    }
}

fn failures(files: &[(&str, &str)]) -> Vec<String> {
    let results = run_tests(&load(files), &sources(), &AsWritten, &mut read);
    results.into_iter().flat_map(|result| result.failures).collect()
}

#[test]
fn tests_beside_a_rule_say_what_is_otherwise_than_expected() {
    assert_eq!(failures(&[("a.yml", FACTOR), ("b.yml", BURST)]), [""; 0]);
    for (from, to, expected) in [
        ("alerts: 1", "alerts: 2", "alerts: 1, expected 2"),
        ("asks: 1", "asks: 0", "asks: 1, expected 0"),
        ("severity: high", "severity: low", "severity: high, expected low"),
        ("rules: [factor]", "rules: []", "rules: factor, which is not expected"),
        ("rules: [factor]", "rules: [factor, burst]", "rules: burst raised nothing"),
        ("events: one.ndjson", "events: two.ndjson", "two.ndjson: there is no such file"),
        ("alerts: 0", "alerts: 1", "alerts: 0, expected 1"),
    ] {
        let changed = FACTOR.replace(from, to);
        assert_eq!(failures(&[("a.yml", &changed), ("b.yml", BURST)]), [expected], "{to}");
    }
}

#[test]
fn a_draft_can_be_tested() {
    let draft = FACTOR.replace("state: live", "state: draft");
    assert_eq!(failures(&[("a.yml", &draft)]), [""; 0]);
}

/// Whatever is decided of an alert, by another.
struct Fixed(Severity);

impl Treatment for Fixed {
    fn decide(&self, raised: &Raised) -> Decided {
        let is_asked = raised.rule.id() == "factor";
        Decided { severity: self.0, is_asked, is_acted_on: raised.rule.id() == "burst" }
    }
}

fn trial(files: &[(&str, &str)], events: &[Event]) -> Tallied {
    let setup = Setup {
        rules: &load(files),
        sources: &sources(),
        thresholds: &Thresholds::new(),
        purpose: Purpose::Backtest,
    };
    let mut trial = Trial::of(Engine::new(&setup));
    for (position, events) in (0..).zip(events.chunks(2)) {
        let received_at = events.iter().map(|event| event.time).max().expect("some");
        trial.batch(events, At { position, received_at }, &Fixed(Severity::Low), &Serial);
    }
    trial.into_tallied()
}

fn events() -> Vec<Event> {
    vec![
        event("factor", 1, 0),
        event("factor", 1, 60),
        event("factor", 2, 100),
        event("other", 2, 120),
        event("reset", 2, 130),
    ]
}

#[test]
fn a_trial_counts_alerts_and_questions_by_rule_and_person() {
    let tallied = trial(&[("a.yml", FACTOR), ("b.yml", BURST)], &events());
    let factor = &tallied.rules["factor"];
    assert_eq!((factor.tally.raised, factor.asks, factor.people.len()), (3, 3, 2));
    assert_eq!((tallied.rules["burst"].tally.raised, tallied.rules["burst"].acts), (1, 1));
    let one = tallied.people[&PersonId::from_digest(1)];
    assert_eq!((one.alerts, one.asks), (3, 2));
    assert_eq!((tallied.total().alerts, tallied.total().asks), (4, 3));
    assert_eq!((tallied.counts.events, tallied.records.len()), (5, 4));
    assert!(tallied.records.iter().all(|record| record.severity == Severity::Low));
}

#[test]
fn a_diff_tells_what_is_lost_and_gained_and_real_findings_first() {
    let before = trial(&[("a.yml", FACTOR), ("b.yml", BURST)], &events());
    let changed = FACTOR.replace("eventType: factor", "eventType: reset");
    let after = trial(&[("a.yml", &changed), ("b.yml", BURST)], &events());
    let first = before.records[0].event;
    let diff = diff(&before, &after, &|record| Some(record.event == first));
    assert_eq!(diff.lost_real.len(), 1);
    assert_eq!((diff.lost.len(), diff.gained.len()), (3, 1));
    assert_eq!((diff.total.alerts_lost, diff.total.alerts_gained), (4, 1));
    assert_eq!((diff.total.asks_lost, diff.total.asks_gained, diff.total.acts_lost), (3, 1, 1));
    let confirmed = |it: &Change| [it.real_lost, it.harmless_lost, it.harmless_gained];
    assert_eq!(confirmed(&diff.total), [1, 3, 1]);
    let factor = diff.rules["factor"];
    assert_eq!(confirmed(&factor), [1, 2, 1]);
    assert_eq!((factor.alerts_lost, factor.alerts_gained), (3, 1));
    assert_eq!(diff.rules_by_weight()[0].0, "factor");
    assert_eq!(diff.people[&PersonId::from_digest(1)].alerts_lost, 3);
    assert_eq!(diff.asked_anew(), [PersonId::from_digest(2)].into());
    let same = super::diff(&before, &before.clone(), &|_| None);
    assert_eq!(same, Diff::default());
    let titled = FACTOR.replace("New factor", "A new factor");
    let titled = trial(&[("a.yml", &titled), ("b.yml", BURST)], &events());
    assert_eq!(
        super::diff(&before, &titled, &|_| None),
        Diff::default(),
        "another text is no difference"
    );
}

#[test]
fn a_layer_weighs_what_is_live_tested_and_healthy() {
    let layer = |state: &str, is_tested: bool, health: f64| {
        let factor = FACTOR.replace("state: live", &format!("state: {state}"));
        let rules = load(&[("a.yml", &factor), ("b.yml", BURST)]);
        let tests = run_tests(&rules, &sources(), &AsWritten, &mut read);
        let tests = if is_tested { tests } else { Vec::new() };
        super::layer(&rules, &Coverage { tests: &tests, health: &|_| health })
    };
    for (state, is_tested, health, score) in [
        ("live", true, 1.0, 100.0),
        ("live", true, 0.5, 50.0),
        ("live", false, 1.0, 0.0),
        ("shadow", true, 1.0, 40.0),
        ("canary(50)", true, 1.0, 70.0),
    ] {
        let layer = layer(state, is_tested, health);
        assert_eq!(layer["techniques"][0]["score"], score, "{state}");
    }
    let layer = layer("live", true, 1.0);
    assert_eq!(
        layer["versions"],
        serde_json::json!({ "attack": "17", "navigator": "5.1.0", "layer": "4.5" })
    );
    let technique = &layer["techniques"][0];
    assert_eq!(
        (technique["techniqueID"].as_str(), technique["tactic"].as_str()),
        (Some("T1098.005"), Some("persistence"))
    );
    assert_eq!(technique["comment"], "1 live, 1 in shadow");
}

const NETWORK: &str = "title: New network\nid: network\nlevel: low\nlogsource: { product: okta }\n\
    baseline: { kind: first_seen, selection: { eventType: login }, entity: actor.id, value: source.asn, learn: 1d, forget: 30d, minimum: { events: 2, days: 1 } }\n\
    countersign:\n  state: shadow\n  owner: o\n  group: { window: 30m }\n  \
    ask: { message: generic, deadline: 30m, budget: { per_person: 3, every: 30d } }\n";

/// Everybody's logins from one network a day, and sometimes from another.
fn logins() -> Vec<Event> {
    let mut events = Vec::new();
    for day in 0..20 {
        for who in 1..4_u8 {
            let mut login = event("login", who, day * 86_400 + i64::from(who));
            let is_away = day >= 10 && day % (i64::from(who) + 2) == 0;
            login.origin.asn = Some(if is_away { 100 + u32::from(who) + day as u32 } else { 1 });
            events.push(login);
        }
    }
    events
}

#[test]
fn scores_are_measured_a_threshold_chosen_and_put_in_force() {
    use crate::{
        calibrate::{Calibrated, Entry, Note, choose},
        engine::{thresholds, to_calibrate},
    };

    let rules = load(&[("a.yml", NETWORK), ("b.yml", FACTOR)]);
    let run = |purpose, thresholds: &Thresholds| {
        let setup = Setup { rules: &rules, sources: &sources(), thresholds, purpose };
        let mut trial = Trial::of(Engine::new(&setup));
        for (position, events) in (0..).zip(logins().chunks(3)) {
            let at = At { position, received_at: events[2].time };
            trial.batch(events, at, &AsWritten, &Serial);
        }
        trial.into_tallied()
    };
    let measured = run(Purpose::Measure, &Thresholds::new());
    let mut sample = measured.scores["network"].clone();
    sample.settle();
    let range = measured.range().expect("there were events");
    assert_eq!(range.people, 3);
    let of = to_calibrate(&rules);
    assert_eq!(of.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["network"]);
    assert_eq!((of[0].per_person, of[0].group_window), (3.0, model::Span::minutes(30)));
    let choice = choose(&of[0], &sample, &range);
    let (from, to, people) = (range.from, range.to, range.people);
    let entry = |meaning| Entry {
        threshold: choice.threshold,
        expected_per_person: choice.expected.per_person,
        expected_per_day_per_1000: choice.expected.per_day_per_1000,
        meaning,
        from,
        to,
        people,
    };
    let mut calibrated = Calibrated::default();
    calibrated.set("network", entry(of[0].meaning));
    let (chosen, notes) = thresholds(&rules, &calibrated);
    assert_eq!((chosen.get("network"), notes), (Some(&choice.threshold), vec![]));
    let raised = run(Purpose::Backtest, &chosen);
    let asks = raised.rules["network"].asks;
    assert_eq!((asks, asks > 0), (choice.expected.questions, true));
    let lowest = Thresholds::from([("network".to_owned(), of[0].floor)]);
    let all = run(Purpose::Backtest, &lowest).rules["network"].asks;
    assert!(all > asks, "{all} and {asks}");

    calibrated.set("network", entry(1));
    let (chosen, notes) = thresholds(&rules, &calibrated);
    assert_eq!(
        (chosen, notes),
        (Thresholds::new(), vec![Note::OtherMeaning { id: "network".into() }])
    );
}

#[test]
fn results_are_shown_for_build_servers() {
    let result = |test: &str, failures: &[&str]| TestResult {
        file: "a.yml".into(),
        rule: "factor".into(),
        test: test.into(),
        failures: failures.iter().map(|it| (*it).to_owned()).collect(),
    };
    let xml = junit(&[result("asks", &["alerts: 0, expected <1>"]), result("quiet", &[])]);
    assert!(xml.contains("<testsuites tests=\"2\" failures=\"1\">"), "{xml}");
    assert!(xml.contains("<failure message=\"alerts: 0, expected &lt;1&gt;\"/>"), "{xml}");
    assert!(xml.contains("<testcase name=\"quiet\" classname=\"factor\"/>"), "{xml}");
}
