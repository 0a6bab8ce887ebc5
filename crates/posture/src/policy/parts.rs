//! The parts of a file that belong to one kind of check.

use content::{Problems, Section, yaml::text};
use model::{Span, device::Platform};
use serde_norway::Value;

use crate::{
    check::{AgentRule, How},
    currency::{CurrencyRules, Floor},
    version::{Version, debian},
};

/// The longest time of any kind.
const SPAN_MAX: Span = Span::days(3_650);
/// How long a screen may stay open, unless set otherwise.
const LOCK_DELAY: Span = Span::minutes(15);
const CURRENCY_KEYS: [&str; 6] = [
    "max_behind",
    "max_behind_urgent",
    "feed_max_age",
    "patch_level",
    "extended_support",
    "floors",
];
const FLOOR_KEYS: [&str; 4] = ["product", "line", "required", "recommended"];

/// The agent that must be there.
pub(super) fn agent(value: &Value, problems: &mut Problems<'_>) -> Option<AgentRule> {
    let section = Section::read(value, "agent", &["name", "services", "floors"], problems)?;
    let name = section.text("name", problems);
    let name = section.required("name", name, problems);
    let services = section.texts("services", problems).unwrap_or_default();
    let names: Vec<&str> =
        Platform::ALL.into_iter().filter(|it| it.is_known()).map(Platform::name).collect();
    let floors = section
        .get("floors")
        .and_then(|value| Section::read(value, "agent.floors", &names, problems));
    let mut rule = AgentRule { services, ..AgentRule::default() };
    for (name, value) in floors.iter().flat_map(Section::entries) {
        let path = format!("agent.floors.{name}");
        let floor = text(value, &path, problems);
        if floor.is_some_and(|floor| debian::upstream(floor).is_none()) {
            problems.add(path, "must begin with a number");
        }
        rule.floors.extend(Platform::named(name).zip(floor.map(str::to_owned)));
    }
    Some(AgentRule { name: name?.to_owned(), ..rule })
}

/// How long the screen may stay open.
pub(super) fn lock(top: &Section<'_>, problems: &mut Problems<'_>) -> How {
    let section =
        top.get("lock").and_then(|value| Section::read(value, "lock", &["max_delay"], problems));
    let set = section.and_then(|section| section.span("max_delay", SPAN_MAX, problems));
    How::Lock { max_delay: set.unwrap_or(LOCK_DELAY) }
}

/// How current a system must be.
pub(super) fn currency(top: &Section<'_>, problems: &mut Problems<'_>) -> CurrencyRules {
    let mut rules = CurrencyRules::default();
    let section = top
        .get("currency")
        .and_then(|value| Section::read(value, "currency", &CURRENCY_KEYS, problems));
    let Some(section) = section else { return rules };
    let set = |rule: &mut Span, key: &str, problems: &mut Problems<'_>| {
        *rule = section.span(key, SPAN_MAX, problems).unwrap_or(*rule);
    };
    set(&mut rules.max_behind, "max_behind", problems);
    set(&mut rules.max_behind_urgent, "max_behind_urgent", problems);
    set(&mut rules.feed_max_age, "feed_max_age", problems);
    let level = section.get("patch_level");
    let level = level.and_then(|value| {
        Section::read(value, "currency.patch_level", &["nudge", "warn"], problems)
    });
    if let Some(level) = level {
        rules.patch_nudge = level.span("nudge", SPAN_MAX, problems).unwrap_or(rules.patch_nudge);
        rules.patch_warn = level.span("warn", SPAN_MAX, problems).unwrap_or(rules.patch_warn);
        if rules.patch_nudge > rules.patch_warn {
            problems.add("currency.patch_level", "`nudge` comes after `warn`");
        }
    }
    rules.extended = section.texts("extended_support", problems).unwrap_or_default();
    let floors = section.list("floors", problems).unwrap_or_default();
    rules.floors = floors.iter().filter_map(|(path, value)| floor(value, path, problems)).collect();
    rules
}

fn floor(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Floor> {
    let section = Section::read(value, path, &FLOOR_KEYS, problems)?;
    let product = section.id("product", problems);
    let product = section.required("product", product, problems);
    let [line, required, recommended] =
        ["line", "required", "recommended"].map(|key| version(&section, key, problems));
    if section.get("required").is_none() && section.get("recommended").is_none() {
        problems.add(path, "needs `required` or `recommended`");
    }
    if required.as_ref().zip(recommended.as_ref()).is_some_and(|(one, other)| one > other) {
        problems.add(path, "`recommended` is below `required`");
    }
    Some(Floor { product: product?, line, required, recommended })
}

/// In quotes: without them 10.10 is the number 10.1.
fn version(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Version> {
    let value = section.get(key)?;
    let version = value.as_str().and_then(Version::exact);
    if version.is_none() {
        let text = "must be a version in quotes, such as \"10.10\"";
        problems.add(section.path(key), text);
    }
    version
}
