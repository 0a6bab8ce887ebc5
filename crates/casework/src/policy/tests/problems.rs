//! What is wrong with files of policies, and what is told about it.

use super::*;

/// Each case: lines of a policy, the path, a part of what is told, and what is suggested.
#[test]
fn every_problem_is_told_with_its_key_and_what_to_do() {
    const ASK: &str = "ask: { message: generic, deadline: 2h }\n";
    const ON: &str = "match: 'true'\nescalate: true\non:\n  ";
    let suppress = "{ suppress: 21h, max_hits: 20, same: [ip] }";
    let cases: &[(&str, &str, &str, Option<&str>)] = &[
        ("match: 'true'\nescalte: true", "escalte", "unknown key", Some("escalate")),
        ("match: 'true'", "ask", "say one of", None),
        ("match: 'true'\nescalate: false", "escalate", "must be true", None),
        ("escalate: true", "match", "say `fallback: true`", None),
        ("match: 3\nescalate: true", "match", "must be a text", None),
        ("match: alert.sorce == 'x'\nescalate: true", "match", "unknown field", Some("source")),
        ("match: 'true'\nask: { message: generic }", "ask.deadline", "is missing", None),
        ("match: 'true'\nask: { deadline: 2h }", "ask.message", "is missing", None),
        (
            "match: 'true'\nask: { message: ../x, deadline: 2h }",
            "ask.message",
            "must be 1 to",
            None,
        ),
        (
            "match: 'true'\nask: { message: g, deadline: 31d }",
            "ask.deadline",
            "longer than 30d",
            None,
        ),
        (
            "match: 'true'\nask: { message: g, deadline: 0s }",
            "ask.deadline",
            "no time at all",
            None,
        ),
        ("match: 'true'\nask: { message: g, deadline: 30 }", "ask.deadline", "such as 30m", None),
        (
            "match: 'true'\nask: { message: g, deadline: 1h, reminders: [10m, 1h] }",
            "ask.reminders[1]",
            "comes after the deadline",
            None,
        ),
        (
            "match: 'true'\nask: { message: g, deadline: 1h, clock: wal }",
            "ask.clock",
            "must be wall or working",
            Some("wall"),
        ),
        (
            "match: 'true'\nask: { message: g, deadline: 1h, deadlin: 2h }",
            "ask.deadlin",
            "unknown key",
            Some("deadline"),
        ),
        (
            "match: 'true'\nseverity: [{ default: high }]\nask: { message: g, deadline: 1h }",
            "ask.clock",
            "accept_delay: true",
            None,
        ),
        (
            "match: 'true'\nseverity: [{ default: hihg }]\nescalate: true",
            "severity[0].default",
            "must be info or low",
            Some("high"),
        ),
        (
            "match: 'true'\nseverity: [{ when: 'true', set: low }]\nescalate: true",
            "severity[0].why",
            "is missing",
            None,
        ),
        ("match: 'true'\nseverity: [{}]\nescalate: true", "severity[0]", "needs either", None),
        (&format!("{ON}denied: [{suppress}]"), "on.denied[0]", "only what is verified", None),
        (
            &format!("{ON}verified: [{{ suppress: 21h, max_hits: 20 }}]"),
            "on.verified[0].same",
            "is missing",
            None,
        ),
        (
            &format!("{ON}verified: [{{ suppress: 21h, max_hits: 20, same: [] }}]"),
            "on.verified[0].same",
            "at least one fact",
            None,
        ),
        (
            &format!("{ON}verified: [{{ suppress: 21h, max_hits: 0, same: [ip] }}]"),
            "on.verified[0].max_hits",
            "from 1 to 1000",
            None,
        ),
        (&format!("{ON}denied: [pgae]"), "on.denied[0]", "must be page", Some("page")),
        (
            &format!("{ON}denied: [page, {{ run: okta.suspnd }}]"),
            "on.denied[1].run",
            "is neither an action of a responder nor a playbook",
            Some("okta.suspend"),
        ),
        (&format!("{ON}denyed: [page]"), "on.denyed", "unknown key", Some("denied")),
        (&format!("{ON}denied: page"), "on.denied", "must be a list", None),
        ("match: 'true'\nescalate: true\ngroup: { window: 99d }", "group.window", "longer", None),
        (
            "match: 'true'\nescalate: true\ntests: [{ name: x, alert: { sauce: y } }]",
            "tests[0].alert.sauce",
            "unknown key",
            Some("source"),
        ),
        ("- a list", "", "", None),
        (&format!("match: 'true'\nmatch: 'true'\n{ASK}"), "", "duplicate", None),
    ];
    for (lines, path, told, nearest) in cases {
        let (_, problems) = Policies::load(&files([("p.yml", &policy("p", lines))]), &catalog());
        let found = problems.iter().find(|it| it.path == *path && it.text.contains(told));
        let found = found.unwrap_or_else(|| panic!("{lines}: {problems:?}"));
        assert_eq!(found.nearest.as_deref(), *nearest, "{lines}");
        assert_eq!(found.file, "p.yml");
    }
}

#[test]
fn all_problems_of_all_files_are_told_at_once_and_good_files_still_work() {
    let bad = "id: Bad Id\nmatch: alert.sorce == 1\nask: { message: g, deadlin: 2h }\n";
    let (policies, problems) = Policies::load(
        &files([
            ("bad.yml", bad),
            ("root.yml", ROOT_LOGIN),
            ("same.yml", ROOT_LOGIN),
            ("worse.yml", "a: [unclosed"),
            ("long.yml", &"#".repeat(MAX_FILE_BYTES + 1)),
        ]),
        &catalog(),
    );
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let starts = [
        "bad.yml: id: must be",
        "bad.yml: owner: is missing",
        "bad.yml: match: unknown field of alert `sorce`; did you mean `source`?",
        "bad.yml: ask.deadlin: unknown key; did you mean `deadline`?",
        "bad.yml: ask.deadline: is missing",
        "long.yml: longer than",
        "same.yml: id: the id is that of root.yml too",
        "worse.yml: ",
    ];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told}");
    }
    assert_eq!(decide(&policies, &alert("siem", Severity::Low), None).policy, "siem-root-login");
}

#[test]
fn hostile_yaml_is_refused_within_its_limits() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (this, before) in ('b'..='k').zip('a'..='j') {
        let many = vec![format!("*{before}"); 9].join(", ");
        bomb.push_str(&format!("{this}: &{this} [{many}]\n"));
    }
    let deep = format!("id: {}", "[".repeat(10_000));
    for text in [bomb.as_str(), deep.as_str(), "", "\0", "id: !tag x", "? [a]\n: b", "{1: 2}"] {
        let (_, problems) = Policies::load(&files([("x.yml", text)]), &catalog());
        assert!(!problems.is_empty(), "{text}");
    }
}
