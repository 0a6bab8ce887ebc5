use model::{
    Alert, AlertId, FactValue, Facts, Person, PersonId, Severity, Span, Timestamp, person::Away,
};

use super::*;
use crate::{known::Known, policy::index::Literals};

fn alert() -> Alert {
    let facts: Facts = [
        ("ip", FactValue::from("203.0.113.7")),
        ("a.b", FactValue::from("dotted")),
        ("count", FactValue::Int(3)),
        ("nothing", FactValue::Null),
        ("groups", FactValue::List(vec!["wheel".into(), "staff".into()])),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Alert {
        id: AlertId::from_digest(1),
        source: "siem".to_owned(),
        external_id: None,
        rule: "aws-root-login".to_owned(),
        title: "Root signed in".to_owned(),
        description: String::new(),
        severity: Severity::High,
        time: Timestamp::UNIX_EPOCH,
        person: Some("mia@example.com".into()),
        url: None,
        facts,
        received_at: Timestamp::UNIX_EPOCH,
        problems: Vec::new(),
    }
}

pub(in crate::policy) fn mia() -> Person {
    Person {
        id: PersonId::from_digest(1),
        subject: "mia".into(),
        email: "mia@example.com".into(),
        name: "Mia Example".into(),
        time_zone: None,
        language: Some("en".to_owned()),
        manager: None,
        groups: vec!["admins".to_owned()],
        privileged: true,
        chat: std::collections::BTreeMap::new(),
        aliases: Vec::new(),
        away: Vec::new(),
        active: true,
    }
}

fn verdict(text: &str, view: &View) -> Verdict {
    compile(text).unwrap_or_else(|flaws| panic!("{text}: {flaws:?}")).evaluate(view)
}

#[test]
fn a_condition_reads_the_alert_and_the_person() {
    let cases = [
        (r#"alert.source == "siem" && alert.rule.startsWith("aws-root")"#, true),
        (r#"alert.severity in ["high", "critical"]"#, true),
        (r#"alert.title.contains("Root") && alert.title.endsWith("in")"#, true),
        (r#"alert.facts.ip == "203.0.113.8""#, false),
        (r#"alert.facts["a.b"] == "dotted""#, true),
        ("alert.facts.count > 2 && size(alert.facts.groups) == 2", true),
        ("alert.facts.nothing == null", true),
        ("has(alert.facts.ip) && !has(alert.facts.port)", true),
        (r#""port" in alert.facts"#, false),
        (r#"alert.facts.groups.exists(group, group == "wheel")"#, true),
        (r#"alert.facts.exists(name, name.startsWith("cou"))"#, true),
        (r#"alert.time == "1970-01-01T00:00:00Z""#, true),
        (r#"alert.person == "mia@example.com" && !has(alert.url)"#, true),
        (r#"person.known && person.privileged && person.active"#, true),
        (r#"person.id == "mia" && person.email == alert.person"#, true),
        (r#""admins" in person.groups && person.language == "en""#, true),
        ("has(person.time_zone) || has(enrich.geoip)", false),
        ("true", true),
        ("person.privileged ? alert.facts.count == 3 : false", true),
        // What is missing is unknown, and does not stand in the way of what is certain.
        (r#"alert.facts.port == 22 || alert.source == "siem""#, true),
        (r#"alert.facts.port == 22 && alert.source == "other""#, false),
    ];
    let view = see(&alert(), Some(&mia()), &Known::default());
    assert!(!view.is_cut());
    for (text, holds) in cases {
        let expected = if holds { Verdict::Holds } else { Verdict::Fails };
        assert_eq!(verdict(text, &view), expected, "{text}");
    }
}

#[test]
fn what_is_missing_or_of_another_kind_is_unknown_and_tells_no_value() {
    let missing = "something it reads is missing";
    let cases = [
        ("alert.facts.port == 22", "there is no port"),
        ("!(alert.facts.port == 22)", "there is no port"),
        ("enrich.geoip.country == \"DE\"", "there is no geoip"),
        ("alert.facts[alert.title] == 1", missing),
        ("alert.facts.groups[7] == \"x\"", missing),
        ("alert.facts.ip > 3", "something it reads is of another kind"),
        ("alert.facts.ip", "its result is not true or false"),
        ("alert.facts.count / 0 == 1", "it cannot be evaluated"),
        ("alert.facts.count * 9223372036854775807 > 0", "it cannot be evaluated"),
        ("int(alert.title) == 1", "it cannot be evaluated"),
    ];
    let view = see(&alert(), None, &Known::default());
    for (text, reason) in cases {
        assert_eq!(verdict(text, &view), Verdict::Unknown(reason.to_owned()), "{text}");
    }
    assert_eq!(verdict("person.known", &view), Verdict::Fails);
    let unknown = Verdict::Unknown("there is no privileged".to_owned());
    assert_eq!(verdict("person.privileged", &view), unknown);
}

/// What a refused expression is told: a part of the text, and the suggestion.
#[test]
fn an_expression_outside_the_limits_is_refused() {
    let loops = |count: usize| vec!["alert.facts.groups.exists(g, g == \"x\")"; count].join(" || ");
    let nested = |depth: usize| {
        let open = "alert.facts.groups.exists(x, ".repeat(depth);
        format!("{open}true{}", ")".repeat(depth))
    };
    let cases = [
        (
            format!("alert.title == \"{}\"", "x".repeat(expr::MAX_BYTES)),
            "longer than 4096 bytes",
            None,
        ),
        (format!("{}true{}", "(".repeat(17), ")".repeat(17)), "brackets nest deeper", None),
        (format!("alert.facts.n == 1{}", " + 1".repeat(100)), "nests deeper than 64", None),
        (format!("alert.facts{} == 1", ".a".repeat(100)), "nests deeper than 64", None),
        (loops(9), "more than 8 loops", None),
        (nested(3), "loops nest deeper than 2", None),
        ("alert.sorce == \"siem\"".into(), "unknown field of alert `sorce`", Some("source")),
        ("persn.known".into(), "unknown name `persn`", Some("person")),
        ("person.priviledged".into(), "unknown field of person `priviledged`", Some("privileged")),
        ("alert.title.startWith(\"x\")".into(), "unknown function `startWith`", Some("startsWith")),
        ("alert.title.matches(\"x\")".into(), "unknown function `matches`", None),
        ("alert == person".into(), "`alert` alone says nothing", None),
        ("Thing{} == 1".into(), "`Thing` cannot be made here", None),
        ("alert.?source == \"x\"".into(), "unsupported syntax", None),
        ("alert.facts.map(name, name)[0] == \"x\"".into(), "facts have no order", None),
        ("[1].exists(alert, true)".into(), "a loop's variable cannot be called `alert`", None),
        ("alert.title".into(), "its result is not true or false", None),
        ("size(alert.title)".into(), "its result is not true or false", None),
        ("1 + 1".into(), "its result is not true or false", None),
        ("true ? alert.title : \"x\"".into(), "its result is not true or false", None),
        ("alert.facts.groups.filter(g, true)".into(), "its result is not true or false", None),
        ("".into(), "", None),
        ("alert.source ==".into(), "", None),
        ("alert.source == \"open".into(), "", None),
    ];
    for (text, told, nearest) in cases {
        let flaws = compile(&text).expect_err(&text);
        let flaw = flaws.iter().find(|flaw| flaw.text.contains(told));
        let flaw = flaw.unwrap_or_else(|| panic!("{text}: {flaws:?}"));
        assert_eq!(flaw.nearest.as_deref(), nearest, "{text}");
    }
    for text in [loops(8), nested(2), format!("{}true{}", "(".repeat(16), ")".repeat(16))] {
        assert!(compile(&text).is_ok(), "{text}");
    }
}

#[test]
fn all_that_is_wrong_with_an_expression_is_told_at_once() {
    let flaws = compile("alert.sorce == alert.ruel && person.nown").expect_err("flaws");
    let nearest: Vec<_> = flaws.iter().filter_map(|flaw| flaw.nearest.as_deref()).collect();
    assert_eq!(nearest, ["source", "rule", "known"]);
}

#[test]
fn whether_somebody_is_away_is_asked_of_the_time_of_the_alert() {
    let hour = |hour: u64| Span::hours(hour).after(Timestamp::UNIX_EPOCH);
    for (from, to, is_away) in [(0, 1, true), (1, 2, false)] {
        let away = vec![Away { from: hour(from), to: hour(to) }];
        let mia = Person { away, manager: Some("boss".into()), ..mia() };
        let view = see(&alert(), Some(&mia), &Known::default());
        let holds = verdict(r#"person.away && person.manager == "boss""#, &view);
        assert_eq!(holds == Verdict::Holds, is_away, "{from}");
    }
    let nobody = see(&alert(), None, &Known::default());
    assert!(matches!(verdict("person.away", &nobody), Verdict::Unknown(_)));
}

#[test]
fn a_huge_alert_is_cut_to_what_can_be_gone_through() {
    let mut alert = alert();
    let many = vec![FactValue::from("x"); 100_000];
    alert.facts.insert("many".to_owned(), FactValue::List(many));
    alert.description = "é".repeat(100_000);
    let view = see(&alert, None, &Known::default());
    assert!(view.is_cut());
    assert_eq!(verdict("size(alert.facts.many) == 100", &view), Verdict::Holds);
    let worst = "alert.facts.many.all(a, alert.facts.many.all(b, a == b))";
    assert_eq!(verdict(worst, &view), Verdict::Holds);
}

#[test]
fn literals_are_found_only_where_they_must_hold() {
    let of = |text: &str| Literals::of(&compile(text).expect(text));
    let literals = |source: Option<&str>, rule: Option<&str>| Literals {
        source: source.map(str::to_owned),
        rule: rule.map(str::to_owned),
        email: None,
    };
    let both = literals(Some("siem"), Some("r"));
    assert_eq!(of(r#"alert.source == "siem" && person.known && "r" == alert.rule"#), both);
    assert_eq!(of(r#"alert.source == "siem""#), literals(Some("siem"), None));
    for text in [
        r#"alert.source == "siem" || person.known"#,
        r#"!(alert.source == "siem")"#,
        r#"alert.source == alert.rule"#,
        r#"alert.facts.source == "siem""#,
        r#"alert.source != "siem""#,
    ] {
        assert_eq!(of(text), literals(None, None), "{text}");
    }
}
