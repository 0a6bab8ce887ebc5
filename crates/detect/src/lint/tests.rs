mod fields;

use std::collections::{BTreeMap, BTreeSet};

use event::Logsource;
use model::Span;

use super::*;
use crate::rule::{LoadOptions, RuleFile, tests::own};

const RULE: &str = r#"
title: A factor is enrolled after a sign-in from elsewhere
id: factor
status: stable
level: high
description: Looks for new factors.
tags: [attack.persistence, attack.t1098.005]
logsource: { product: okta, service: okta }
detection:
  selection: { eventType: user.mfa.factor.activate, outcome.result: SUCCESS }
  other: { actor.type: SystemPrincipal }
  condition: selection and not other
countersign:
  state: live
  owner: identity
  ads:
    goal: Finds a second factor that somebody else enrolled.
    abstract: Looks at factors that are activated.
    technical_context: The system log of Okta tells each factor.
    blind_spots: [Factors that are imported]
    false_positives: [{ what: A new phone, handled_by: 'filter: new-phone' }]
    validation: [asks, quiet]
    priority: High, as it outlasts a new password.
    response: End all sessions.
  severity: [{ when: person.privileged, set: critical, why: privileged }, { default: high }]
  ask: { message: generic, deadline: 30m }
  on: { denied: [page, { run: end-sessions }] }
  tests:
    - { name: asks, events: a.ndjson, expect: { alerts: 1, severity: high } }
    - { name: privileged, events: a.ndjson, expect: { alerts: 1, severity: critical } }
    - { name: quiet, events: b.ndjson, expect: { alerts: 0 } }
"#;
const FILTER: &str = r#"
title: New phones
id: new-phone
logsource: { product: okta }
tags: [attack.persistence, attack.t1098.005]
filter: { rules: [factor], phones: { cs.client.device: Phone }, condition: phones }
countersign:
  state: live
  owner: identity
  reason: The service desk hands them out
  expires: 2027-06-01
  tests:
    - { name: others, events: a.ndjson, expect: { alerts: 1 } }
    - { name: phones, events: b.ndjson, expect: { alerts: 0 } }
"#;
const BURST: &str = r#"
title: Many factors of one person
id: burst
tags: [attack.persistence, attack.t1098.005]
correlation: { type: event_count, rules: [factor], group-by: [actor.id], timespan: 5m, condition: { gte: 3 }, generate: true }
countersign:
  state: live
  owner: identity
  ads:
    goal: Finds many factors that one person enrols at once.
    abstract: Counts factors that are activated.
    technical_context: The system log of Okta tells each factor.
    blind_spots: [Slow ones]
    false_positives: [{ what: A move to new phones, handled_by: 'accepted: rare' }]
    validation: [many, few]
    priority: High.
    response: End all sessions.
  tests:
    - { name: many, events: a.ndjson, expect: { alerts: 1 } }
    - { name: few, events: b.ndjson, expect: { alerts: 0 } }
"#;

struct World {
    sources: Vec<Source>,
    owners: BTreeSet<String>,
    playbooks: BTreeMap<String, bool>,
    exceptions: BTreeMap<String, Timestamp>,
    observed: Option<Observed>,
}

fn world() -> World {
    let source = |product, service| Source::pushed(Logsource { product, service }, &[]);
    World {
        sources: vec![source("okta", "okta"), source("aws", "cloudtrail")],
        owners: ["identity".to_owned()].into(),
        playbooks: [("end-sessions".to_owned(), true), ("wipe".to_owned(), false)].into(),
        exceptions: [("travel".to_owned(), "2026-01-01T00:00:00Z".parse().expect("a time"))].into(),
        observed: None,
    }
}

