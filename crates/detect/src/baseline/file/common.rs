//! The keys that several kinds share.

use content::{Problems, Section, nearest, yaml};
use event::{Anonymiser, Field};
use model::Span;
use serde_norway::Value;

use super::{DAY, FORGET_MAX, FORGET_MIN, PARTS_MAX, Shape};
use crate::baseline::{Exempt, Memory, Net, Part, Peers, part::RECORD_PREFIX};

/// How many bytes the words for what is counted may have.
const UNIT_BYTES_MAX: usize = 64;
const EXEMPT_KEYS: [&str; 4] = ["asns", "networks", "anonymisers", "agents"];

/// A field, or a list of fields.
pub(super) fn parts(
    section: &Section<'_>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<Vec<Part>> {
    let items = match section.get(key)? {
        Value::Sequence(_) => section.list(key, problems)?,
        one => vec![(section.path(key), one)],
    };
    if items.is_empty() || items.len() > PARTS_MAX {
        problems.add(section.path(key), format!("must be a field, or 1 to {PARTS_MAX} of them"));
        return None;
    }
    let read: Vec<Option<Part>> =
        items.iter().map(|(path, item)| part(item, path, problems)).collect();
    read.into_iter().collect()
}

pub(super) fn part(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Part> {
    let name = yaml::text(value, path, problems)?;
    let part = Part::named(name);
    if part.is_none() {
        let nearest = nearest(name, Field::ALL.iter().map(|field| field.name()));
        let text = format!("no common field; one of the record is written {RECORD_PREFIX}{name}");
        problems.add_near(path, text, nearest);
    }
    part
}

pub(super) fn memory(section: &Section<'_>, shape: Shape, problems: &mut Problems<'_>) -> Memory {
    let forget = days(section, "forget", FORGET_MAX, problems).unwrap_or(shape.forget());
    if forget < FORGET_MIN {
        problems.add(section.path("forget"), format!("must be at least {FORGET_MIN}"));
    }
    let forget_days = in_days(forget);
    if matches!(shape, Shape::Travel | Shape::SessionChange) {
        return Memory { learn_days: 0, forget_days, events: 0, days: 0 };
    }
    let learn = days(section, "learn", FORGET_MAX, problems).unwrap_or(Span::days(14));
    if learn > forget {
        problems.add(section.path("learn"), format!("longer than what is remembered, {forget}"));
    }
    let minimum = section
        .get("minimum")
        .and_then(|it| Section::read(it, &section.path("minimum"), &["events", "days"], problems));
    let mut count = |key, max| minimum.as_ref().and_then(|it| it.count(key, max, problems));
    let (events, days) = (count("events", 10_000), count("days", 200));
    Memory {
        learn_days: in_days(learn),
        forget_days,
        events: events.and_then(|it| u16::try_from(it).ok()).unwrap_or(20),
        days: days.and_then(|it| u8::try_from(it).ok()).unwrap_or(5),
    }
}

fn in_days(span: Span) -> u16 {
    u16::try_from(span.as_seconds() / DAY.as_seconds()).unwrap_or(u16::MAX)
}

fn days(section: &Section<'_>, key: &str, max: Span, problems: &mut Problems<'_>) -> Option<Span> {
    let span = section.span(key, max, problems)?;
    if span.as_seconds() % DAY.as_seconds() == 0 {
        return Some(span);
    }
    problems.add(section.path(key), "must be whole days, such as 14d");
    None
}

pub(super) fn peers(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Peers> {
    if section.get("peers")?.is_mapping() {
        let path = section.path("peers");
        let by = Section::read(section.get("peers")?, &path, &["by"], problems)?;
        let part = by.get("by").and_then(|it| part(it, &by.path("by"), problems));
        return by.required("by", part, problems).map(Peers::By);
    }
    let words = [("organisation", true), ("none", false)];
    let is_all = section.word("peers", &words, problems)?;
    Some(if is_all { Peers::Organisation } else { Peers::None })
}

pub(super) fn exempt(section: &Section<'_>, shape: Shape, problems: &mut Problems<'_>) -> Exempt {
    let mut exempt = Exempt::default();
    if shape == Shape::Travel {
        // Where such an address is says nothing about where the person is.
        exempt.anonymisers =
            Anonymiser { is_tor: true, is_vpn: true, is_proxy: true, is_hosting: true };
    }
    let Some(value) = section.get("exempt") else { return exempt };
    let Some(of) = Section::read(value, &section.path("exempt"), &EXEMPT_KEYS, problems) else {
        return exempt;
    };
    for (path, item) in of.list("asns", problems).unwrap_or_default() {
        match item.as_u64().and_then(|asn| u32::try_from(asn).ok()) {
            Some(asn) => exempt.asns.push(asn),
            None => problems.add(path, "must be the number of an autonomous system"),
        }
    }
    for (path, item) in of.list("networks", problems).unwrap_or_default() {
        match item.as_str().and_then(Net::read) {
            Some(net) => exempt.networks.push(net),
            None => problems.add(path, "must be a network, such as 203.0.113.0/24"),
        }
    }
    exempt.agents = of.texts("agents", problems).unwrap_or_default();
    if let Some(words) = of.list("anonymisers", problems) {
        exempt.anonymisers = anonymisers(&words, problems);
    }
    exempt
}

fn anonymisers(words: &[(String, &Value)], problems: &mut Problems<'_>) -> Anonymiser {
    let mut kinds = Anonymiser::default();
    for (path, word) in words {
        match word.as_str() {
            Some("tor") => kinds.is_tor = true,
            Some("vpn") => kinds.is_vpn = true,
            Some("proxy") => kinds.is_proxy = true,
            Some("hosting") => kinds.is_hosting = true,
            _ => problems.add(path, "must be tor, vpn, proxy or hosting"),
        }
    }
    kinds
}

pub(super) fn unit(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Box<str>> {
    let unit = section.text("unit", problems)?;
    if unit.len() > UNIT_BYTES_MAX {
        problems.add(section.path("unit"), format!("longer than {UNIT_BYTES_MAX} bytes"));
        return None;
    }
    Some(unit.trim().into())
}
