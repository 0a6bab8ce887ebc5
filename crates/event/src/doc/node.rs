//! A value of a document, without the parser's own types.

use std::borrow::Cow;

use super::tape::{Cell, Tape};

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
pub struct List<'d> {
    tape: &'d Tape,
    /// Where its first item is.
    first: u32,
    count: u32,
}

/// An object of a document.
#[derive(Clone, Copy)]
pub struct Object<'d> {
    tape: &'d Tape,
    /// Where its first key is.
    first: u32,
    /// The place after its last value.
    end: u32,
    count: u32,
}

impl<'d> Node<'d> {
    #[inline]
    pub(super) fn of(tape: &'d Tape, at: u32) -> Self {
        match tape.cell(at) {
            Cell::Null => Self::Null,
            Cell::Bool(yes) => Self::Bool(yes),
            Cell::Int(number) => Self::Int(number),
            Cell::Float(number) => Self::Float(number),
            Cell::Text(start, length) => Self::Text(tape.text(start, length)),
            Cell::List(count, _) => Self::List(List { tape, first: at + 1, count }),
            Cell::Object(count, end) => Self::Object(Object { tape, first: at + 1, end, count }),
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
        let mut at = self.first;
        (0..self.count).map(move |_| {
            let item = Node::of(self.tape, at);
            at = self.tape.after(at);
            item
        })
    }

    /// How many.
    #[must_use]
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The item at a place.
    #[must_use]
    pub fn at(self, index: usize) -> Option<Node<'d>> {
        self.items().nth(index)
    }
}

impl<'d> Object<'d> {
    /// The value of a key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'d>> {
        let at = self.tape.find(self.first, self.end, key)?;
        Some(Node::of(self.tape, at))
    }

    /// Keys and values, in the order of the text.
    pub fn entries(self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        let mut at = self.first;
        (0..self.count).map(move |_| {
            let key = match Node::of(self.tape, at) {
                Node::Text(key) => key,
                _ => "",
            };
            let value = Node::of(self.tape, at + 1);
            at = self.tape.after(at + 1);
            (key, value)
        })
    }

    /// How many keys.
    #[must_use]
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.count == 0
    }
}

/// As JSON.
impl serde::Serialize for Node<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => to.serialize_unit(),
            Self::Bool(yes) => to.serialize_bool(yes),
            Self::Int(number) => to.serialize_i64(number),
            Self::Float(number) => to.serialize_f64(number),
            Self::Text(text) => to.serialize_str(text),
            Self::List(list) => to.collect_seq(list.items()),
            Self::Object(object) => to.collect_map(object.entries()),
        }
    }
}
