//! What conditions run over: made once for an alert or a device, and never more than an expression
//! can go through in a moment, whatever a source sent.

use std::{fmt, sync::Arc};

use cel::{
    Context, Value,
    objects::{KeyRef, Map},
};

use crate::ENV;

/// How many items of a list are seen.
pub const MAX_ITEMS: usize = 100;
/// How much of a text is seen, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1_024;

/// A value as an expression sees it.
#[derive(Clone)]
pub struct Seen(Value);

/// It may hold anything about a person.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[seen]")
    }
}

/// Things with names, ready for any number of conditions.
pub struct View {
    context: Context<'static, 'static>,
    roots: Vec<(&'static str, Map)>,
    is_cut: bool,
}

impl View {
    /// Puts what was written under the schema's first names.
    pub fn of<const N: usize>(scribe: &Scribe, roots: [(&'static str, Seen); N]) -> Self {
        let mut context = Context::with_env(Arc::clone(&ENV));
        let mut tables = Vec::with_capacity(N);
        for (name, seen) in roots {
            if let Value::Map(table) = &seen.0 {
                tables.push((name, table.clone()));
            }
            context.add_variable_from_value(name, seen.0);
        }
        Self { context, roots: tables, is_cut: scribe.is_cut }
    }

    /// Whether there is more than is seen.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(crate) fn context(&self) -> &Context<'static, 'static> {
        &self.context
    }

    pub(crate) fn has(&self, root: &str, field: &str) -> bool {
        let tables = self.roots.iter().filter(|(name, _)| *name == root);
        tables.into_iter().any(|(_, table)| table.get(&KeyRef::String(field)).is_some())
    }
}

/// Turns our values into the evaluator's, and remembers whether something was left out.
#[derive(Debug, Default)]
pub struct Scribe {
    is_cut: bool,
}

impl Scribe {
    /// Nothing at all.
    #[must_use]
    pub fn null(&self) -> Seen {
        Seen(Value::Null)
    }

    /// True or false.
    #[must_use]
    pub fn bool(&self, yes: bool) -> Seen {
        Seen(Value::Bool(yes))
    }

    /// A whole number.
    #[must_use]
    pub fn int(&self, number: i64) -> Seen {
        Seen(Value::Int(number))
    }

    /// Any other number.
    #[must_use]
    pub fn float(&self, number: f64) -> Seen {
        Seen(Value::Float(number))
    }

    /// As much of a text as is seen.
    pub fn text(&mut self, text: &str) -> Seen {
        let end = text.floor_char_boundary(MAX_TEXT_BYTES);
        self.is_cut |= end < text.len();
        Seen(Value::from(&text[..end]))
    }

    /// The first items of a list, each written by `write`.
    pub fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T) -> Seen) -> Seen {
        self.is_cut |= items.len() > MAX_ITEMS;
        let items = items.iter().take(MAX_ITEMS).map(|item| write(self, item).0).collect();
        Seen(Value::List(Arc::new(items)))
    }

    /// What is absent is left out, so that reading it is unknown.
    #[must_use]
    pub fn fields<const N: usize>(&self, fields: [(&str, Option<Seen>); N]) -> Seen {
        let present = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        self.table(present.map(|(name, value)| (name.to_owned(), value)))
    }

    /// Names with values.
    #[must_use]
    #[expect(
        clippy::disallowed_types,
        reason = "the evaluator's only kind; no loop sees the order"
    )]
    pub fn table(&self, entries: impl IntoIterator<Item = (String, Seen)>) -> Seen {
        let entries = entries.into_iter().map(|(name, seen)| (name, seen.0));
        Seen(Value::from(entries.collect::<std::collections::HashMap<_, _>>()))
    }

    /// Notes that the writer left something out.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }
}
