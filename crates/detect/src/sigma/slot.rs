//! The fields that the rules of one log ask for, each known by a number, and how an event's values
//! are found: the record itself, then the source's aliases, then the common fields.

use std::collections::BTreeMap;

use content::nearest;
use event::{Event, Field, Node};
use smallvec::SmallVec;

use super::{
    path::{Path, Step, follow},
    value::Value,
    words::Words,
};

/// Before a name, this asks for the common field whatever the record holds.
pub const COMMON: &str = "cs.";

/// Other names for fields of the record, as `(name, path)`.
pub type Aliases = &'static [(&'static str, &'static str)];

/// Collects fields before they are looked for.
#[derive(Debug, Default)]
pub(crate) struct SlotsBuilder {
    aliases: Aliases,
    slots: Vec<Slot>,
    names: BTreeMap<Box<str>, u32>,
    roots: Roots,
}

/// Fields by number.
#[derive(Debug)]
pub(crate) struct Slots {
    aliases: Aliases,
    slots: Vec<Slot>,
    names: BTreeMap<Box<str>, u32>,
    /// The keys at the top of a record that any of the fields begins with.
    roots: Words,
}

/// One field.
#[derive(Debug)]
struct Slot {
    record: Option<Place>,
    alias: Option<Place>,
    field: Option<Field>,
}

/// A path whose beginning is one of the roots.
#[derive(Debug)]
struct Place {
    /// The root that is the whole name.
    literal: u32,
    /// The root that is the first step, and the steps after it.
    nested: Option<(u32, Box<[Step]>)>,
}

/// The values at the roots of one record, by the roots' numbers.
pub(crate) type RootValues<'e> = SmallVec<[Option<Node<'e>>; 32]>;

#[derive(Debug, Default)]
struct Roots(BTreeMap<Box<str>, u32>);

impl SlotsBuilder {
    /// No fields yet, of a log with these aliases.
    pub(crate) fn new(aliases: Aliases) -> Self {
        Self { aliases, ..Self::default() }
    }

    /// The number of a field.
    pub(crate) fn add(&mut self, name: &str) -> u32 {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        let (is_forced, bare) = bare(name);
        let alias = self.aliases.iter().find(|(alias, _)| *alias == name);
        let slot = Slot {
            record: (!is_forced).then(|| self.roots.place(name)),
            alias: alias.map(|(_, path)| self.roots.place(path)),
            field: Field::named(bare),
        };
        let number = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(slot);
        self.names.insert(name.into(), number);
        number
    }

    pub(crate) fn build(self) -> Slots {
        let mut roots: Vec<(Box<str>, u32)> = self.roots.0.into_iter().collect();
        roots.sort_by_key(|(_, number)| *number);
        let roots = Words::of(roots.into_iter().map(|(text, _)| text).collect());
        Slots { aliases: self.aliases, slots: self.slots, names: self.names, roots }
    }
}

impl Slots {
    /// Looks once over the top of a record.
    pub(crate) fn roots<'e>(&self, event: &'e Event) -> RootValues<'e> {
        let mut values = RootValues::from_elem(None, self.roots.len());
        if let Node::Object(object) = event.doc.root() {
            for (key, value) in object.entries() {
                if let Some(root) = self.roots.find(key) {
                    values[root as usize] = Some(value);
                }
            }
        }
        values
    }

    /// What an event holds in a field.
    pub(crate) fn value<'e>(
        &self,
        slot: u32,
        roots: &RootValues<'e>,
        event: &'e Event,
    ) -> Value<'e> {
        let Some(slot) = self.slots.get(slot as usize) else { return Value::Absent };
        let places = slot.record.iter().chain(&slot.alias);
        let mut found = places.map(|place| place.find(roots)).filter(|value| !value.is_absent());
        found.next().unwrap_or_else(|| slot.field.map_or(Value::Absent, |it| common(it, event)))
    }

    /// The number of a field, where any rule asks for it.
    pub(crate) fn named(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// What an event holds under any name.
    pub(crate) fn look_up<'e>(
        &self,
        name: &str,
        roots: &RootValues<'e>,
        event: &'e Event,
    ) -> Value<'e> {
        match self.named(name) {
            Some(slot) => self.value(slot, roots, event),
            None => look_up(name, self.aliases, event),
        }
    }
}

/// What an event holds under a name, found without any preparation.
pub(crate) fn look_up<'e>(name: &str, aliases: Aliases, event: &'e Event) -> Value<'e> {
    let (is_forced, bare) = bare(name);
    let root = event.doc.root();
    let alias = aliases.iter().find(|(alias, _)| *alias == name).map(|(_, path)| *path);
    let paths = (!is_forced).then_some(name).into_iter().chain(alias);
    let mut found = paths.map(|path| Value::from(Path::parse(path).find(root)));
    found
        .find(|value| !value.is_absent())
        .unwrap_or_else(|| Field::named(bare).map_or(Value::Absent, |it| common(it, event)))
}

/// What is wrong with a name that asks for a common field and names none, and the nearest that
/// exists.
pub(crate) fn unknown_common(name: &str) -> Option<(String, Option<String>)> {
    let bare = name.strip_prefix(COMMON)?;
    if Field::named(bare).is_some() {
        return None;
    }
    let near = nearest(bare, Field::ALL.iter().map(|field| field.name()));
    Some((format!("there is no common field `{bare}`"), near.map(|it| format!("{COMMON}{it}"))))
}

fn bare(name: &str) -> (bool, &str) {
    match name.strip_prefix(COMMON) {
        Some(bare) => (true, bare),
        None => (false, name),
    }
}

fn common<'e>(field: Field, event: &'e Event) -> Value<'e> {
    if !field.is_many() {
        return field.first(event).map_or(Value::Absent, Value::Text);
    }
    let mut all = Vec::new();
    field.each(event, |text| all.push(text));
    match all.len() {
        0 => Value::Absent,
        1 => all.pop().map_or(Value::Absent, Value::Text),
        _ => Value::Texts(all),
    }
}

impl Roots {
    fn add(&mut self, key: &str) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(key.into()).or_insert(next)
    }

    fn place(&mut self, name: &str) -> Place {
        let path = Path::parse(name);
        let nested = match path.steps.split_first() {
            // A record is an object: what begins with an index is nowhere.
            Some((Step::Key(key), rest)) => Some((self.add(key), rest.into())),
            _ => None,
        };
        Place { literal: self.add(&path.literal), nested }
    }
}

impl Place {
    fn find<'e>(&self, roots: &RootValues<'e>) -> Value<'e> {
        let at = |root: u32| roots.get(root as usize).copied().flatten();
        if let Some(node) = at(self.literal) {
            return Value::One(node);
        }
        let nested = self.nested.as_ref();
        nested
            .and_then(|(root, steps)| Some(follow(at(*root)?, steps).into()))
            .unwrap_or(Value::Absent)
    }
}
