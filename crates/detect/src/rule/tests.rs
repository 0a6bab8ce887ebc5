use super::*;

pub(crate) const NEW_NETWORK: &str = r#"
title: Sign-in without a second factor
id: sign-in-without-factor
name: no_factor
status: stable
level: high
author: Example Team
tags: [attack.initial-access, attack.t1078.004]
logsource: { product: okta, service: okta }
detection:
  selection: { eventType: user.session.start, outcome.result: SUCCESS }
  condition: selection
countersign:
  state: canary(10)
  owner: identity-team
  ads:
    goal: Finds sign-ins that no second factor was asked for.
    abstract: Looks at successful sign-ins.
    technical_context: The okta system log says how a session began.
    blind_spots: [Sign-ins that okta does not see]
    false_positives: [{ what: A new laptop, handled_by: 'accepted: rare' }]
    validation: [asks, is-quiet]
    priority: High, as an account is taken over with it.
    response: End the session.
  severity: [{ when: person.privileged, set: critical, why: privileged account }, { default: high }]
  group: { by: [source.asn], window: 2h }
  ask: { message: generic, deadline: 30m, budget: { per_person: 1, every: 30d } }
  on: { denied: [page, { run: end-sessions }] }
  tests:
    - { name: asks, events: fixtures/one.ndjson, expect: { alerts: 1, asks: 1 } }
    - { name: is-quiet, events: fixtures/none.ndjson, expect: { alerts: 0 } }
"#;

pub(crate) fn own(name: &'static str, text: &'static str) -> RuleFile<'static> {
    RuleFile { name, text, origin: Origin::Own }
}

fn sigma(name: &'static str, text: &'static str) -> RuleFile<'static> {
    RuleFile { name, text, origin: Origin::Sigma }
}

