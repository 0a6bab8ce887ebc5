use proptest::prelude::*;

use super::*;

const SCHEMA: Schema = Schema {
    roots: &[
        Root {
            name: "device",
            fields: Fields::These(&[
                ("name", Kind::Plain),
                ("count", Kind::Plain),
                ("groups", Kind::Plain),
                ("managed", Kind::Bool),
                ("facts", Kind::Table),
                ("software", Kind::Lookup),
            ]),
        },
        Root { name: "extra", fields: Fields::Any },
    ],
};

fn compile(text: &str) -> Result<Expr, Vec<Flaw>> {
    Expr::compile(text, &SCHEMA)
}

fn view() -> View {
    let mut scribe = Scribe::default();
    let software = [("Foobar".to_owned(), scribe.text("1.0"))];
    let groups = ["wheel", "staff"];
    let fields = [
        ("name", Some(scribe.text("desk"))),
        ("count", Some(scribe.int(3))),
        ("groups", Some(scribe.list(&groups, |scribe, group| scribe.text(group)))),
        ("managed", Some(scribe.bool(true))),
        ("facts", None),
        ("software", Some(scribe.table(software))),
    ];
    let device = scribe.fields(fields);
    let extra = scribe.fields([]);
    View::of(&scribe, [("device", device), ("extra", extra)])
}

fn verdict(text: &str) -> Verdict {
    compile(text).unwrap_or_else(|flaws| panic!("{text}: {flaws:?}")).evaluate(&view())
}

/// What a refused expression is told: a part of the text, and the suggestion.
#[test]
fn an_expression_outside_the_limits_is_refused() {
    let loops = |count: usize| vec!["device.groups.exists(g, g == \"x\")"; count].join(" || ");
    let nested = |depth: usize| {
        let open = "device.groups.exists(x, ".repeat(depth);
        format!("{open}true{}", ")".repeat(depth))
    };
    let cases = [
        (format!("device.name == \"{}\"", "x".repeat(MAX_BYTES)), "longer than 4096 bytes", None),
        (format!("{}true{}", "(".repeat(17), ")".repeat(17)), "brackets nest deeper", None),
        (format!("device.count == 1{}", " + 1".repeat(100)), "nests deeper than 64", None),
        (format!("device.facts{} == 1", ".a".repeat(100)), "nests deeper than 64", None),
        (loops(9), "more than 8 loops", None),
        (nested(3), "loops nest deeper than 2", None),
        ("device.nam == \"x\"".into(), "unknown field of device `nam`", Some("name")),
        ("devise.managed".into(), "unknown name `devise`", Some("device")),
        ("device.name.startWith(\"x\")".into(), "unknown function `startWith`", Some("startsWith")),
        ("device.name.matches(\"x\")".into(), "unknown function `matches`", None),
        ("device == extra".into(), "`device` alone says nothing", None),
        ("Thing{} == 1".into(), "`Thing` cannot be made here", None),
        ("device.?name == \"x\"".into(), "unsupported syntax", None),
        ("device.facts.map(name, name)[0] == \"x\"".into(), "facts have no order", None),
        ("extra.list.map(name, name)[0] == \"x\"".into(), "facts have no order", None),
        ("[1].exists(device, true)".into(), "a loop's variable cannot be called `device`", None),
        ("device.name".into(), "its result is not true or false", None),
        ("size(device.name)".into(), "its result is not true or false", None),
        ("true ? device.name : \"x\"".into(), "its result is not true or false", None),
        ("device.groups.filter(g, true)".into(), "its result is not true or false", None),
        ("".into(), "", None),
        ("device.name ==".into(), "", None),
        ("device.name == \"open".into(), "", None),
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

/// A list of all software may hold thousands: whatever went through it would take as long.
#[test]
fn a_lookup_is_looked_up_in_and_never_gone_through() {
    for (text, holds) in [
        (r#"device.software["Foobar"] == "1.0""#, true),
        (r#"device.software.Foobar == "1.0""#, true),
        (r#""Foobar" in device.software"#, true),
        (r#""Other" in device.software"#, false),
        ("has(device.software.Other)", false),
        ("has(device.software)", true),
    ] {
        assert_eq!(verdict(text), if holds { Verdict::Holds } else { Verdict::Fails }, "{text}");
        let expr = compile(text).expect(text);
        assert_eq!(expr.reads(), [("device".to_owned(), "software".to_owned())], "{text}");
    }
    for text in [
        "device.software.exists(name, true)",
        "[device.software].exists(each, each.exists(name, true))",
        "size(device.software) > 0",
        "device.software == {}",
        r#"(true ? device.software : {})["Foobar"] == "1.0""#,
    ] {
        let flaws = compile(text).expect_err(text);
        assert!(flaws.iter().any(|flaw| flaw.text.contains("only looked up in")), "{text}");
    }
}

#[test]
fn what_says_something_about_nothing_is_not_informed() {
    for (text, is_informed) in [
        ("!has(extra.thing)", false),
        ("!has(extra.thing) && !has(device.facts)", false),
        ("!has(extra.thing) && device.managed", true),
        (r#"!("Other" in device.software)"#, true),
        ("true", false),
    ] {
        let expr = compile(text).expect(text);
        assert_eq!(expr.evaluate(&view()), Verdict::Holds, "{text}");
        assert_eq!(expr.is_informed(&view()), is_informed, "{text}");
    }
}

#[test]
fn the_deepest_expression_taken_runs_on_a_small_stack() {
    let mut sum = "device.count".to_owned();
    while compile(&format!("{sum} + 1 > 0")).is_ok() {
        sum.push_str(" + 1");
    }
    let mut not = "device.managed".to_owned();
    while not.len() < 60 {
        not.insert(0, '!');
    }
    let deepest = [
        format!("{sum} > 0"),
        format!("{}device.managed{}", "!(".repeat(MAX_BRACKETS), ")".repeat(MAX_BRACKETS)),
        not,
    ]
    .map(|text| compile(&text).expect("within the limits"));
    let evaluate = move || {
        let view = view();
        deepest.iter().all(|expr| !matches!(expr.evaluate(&view), Verdict::Unknown(_)))
    };
    let small = thread::Builder::new().stack_size(512 * 1_024).spawn(evaluate).expect("a thread");
    assert!(small.join().expect("no overflow"));
}

#[test]
fn brackets_hidden_behind_quoted_ones_do_not_overflow_the_parser() {
    let hidden =
        |depth: usize| format!("{}true{}", "(\")\" == \")\" && ".repeat(depth), ")".repeat(depth));
    // The deepest that the parser takes lies between: all come back, and the last is refused.
    for depth in [20, 40, 60, 80, 90, 100] {
        assert!(bracket_depth(&hidden(depth)) <= MAX_BRACKETS, "{depth}");
        let _ = compile(&hidden(depth));
    }
    assert!(compile(&hidden(200)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_the_compiler_fail(
        text in r#"(device|extra|\.|facts|software|[a-z]|"|'|\(|\)|\[|\]|==|&&|\|\||!|\+| |[0-9]|\\|\PC){0,60}"#
    ) {
        if let Ok(expr) = compile(&text) {
            let _ = expr.evaluate(&view());
        }
    }
}
