//! What the `baseline:` mapping of a file may hold.
//!
//! ```yaml
//! baseline:
//!   kind: distinct                    # first_seen | volume | distinct | travel | session_change
//!   selection: { action: git.clone }  # as the `detection` of a Sigma rule
//!   entity: actor.id                  # a field or a list; actor.id, of session_change session.id
//!   value: target.id                  # a field or a list: of first_seen and distinct
//!   windows: [10m, 1d]                # or `window: 10m`: of volume and distinct
//!   learn: 14d                        # silent for so long
//!   forget: 30d                       # what was not seen for so long is forgotten
//!   minimum: { events: 20, days: 5 }  # silent until so much is known
//!   quantile: 0.995                   # of past windows: what is usual
//!   factor: 1.5                       # so many times the usual is too many
//!   floor: 5                          # fewer are never too many
//!   season: none                      # or hour_of_day, hour_of_week; then `score` counts
//!   score: 6                          # bits of surprise, deviations, or points
//!   drift: true                       # look for a slow rise from day to day: of volume
//!   peers: organisation               # or { by: FIELD }, or none: whose knowledge counts too
//!   speed_kmh: 900                    # of travel
//!   distance_km: 500                  # of travel
//!   watch: { asn: 3, os: 4 }          # of session_change: what each change counts
//!   familiar: { client.device: laptop-7 }  # what raises nothing: of first_seen and travel
//!   exempt: { asns: [64500], networks: [203.0.113.0/24], anonymisers: [vpn], agents: [git/] }
//!   unit: repositories cloned         # what is counted, in words
//! ```

mod common;
mod kinds;

use content::{Problems, Section, hash};
use event::Field;
use model::Span;
use serde_norway::Value;

use self::common::{exempt, memory, parts, peers, unit};
use super::{Baseline, Kind, Part, Peers, Window, kind::place, token::hash_64};

/// The longest time that is remembered.
pub(super) const FORGET_MAX: Span = Span::days(400);
/// The shortest: what is forgotten goes by quarters of whole days.
pub(super) const FORGET_MIN: Span = Span::days(4);
/// The longest window.
pub(super) const WINDOW_MAX: Span = Span::days(7);
/// The shortest window.
pub(super) const WINDOW_MIN: Span = Span::minutes(1);
/// How many windows a baseline may have.
pub(super) const WINDOWS_MAX: usize = 4;
/// How many fields an entity or a value may be made of.
pub(super) const PARTS_MAX: usize = 4;

/// The key of what is familiar. It is asked of events as the selection is; what it means is not
/// another: what was learned without it stays true.
pub(crate) const FAMILIAR: &str = "familiar";

const DAY: Span = Span::days(1);
const COMMON_KEYS: &[&str] = &["kind", "selection", "entity", "exempt", "forget"];
const HISTORY_KEYS: &[&str] = &["learn", "minimum", "peers", "unit", "score"];
const COUNT_KEYS: &[&str] = &["window", "windows", "quantile", "factor", "floor", "season"];
const ALL_KINDS: [(&str, Shape); 5] = [
    ("first_seen", Shape::FirstSeen),
    ("volume", Shape::Volume),
    ("distinct", Shape::Distinct),
    ("travel", Shape::Travel),
    ("session_change", Shape::SessionChange),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    FirstSeen,
    Volume,
    Distinct,
    Travel,
    SessionChange,
}

impl Shape {
    fn keys(self) -> Vec<&'static str> {
        let more: &[&[&str]] = match self {
            Self::FirstSeen => &[HISTORY_KEYS, &["value", FAMILIAR]],
            Self::Volume => &[HISTORY_KEYS, COUNT_KEYS, &["drift"]],
            Self::Distinct => &[HISTORY_KEYS, COUNT_KEYS, &["value"]],
            Self::Travel => &[&["speed_kmh", "distance_km", FAMILIAR]],
            Self::SessionChange => &[&["watch", "score"]],
        };
        [COMMON_KEYS].iter().chain(more).flat_map(|keys| keys.iter().copied()).collect()
    }

    fn forget(self) -> Span {
        match self {
            Self::FirstSeen | Self::Travel => Span::days(90),
            Self::Volume | Self::Distinct => Span::days(30),
            Self::SessionChange => Span::days(14),
        }
    }
}

