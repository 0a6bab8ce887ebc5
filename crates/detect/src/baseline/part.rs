//! What entities and values are made of: common fields, and fields of the record.

use std::borrow::Cow;

use event::{Event, Field, Node};
use smallvec::SmallVec;

use super::token::{Raw, Token};

/// How many values of one field are looked at.
pub(super) const VALUES_MAX: usize = 32;
/// What a field of the record itself is written with, such as `record.requestParameters.bucket`.
pub(super) const RECORD_PREFIX: &str = "record.";
/// What a common field may be written with, to say that no other is meant.
const COMMON_PREFIX: &str = "cs.";

/// A field that an entity or a value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A common field.
    Common(Field),
    /// A field of the record, as a dotted path. A key that holds dots wins over keys within keys;
    /// of a list, every member counts.
    Record(Box<str>),
}

/// The values of an event for one part.
pub(super) type Raws<'e> = SmallVec<[Raw<'e>; 1]>;

impl Part {
    /// The part of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if let Some(path) = name.strip_prefix(RECORD_PREFIX) {
            let is_whole = !path.is_empty() && path.split('.').all(|key| !key.is_empty());
            return is_whole.then(|| Self::Record(path.into()));
        }
        Field::named(name.strip_prefix(COMMON_PREFIX).unwrap_or(name)).map(Self::Common)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Common(field) => Cow::Borrowed(field.name()),
            Self::Record(path) => Cow::Owned(format!("{RECORD_PREFIX}{path}")),
        }
    }

    /// Its values, at most [`VALUES_MAX`]. Nothing is copied, and the common fields that would
    /// have to be spelt out are taken as numbers.
    pub(super) fn raws<'e>(&self, event: &'e Event) -> Raws<'e> {
        let mut raws = Raws::new();
        match self {
            Self::Common(Field::ActorPerson) => {
                raws.extend(event.actor.person.map(|person| Raw::Bits(person.bits())));
            }
            Self::Common(Field::Ip) => raws.extend(event.origin.ip.map(Raw::of_ip)),
            Self::Common(Field::Asn) => {
                raws.extend(event.origin.asn.map(|asn| Raw::Number(u64::from(asn))));
            }
            Self::Common(field) => field.each(event, |text| push(&mut raws, Raw::Text(text))),
            Self::Record(path) => walk(event.doc.root(), path, &mut |node| {
                if let Some(raw) = raw(node) {
                    push(&mut raws, raw);
                }
            }),
        }
        raws
    }

    /// The texts of its values, for an explanation.
    pub(super) fn texts(&self, event: &Event) -> Vec<String> {
        let mut texts = Vec::new();
        match self {
            Self::Common(field) => field.each(event, |text| texts.push(text.into_owned())),
            Self::Record(path) => walk(event.doc.root(), path, &mut |node| {
                texts.extend(node.scalar().map(Cow::into_owned));
            }),
        }
        texts.truncate(VALUES_MAX);
        texts
    }
}

fn push<'e>(raws: &mut Raws<'e>, raw: Raw<'e>) {
    if raws.len() < VALUES_MAX {
        raws.push(raw);
    }
}

