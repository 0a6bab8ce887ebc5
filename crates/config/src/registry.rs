//! Which kinds of sections there are. The binary fills it from the adapters it is built with.

use std::collections::BTreeMap;

use model::Problem;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

/// A table whose entries are sections of adapters, told apart by their `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `[directory.NAME]`
    Directory,
    /// `[sources.NAME]`
    Sources,
    /// `[chat.NAME]`
    Chat,
    /// `[verify.NAME]`
    Verify,
    /// `[escalate.NAME]`
    Escalate,
    /// `[respond.NAME]`
    Respond,
    /// `[enrich.NAME]`
    Enrich,
    /// `[writeback.NAME]`
    Writeback,
    /// `[devices.NAME]`
    Devices,
    /// `[compliance.NAME]`
    Compliance,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Directory,
        Self::Sources,
        Self::Chat,
        Self::Verify,
        Self::Escalate,
        Self::Respond,
        Self::Enrich,
        Self::Writeback,
        Self::Devices,
        Self::Compliance,
    ];

    /// The table's key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Sources => "sources",
            Self::Chat => "chat",
            Self::Verify => "verify",
            Self::Escalate => "escalate",
            Self::Respond => "respond",
            Self::Enrich => "enrich",
            Self::Writeback => "writeback",
            Self::Devices => "devices",
            Self::Compliance => "compliance",
        }
    }
}

/// One `[FAMILY.NAME]`, sound in itself, to be read as the type of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Where it begins in the file.
    pub line: Option<usize>,
    /// Everything in it but the kind.
    pub settings: toml::Table,
}

/// The sections of one family by their names.
pub type Sections = BTreeMap<String, Section>;

impl Section {
    /// The section as the type of its kind.
    ///
    /// # Errors
    /// The type takes something else; what [`crate::load`] passed for this kind never does.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        let value = toml::Value::Table(self.settings.clone());
        value.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }
}

/// The kinds of sections that a build knows.
#[derive(Default)]
pub struct Registry {
    kinds: BTreeMap<(Family, &'static str), Kind>,
}

/// One kind: what may be in it, and what is wrong with one.
pub(crate) struct Kind {
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    check: Check,
}

/// Finds what a schema cannot say.
type Check = Box<dyn Fn(&Section) -> Vec<Problem> + Send + Sync>;

impl Registry {
    /// No kinds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also knows this kind, whose sections are of type `T`. `check` finds what a schema cannot
    /// say, with paths inside of the section; it must not look at secrets.
    #[must_use]
    pub fn with<T>(
        mut self,
        family: Family,
        kind: &'static str,
        check: impl Fn(&T) -> Vec<Problem> + Send + Sync + 'static,
    ) -> Self
    where
        T: DeserializeOwned + JsonSchema,
    {
        let check = move |section: &Section| match section.read::<T>() {
            Ok(settings) => check(&settings),
            Err(what) => vec![Problem::at("", what)],
        };
        let kind_of = Kind { schema: T::json_schema, check: Box::new(check) };
        self.kinds.insert((family, kind), kind_of);
        self
    }

    /// Also knows this kind, of which the schema says everything.
    #[must_use]
    pub fn kind<T>(self, family: Family, kind: &'static str) -> Self
    where
        T: DeserializeOwned + JsonSchema,
    {
        self.with::<T>(family, kind, |_| Vec::new())
    }

    pub(crate) fn of(&self, family: Family) -> impl Iterator<Item = (&'static str, &Kind)> {
        let all = self.kinds.iter().filter(move |((of, _), _)| *of == family);
        all.map(|((_, name), kind)| (*name, kind))
    }

    /// What is wrong with a section of a known kind.
    pub(crate) fn check(&self, family: Family, section: &Section) -> Vec<Problem> {
        let kind = self.of(family).find(|(name, _)| *name == section.kind);
        kind.map(|(_, kind)| (kind.check)(section)).unwrap_or_default()
    }
}
