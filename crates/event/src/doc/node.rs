//! A value of a document, without the parser's own types.

use std::borrow::Cow;

use sonic_rs::{JsonNumberTrait as _, Value, ValueRef};

/// A value of a document.
#[derive(Clone, Copy)]
pub enum Node<'d> {
    /// Nothing, said so.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number. Whole numbers beyond 63 bits are here, and lose their last digits.
    Float(f64),
    /// A text.
    Text(&'d str),
    /// A list.
    List(List<'d>),
    /// Keys and values.
    Object(Object<'d>),
}

/// A list of a document.
#[derive(Clone, Copy)]
pub struct List<'d>(&'d sonic_rs::Array);

/// An object of a document.
#[derive(Clone, Copy)]
pub struct Object<'d>(&'d sonic_rs::Object);

impl<'d> Node<'d> {
    pub(super) fn of(value: &'d Value) -> Self {
        match value.as_ref() {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(yes) => Self::Bool(yes),
            ValueRef::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            ValueRef::String(text) => Self::Text(text),
            ValueRef::Array(items) => Self::List(List(items)),
            ValueRef::Object(object) => Self::Object(Object(object)),
        }
    }

    /// The value of a key, where this is an object that has it.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        match self {
            Self::Object(object) => object.get(key),
            _ => None,
        }
    }

    /// The text, where this is one.
    #[must_use]
    pub fn as_text(self) -> Option<&'d str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, or a text that is one.
    #[must_use]
    pub fn as_int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A number, or a text that is one.
    #[must_use]
    pub fn as_float(self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Yes or no; vendors also write it as a text.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(yes),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The items, where this is a list; none otherwise.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> {
        let list = match self {
            Self::List(list) => Some(list),
            _ => None,
        };
        list.into_iter().flat_map(List::items)
    }

    /// A text, number or truth value as text, without its kind; nothing for the rest.
    #[must_use]
    pub fn scalar(self) -> Option<Cow<'d, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(yes) => Some(Cow::Borrowed(if yes { "true" } else { "false" })),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// As [`Node::scalar`], owned; an empty text is nothing.
    #[must_use]
    pub fn scalar_text(self) -> Option<String> {
        self.scalar().filter(|text| !text.is_empty()).map(Cow::into_owned)
    }
}

impl<'d> List<'d> {
    /// The items in order.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> {
        self.0.iter().map(Node::of)
    }

    /// How many.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The item at a place.
    #[must_use]
    pub fn at(self, index: usize) -> Option<Node<'d>> {
        self.0.as_slice().get(index).map(Node::of)
    }
}

impl<'d> Object<'d> {
    /// The value of a key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        self.0.get(&key).map(Node::of)
    }

    /// Keys and values, in the order of the text.
    pub fn entries(self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        self.0.iter().map(|(key, value)| (key, Node::of(value)))
    }

    /// How many keys.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}
