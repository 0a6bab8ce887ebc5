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

/// Other names for fields: a rule's name, and the path in the record, or `cs.` and the name of a
/// common field. Of several for one name the first that the event has.
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
    /// Where it may be, in this order.
    places: Vec<Place>,
}

#[derive(Debug)]
enum Place {
    Record(RecordPlace),
    Common(Field),
}

/// A path whose beginning is one of the roots.
#[derive(Debug)]
struct RecordPlace {
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
        let places = targets(name, self.aliases).into_iter().map(|target| match target {
            Target::Record(path) => Place::Record(self.roots.place(path)),
            Target::Common(field) => Place::Common(field),
        });
        let slot = Slot { places: places.collect() };
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
        for place in &slot.places {
            let value = match place {
                Place::Record(place) => place.find(roots),
                Place::Common(field) => common(*field, event),
            };
            if !value.is_absent() {
                return value;
            }
        }
        Value::Absent
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
    let mut found = targets(name, aliases).into_iter().map(|target| match target {
        Target::Record(path) => Value::from(Path::parse(path).find(event.doc.root())),
        Target::Common(field) => common(field, event),
    });
    found.find(|value| !value.is_absent()).unwrap_or(Value::Absent)
}

/// What a name may stand for.
pub(crate) enum Target<'n> {
    /// A path in the record.
    Record(&'n str),
    /// A common field.
    Common(Field),
}

/// All that a name may stand for, in the order in which it is tried.
pub(crate) fn targets<'n>(name: &'n str, aliases: Aliases) -> Vec<Target<'n>> {
    let target = |name: &'n str| match name.strip_prefix(COMMON) {
        Some(common) => Field::named(common).map(Target::Common),
        None => Some(Target::Record(name)),
    };
    let of_name = aliases.iter().filter(|(alias, _)| *alias == name).map(|(_, path)| *path);
    let mut all: Vec<Target<'n>> = [name].into_iter().chain(of_name).filter_map(target).collect();
    if !name.starts_with(COMMON) {
        all.extend(Field::named(name).map(Target::Common));
    }
    all
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

    fn place(&mut self, name: &str) -> RecordPlace {
        let path = Path::parse(name);
        let nested = match path.steps.split_first() {
            // A record is an object: what begins with an index is nowhere.
            Some((Step::Key(key), rest)) => Some((self.add(key), rest.into())),
            _ => None,
        };
        RecordPlace { literal: self.add(&path.literal), nested }
    }
}

impl RecordPlace {
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
