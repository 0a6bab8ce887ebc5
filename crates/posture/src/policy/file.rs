//! What a file of a check may hold.
//!
//! ```yaml
//! id: encryption                   # a to z, 0 to 9, hyphens
//! owner: security
//! check: encryption                # a practice of ours, or `SOURCE:NAME` of a source; `foreign`
//!                                  #   for all of sources' own that have no check. Or instead:
//! agent: { name: Foobar.app, services: [com.foo.bar], floors: { macos: "1.0" } }
//! when: 'has(attribute.asset_tag)' # or instead: a condition that holds when all is well
//! platforms: [macos, windows]      # all that have such a thing, unless set
//! people: [contractors]            # groups of owners; all, unless set
//! severity: warn                   # or nudge
//! strategy: warn_then_block        # or report, notify, block
//! delay: 1d                        # before the person is told
//! repeat: 7d                       # before they are told again
//! grace: 14d                       # before the device is not compliant
//! max_age: 14d                     # of an observation
//! display: false                   # hidden from the person
//! count_unknown: true              # having no verdict counts against compliance
//! alert: true                      # a new failure is worth an alert
//! lock: { max_delay: 15m }         # of the screen: only with `check: screenlock`
//! currency:                        # of the system: only with `check: uptodate`
//!   max_behind: 14d
//!   max_behind_urgent: 3d          # when it mends what attackers already use
//!   feed_max_age: 45d
//!   patch_level: { nudge: 62d, warn: 93d }
//!   extended_support: [debian]
//!   floors:
//!     - { product: ios, required: "11.1.0", recommended: "11.1.1" }
//!     - { product: windows, line: "10.0.26100", required: "10.0.26100.4061" }
//! tests:
//!   - { name: an open disk warns, device: { seen: { encryption: false } }, expect: warn }
//! ```

use content::{FileProblem, Problems, Section, yaml::text};
use model::{
    Span,
    device::{Platform, Practice},
};
use serde_norway::Value;

use super::{
    FILE_BYTES_MAX,
    example::{self, Example},
    hash,
    parts::{agent, currency, lock},
};
use crate::check::{self, Check, How, Strategy, Weight};

/// The longest time of any kind.
const SPAN_MAX: Span = Span::days(365);
/// How long a failure may last before the person is told: many heal by themselves.
const DELAY: Span = Span::days(1);
/// How long until they are told again.
const REPEAT: Span = Span::days(7);
/// How long they have.
const GRACE: Span = Span::days(14);
/// What is older says little.
const MAX_AGE: Span = Span::days(14);
/// What a condition's practice is called.
const OWN: &str = "own";
/// All practices of sources' own.
const FOREIGN: &str = "foreign";

const KEYS: [&str; 19] = [
    "id",
    "owner",
    "check",
    "agent",
    "when",
    "platforms",
    "people",
    "severity",
    "strategy",
    "delay",
    "repeat",
    "grace",
    "max_age",
    "display",
    "count_unknown",
    "alert",
    "lock",
    "currency",
    "tests",
];
const WEIGHTS: [(&str, Weight); 2] = [("nudge", Weight::Nudge), ("warn", Weight::Warn)];
const STRATEGIES: [(&str, Strategy); 4] = [
    ("report", Strategy::Report),
    ("notify", Strategy::Notify),
    ("warn_then_block", Strategy::WarnThenBlock),
    ("block", Strategy::Block),
];

/// A file's check and its tests, or everything that is wrong with it.
pub(super) fn read(name: &str, yaml: &str) -> Result<(Check, Vec<Example>), Vec<FileProblem>> {
    let mut problems = Problems::of(name);
    let value = parse(yaml, &mut problems);
    let read = value.and_then(|value| check(&value, name, hash(yaml), &mut problems));
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(problems.into_vec()),
    }
}

