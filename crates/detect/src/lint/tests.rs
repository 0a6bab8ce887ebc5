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
filter: { rules: [factor], phones: { client.device: Phone }, condition: phones }
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
correlation: { type: event_count, rules: [factor], group-by: [actor.id], timespan: 5m, condition: { gte: 3 } }
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
fn fields_and_values_exist_in_the_log() {
    each(
        RULE,
        &[
            ("outcome.result", "outcome.reslt", &["CS401"]),
            ("eventType:", "eventtype:", &["CS402"]),
            ("actor.type: SystemPrincipal", "cs.actor.typ: x", &["CS001"]),
            ("outcome.result: SUCCESS", "outcome: success", &["CS403"]),
            ("outcome.result: SUCCESS", "cs.outcome: success", &[]),
            ("outcome.result: SUCCESS", "outcome.result: [SUCCESS, SUCESS]", &["CS404"]),
            ("outcome.result: SUCCESS", "outcome.result: SUCESS", &["CS504"]),
            ("outcome.result: SUCCESS", "cs.outcome: succeeded", &["CS504"]),
            ("outcome.result: SUCCESS", "securityContext.asNumber: 9007199254740993", &["CS405"]),
            ("outcome.result: SUCCESS", "debugContext.debugData.anything: x", &[]),
            ("outcome.result: SUCCESS", "target.type: AppUser, target.id: x", &["CS407"]),
            ("condition: selection and not other", "condition: selection", &["CS406"]),
            ("outcome.result: SUCCESS", "actor.email|re: '^Mia'", &["CS503"]),
            ("outcome.result: SUCCESS", "actor.email|re|i: '^Mia'", &[]),
            ("outcome.result: SUCCESS", r"actor.email|re: '^\Dmia[A-Z]'", &[]),
            ("outcome.result: SUCCESS", "source.country|cased: 'no'", &["CS503"]),
        ],
    );
    each(BURST, &[("group-by: [actor.id]", "group-by: [actor.idd]", &["CS401"])]);
}

#[test]
fn a_rule_that_cannot_fire_says_so() {
    each(
        RULE,
        &[
            (
                "condition: selection and not other",
                "condition: selection and not selection and not other",
                &["CS502"],
            ),
            ("actor.type: SystemPrincipal", "eventType|startswith: user.mfa", &["CS502"]),
            (
                "condition: selection and not other",
                "condition: selection and other or selection and other",
                &[],
            ),
            (
                "  other: { actor.type: SystemPrincipal }\n  condition: selection and not other",
                "  other: { eventType|startswith: group. }\n  condition: selection and other",
                &["CS502"],
            ),
            (
                "  other: { actor.type: SystemPrincipal }\n  condition: selection and not other",
                "  other: { eventType: [group.x, user.mfa.factor.activate] }\n  condition: all of them",
                &[],
            ),
            (
                "condition: selection and not other",
                "condition: selection or not selection or other",
                &["CS505"],
            ),
            (
                "condition: selection and not other",
                "condition: not selection and not other",
                &["CS506"],
            ),
        ],
    );
    each(
        FILTER,
        &[
            ("client.device: Phone", "eventType|startswith: user.", &["CS509"]),
            (
                "client.device: Phone",
                "eventType: user.mfa.factor.activate, client.device: Phone",
                &[],
            ),
            ("expires: 2027-06-01", "expires: 2026-06-01", &["CS105", "CS701"]),
            ("expires: 2027-06-01", "expires: 2027-01-03", &["CS702"]),
        ],
    );
    each(
        BURST,
        &[
            ("gte: 3", "gte: 20000", &["CS507"]),
            ("timespan: 5m", "timespan: 31d", &["CS508"]),
            ("gte: 3", "lt: 3", &["CS511"]),
        ],
    );
    let draft = changed(RULE, "state: live", "state: draft");
    let found = world().lint(&all(draft, FILTER, BURST));
    assert_eq!(codes(&found), ["CS510"]);
    let elsewhere = World { sources: vec![world().sources[1]], ..world() };
    let found = elsewhere.lint(&all(RULE, FILTER, BURST));
    assert_eq!(codes(&found), ["CS501"], "{found:#?}");
}