fn load(files: &[RuleFile<'_>]) -> (Rules, Vec<FileProblem>) {
    Rules::load(files, &LoadOptions::default())
}

/// Each problem by its path and a part of its text.
fn check(files: &[RuleFile<'_>], expected: &[(&str, &str)]) {
    let (_, problems) = load(files);
    for (path, text) in expected {
        let is_it = |it: &&FileProblem| it.path == *path && it.to_string().contains(text);
        assert!(problems.iter().any(|it| is_it(&it)), "{path}: {text}: {problems:#?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

fn changed(from: &str, to: &str) -> &'static str {
    assert!(NEW_NETWORK.contains(from), "{from}");
    Box::leak(NEW_NETWORK.replace(from, to).into_boxed_str())
}

#[test]
fn a_rule_of_ours_is_read_with_all_that_it_says() {
    let (rules, problems) = load(&[own("a.yml", NEW_NETWORK)]);
    assert_eq!(problems, []);
    let rule = rules.get("sign-in-without-factor").expect("read");
    assert!(std::sync::Arc::ptr_eq(rule, rules.find("no_factor").expect("by its name")));
    assert_eq!((rule.kind(), rule.head.level), ("detection", model::Severity::High));
    let meta = &rule.meta;
    assert_eq!((meta.state, meta.owner.as_deref()), (State::Canary(10), Some("identity-team")));
    assert_eq!(
        meta.group,
        Group { by: Some(vec!["source.asn".into()]), window: model::Span::hours(2), name: None }
    );
    assert_eq!(meta.budget, Some(Budget { per_person: 1, every: model::Span::days(30) }));
    assert!(meta.is_asking && meta.tests[0].is_positive() && !meta.tests[1].is_positive());
    assert_eq!(meta.severity[0].when.as_deref(), Some("person.privileged"));
    assert_eq!(meta.runs, ["end-sessions"]);
    let acting = changed("  on: {", "  confidence: high\n  do: [{ run: okta.suspend }]\n  on: {");
    let (rules, problems) = load(&[own("a.yml", acting)]);
    assert_eq!(problems, []);
    let runs = &rules.get("sign-in-without-factor").expect("read").meta.runs;
    assert_eq!(runs[..], ["end-sessions", "okta.suspend"], "what is done at once too");
    let ads = meta.ads.as_ref().expect("all sections");
    assert_eq!(ads.false_positives[0].handled_by, HandledBy::Accepted("rare".into()));
}

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    check(
        &[own(
            "a.yml",
            "titel: x\nid: Not A Word\nlevel: hihg\nlogsource: { produkt: okta }\n\
             detection: { selection: { a|contians: x }, condition: selection }\n\
             countersign:\n  state: alive\n  ads: { gaol: x, false_positives: [{ what: y, handled_by: hope }] }\n  \
             group: { window: forever }\n  ask: { budget: { per_person: 0 } }\n  \
             tests: [{ name: a, events: ../x, expect: {} }, { events: y, expect: { alerts: -1 } }]",
        )],
        &[
            ("titel", "did you mean `title`"),
            ("title", "is missing"),
            ("id", "must be 1 to 64"),
            ("level", "did you mean `high`"),
            ("logsource.produkt", "did you mean `product`"),
            ("detection.selection.a|contians", "did you mean `contains`"),
            ("countersign.state", "did you mean `live`"),
            ("countersign.owner", "is missing"),
            ("countersign.ads.gaol", "did you mean `goal`"),
            ("countersign.ads.false_positives[0].handled_by", "accepted: a reason"),
            ("countersign.group.window", "must be a number and"),
            ("countersign.ask.budget.per_person", "from 1 to"),
            ("countersign.ask.budget.every", "is missing"),
            ("countersign.tests[0].events", "content folder"),
            ("countersign.tests[0].expect", "say how many"),
            ("countersign.tests[1].name", "is missing"),
            ("countersign.tests[1].expect.alerts", "from 0 to"),
        ],
    );
}

#[test]
fn a_file_of_ours_holds_one_rule_and_the_block() {
    check(&[own("a.yml", "a: 1\n---\nb: 2\n")], &[("", "one rule in a file")]);
    check(&[own("a.yml", "")], &[("", "holds no rule")]);
    check(&[own("a.yml", "[")], &[("", "")]);
    let without = changed("\ncountersign:", "\ncustom_attributes:");
    check(&[own("a.yml", without)], &[("countersign", "is missing")]);
    let both = changed("\ndetection:", "\nfilter: {}\ndetection:");
    check(&[own("a.yml", both)], &[("", "needs one of")]);
}

const SIGMA: &str = "title: One\nid: 11111111-1111-1111-1111-111111111111\nauthor: Somebody\n\
    references: [https://example.com]\nstatus: test\nlogsource: { product: aws, service: cloudtrail }\n\
    detection: { selection: { eventName: x }, condition: selection }\nfalsepositives: [Unknown]\n\
    anything: else\n";

#[test]
fn somebody_elses_rules_are_read_as_they_are() {
    let two: &'static str = Box::leak(
        format!("{SIGMA}---\n{}---\n", SIGMA.replace("One", "Two").replace("id: 1", "id: 2"))
            .into_boxed_str(),
    );
    let (rules, problems) = load(&[sigma("s/a.yml", two)]);
    assert_eq!(problems, []);
    let [one, two] = rules.all() else { panic!("two rules") };
    assert_eq!((&*one.head.title, &*two.head.title), ("One", "Two"));
    assert_eq!(one.head.author.as_deref(), Some("Somebody"));
    assert_eq!(one.head.references, ["https://example.com"]);
    assert_eq!((one.meta.state, one.head.level), (State::Shadow, model::Severity::Medium));
    assert_ne!(one.hash, two.hash);
    assert_eq!(one.meaning, two.meaning);
    let live = LoadOptions { sigma_state: State::Live, ..LoadOptions::default() };
    let (rules, _) = Rules::load(&[sigma("s/a.yml", SIGMA)], &live);
    assert_eq!(rules.all()[0].meta.state, State::Live);
    let over: &'static str = Box::leak(SIGMA.replace("status: test", "status: deprecated").into());
    let (rules, _) = Rules::load(&[sigma("s/a.yml", over)], &live);
    assert_eq!(rules.all()[0].meta.state, State::Deprecated);
}

#[test]
fn one_bad_document_costs_no_other() {
    let text: &'static str = Box::leak(format!("title: Bad\n---\n{SIGMA}").into_boxed_str());
    let (rules, problems) = load(&[sigma("s/a.yml", text)]);
    assert_eq!((rules.all().len(), problems.len()), (1, 1));
    assert!(problems[0].path.starts_with("document 1"), "{problems:?}");
}

#[test]
fn of_two_rules_with_one_id_the_first_holds() {
    check(
        &[own("a.yml", NEW_NETWORK), own("b.yml", NEW_NETWORK)],
        &[("id", "is that of a.yml too")],
    );
    let renamed = changed("id: sign-in-without-factor", "id: no_factor-2");
    check(
        &[
            own("a.yml", NEW_NETWORK),
            own("b.yml", Box::leak(renamed.replace("no_factor-2", "other").into())),
        ],
        &[("name", "`no_factor` is that of a.yml too")],
    );
}

#[test]
fn a_filter_names_its_rules_says_why_and_ends() {
    const FILTER: &str = "title: F\nid: f\nlogsource: { product: okta }\n\
        filter: { rules: [no_factor], selection: { a: x }, condition: selection }\n\
        countersign: { state: live, owner: o, reason: r, expires: 2027-01-31 }\n";
    let filter = |from: &str, to: &str| -> &'static str {
        assert!(FILTER.contains(from), "{from}");
        Box::leak(FILTER.replace(from, to).into_boxed_str())
    };
    let rule = own("a.yml", NEW_NETWORK);
    let (rules, problems) = load(&[rule, own("f.yml", FILTER)]);
    assert_eq!(problems, []);
    let filters: Vec<_> = rules.filters_of(rules.find("no_factor").expect("read")).collect();
    assert_eq!(filters.len(), 1);
    let Body::Filter(read) = &filters[0].body else { panic!("a filter") };
    assert_eq!(read.until, "2027-01-31T00:00:00Z".parse().ok());
    let other = load(&[rule, own("f.yml", filter("product: okta", "product: aws"))]).0;
    assert_eq!(other.filters_of(other.find("no_factor").expect("read")).count(), 0);
    for (from, to, path, text) in [
        ("[no_factor]", "[]", "filter.rules", "must name the rules"),
        ("[no_factor]", "any", "filter.rules", "must name the rules"),
        ("[no_factor]", "[no_factr]", "filter.rules", "did you mean `no_factor`"),
        ("[no_factor]", "[f]", "filter.rules", "is a filter itself"),
        (", reason: r", "", "countersign.reason", "is missing"),
        (", expires: 2027-01-31", "", "countersign.expires", "is missing"),
        ("2027-01-31", "soon", "countersign.expires", "must be a day"),
        ("a: x", "a|x: x", "filter.selection.a|x", "modifier"),
    ] {
        let (_, problems) = load(&[rule, own("f.yml", filter(from, to))]);
        let is_it = |it: &FileProblem| it.path == path && it.to_string().contains(text);
        assert!(problems.iter().any(is_it), "{to}: {problems:#?}");
    }
}

const BURST: &str = "title: Burst\nid: burst\ncorrelation: { type: event_count, rules: [no_factor], \
    group-by: [actor.id], timespan: 5m, condition: { gte: 10 } }\n\
    countersign: { state: live, owner: o }\n";

fn burst(from: &str, to: &str) -> &'static str {
    assert!(BURST.contains(from), "{from}");
    Box::leak(BURST.replace(from, to).into_boxed_str())
}

