//! What an event holds under a rule's name for a field.

use std::borrow::Cow;

use event::Node;
use rsigma_eval::EventValue;
use serde_json::Value as Json;

use super::path::Found;

/// A value, or several.
pub(crate) enum Value<'e> {
    /// Nothing: no record key, no alias, no common field of that name.
    Absent,
    /// A value of the record.
    One(Node<'e>),
    /// Values of the record, from several members of a list.
    Many(Vec<Node<'e>>),
    /// A common field.
    Text(Cow<'e, str>),
    /// A common field of which an event may have several.
    Texts(Vec<Cow<'e, str>>),
}

impl<'e> Value<'e> {
    /// Whether there is nothing.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether there is something, and it is not null.
    pub(crate) fn is_something(&self) -> bool {
        !matches!(self, Self::Absent | Self::One(Node::Null))
    }

    /// Whether any text of it is one that is looked for. Numbers and truth values are read as
    /// texts, lists by their members; objects and null have no text.
    pub(crate) fn any_text(&self, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            Self::Absent => false,
            Self::One(node) => any_text(*node, is_it),
            Self::Many(nodes) => nodes.iter().any(|node| any_text(*node, is_it)),
            Self::Text(text) => is_it(text),
            Self::Texts(texts) => texts.iter().any(|text| is_it(text)),
        }
    }

    /// Every text of it.
    pub(crate) fn each_text(&self, mut take: impl FnMut(&str)) {
        self.any_text(&mut |text| {
            take(text);
            false
        });
    }

    /// As the Sigma engine wants it.
    pub(crate) fn to_event_value(&self) -> Option<EventValue<'e>> {
        self.event_value(Objects::Whole)
    }

    /// As a matcher wants it that compares no object with another.
    pub(crate) fn to_scalars(&self) -> Option<EventValue<'e>> {
        self.event_value(Objects::Empty)
    }

    fn event_value(&self, objects: Objects) -> Option<EventValue<'e>> {
        Some(match self {
            Self::Absent => return None,
            Self::One(node) => event_value(*node, objects),
            Self::Many(nodes) => {
                EventValue::Array(nodes.iter().map(|it| event_value(*it, objects)).collect())
            }
            Self::Text(text) => EventValue::Str(text.clone()),
            Self::Texts(texts) => {
                EventValue::Array(texts.iter().map(|text| EventValue::Str(text.clone())).collect())
            }
        })
    }
}

impl<'e> From<Found<'e>> for Value<'e> {
    fn from(found: Found<'e>) -> Self {
        match found {
            Found::Absent => Self::Absent,
            Found::One(node) => Self::One(node),
            Found::Many(nodes) => Self::Many(nodes),
        }
    }
}

fn any_text(node: Node<'_>, is_it: &mut dyn FnMut(&str) -> bool) -> bool {
    match node {
        Node::Text(text) => is_it(text),
        Node::List(list) => list.items().any(|item| any_text(item, is_it)),
        Node::Null | Node::Object(_) => false,
        scalar => scalar.scalar().is_some_and(|text| is_it(&text)),
    }
}

/// What becomes of an object: copying all of it is dear, and most matchers never look into one.
#[derive(Clone, Copy)]
enum Objects {
    Whole,
    Empty,
}

fn event_value(node: Node<'_>, objects: Objects) -> EventValue<'_> {
    match node {
        Node::Null => EventValue::Null,
        Node::Bool(yes) => EventValue::Bool(yes),
        Node::Int(number) => EventValue::Int(number),
        Node::Float(number) => EventValue::Float(number),
        Node::Text(text) => EventValue::Str(Cow::Borrowed(text)),
        Node::List(list) => {
            EventValue::Array(list.items().map(|item| event_value(item, objects)).collect())
        }
        Node::Object(object) => EventValue::Map(match objects {
            Objects::Empty => Vec::new(),
            Objects::Whole => {
                let entry = |(key, it)| (Cow::Borrowed(key), event_value(it, objects));
                object.entries().map(entry).collect()
            }
        }),
    }
}

/// A value of a record as loose JSON.
pub(crate) fn json(node: Node<'_>) -> Json {
    match node {
        Node::Null => Json::Null,
        Node::Bool(yes) => Json::Bool(yes),
        Node::Int(number) => Json::from(number),
        Node::Float(number) => Json::from(number),
        Node::Text(text) => Json::from(text),
        Node::List(list) => list.items().map(json).collect(),
        Node::Object(object) => {
            Json::Object(object.entries().map(|(key, it)| (key.to_owned(), json(it))).collect())
        }
    }
}

/// Whether any text anywhere in a value is one that is looked for: keys, numbers and truth values
/// are none.
pub(crate) fn any_text_within(node: Node<'_>, is_it: &dyn Fn(&str) -> bool) -> bool {
    match node {
        Node::Text(text) => is_it(text),
        Node::List(list) => list.items().any(|item| any_text_within(item, is_it)),
        Node::Object(object) => object.entries().any(|(_, item)| any_text_within(item, is_it)),
        Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) => false,
    }
}

/// Every text anywhere in a value.
pub(crate) fn each_text_within<'d>(node: Node<'d>, take: &mut dyn FnMut(&'d str)) {
    match node {
        Node::Text(text) => take(text),
        Node::List(list) => list.items().for_each(|item| each_text_within(item, take)),
        Node::Object(object) => object.entries().for_each(|(_, item)| each_text_within(item, take)),
        Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) => {}
    }
}