#[test]
fn correlations_over_two_vendors_group_by_what_both_have() {
    let other = changed(RULE, "id: factor", "id: other");
    let other = changed(other, "product: okta, service: okta", "product: aws, service: cloudtrail");
    let other = changed(
        other,
        "eventType: user.mfa.factor.activate, outcome.result: SUCCESS",
        "eventName: x",
    );
    let other = changed(other, "actor.type: SystemPrincipal", "eventSource: x");
    let other = changed(other, "The system log of Okta", "aws");
    let both = |group: &str| {
        let burst = changed(
            BURST,
            "type: event_count, rules: [factor]",
            "type: temporal, rules: [factor, other]",
        );
        let burst = changed(burst, ", condition: { gte: 3 }", "");
        let burst = leak(burst.replace("group-by: [actor.id]", &format!("group-by: [{group}]")));
        let files = [all(RULE, FILTER, burst), vec![own("other.yml", other)]].concat();
        codes(&world().lint(&files))
    };
    assert_eq!(both("actor.person"), [""; 0]);
    assert_eq!(both("userAgent"), ["CS401", "CS512"]);
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

fn observed(records: &[&str]) -> Observed {
    let mut observed = Observed::default();
    for record in records.iter().cycle().take(1_200) {
        let mut event = crate::sigma::tests::support::event(record);
        event.logsource = Logsource { product: "okta", service: "okta" };
        observed.see(&event);
    }
    observed
}

#[test]
fn what_was_seen_tells_what_cannot_fire() {
    let usual = r#"{"eventType":"user.mfa.factor.activate","outcome":{"result":"SUCCESS"},"actor":{"type":"User"}}"#;
    let seen = |record: &str, rule: &'static str| {
        let world = World { observed: Some(observed(&[record])), ..world() };
        let found = world.lint(&all(
            rule,
            changed(FILTER, "client.device: Phone", "actor.type: Phone"),
            BURST,
        ));
        found
            .into_iter()
            .filter(|finding| finding.file == "factor.yml" && finding.code >= Code::NeverSeen)
            .map(|finding| {
                format!(
                    "{} {}",
                    finding.code.name(),
                    finding.text.split(':').next().unwrap_or_default()
                )
            })
            .collect::<Vec<_>>()
    };
    // `SystemPrincipal` was not seen, and is documented.
    assert_eq!(seen(usual, RULE), ["CS604 not yet seen"]);
    let lower = usual.replace("eventType", "eventtype");
    assert_eq!(seen(&lower, RULE), ["CS602 cannot fire", "CS604 not yet seen"]);
    let without = usual.replace(r#","outcome":{"result":"SUCCESS"}"#, "");
    assert_eq!(seen(&without, RULE), ["CS601 not yet seen", "CS604 not yet seen"]);
    let unknown = changed(RULE, "outcome.result: SUCCESS", "outcome.rare: x");
    assert_eq!(seen(usual, unknown), ["CS601 cannot fire", "CS604 not yet seen"]);
    let object = usual.replace(r#""user.mfa.factor.activate""#, "{}");
    assert_eq!(seen(&object, RULE), ["CS603 unlikely to fire", "CS604 not yet seen"]);
    let absent = changed(RULE, "outcome.result: SUCCESS", "outcome.reason: null");
    assert_eq!(
        seen(usual, absent),
        ["CS604 not yet seen", "CS605 `outcome.reason` is missing in all of 1200 events"]
    );
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

#[test]
fn the_public_set_asks_for_fields_that_the_shapes_have() {
    let Ok(folder) = std::env::var("COUNTERSIGN_DATA") else {
        eprintln!("skipped: COUNTERSIGN_DATA is not set");
        return;
    };
    let texts = crate::sigma::tests::support::public_rules(&folder);
    let files: Vec<RuleFile<'_>> = texts
        .iter()
        .map(|(name, text)| RuleFile { name, text, origin: crate::rule::Origin::Sigma })
        .collect();
    let found = world().lint(&files);
    let of = |code: Code| found.iter().filter(move |finding| finding.code == code);
    let unknown: Vec<String> =
        of(Code::FieldUnknown).map(|it| format!("{}: {}", it.file, it.text)).collect();
    assert!(unknown.len() < 8, "{unknown:#?}");
    assert_eq!(of(Code::Contradiction).count(), 0);
    assert!(
        of(Code::FieldIsObject).count() < 4,
        "{:#?}",
        of(Code::FieldIsObject).collect::<Vec<_>>()
    );
}
