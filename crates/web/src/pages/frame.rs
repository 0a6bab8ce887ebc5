//! What surrounds every page: its title, where one is, who is signed in.

use runtime::people::{Role, Viewer};

use super::language::Language;

/// The frame of a page; every template has one as `frame` and extends `layout.html`.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The page's title.
    pub(crate) title: String,
    /// The language of its words.
    pub(crate) language: Language,
    /// Who is signed in.
    pub(crate) who: Option<Who>,
    /// Where in the navigation it stands.
    pub(crate) place: Place,
    /// After how many seconds it looks again by itself, where it waits for something.
    pub(crate) refresh_seconds: Option<u32>,
    /// Scripts that make it more comfortable, or the passkey's.
    pub(crate) scripts: &'static [&'static str],
}

/// Who is signed in, as the frame shows it.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    /// The name at the corner.
    pub(crate) name: String,
    /// What forms carry.
    pub(crate) csrf: String,
    role: Role,
}

/// Where in the navigation a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: sign-in, checks, problems.
    Outside,
    /// What needs me now, and questions.
    Now,
    /// My devices.
    Devices,
    /// What was asked before.
    History,
    /// Who looked at my data.
    Looks,
    /// Ways to prove.
    Ways,
    /// Reminders and pauses.
    Settings,
    /// The console's queue, and cases.
    Queue,
    /// A question by hand.
    Ask,
    /// Everybody's devices.
    Fleet,
    /// What waits for a yes.
    Actions,
    /// What is not asked about for a while.
    Exceptions,
    /// How rules do.
    Rules,
    /// What was refused.
    DeadLetters,
    /// Whether all is well.
    Health,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it leads.
    pub(crate) path: &'static str,
    /// What it reads.
    pub(crate) word: &'static str,
    /// Whether the page is there.
    pub(crate) is_here: bool,
}

/// Where something stands, its address and its words.
type Signpost = (Place, &'static str, [&'static str; 2]);

const PERSONAL: [Signpost; 6] = [
    (Place::Now, "/me", ["Now", "Jetzt"]),
    (Place::Devices, "/me/devices", ["Devices", "Geräte"]),
    (Place::History, "/me/history", ["History", "Verlauf"]),
    (Place::Looks, "/me/looks", ["Who looked", "Wer nachsah"]),
    (Place::Ways, "/me/ways", ["Ways to prove", "Nachweise"]),
    (Place::Settings, "/me/settings", ["Settings", "Einstellungen"]),
];
const CONSOLE: [Signpost; 8] = [
    (Place::Queue, "/console/cases", ["Queue", "Fälle"]),
    (Place::Ask, "/console/ask", ["Ask someone", "Jemanden fragen"]),
    (Place::Actions, "/console/actions", ["Actions", "Maßnahmen"]),
    (Place::Exceptions, "/console/exceptions", ["Exceptions", "Fragepausen"]),
    (Place::Rules, "/console/rules", ["Rules", "Regeln"]),
    (Place::Fleet, "/console/devices", ["Devices", "Geräte"]),
    (Place::DeadLetters, "/console/dead-letters", ["Refused records", "Abgewiesenes"]),
    (Place::Health, "/console/health", ["Health", "Zustand"]),
];

impl Place {
    fn is_console(self) -> bool {
        CONSOLE.iter().any(|(place, _, _)| *place == self)
    }
}

impl Frame {
    /// The frame of a page for nobody in particular.
    pub(crate) fn outside(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            language: Language::English,
            who: None,
            place: Place::Outside,
            refresh_seconds: None,
            scripts: &[],
        }
    }

    /// The frame of a page that is open to everybody.
    pub(crate) fn of_anybody(viewer: Option<&Viewer>, title: impl Into<String>) -> Self {
        match viewer {
            Some(viewer) => Self::of(viewer, Place::Outside, title),
            None => Self::outside(title),
        }
    }

    /// The frame of a page for the one who is signed in.
    pub(crate) fn of(viewer: &Viewer, place: Place, title: impl Into<String>) -> Self {
        let who = Who {
            name: viewer.person.name.reveal().to_owned(),
            csrf: viewer.session.csrf.clone(),
            role: viewer.role,
        };
        let scripts: &[&str] = if place.is_console() { &["console.js"] } else { &[] };
        Self { who: Some(who), place, scripts, ..Self::outside(title) }
    }

    /// The same in a language.
    pub(crate) fn speaking(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// The words in the language of the page.
    pub(crate) fn say(&self, english: &'static str, german: &'static str) -> &'static str {
        self.language.say(english, german)
    }

    /// The same, loaded with a script.
    pub(crate) fn with_script(self, scripts: &'static [&'static str]) -> Self {
        Self { scripts, ..self }
    }

    /// The same, looking again by itself.
    pub(crate) fn refreshing(self, seconds: Option<u32>) -> Self {
        Self { refresh_seconds: seconds, ..self }
    }

    /// Whether it has the console's width.
    pub(crate) fn is_wide(&self) -> bool {
        self.place.is_console()
    }

    /// What forms on this page carry.
    pub(crate) fn csrf(&self) -> &str {
        self.who.as_ref().map_or("", |who| who.csrf.as_str())
    }

    /// The navigation: the person's or the console's, each with the way to the other.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let is_analyst = self.who.as_ref().is_some_and(|who| who.role >= Role::Analyst);
        let entry = |(place, path, [english, german]): &Signpost| Entry {
            path,
            word: self.say(english, german),
            is_here: *place == self.place,
        };
        let (own, other) = if self.is_wide() {
            (&CONSOLE[..], ("/me", self.say("My page", "Meine Seite")))
        } else {
            (&PERSONAL[..], ("/console/cases", self.say("Console", "Konsole")))
        };
        let way_over = Entry { path: other.0, word: other.1, is_here: false };
        own.iter().map(entry).chain(is_analyst.then_some(way_over)).collect()
    }
}
