//! What is found about fields and values, and about rules that cannot fire.

use super::*;

#[test]
fn a_baselines_fields_exist_too() {
    let text = "title: t\nid: new-network\ntags: [attack.persistence, attack.t1098.005]\n\
        logsource: { product: okta }\nbaseline: { kind: first_seen, selection: { eventType: user.session.start }, \
        entity: actor.id, value: record.client.device, learn: 1d, forget: 30d, minimum: { events: 2, days: 1 } }\n\
        countersign: { state: draft, owner: identity }\n";
    for (value, expected) in [
        ("record.client.device", &[] as &[&str]),
        ("record.client.devise", &["CS401"]),
        ("record.source.asn", &["CS401"]),
        ("source.asn", &[]),
    ] {
        let found = world().lint(&[own("a.yml", changed(text, "record.client.device", value))]);
        let of_fields: Vec<&str> =
            codes(&found).into_iter().filter(|code| code.starts_with("CS4")).collect();
        assert_eq!(of_fields, expected, "{value}: {found:#?}");
    }
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
            ("outcome.result: SUCCESS", "client.device: x", &["CS408"]),
            ("outcome.result: SUCCESS", "cs.client.device: x", &[]),
            ("actor.type: SystemPrincipal", "actor.type: system", &["CS408"]),
            ("actor.type: SystemPrincipal", "cs.actor.type: system", &[]),
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
    each(
        BURST,
        &[
            ("group-by: [actor.id]", "group-by: [actor.idd]", &["CS401"]),
            ("group-by: [actor.id]", "group-by: [client.device]", &["CS408"]),
        ],
    );
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
            ("cs.client.device: Phone", "eventType|startswith: user.", &["CS509"]),
            (
                "cs.client.device: Phone",
                "eventType: user.mfa.factor.activate, cs.client.device: Phone",
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
            changed(FILTER, "cs.client.device: Phone", "actor.type: Phone"),
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
fn the_public_set_asks_for_fields_that_the_shapes_have() {
    let Some(texts) = crate::sigma::tests::support::public_rules() else { return };
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