#[test]
fn a_correlation_is_read_with_every_problem() {
    let rule = own("a.yml", NEW_NETWORK);
    let (rules, problems) = load(&[rule, own("b.yml", BURST)]);
    assert_eq!(problems, []);
    let Body::Correlation(read) = &rules.get("burst").expect("read").body else { panic!() };
    assert_eq!((read.kind, read.timespan), (CorrelationKind::EventCount, model::Span::minutes(5)));
    assert!(read.is_reached(10.0) && !read.is_reached(9.0) && !read.is_generating);
    for (from, to, path, text) in [
        ("event_count", "even_count", "correlation.type", "did you mean `event_count`"),
        ("event_count", "value_count", "correlation.condition.field", "whose values"),
        ("event_count", "temporal", "correlation.rules", "at least 2"),
        ("event_count", "value_percentile", "correlation.condition.field", "whose values"),
        ("{ gte: 10 }", "{ gte: 10, field: a }", "correlation.condition.field", "at most 0"),
        (
            "{ gte: 10 }",
            "{ gte: 10, percentile: 9 }",
            "correlation.condition.percentile",
            "value_percentile",
        ),
        ("{ gte: 10 }", "{}", "correlation.condition", "needs one of"),
        ("{ gte: 10 }", "{ gte: ten }", "correlation.condition.gte", "must be a number"),
        ("timespan: 5m", "timespan: 5x", "correlation.timespan", "must be a number and"),
        ("timespan: 5m", "timespan: 9y", "correlation.timespan", "from 1s to"),
        ("timespan: 5m", "timespan: 5m, window: tumbling", "correlation.window", "sliding"),
        ("[no_factor]", "[no_factr]", "correlation.rules", "did you mean `no_factor`"),
        ("[no_factor]", "[no_factor, no_factor]", "correlation.rules", "twice"),
        ("[no_factor]", "[burst]", "correlation.rules", "stands on itself"),
        (
            "timespan: 5m",
            "timespan: 5m, aliases: { who: { no_factor: x } }",
            "correlation.aliases.who",
            "group-by",
        ),
        (
            "timespan: 5m",
            "timespan: 5m, aliases: { actor.id: { nofactor: x } }",
            "correlation.aliases.actor.id.nofactor",
            "did you mean",
        ),
    ] {
        let (_, problems) = load(&[rule, own("b.yml", burst(from, to))]);
        let is_it = |it: &FileProblem| it.path == path && it.to_string().contains(text);
        assert!(problems.iter().any(is_it), "{to}: {problems:#?}");
    }
}

