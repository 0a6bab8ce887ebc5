//! What the person's pages and the console both show of devices. Names, facts and details come
//! from outside: they are made inert here, and escaped by the templates.

pub(crate) mod chart;
pub(crate) mod markdown;
mod settings_links;
mod shown;
mod sources;
pub(crate) mod terms;

use jiff::{Timestamp, tz::TimeZone};
use model::{DeviceId, Person, device::Practice};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

pub(crate) use shown::{ShownCheck, ShownDevice, ShownExemption, form_key};
pub(crate) use sources::ShownSource;

use super::{language::Language, words::When};
use crate::{AppState, Problem, Viewer, problem::Kind};

/// Who reads, and when.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// The instant.
    pub(crate) now: Timestamp,
    /// Whose days.
    pub(crate) zone: TimeZone,
    /// In which language.
    pub(crate) language: Language,
}

impl Reader {
    /// Somebody on their own pages.
    pub(crate) fn own(state: &AppState, viewer: &Viewer) -> Self {
        Self {
            now: state.clock.now(),
            zone: viewer.person.zone(state.engine.zone()),
            language: language(state, &viewer.person),
        }
    }

    /// An analyst, who reads the organisation's clock.
    pub(crate) fn analyst(state: &AppState, viewer: &Viewer) -> Self {
        Self { zone: state.engine.zone().clone(), ..Self::own(state, viewer) }
    }

    pub(crate) fn when(&self, at: Timestamp) -> When {
        When::said_in(self.language, at, self.now, &self.zone)
    }

    pub(crate) fn ago(&self, at: Timestamp) -> When {
        When::past_in(self.language, at, self.now)
    }

    pub(crate) fn say(&self, english: &'static str, german: &'static str) -> &'static str {
        self.language.say(english, german)
    }
}

fn language(state: &AppState, person: &Person) -> Language {
    Language::of(state.engine.language_of(person))
}

/// The device of an address. What is no id is nothing that exists.
pub(crate) fn device_id(text: &str) -> Result<DeviceId, Problem> {
    text.parse().map_err(|_| Problem::of(Kind::NotFound))
}

/// What stands in a form only so that it comes back may hold marks that turn the direction of a
/// page: it is written in plain signs.
const PLAIN: &AsciiSet = &CONTROLS.add(b'%');

/// A name of outside, as forms carry it.
pub(crate) fn plain(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

/// The name that a form carried.
pub(crate) fn from_plain(text: &str) -> Result<String, Problem> {
    let name = percent_decode_str(text).decode_utf8();
    Ok(name.map_err(|_| Problem::of(Kind::NotFound))?.into_owned())
}

/// The practice of a form.
pub(crate) fn practice(text: &str) -> Result<Practice, Problem> {
    from_plain(text)?.parse().map_err(|_| Problem::of(Kind::NotFound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_forms_as_they_were_and_stand_there_in_plain_signs() {
        for name in ["encryption", "fleet 9", "a%20b", "é\u{202e}\u{0}", "agent:Foo.app"] {
            let form = plain(name);
            assert!(form.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{form}");
            assert_eq!(from_plain(&form).ok().as_deref(), Some(name));
        }
        assert_eq!(plain("fleet 9"), "fleet 9");
    }
}
