//! An event as the Sigma engine sees one: what its own evaluation of rare constructs reads.

use std::borrow::Cow;

use event::Event;
use rsigma_eval::EventValue;
use serde_json::Value as Json;

use super::{
    slot::{Aliases, RootValues, Slots, look_up},
    value::{any_text_within, each_text_within, json},
};

/// An event with the names that rules have for its fields.
pub struct View<'v, 'e> {
    event: &'e Event,
    names: Names<'v, 'e>,
}

enum Names<'v, 'e> {
    Any(Aliases),
    Prepared(&'v Slots, &'v RootValues<'e>),
}

impl<'v, 'e> View<'v, 'e> {
    /// An event alone, with the aliases of its source.
    #[must_use]
    pub fn of(event: &'e Event, aliases: Aliases) -> Self {
        Self { event, names: Names::Any(aliases) }
    }

    /// An event over whose record was looked already.
    pub(crate) fn prepared(event: &'e Event, slots: &'v Slots, roots: &'v RootValues<'e>) -> Self {
        Self { event, names: Names::Prepared(slots, roots) }
    }
}

impl rsigma_eval::Event for View<'_, '_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        match self.names {
            Names::Any(aliases) => look_up(path, aliases, self.event),
            Names::Prepared(slots, roots) => slots.look_up(path, roots, self.event),
        }
        .to_event_value()
    }

    fn any_string_value(&self, is_it: &dyn Fn(&str) -> bool) -> bool {
        any_text_within(self.event.doc.root(), is_it)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let mut all = Vec::new();
        each_text_within(self.event.doc.root(), &mut |text| all.push(Cow::Borrowed(text)));
        all
    }

    fn to_json(&self) -> Json {
        json(self.event.doc.root())
    }
}