impl Baseline {
    /// Reads the `baseline:` mapping of a rule's file, which stands at `path`; every problem at
    /// once. `rule` is the rule's id, `logsource` what names the logs it is about.
    pub fn read(
        value: &Value,
        path: &str,
        (rule, logsource): (&str, &str),
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let shape = shape(value, path, problems)?;
        let section = Section::read(value, path, &shape.keys(), problems)?;
        let selection = section.get("selection");
        section.required("selection", selection, problems);
        let fallback = if shape == Shape::SessionChange { Field::Session } else { Field::ActorId };
        let entity = parts(&section, "entity", problems);
        let value = parts(&section, "value", problems);
        if matches!(shape, Shape::FirstSeen | Shape::Distinct) {
            section.required("value", value.as_ref(), problems);
        }
        let memory = memory(&section, shape, problems);
        let peers = peers(&section, problems);
        let exempt = exempt(&section, shape, problems);
        let unit = unit(&section, problems);
        let mut kind = kinds::kind(&section, shape, problems);
        let entity = match entity {
            None if section.get("entity").is_none() => vec![Part::Common(fallback)],
            other => other?,
        };
        let (selection, value) = (selection?.clone(), value.unwrap_or_default());
        let named = [rule, logsource, kind.name()];
        let mut all = meaning(&named, &selection, &entity, &value);
        let slot = place(all);
        if let Kind::Counts(counts) = &mut kind {
            for window in &mut counts.windows {
                *window = Window::of(window.span, slot);
                all = all.rotate_left(1) ^ window.slot;
            }
        }
        Some(Self {
            rule: rule.into(),
            meaning: all,
            slot,
            selection,
            entity_fields: hash_64(names(&entity).as_bytes()),
            entity: entity.into(),
            value: value.into(),
            kind,
            memory,
            peers: peers.unwrap_or(Peers::None),
            exempt,
            unit,
        })
    }
}

/// Which kind, before it is known which keys it may have.
fn shape(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Shape> {
    let mut every: Vec<&str> = ALL_KINDS.iter().flat_map(|(_, shape)| shape.keys()).collect();
    every.sort_unstable();
    every.dedup();
    // Read only for its `kind`: the keys are checked once that is known.
    let mut aside = Problems::of("");
    let Some(section) = Section::read(value, path, &every, &mut aside) else {
        problems.add(path, "must have keys, of which `kind` says which others");
        return None;
    };
    let shape = section.word("kind", &ALL_KINDS, problems);
    section.required("kind", shape, problems)
}

/// What the states are known by. Equal meanings, equal text: keys are in order.
fn meaning(named: &[&str], selection: &Value, entity: &[Part], value: &[Part]) -> u64 {
    let mut text = String::new();
    for part in named.iter().copied().chain([names(entity).as_str(), names(value).as_str()]) {
        text.push_str(&format!("{}:{part}\n", part.len()));
    }
    canonical(selection, &mut text);
    u64::from_str_radix(&hash(&text), 16).expect("a hash is 16 hexadecimal digits")
}

fn names(parts: &[Part]) -> String {
    parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(",")
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Mapping(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    let mut entry = String::new();
                    canonical(key, &mut entry);
                    entry.push('=');
                    canonical(value, &mut entry);
                    entry
                })
                .collect();
            entries.sort_unstable();
            text.push_str(&format!("{{{}}}", entries.join(";")));
        }
        Value::Sequence(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(';');
            }
            text.push(']');
        }
        Value::String(word) => text.push_str(&format!("{}:{word}", word.len())),
        scalar => text.push_str(&format!("{scalar:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Attribute;

    const PAGE: &str = include_str!("../../../../docs/specs/baselines.md");

    #[test]
    fn the_page_names_every_kind_key_and_attribute() {
        let kinds = ALL_KINDS.iter().map(|(name, _)| *name);
        let keys = ALL_KINDS.iter().flat_map(|(_, shape)| shape.keys());
        let attributes = Attribute::ALL.iter().map(|(name, ..)| *name);
        for word in kinds.chain(keys).chain(attributes) {
            assert!(PAGE.contains(&format!("`{word}`")), "{word}");
        }
    }
}
