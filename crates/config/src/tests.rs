//! What is wrong with a file, as data: each text, and exactly what is said about it.

use model::Problem;
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Chat {
    base_url: String,
    bot_token: SecretRef,
    #[serde(default)]
    signing: Vec<SecretRef>,
    auth: Option<Auth>,
    #[serde(default)]
    style: Style,
    names: Option<OneOrMore>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Auth {
    Bearer(SecretRef),
    Hmac(Hmac),
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hmac {
    secret: SecretRef,
}

#[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Style {
    /// Short.
    #[default]
    Short,
    /// Long.
    Long,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn registry() -> Registry {
    Registry::new()
        .with::<Chat>(Family::Chat, "slack", |chat| {
            let is_good = chat.base_url.starts_with("https://");
            let problem = Problem::at("base_url", "must begin with https://");
            if is_good { vec![] } else { vec![problem] }
        })
        .kind::<Nothing>(Family::Chat, "web")
        .kind::<Nothing>(Family::Verify, "passkey")
        .kind::<Nothing>(Family::Escalate, "pagerduty")
}

fn read(text: &str) -> Result<Config, Vec<ConfigProblem>> {
    load(text, "countersign.toml", &registry())
}

/// What is said about a file, without the remark on a missing target.
fn said(text: &str) -> Vec<String> {
    let text = if text.contains("escalate") {
        text.to_owned()
    } else {
        format!("{text}\n[escalate]\nnone = true\n")
    };
    let problems = read(&text).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let expected: Vec<String> =
        expected.iter().map(|each| format!("countersign.toml{each}")).collect();
    assert_eq!(said(text), expected, "{text}");
}

const WHOLE: &str = r#"
content = "content"

[server]
listen = "127.0.0.1:8400"
public_url = "https://countersign.example.com"
data_dir = "data"
trusted_proxies = ["10.0.0.0/8", "::1"]

[organisation]
name = "Example"
time_zone = "Europe/Berlin"
working_hours = { days = ["mon", "tue"], start = "09:00", end = "17:30" }
languages = ["en", "de"]
holidays = ["2026-12-25"]
mode = "observe"

[store]

[chat.slack]
kind = "slack"
base_url = "https://slack.example.com/api"
bot_token = { env = "SLACK_BOT_TOKEN" }
signing = [{ file = "/run/new" }, { env = "OLD" }]
auth = { hmac = { secret = { env = "HMAC" } } }
style = "long"
names = ["a", "b"]

[verify]
independence_window = "24h"
attempts = 5
[verify.passkey]
kind = "passkey"

[escalate.pagerduty]
kind = "pagerduty"

[signin.roles]
analyst = ["security"]
admin = ["security-leads"]

[api_keys.siem]
scopes = ["read", "analyst"]
token = { env = "SIEM_KEY" }

[limits]
alert_body = "2MiB"
disk_reserve = "256MiB"

[telemetry]
metrics_listen = "127.0.0.1:9464"
"#;

#[test]
fn a_whole_file_is_read_as_it_is_written() {
    let config = read(WHOLE).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(config.organisation.mode, Mode::Observe);
    assert_eq!(config.organisation.zone().iana_name(), Some("Europe/Berlin"));
    assert_eq!(config.organisation.working_hours.days.len(), 2);
    assert_eq!(config.verify.independence_window, model::Span::hours(24));
    assert_eq!(config.verify.attempts, 5);
    assert_eq!(config.limits.alert_body, Size::mib(2));
    assert_eq!(config.limits.json_depth, 64, "what is not given has its default");
    assert_eq!(config.api_keys["siem"].scopes.len(), 2);
    let slack = &config.chats["slack"];
    assert_eq!((slack.kind.as_str(), slack.name.as_str()), ("slack", "slack"));
    let chat: Chat = slack.read().expect("checked");
    assert_eq!(chat.style, Style::Long);
    assert_eq!(config.verifiers.keys().collect::<Vec<_>>(), ["passkey"]);
    let secrets: Vec<_> = config.secrets.iter().map(|each| each.key.as_str()).collect();
    let wanted = [
        "api_keys.siem.token",
        "chat.slack.auth.hmac.secret",
        "chat.slack.bot_token",
        "chat.slack.signing[0]",
        "chat.slack.signing[1]",
    ];
    assert_eq!(secrets, wanted);
}

#[test]
fn a_scope_that_nothing_takes_is_refused() {
    let text =
        "escalate.none = true\n[api_keys.tool]\nscopes = [\"ingest\"]\ntoken = { env = \"T\" }\n";
    let [problem] = &read(text).expect_err("refused")[..] else { panic!("one problem") };
    assert_eq!((problem.line, problem.key.as_str()), (Some(3), "api_keys.tool.scopes"));
    assert!(problem.text.contains("no route of this version takes `ingest`"), "{}", problem.text);
}

#[test]
fn an_empty_file_is_everything_by_default_but_for_whom_to_page() {
    let config = read("escalate.none = true").expect("sound");
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8400");
    assert_eq!(config.verify, Verify::default());
    let none = read("").expect_err("nobody is paged");
    let text = "countersign.toml: escalate: there is no [escalate.NAME]: add one, or say \
                `escalate.none = true` if nobody is to be paged";
    assert_eq!(none.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
    check(
        "[escalate]\nnone = true\n[escalate.pd]\nkind = \"pagerduty\"",
        &[":2: escalate.none: contradicts the [escalate.NAME] beside it: remove one"],
    );
}

#[test]
fn each_fault_is_told_with_its_line_its_key_and_the_nearest_known_key() {
    check("contnt = \"x\"", &[":1: contnt: unknown key `contnt`, did you mean `content`?"]);
    check(
        "[server]\nlisen = \"x\"",
        &[":2: server.lisen: unknown key `lisen`, did you mean `listen`?"],
    );
    check(
        "[store]\nqqq = 1\n[api_keys.siem]\nscopes = [\"read\"]",
        &[":2: store.qqq: unknown key `qqq`", ":3: api_keys.siem.token: must be given"],
    );
    check(
        "[verify]\natempts = 3",
        &[":2: verify.atempts: unknown key `atempts`, did you mean `attempts`?"],
    );
}

#[test]
fn each_value_has_its_form_and_its_bounds() {
    for (text, expected) in [
        ("[server]\nlisten = 8400", ":2: server.listen: must be a text"),
        (
            "[server]\nlisten = \"localhost\"",
            ":2: server.listen: not an address and a port such as 127.0.0.1:8400",
        ),
        (
            "[server]\npublic_url = \"http://cs.example.com\"",
            ":2: server.public_url: must begin with https:// (plain http is for loopback \
             addresses only)",
        ),
        (
            "[server]\npublic_url = \"https://cs.example.com/app\"",
            ":2: server.public_url: must end after the host and port: the pages are at its root",
        ),
        (
            "[server]\npublic_url = \"https://a:b@cs.example.com\"",
            ":2: server.public_url: must not hold a user name or password",
        ),
        (
            "[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"10.0.0.0/99\"]",
            ":2: server.trusted_proxies[1]: not an address or a network such as 10.0.0.0/8",
        ),
        (
            "[organisation]\ntime_zone = \"Europe/Berlim\"",
            ":2: organisation.time_zone: not a time zone such as Europe/Berlin",
        ),
        (
            "[organisation]\nmode = \"obsrve\"",
            ":2: organisation.mode: unknown value `obsrve`, did you mean `observe`?",
        ),
        (
            "[organisation]\nholidays = [\"2026-02-30\"]",
            ":2: organisation.holidays[0]: not a day such as 2026-12-25",
        ),
        ("[organisation]\nlanguages = []", ":2: organisation.languages: must not be empty"),
        (
            "[organisation.working_hours]\ndays = [\"monday\"]",
            ":2: organisation.working_hours.days[0]: unknown value `monday`, did you mean `mon`?",
        ),
        (
            "[organisation.working_hours]\nstart = \"18:00\"\nend = \"09:00\"",
            ":3: organisation.working_hours.end: must be later than `start`",
        ),
        (
            "[verify]\nindependence_window = \"3 days\"",
            ":2: verify.independence_window: not a length of time: write a number and s, m, h or \
             d, such as 30m",
        ),
        ("[verify]\nattempts = 0", ":2: verify.attempts: must be between 1 and 10"),
        ("[limits]\njson_depth = 1_000_000", ":2: limits.json_depth: must be between 4 and 96"),
        (
            "[limits]\nalert_body = \"1 MB\"",
            ":2: limits.alert_body: not a size: write a number and KiB, MiB or GiB, such as 10MiB",
        ),
        (
            "[api_keys.Siem]\nscopes = [\"read\"]\ntoken = { env = \"K\" }",
            ":1: api_keys.Siem: a name has at most 63 lower-case letters, digits, - and _",
        ),
        (
            "[api_keys.siem]\nscopes = [\"raed\"]\ntoken = { env = \"K\" }",
            ":2: api_keys.siem.scopes[0]: unknown value `raed`, did you mean `read`?",
        ),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn a_section_is_checked_as_its_kind() {
    let slack = "[chat.slack]\nkind = \"slack\"\nbase_url = \"https://x\"\n";
    let good = "bot_token = { env = \"T\" }\n";
    let secret = "must be a reference to a secret: write { env = \"NAME\" } or { file = \"PATH\" }";
    for (text, expected) in [
        (
            "[chat.slack]\nkind = \"slak\"".to_owned(),
            vec![":2: chat.slack.kind: unknown kind `slak`, did you mean `slack`?".to_owned()],
        ),
        (
            "[chat.slack]\nbase_url = \"x\"".to_owned(),
            vec![":1: chat.slack.kind: must be given, known are slack, web".to_owned()],
        ),
        (
            "[chat]\nslack = \"x\"".to_owned(),
            vec![":2: chat.slack: must be a table with a `kind`".to_owned()],
        ),
        (slack.to_owned(), vec![":1: chat.slack.bot_token: must be given".to_owned()]),
        (
            format!("{slack}bot_token = \"hunter2\""),
            vec![format!(":4: chat.slack.bot_token: {secret}")],
        ),
        (
            format!("{slack}bot_token = {{ evn = \"T\" }}"),
            vec![format!(":4: chat.slack.bot_token: {secret}")],
        ),
        (
            format!("{slack}{good}auth = {{ baerer = {{ env = \"T\" }} }}"),
            vec![":5: chat.slack.auth: unknown key `baerer`, did you mean `bearer`?".to_owned()],
        ),
        (
            format!("{slack}{good}auth = {{}}"),
            vec![":5: chat.slack.auth: must have exactly one of bearer, hmac".to_owned()],
        ),
        (
            format!("{slack}{good}auth = {{ hmac = {{ secret = 7 }} }}"),
            vec![format!(":5: chat.slack.auth.hmac.secret: {secret}")],
        ),
        (
            format!("{slack}{good}style = \"shrt\""),
            vec![":5: chat.slack.style: unknown value `shrt`, did you mean `short`?".to_owned()],
        ),
        (
            format!("{slack}{good}names = 7"),
            vec![":5: chat.slack.names: must be a text or a list".to_owned()],
        ),
        (
            format!("[chat.slack]\nkind = \"slack\"\nbase_url = \"ftp://x\"\n{good}"),
            vec![":3: chat.slack.base_url: must begin with https://".to_owned()],
        ),
    ] {
        check(&text, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_their_lines() {
    let found = said(
        "[server]\nlisen = \"x\"\nlisten = 1\n[organisation]\ntime_zone = \"Mars\"\n\
         working_hours = { start = \"18:00\", end = \"09:00\" }\n[chat.slack]\nkind = \"slack\"\n\
         base_url = \"ftp://x\"\nbot_token = \"hunter2\"\nextra = 1\n[verify.x]\nkind = \"pass\"\n\
         [escalate.pd]\nkind = \"pagerdty\"",
    );
    let lines: Vec<_> = found
        .iter()
        .map(|each| each.split(':').nth(1).and_then(|line| line.parse().ok()).unwrap_or(0))
        .collect();
    assert_eq!(lines, [2, 3, 5, 6, 10, 11, 13, 15], "{found:#?}");
    assert!(!found.join("").contains("hunter2"));
}

#[test]
fn what_is_not_toml_is_told_with_its_line_and_never_panics() {
    let found = said("[server]\nlisten = \n[chat\n");
    assert!(found[0].starts_with("countersign.toml:2: not TOML: "), "{found:?}");
    for text in ["\u{0}", "[[server]]\nx=1", "server = 1", "verify = []", "chat = 3", "[chat.\"\"]"]
    {
        assert!(!said(text).is_empty(), "{text:?}");
    }
    let long = "#".repeat(2 << 20);
    assert_eq!(said(&long), ["countersign.toml: larger than 1 MiB"]);
}

#[test]
fn a_secret_that_is_unset_or_empty_fails_naming_its_key() {
    let config = read(WHOLE).expect("sound");
    let missing =
        missing_secrets("countersign.toml", &config.secrets, |reference| match reference {
            SecretRef::Env(name) if name == "OLD" => Err("the environment variable OLD is empty"),
            SecretRef::File(_) => Err("the file /run/new cannot be read"),
            SecretRef::Env(_) => Ok(()),
        });
    let said: Vec<_> = missing.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "countersign.toml:24: chat.slack.signing[0]: the file /run/new cannot be read",
            "countersign.toml:24: chat.slack.signing[1]: the environment variable OLD is empty",
        ]
    );
}

#[test]
fn what_is_shown_can_be_loaded_again_and_holds_no_token() {
    let config = read(WHOLE).expect("sound");
    let shown = show(&config);
    assert!(shown.contains("env = \"SLACK_BOT_TOKEN\"") && shown.contains("json_depth = 64"));
    let again = read(&shown).unwrap_or_else(|problems| panic!("{problems:#?}\n{shown}"));
    assert_eq!(again.limits, config.limits);
    assert_eq!(show(&again), shown);

    let mut hook = config;
    let slack = hook.chats.get_mut("slack").expect("there");
    let address = "https://user:hunter2@hooks.example.com/services/hunter2?key=hunter2";
    slack.settings.insert("url".to_owned(), address.into());
    let shown = show(&hook);
    assert!(shown.contains("https://hooks.example.com/…") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_schema_names_every_kind_and_refuses_what_is_unknown() {
    let schema = schema(&registry());
    let kinds = schema["properties"]["chat"]["additionalProperties"]["oneOf"].as_array();
    let kinds: Vec<_> = kinds
        .expect("kinds")
        .iter()
        .map(|branch| {
            (branch["properties"]["kind"]["const"].as_str(), &branch["additionalProperties"])
        })
        .collect();
    let never = &serde_json::Value::Bool(false);
    assert_eq!(kinds, [(Some("slack"), never), (Some("web"), never)]);
    for (name, definition) in schema["$defs"].as_object().expect("definitions") {
        let is_struct = definition["properties"].is_object();
        assert!(!is_struct || definition["additionalProperties"] == false, "{name}");
    }
}

#[test]
fn the_steps_of_escalation_name_targets_and_how_long_they_are_waited_for() {
    let targets = "[escalate.pd]\nkind = \"pagerduty\"\n[escalate.boss]\nkind = \"pagerduty\"\n";
    let with = |steps: &str| format!("[escalate]\n{steps}\n{targets}");
    let good = "steps = [{ targets = [\"pd\"] }, { targets = [\"boss\"], after = \"10m\" }]";
    let config = read(&with(&format!("{good}\nresume_after = \"1h\""))).expect("sound");
    assert_eq!(config.escalate.steps[1].after, Some(model::Span::minutes(10)));
    assert_eq!(config.pagers.len(), 2, "the steps are no target");
    for (steps, expected) in [
        (
            "steps = [{ targets = [\"pd\", \"bos\"] }, { targets = [\"boss\"], after = \"1m\" }]",
            ":2: escalate.steps: there is no [escalate.bos]",
        ),
        (
            "steps = [{ targets = [\"pd\"] }, { targets = [\"boss\"] }]",
            ":2: escalate.steps: every step but the first says with `after` how long the one \
             before it is waited for",
        ),
        (
            "steps = [{ targets = [\"pd\"] }]",
            ":5: escalate.boss: is in no step of `escalate.steps`: nobody is paged through it",
        ),
        ("resume_after = \"1h\"", ":2: escalate.resume_after: says nothing without `steps`"),
    ] {
        check(&with(steps), &[expected]);
    }
}
