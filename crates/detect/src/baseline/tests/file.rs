//! What a file may say.

use super::super::{
    Kind,
    example::{baseline, problems},
};

fn check(yaml: &str, expected: &[&str]) {
    let found = problems(yaml);
    assert_eq!(found, expected, "{yaml}");
}

#[test]
fn every_problem_is_told_at_once_with_its_path() {
    check(
        "
kind: distinct
entity: actor.idd
value: [target.id, targets]
windows: [7m, 1d, 2h30]
learn: 60d
forget: 30d
minimum: { events: 0, dayz: 5 }
quantile: 1.5
season: hour_of_week
score: 1
drift: true
peers: { bye: actor.type }
exempt: { asns: [one], networks: [10.0.0.0/40], anonymisers: [wifi], agents: [''] }
",
        &[
            "rule.yml: baseline.drift: unknown key",
            "rule.yml: baseline.selection: is missing",
            "rule.yml: baseline.entity: no common field; one of the record is written \
             record.actor.idd; did you mean `actor.id`?",
            "rule.yml: baseline.value[1]: no common field; one of the record is written \
             record.targets; did you mean `target.id`?",
            "rule.yml: baseline.learn: longer than what is remembered, 30d",
            "rule.yml: baseline.minimum.dayz: unknown key; did you mean `days`?",
            "rule.yml: baseline.minimum.events: must be a number from 1 to 10000",
            "rule.yml: baseline.peers.bye: unknown key; did you mean `by`?",
            "rule.yml: baseline.peers.by: is missing",
            "rule.yml: baseline.exempt.asns[0]: must be the number of an autonomous system",
            "rule.yml: baseline.exempt.networks[0]: must be a network, such as 203.0.113.0/24",
            "rule.yml: baseline.exempt.agents[0]: is empty",
            "rule.yml: baseline.exempt.anonymisers[0]: must be tor, vpn, proxy or hosting",
            "rule.yml: baseline.windows[0]: must be 1m or more and divide a day, or be whole days",
            "rule.yml: baseline.windows[2]: must be a number and s, m, h or d, such as 30m",
            "rule.yml: baseline.quantile: must be a number from 0.5 to 0.9999",
            "rule.yml: baseline.score: must be a number from 3 to 1000000",
            "rule.yml: baseline.season: needs windows of at most 1h",
        ],
    );
}

#[test]
fn each_kind_knows_its_own_keys() {
    for (yaml, expected) in [
        (
            "{ kind: travle }",
            "baseline.kind: must be first_seen or volume or distinct or travel or session_change; did you mean `travel`?",
        ),
        ("{ selection: {} }", "baseline.kind: is missing"),
        ("[kind]", "baseline: must have keys, of which `kind` says which others"),
        (
            "{ kind: travel, selection: {}, window: 1h }",
            "baseline.window: unknown key; did you mean `kind`?",
        ),
        (
            "{ kind: volume, selection: {}, window: 1h, value: action }",
            "baseline.value: unknown key",
        ),
        ("{ kind: volume, selection: {} }", "baseline.window: is missing"),
        (
            "{ kind: volume, selection: {}, window: 1h, windows: [1d] }",
            "baseline.window: say `window` or `windows`, not both",
        ),
        (
            "{ kind: volume, selection: {}, windows: [] }",
            "baseline.windows: must be 1 to 4 windows",
        ),
        (
            "{ kind: volume, selection: {}, window: 1h, score: 6 }",
            "baseline.score: counts only with a season; `factor` does without",
        ),
        ("{ kind: first_seen, selection: {} }", "baseline.value: is missing"),
        (
            "{ kind: first_seen, selection: {}, value: [] }",
            "baseline.value: must be a field, or 1 to 4 of them",
        ),
        (
            "{ kind: first_seen, selection: {}, value: action, learn: 36h }",
            "baseline.learn: must be whole days, such as 14d",
        ),
        (
            "{ kind: first_seen, selection: {}, value: action, forget: 2d, learn: 1d }",
            "baseline.forget: must be at least 4d",
        ),
        (
            "{ kind: travel, selection: {}, speed_kmh: .nan }",
            "baseline.speed_kmh: must be a number from 500 to 1000000",
        ),
        (
            "{ kind: session_change, selection: {}, watch: { asn: -1 } }",
            "baseline.watch.asn: must be a number from 0 to 100",
        ),
    ] {
        let yaml = yaml.replace("selection: {}", "selection: { a: b }");
        assert!(
            problems(&yaml).contains(&format!("rule.yml: {expected}")),
            "{yaml}: {:?}",
            problems(&yaml)
        );
    }
}

#[test]
fn what_is_not_said_has_a_sound_default() {
    let first_seen = baseline("{ kind: first_seen, selection: { a: b }, value: source.asn }");
    let memory = first_seen.memory();
    assert_eq!((memory.learn_days, memory.forget_days), (14, 90));
    assert_eq!((memory.events, memory.days), (20, 5));
    let volume = baseline("{ kind: volume, selection: { a: b }, window: 1h }");
    let Kind::Counts(counts) = volume.kind() else { panic!("counts") };
    assert_eq!((counts.quantile, counts.factor, counts.floor), (0.995, 1.5, 20));
    assert_eq!(volume.memory().forget_days, 30);
    let travel = baseline("{ kind: travel, selection: { a: b } }");
    let Kind::Travel(of) = travel.kind() else { panic!("travel") };
    assert_eq!((of.speed_kmh, of.distance_km), (900.0, 500.0));
    let session = baseline("{ kind: session_change, selection: { a: b } }");
    assert_eq!(session.entity()[0].name(), "session.id");
}

#[test]
fn a_meaning_changes_with_what_is_learned_and_not_with_thresholds_or_the_order_of_keys() {
    let meaning = |yaml: &str| baseline(yaml).meaning();
    let base = "{ kind: volume, selection: { a: b, c: [1, x] }, windows: [1h, 1d] }";
    for same in [
        "{ windows: [1d, 1h], selection: { c: [1, x], a: b }, kind: volume }",
        "{ kind: volume, selection: { a: b, c: [1, x] }, windows: [1h, 1d], factor: 3, floor: 9, \
           learn: 7d, unit: files, drift: false, exempt: { asns: [1] } }",
    ] {
        assert_eq!(meaning(base), meaning(same), "{same}");
    }
    for other in [
        "{ kind: volume, selection: { a: b, c: [x, 1] }, windows: [1h, 1d] }",
        "{ kind: volume, selection: { a: b, c: [1, x] }, windows: [1h] }",
        "{ kind: volume, selection: { a: b, c: ['1', x] }, windows: [1h, 1d] }",
        "{ kind: volume, selection: { a: b, c: [1, x] }, windows: [1h, 1d], entity: source.ip }",
        "{ kind: distinct, value: action, selection: { a: b, c: [1, x] }, windows: [1h, 1d] }",
    ] {
        assert_ne!(meaning(base), meaning(other), "{other}");
    }
}