impl World {
    fn lint(&self, files: &[RuleFile<'_>]) -> Vec<Finding> {
        let (rules, problems) = Rules::load(files, &LoadOptions::default());
        let context = Context {
            sources: &self.sources,
            observed: self.observed.as_ref(),
            owners: Some(&self.owners),
            playbooks: Some(&self.playbooks),
            exceptions: Some(&self.exceptions),
            retention: Some(Span::days(30)),
            now: "2027-01-01T00:00:00Z".parse().expect("a time"),
        };
        check(&rules, &problems, &context)
    }
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn changed(text: &str, from: &str, to: &str) -> &'static str {
    assert!(text.contains(from), "{from}");
    leak(text.replace(from, to))
}

fn all(rule: &'static str, filter: &'static str, burst: &'static str) -> Vec<RuleFile<'static>> {
    vec![own("factor.yml", rule), own("filter.yml", filter), own("burst.yml", burst)]
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code.name()).collect();
    codes.dedup();
    codes
}

/// A change of one of the three files, and the codes that come of it.
fn each(text: &'static str, cases: &[(&str, &str, &[&str])]) {
    for (from, to, expected) in cases {
        let changed = changed(text, from, to);
        let files = match text {
            RULE => all(changed, FILTER, BURST),
            FILTER => all(RULE, changed, BURST),
            _ => all(RULE, FILTER, changed),
        };
        let found = world().lint(&files);
        assert_eq!(codes(&found), *expected, "{from} → {to}: {found:#?}");
    }
}

#[test]
fn rules_that_are_as_they_should_be_have_no_findings() {
    assert_eq!(world().lint(&all(RULE, FILTER, BURST)), []);
}

#[test]
fn what_cannot_be_read_is_a_finding_too() {
    let found = world().lint(&[own("a.yml", "titel: x")]);
    assert!(codes(&found) == ["CS001"] && found.len() > 3, "{found:#?}");
    assert!(found.iter().any(|it| it.hint.as_deref() == Some("did you mean `title`?")));
}

#[test]
fn a_strategy_is_whole_and_true() {
    each(
        RULE,
        &[
            ("    priority: High, as it outlasts a new password.\n", "", &["CS101"]),
            ("  ads:", "  custom:", &["CS001"]),
            ("Finds a second factor that somebody else enrolled.", "Factors.", &["CS102"]),
            (
                "Finds a second factor that somebody else enrolled.",
                "Finds a factor. Then it asks.",
                &["CS102"],
            ),
            (
                "Finds a second factor that somebody else enrolled.",
                "a factor is enrolled, after a sign-in from elsewhere",
                &["CS102"],
            ),
            ("The system log of Okta tells each factor.", "The log.", &["CS103"]),
            ("filter: new-phone", "filter: new-fone", &["CS104"]),
            ("filter: new-phone", "exception: nothing", &["CS104"]),
            ("filter: new-phone", "exception: travel", &["CS105"]),
            ("validation: [asks, quiet]", "validation: [ask, quiet]", &["CS106", "CS107"]),
            ("validation: [asks, quiet]", "validation: [asks]", &["CS107"]),
            ("owner: identity", "owner: identiti", &["CS108"]),
            ("run: end-sessions", "run: wipe", &["CS109"]),
            ("run: end-sessions", "run: okta.clear_sessions", &[]),
            ("  on: {", "  do: [{ run: wipe }]\n  on: {", &["CS109"]),
            ("  on: {", "  do: [{ run: okta.suspend, limit: 30m }]\n  on: {", &[]),
            ("run: end-sessions", "run: end-session", &["CS109"]),
        ],
    );
}

#[test]
fn techniques_belong_to_the_tactics_that_are_named() {
    each(
        RULE,
        &[
            ("tags: [attack.persistence, attack.t1098.005]\n", "", &["CS201"]),
            ("attack.persistence, ", "", &["CS201"]),
            ("attack.persistence", "attack.persistance", &["CS202", "CS203"]),
            ("attack.t1098.005", "attack.t9999", &["CS202"]),
            ("attack.persistence", "attack.discovery", &["CS203"]),
            (
                "attack.persistence",
                "attack.discovery, attack.persistence, attack.s0154, cve.2020-1",
                &[],
            ),
        ],
    );
    assert_eq!(Attack::shipped().version(), "17.0");
    assert!(attack::NOTICE.contains("MITRE"));
}

#[test]
fn each_branch_has_a_reason_and_a_test() {
    each(
        RULE,
        &[
            (
                "    - { name: quiet, events: b.ndjson, expect: { alerts: 0 } }\n",
                "",
                &["CS106", "CS107", "CS302"],
            ),
            (", why: privileged", "", &["CS303"]),
            ("severity: critical", "severity: high", &["CS304"]),
        ],
    );
    each(
        FILTER,
        &[("    - { name: others, events: a.ndjson, expect: { alerts: 1 } }\n", "", &["CS301"])],
    );
}

#[test]
fn a_drafts_gaps_are_only_noted_and_others_rules_are_not_asked_for_ours() {
    let draft = changed(RULE, "state: live", "state: draft");
    let draft = changed(draft, "outcome.result", "outcome.reslt");
    let found =
        world().lint(&[own("a.yml", leak(draft.replace("filter: new-phone", "accepted: x")))]);
    assert!(found.iter().all(|finding| finding.level == Level::Note), "{found:#?}");
    assert_eq!(codes(&found), ["CS401"]);
    let sigma = "title: T\nlogsource: { product: okta }\ntags: [attack.t9999]\n\
                 detection: { s: { eventtype: x }, condition: s }\n";
    let file = RuleFile { name: "s.yml", text: sigma, origin: crate::rule::Origin::Sigma };
    let found = world().lint(&[file]);
    assert_eq!(codes(&found), ["CS202", "CS402"]);
    assert!(found.iter().all(|finding| finding.level == Level::Warning));
}

#[test]
fn a_rule_that_is_only_counted_is_not_asked_for_what_nobody_would_read() {
    let part = "title: A failed sign-in\nid: failed\nlogsource: { product: okta, service: okta }\n\
                detection: { s: { eventType: user.session.start, outcome.result: FAILURE }, condition: s }\n\
                countersign: { state: live, owner: identity }\n";
    let counting = changed(BURST, "rules: [factor]", "rules: [failed]");
    let counting = changed(counting, ", generate: true", "");
    let found = world().lint(&[own("failed.yml", part), own("burst.yml", counting)]);
    assert_eq!(found, []);
    let raising = changed(BURST, "rules: [factor]", "rules: [failed]");
    let found = world().lint(&[own("failed.yml", part), own("burst.yml", raising)]);
    assert!(found.iter().any(|it| it.code == Code::SectionMissing), "{found:#?}");
}

#[test]
fn findings_are_shown_for_people_and_for_programs() {
    let rule = changed(RULE, "eventType:", "eventtype:");
    let found = world().lint(&all(rule, FILTER, BURST));
    assert_eq!(
        show::text(&found),
        "factor.yml: error[CS402]: selection.eventtype: `eventtype` is `eventType` in this log (did you mean `eventType`?)\n"
    );
    let json = show::json(&found);
    assert_eq!(
        (json[0]["code"].as_str(), json[0]["rule"].as_str()),
        (Some("CS402"), Some("factor"))
    );
    let sarif = show::sarif(&found, "1.0");
    let run = &sarif["runs"][0];
    assert_eq!(
        (sarif["version"].as_str(), run["results"][0]["ruleId"].as_str()),
        (Some("2.1.0"), Some("CS402"))
    );
    let index = run["results"][0]["ruleIndex"].as_u64().expect("a place") as usize;
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "CS402");
    let place = &run["results"][0]["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "factor.yml");
    let hostile =
        Finding { text: "<&\"\u{1}'>".into(), file: "a b.yml".into(), ..found[0].clone() };
    let xml = show::junit(&[hostile], &["a b.yml", "good.yml"]);
    assert!(
        xml.contains("&lt;&amp;&quot;?'&gt;") && xml.contains("tests=\"2\" failures=\"1\""),
        "{xml}"
    );
    assert!(xml.contains("<testcase name=\"lint\" classname=\"good.yml\"/>"), "{xml}");
}