fn parse(yaml: &str, problems: &mut Problems<'_>) -> Option<Value> {
    if yaml.len() > FILE_BYTES_MAX {
        problems.add("", format!("longer than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    serde_norway::from_str(yaml).map_err(|error| problems.add("", error.to_string())).ok()
}

/// Reads every part before it gives up on any, so that all problems are found.
fn check(
    value: &Value,
    file: &str,
    hash: u64,
    problems: &mut Problems<'_>,
) -> Option<(Check, Vec<Example>)> {
    let top = Section::read(value, "", &KEYS, problems)?;
    let id = top.id("id", problems);
    let id = top.required("id", id, problems);
    let owner = top.text("owner", problems);
    top.required("owner", owner, problems);
    let judged = judged(&top, id.as_deref().unwrap_or_default(), problems);
    let platforms = platforms(&top, "platforms", problems);
    let people = top.texts("people", problems).unwrap_or_default();
    let weight = top.word("severity", &WEIGHTS, problems);
    let strategy = top.word("strategy", &STRATEGIES, problems).unwrap_or(Strategy::Notify);
    let mut span = |key, unless: Span| top.span(key, SPAN_MAX, problems).unwrap_or(unless);
    let (delay, repeat) = (span("delay", DELAY), span("repeat", REPEAT));
    let (grace, max_age) = (span("grace", GRACE), span("max_age", MAX_AGE));
    let flags = ["display", "count_unknown", "alert"].map(|key| top.flag(key, problems));
    let example_of = judged.as_ref().map(|(practice, _)| practice.clone());
    let example_of = example_of.unwrap_or(Practice::Encryption);
    let tests =
        example::read(&top, file, (id.as_deref().unwrap_or_default(), &example_of), problems);
    let (id, (practice, how)) = (id?, judged?);
    let check = Check {
        id,
        hash,
        weight: weight.unwrap_or_else(|| default_weight(&practice)),
        is_alerting: flags[2].unwrap_or_else(|| is_alerting(&practice)),
        practice,
        how,
        platforms,
        people,
        strategy,
        delay,
        repeat,
        grace,
        max_age: Some(max_age),
        is_displayed: flags[0].unwrap_or(true),
        is_unknown_counted: flags[1].unwrap_or(false),
    };
    Some((check, tests))
}

/// What is judged, and how.
fn judged(top: &Section<'_>, id: &str, problems: &mut Problems<'_>) -> Option<(Practice, How)> {
    let said = ["check", "agent", "when"].map(|key| top.get(key));
    if said.iter().flatten().count() != 1 {
        problems.add("check", "say one of `check`, `agent` and `when`");
    }
    let [named, agent_said, when] = said;
    // Each that is there is read, even when there are too many, for its own problems.
    let named = named.and_then(|value| by_name(value, top, problems));
    let agent = agent_said.and_then(|value| agent(value, problems));
    let agent = agent.map(|rule| (Practice::Agent(rule.name.clone()), How::Agent(rule)));
    let when = when.and_then(|value| condition(value, problems));
    let when = when.map(|how| (Practice::Other(format!("{OWN}:{id}")), how));
    refuse_strays(top, problems);
    named.or(agent).or(when)
}

fn by_name(
    value: &Value,
    top: &Section<'_>,
    problems: &mut Problems<'_>,
) -> Option<(Practice, How)> {
    let name = text(value, "check", problems)?;
    if name == FOREIGN {
        return Some((Practice::Other(FOREIGN.to_owned()), How::Foreign));
    }
    let Ok(practice) = name.parse::<Practice>() else {
        let known = Practice::BUILT_IN.map(|practice| practice.to_string());
        let known = known.iter().map(String::as_str).chain([FOREIGN]);
        let nearest = content::nearest(name, known);
        problems.add_near("check", "must be a practice, or SOURCE:NAME", nearest);
        return None;
    };
    let how = match practice {
        Practice::UpToDate => How::Currency(Box::new(currency(top, problems))),
        Practice::ScreenLock => lock(top, problems),
        Practice::Agent(_) => {
            problems.add("check", "say `agent: { name: … }`");
            return None;
        }
        _ => How::Seen,
    };
    Some((practice, how))
}

/// What belongs to one practice only.
fn refuse_strays(top: &Section<'_>, problems: &mut Problems<'_>) {
    let named = top.get("check").and_then(Value::as_str);
    for (key, practice) in [("currency", Practice::UpToDate), ("lock", Practice::ScreenLock)] {
        if top.get(key).is_some() && named != practice.built_in_name() {
            problems.add(key, format!("belongs to `check: {practice}`"));
        }
    }
}

fn condition(value: &Value, problems: &mut Problems<'_>) -> Option<How> {
    let Some(text) = value.as_str() else {
        problems.add("when", "must be a text that is a condition");
        return None;
    };
    match check::compile(text) {
        Ok(expr) => Some(How::Condition(expr)),
        Err(flaws) => {
            for flaw in flaws {
                problems.add_near("when", flaw.text, flaw.nearest);
            }
            None
        }
    }
}

fn platforms(top: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Vec<Platform> {
    let named = top.list(key, problems).unwrap_or_default();
    named.iter().filter_map(|(path, value)| platform(value, path, problems)).collect()
}

pub(super) fn platform(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Platform> {
    let name = text(value, path, problems)?;
    let platform = Platform::named(name).filter(|platform| platform.is_known());
    if platform.is_none() {
        let known = Platform::ALL.into_iter().filter(|it| it.is_known()).map(Platform::name);
        problems.add_near(path, "must be a platform", content::nearest(name, known));
    }
    platform
}

/// Whether it stands for all practices of sources' own.
pub(super) fn is_foreign(practice: &Practice) -> bool {
    matches!(practice, Practice::Other(name) if name == FOREIGN)
}

fn default_weight(practice: &Practice) -> Weight {
    match practice {
        Practice::Encryption
        | Practice::Firewall
        | Practice::UpToDate
        | Practice::ScreenLock
        | Practice::Jailed
        | Practice::Passcode => Weight::Warn,
        Practice::AutoUpdate
        | Practice::RemoteLogin
        | Practice::UnknownSources
        | Practice::AdbStatus
        | Practice::SecureBoot
        | Practice::Agent(_)
        | Practice::Other(_) => Weight::Nudge,
    }
}

fn is_alerting(practice: &Practice) -> bool {
    matches!(practice, Practice::Jailed | Practice::Encryption)
}
