//! What expressions may read: names, their fields, and what kind of thing each field holds.

/// Everything that an expression can read, by the first name.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The first names.
    pub roots: &'static [Root],
}

/// A first name, such as `alert`.
#[derive(Debug, Clone, Copy)]
pub struct Root {
    /// The name.
    pub name: &'static str,
    /// What follows its dot.
    pub fields: Fields,
}

/// The names that may follow the dot.
#[derive(Debug, Clone, Copy)]
pub enum Fields {
    /// These, each with its kind.
    These(&'static [(&'static str, Kind)]),
    /// Whatever a source calls its facts: nobody can say beforehand which there are, nor of what
    /// kind.
    Any,
}

/// What a field holds, as far as it matters before a value is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text, a number or a list.
    Plain,
    /// True or false.
    Bool,
    /// Names with values, in no order: `exists` and `all` may go through it.
    Table,
    /// Names with values, too many to go through: one is looked up, or asked for with `in`.
    Lookup,
}

impl Schema {
    pub(crate) fn root(&self, name: &str) -> Option<&'static Root> {
        self.roots.iter().find(|root| root.name == name)
    }

    pub(crate) fn root_names(&self) -> impl Iterator<Item = &'static str> {
        self.roots.iter().map(|root| root.name)
    }
}

impl Root {
    pub(crate) fn kind(&self, field: &str) -> Option<Kind> {
        match self.fields {
            Fields::These(these) => these.iter().find(|it| it.0 == field).map(|it| it.1),
            Fields::Any => Some(Kind::Table),
        }
    }

    /// Whether a field may hold true or false.
    pub(crate) fn can_be_bool(&self, field: &str) -> bool {
        matches!(self.fields, Fields::Any) || self.kind(field) == Some(Kind::Bool)
    }
}
