//! Who works here, and where: what pages and programs may look up without waiting.

use std::sync::Arc;

use casework::Case;
use jiff::tz::TimeZone;
use model::{Person, PersonId};

use crate::{engine::Engine, render::inert};

/// A text from outside in one line, harmless to read: without control characters and marks that
/// turn its direction, without links, not too long. Still to be escaped.
#[must_use]
pub fn inert_line(text: &str) -> String {
    inert::line(text, inert::LINE_CHARS)
}

/// The same in several lines.
#[must_use]
pub fn inert_lines(text: &str) -> String {
    inert::lines(text, inert::TEXT_CHARS)
}

impl Engine {
    /// The person of that id.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<Arc<Person>> {
        self.parts.directory.person(id)
    }

    /// The person known by this e-mail, alias or id; never by a display name.
    #[must_use]
    pub fn find_person(&self, name: &str) -> Option<Arc<Person>> {
        self.parts.directory.find(name.trim())
    }

    /// The organisation's name, as people know it.
    #[must_use]
    pub fn organisation(&self) -> &str {
        &self.parts.settings.organisation
    }

    /// The organisation's own zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        self.parts.settings.calendar.zone()
    }

    /// The language that somebody reads: their own, else the organisation's first.
    #[must_use]
    pub fn language_of<'a>(&'a self, person: &'a Person) -> &'a str {
        let first = self.parts.settings.languages.first();
        person.language.as_deref().or(first.map(String::as_str)).unwrap_or("en")
    }

    /// The names of the chats through which people are asked, in order.
    pub fn chat_names(&self) -> impl Iterator<Item = &str> {
        self.parts.chats.iter().map(|(name, _)| name.as_str())
    }

    /// Whether the person this case is about is shown it: what they were asked or told, and what
    /// an earlier proof of theirs hid. What goes to the security team alone is not.
    #[must_use]
    pub fn is_shown_to_its_person(case: &Case) -> bool {
        let is_hidden = matches!(case.reason(), Some(model::Reason::Suppressed));
        case.ask.is_some() || is_hidden
    }
}
