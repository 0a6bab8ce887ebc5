//! What the sign-in page says above its forms.

use http::StatusCode;

/// Words in both languages.
type Words = [&'static str; 2];

/// What happened before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Nothing.
    None,
    /// Whatever was sent signs nobody in. Which part was wrong is not said.
    Wrong,
    /// Too many tries.
    Limited,
    /// What came back from the identity provider began elsewhere, or is over.
    NotUnderWay,
    /// They turned back at the identity provider.
    TurnedBack,
    /// What came back from there proves nothing.
    Unproven,
    /// It is them, and they did not sign in there in the way that lets them enrol.
    TooWeak,
    /// The identity provider knows them, the directory does not.
    Unknown,
    /// The identity provider cannot be asked.
    Unreachable,
    /// They signed out.
    SignedOut,
    /// They signed out of every browser.
    SignedOutEverywhere,
    /// A factor was removed, which signs out everywhere.
    Removed,
}

/// Why nobody is signed in, and what to do.
pub(super) struct Told {
    pub(super) what: Words,
    pub(super) next: Words,
    is_about_provider: bool,
}

impl Told {
    /// The provider's host, where the sentence begins with it.
    pub(super) fn about<'p>(&self, provider: &'p Option<String>) -> Option<&'p str> {
        provider.as_deref().filter(|_| self.is_about_provider)
    }
}

impl Notice {
    pub(super) fn named(name: Option<&str>) -> Self {
        match name {
            Some("signed-out") => Self::SignedOut,
            Some("signed-out-everywhere") => Self::SignedOutEverywhere,
            Some("removed") => Self::Removed,
            _ => Self::None,
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Wrong
            | Self::NotUnderWay
            | Self::TurnedBack
            | Self::Unproven
            | Self::TooWeak
            | Self::Unknown => StatusCode::FORBIDDEN,
            Self::Limited => StatusCode::TOO_MANY_REQUESTS,
            Self::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            Self::None | Self::SignedOut | Self::SignedOutEverywhere | Self::Removed => {
                StatusCode::OK
            }
        }
    }

    /// What was done.
    pub(super) fn done(self) -> Option<Words> {
        Some(match self {
            Self::SignedOut => ["You are signed out.", "Du bist abgemeldet."],
            Self::SignedOutEverywhere => {
                ["You are signed out everywhere.", "Du bist überall abgemeldet."]
            }
            Self::Removed => [
                "It is removed, and you are signed out everywhere.",
                "Er ist entfernt, und du bist überall abgemeldet.",
            ],
            _ => return None,
        })
    }

    /// Why nobody is signed in.
    pub(super) fn told(self) -> Option<Told> {
        let (what, next) = match self {
            Self::Wrong => (
                ["That did not sign you in.", "Damit bist du nicht angemeldet."],
                [
                    "Check the address, wait for a new code, or choose another way.",
                    "Prüf die Adresse, warte auf einen neuen Code oder melde dich anders an.",
                ],
            ),
            Self::Limited => (
                ["Too many tries.", "Zu viele Versuche."],
                [
                    "Wait an hour, use a passkey, or ask for a link.",
                    "Warte eine Stunde, nimm einen Passkey oder bitte um einen Link.",
                ],
            ),
            Self::NotUnderWay => (
                [
                    "That sign-in is over, or began in another browser.",
                    "Diese Anmeldung ist vorbei, oder sie begann in einem anderen Browser.",
                ],
                [
                    "Nobody is signed in. Begin again here.",
                    "Niemand ist angemeldet. Beginn hier neu.",
                ],
            ),
            Self::TurnedBack => (
                ["did not sign you in.", "hat dich nicht angemeldet."],
                ["Begin again, or choose another way.", "Beginn neu oder melde dich anders an."],
            ),
            Self::Unproven => (
                [
                    "What came back does not prove who you are.",
                    "Was zurückkam, weist nicht nach, wer du bist.",
                ],
                [
                    "Begin again; if it stays so, tell an administrator of Countersign.",
                    "Beginn neu; wenn es so bleibt, sag es der Verwaltung von Countersign.",
                ],
            ),
            Self::TooWeak => (
                [
                    "That sign-in is not strong enough to set up a way to prove.",
                    "Diese Anmeldung reicht nicht, um einen Nachweis einzurichten.",
                ],
                [
                    "Begin again and choose the strongest way there, such as a passkey, or ask an \
                     administrator of Countersign for an enrolment link.",
                    "Beginn neu und nimm dort den stärksten Weg, etwa einen Passkey, oder bitte \
                     die Verwaltung von Countersign um einen Link zum Einrichten.",
                ],
            ),
            Self::Unknown => (
                ["Countersign does not know you.", "Countersign kennt dich nicht."],
                [
                    "You are signed in there, but the directory here does not list you. Ask an \
                     administrator of Countersign.",
                    "Dort bist du angemeldet, aber das Verzeichnis hier kennt dich nicht. Wende dich \
                     an die Verwaltung von Countersign.",
                ],
            ),
            Self::Unreachable => (
                ["cannot be reached just now.", "ist gerade nicht zu erreichen."],
                [
                    "Try again in a minute, or choose another way.",
                    "Versuch es in einer Minute wieder oder melde dich anders an.",
                ],
            ),
            Self::None | Self::SignedOut | Self::SignedOutEverywhere | Self::Removed => {
                return None;
            }
        };
        let is_about_provider = matches!(self, Self::TurnedBack | Self::Unreachable);
        Some(Told { what, next, is_about_provider })
    }
}
