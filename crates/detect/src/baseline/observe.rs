//! What a baseline sees in an event.

use event::Event;
use smallvec::SmallVec;

use super::{
    Baseline, Kind, Peers, Token,
    part::{combinations, text_of, tokens},
    token::entity_digest,
};

/// The name of an entity: a digest, the same on every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(pub u128);

/// What a baseline sees in an event, of one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Whose it is.
    pub entity: StateKey,
    /// The values that matter; none where the kind needs none.
    pub values: SmallVec<[Token; 2]>,
    /// Whether something else in the event says that it is the entity as it is known: then it is
    /// learned from, and raises nothing.
    pub is_familiar: bool,
}

impl Baseline {
    /// What it sees in an event that its selection matched: nothing where the event is exempt or
    /// does not say whose it is; several where a field that names the entity has several values.
    /// Whether it is familiar is for whoever asks the rule's conditions to say.
    #[must_use]
    pub fn observe(&self, event: &Event) -> SmallVec<[Observation; 1]> {
        let mut found = SmallVec::new();
        if self.exempt.covers(event) {
            return found;
        }
        let values =
            if self.value.is_empty() { SmallVec::new() } else { tokens(&self.value, event) };
        if self.needs_value() && values.is_empty() {
            return found;
        }
        combinations(&self.entity, event, |raws| {
            let entity = StateKey(entity_digest(self.entity_fields, raws));
            found.push(Observation { entity, values: values.clone(), is_familiar: false });
        });
        found
    }

    /// The entity's name as a person reads it, for an alert.
    #[must_use]
    pub fn entity_name(&self, event: &Event, entity: StateKey) -> Option<String> {
        let mut wanted = None;
        combinations(&self.entity, event, |raws| {
            if wanted.is_none() && entity_digest(self.entity_fields, raws) == entity.0 {
                let of_raws: SmallVec<[Token; 2]> = raws.iter().map(|raw| Token::of(raw)).collect();
                wanted = Some(Token::tuple(&of_raws));
            }
        });
        text_of(&self.entity, event, wanted?)
    }

    /// The text of a value of the event.
    pub(super) fn value_text(&self, event: &Event, value: Token) -> String {
        let text = text_of(&self.value, event, value).or_else(|| value.legible());
        text.unwrap_or_default()
    }

    /// What it is that has values, in words.
    pub(super) fn what(&self) -> String {
        let names = || self.value.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ");
        self.unit.as_deref().map_or_else(names, str::to_owned)
    }

    /// Which group of peers an event's entity belongs to; 0 is all of them together.
    pub(super) fn group(&self, event: &Event) -> u64 {
        match &self.peers {
            Peers::None | Peers::Organisation => 0,
            Peers::By(part) => {
                tokens(std::slice::from_ref(part), event).first().map_or(0, |token| token.0)
            }
        }
    }

    fn needs_value(&self) -> bool {
        match &self.kind {
            Kind::FirstSeen(_) => true,
            Kind::Counts(of) => of.counted == super::Counted::Values,
            Kind::Travel(_) | Kind::SessionChange(_) => false,
        }
    }
}
