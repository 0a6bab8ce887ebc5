//! One event, looked over once for all the rules of its log.

use event::Event;

use super::{
    slot::{RootValues, Slots},
    value::Value,
    view::View,
};

/// An event and what was found at the top of its record.
pub(crate) struct Lens<'v, 'e> {
    pub(crate) event: &'e Event,
    slots: &'v Slots,
    roots: RootValues<'e>,
}

impl<'v, 'e> Lens<'v, 'e> {
    /// Looks over an event's record.
    pub(crate) fn over(event: &'e Event, slots: &'v Slots) -> Self {
        Self { event, slots, roots: slots.roots(event) }
    }

    /// What a field holds.
    pub(crate) fn value(&self, slot: u32) -> Value<'e> {
        self.slots.value(slot, &self.roots, self.event)
    }

    /// As the Sigma engine sees it.
    pub(crate) fn view(&self) -> View<'_, 'e> {
        View::prepared(self.event, self.slots, &self.roots)
    }
}