#[test]
fn what_needs_a_rule_that_could_not_be_read_is_left_out_too() {
    let broken = changed("condition: selection", "condition: nothing");
    let second: &'static str =
        Box::leak(BURST.replace("id: burst", "id: upper").replace("[no_factor]", "[burst]").into());
    let (rules, problems) =
        load(&[own("a.yml", broken), own("b.yml", BURST), own("c.yml", second)]);
    assert_eq!((rules.all().len(), problems.len()), (0, 3), "{problems:#?}");
}

#[test]
fn chains_end_and_are_not_too_long() {
    let chain = |count: usize| -> Vec<RuleFile<'static>> {
        let link = |at: usize| -> RuleFile<'static> {
            let below = if at == 0 { "no_factor".into() } else { format!("link-{}", at - 1) };
            let text = BURST.replace("id: burst", &format!("id: link-{at}"));
            own(
                Box::leak(format!("l{at:02}.yml").into_boxed_str()),
                Box::leak(text.replace("no_factor", &below).into_boxed_str()),
            )
        };
        [own("a.yml", NEW_NETWORK)].into_iter().chain((0..count).map(link)).collect()
    };
    assert_eq!(load(&chain(10)).1, []);
    assert_eq!(load(&chain(12)).1.len(), 2);
    let one = burst("[no_factor]", "[other]");
    let other: &'static str =
        Box::leak(BURST.replace("id: burst", "id: other").replace("[no_factor]", "[burst]").into());
    assert_eq!(load(&[own("a.yml", one), own("b.yml", other)]).1.len(), 2);
}

#[test]
fn a_meaning_stays_while_texts_and_thresholds_change() {
    let meaning = |rule: &'static str, burst: &'static str| {
        let (rules, problems) = load(&[own("a.yml", rule), own("b.yml", burst)]);
        assert_eq!(problems, []);
        (
            rules.get("sign-in-without-factor").expect("read").meaning,
            rules.get("burst").expect("read").meaning,
        )
    };
    let (rule, count) = meaning(NEW_NETWORK, BURST);
    assert_eq!(meaning(changed("title: Sign", "title: Log"), BURST), (rule, count));
    assert_eq!(meaning(changed("canary(10)", "live"), BURST), (rule, count));
    assert_eq!(meaning(NEW_NETWORK, burst("gte: 10", "gte: 20")), (rule, count));
    let (other, over) = meaning(changed("SUCCESS", "FAILURE"), BURST);
    assert!(other != rule && over != count);
    for (from, to) in [("5m", "6m"), ("actor.id", "source.ip"), ("event_count", "value_count")] {
        let to = burst(from, to);
        let to = if to.contains("value_count") {
            Box::leak(to.replace("gte: 10", "gte: 10, field: action").into_boxed_str())
        } else {
            to
        };
        assert_ne!(meaning(NEW_NETWORK, to).1, count, "{to}");
    }
}

#[test]
fn a_log_is_looked_at_by_the_rules_that_mean_it() {
    let wanted = |product: Option<&str>, service: Option<&str>, category: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        LogsourceWanted {
            product: owned(product),
            service: owned(service),
            category: owned(category),
        }
    };
    let log = event::Logsource { product: "kubernetes", service: "audit" };
    for (wanted, is_met) in [
        (wanted(Some("kubernetes"), Some("audit"), Some("application")), true),
        (wanted(Some("Kubernetes"), None, None), true),
        (wanted(None, None, None), true),
        (wanted(None, None, Some("application")), false),
        (wanted(Some("kubernetes"), Some("api"), None), false),
        (wanted(Some("aws"), None, None), false),
    ] {
        assert_eq!(wanted.is_met_by(log), is_met, "{wanted}");
    }
}

#[test]
fn the_public_set_is_read_but_for_rules_that_need_lists() {
    let Some(files) = crate::sigma::tests::support::public_rules() else { return };
    let files: Vec<RuleFile<'_>> =
        files.iter().map(|(name, text)| RuleFile { name, text, origin: Origin::Sigma }).collect();
    let (rules, problems) = load(&files);
    assert!(problems.iter().all(|it| it.text.contains("no list of values")), "{problems:#?}");
    assert!(rules.all().len() > 275, "{} of {}", rules.all().len(), files.len());
    assert!(rules.all().iter().all(|rule| rule.head.author.is_some()));
}

#[test]
fn whom_an_alert_is_about_is_known_of_events_and_not_of_a_canary() {
    let about = changed("  group: {", "  about: target.alternateId\n  group: { name: resets,");
    check(&[own("a.yml", about)], &[("countersign.about", "cannot be in a canary")]);
    let live = Box::leak(about.replace("canary(10)", "live").into_boxed_str());
    let (rules, problems) = load(&[own("a.yml", live)]);
    assert_eq!(problems, []);
    let meta = &rules.get("sign-in-without-factor").expect("read").meta;
    assert_eq!(meta.about.as_deref(), Some("target.alternateId"));
    assert_eq!(meta.group.name.as_deref(), Some("resets"));
}