fn raw(node: Node<'_>) -> Option<Raw<'_>> {
    match node {
        Node::Int(number) if number >= 0 => Some(Raw::Number(number.unsigned_abs())),
        other => other.scalar().map(Raw::Text),
    }
}

/// Every scalar at a path. Documents nest at most [`event::doc::DEPTH_MAX`] levels.
fn walk<'e>(node: Node<'e>, path: &str, take: &mut impl FnMut(Node<'e>)) {
    match node {
        Node::List(list) => list.items().take(VALUES_MAX).for_each(|item| walk(item, path, take)),
        Node::Object(object) => {
            if let Some(found) = object.get(path) {
                leaves(found, take);
            } else if let Some((key, rest)) = path.split_once('.')
                && let Some(found) = object.get(key)
            {
                walk(found, rest, take);
            }
        }
        _ => {}
    }
}

fn leaves<'e>(node: Node<'e>, take: &mut impl FnMut(Node<'e>)) {
    match node {
        Node::List(list) => list.items().take(VALUES_MAX).for_each(|item| leaves(item, take)),
        Node::Object(_) | Node::Null => {}
        scalar => take(scalar),
    }
}

/// Calls with every combination of the parts' values, at most [`VALUES_MAX`] of them; not at all
/// where a part has no value.
pub(super) fn combinations<'e>(
    parts: &[Part],
    event: &'e Event,
    mut take: impl FnMut(&[&Raw<'e>]),
) {
    if let [one] = parts {
        return one.raws(event).iter().for_each(|raw| take(&[raw]));
    }
    let all: SmallVec<[Raws<'_>; 2]> = parts.iter().map(|part| part.raws(event)).collect();
    let count = all.iter().map(|raws| raws.len()).fold(1, usize::saturating_mul);
    for mut at in 0..count.min(VALUES_MAX) {
        let mut chosen: SmallVec<[&Raw<'_>; 2]> = SmallVec::new();
        for raws in &all {
            chosen.push(&raws[at % raws.len()]);
            at /= raws.len();
        }
        take(&chosen);
    }
}

/// The token of every combination of the parts' values.
pub(super) fn tokens(parts: &[Part], event: &Event) -> SmallVec<[Token; 2]> {
    let mut found = SmallVec::new();
    combinations(parts, event, |raws| found.push(token(raws)));
    found
}

fn token(raws: &[&Raw<'_>]) -> Token {
    match raws {
        [one] => Token::of(one),
        many => {
            let tokens: SmallVec<[Token; 4]> = many.iter().map(|raw| Token::of(raw)).collect();
            Token::tuple(&tokens)
        }
    }
}

/// What a token of these parts is in words, found again in the event that brought it.
pub(super) fn text_of(parts: &[Part], event: &Event, wanted: Token) -> Option<String> {
    let texts: Vec<Vec<String>> = parts.iter().map(|part| part.texts(event)).collect();
    let mut found = None;
    let mut at = 0;
    combinations(parts, event, |raws| {
        if found.is_none() && token(raws) == wanted {
            found = combined(&texts, at);
        }
        at += 1;
    });
    found
}

/// The texts of a combination, by its number in the order of [`combinations`].
fn combined(texts: &[Vec<String>], mut at: usize) -> Option<String> {
    let mut chosen = Vec::new();
    for texts in texts {
        chosen.push(texts.get(at.checked_rem(texts.len())?)?.as_str());
        at /= texts.len();
    }
    Some(chosen.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::example::event;

    fn values(names: &[&str], record: &str) -> Vec<String> {
        let parts: Vec<Part> = names.iter().filter_map(|name| Part::named(name)).collect();
        assert_eq!(parts.len(), names.len(), "every name is known");
        let event = event(record);
        let tokens = tokens(&parts, &event);
        tokens.iter().filter_map(|token| text_of(&parts, &event, *token)).collect()
    }

    #[test]
    fn a_value_is_every_member_of_a_list_and_a_key_with_dots_wins() {
        let record = r#"{"a":{"b":["x",{"c":1},3,null]},"p.q":"dotted","p":{"q":"nested"},
            "t":[{"n":"one"},{"n":"two"},{}]}"#;
        assert_eq!(values(&["record.a.b"], record), ["x", "3"]);
        assert_eq!(values(&["record.p.q"], record), ["dotted"]);
        assert_eq!(values(&["record.t.n"], record), ["one", "two"]);
        assert_eq!(values(&["record.nowhere.n"], record), [""; 0]);
    }

    #[test]
    fn several_fields_give_every_combination_and_none_without_one_of_them() {
        let record = r#"{"a":["x","y"],"b":["1","2"]}"#;
        assert_eq!(values(&["record.a", "record.b"], record), ["x, 1", "y, 1", "x, 2", "y, 2"]);
        assert_eq!(values(&["record.a", "record.c"], record), [""; 0]);
        assert_eq!(values(&["cs.actor.id", "source.asn"], record), ["00u1, 64500"]);
    }

    #[test]
    fn a_flood_of_values_is_cut() {
        let many: Vec<String> = (0..200).map(|n| format!("\"v{n}\"")).collect();
        let record = format!(r#"{{"a":[{0}],"b":[{0}]}}"#, many.join(","));
        assert_eq!(values(&["record.a"], &record).len(), VALUES_MAX);
        assert_eq!(values(&["record.a", "record.b"], &record).len(), VALUES_MAX);
    }

    #[test]
    fn a_name_that_is_no_field_is_none() {
        for name in ["actor", "actor.idd", "record.", "record.a..b", "cs.record.a", ""] {
            assert_eq!(Part::named(name), None, "{name}");
        }
    }
}
