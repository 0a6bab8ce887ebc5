//! How far a question has come, for the session that looks at it.

use casework::{Case, State};
use model::{ChallengeId, Method, Timestamp};
use runtime::proving::Ceremony;

/// How soon the page looks again while a phone is being reached, in seconds.
const STARTING_SECONDS: u32 = 2;
/// How soon it looks again while a phone has not answered, in seconds.
const WAITING_SECONDS: u32 = 4;

/// How far a question has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for an answer.
    Asked,
    /// "It was me", and a way to prove it is to be chosen.
    Claimed,
    /// A passkey is to be used here.
    Passkey {
        /// The attempt.
        challenge: ChallengeId,
        /// What the browser needs.
        options: String,
    },
    /// A code is to be typed here.
    Code {
        /// The attempt.
        challenge: ChallengeId,
    },
    /// A code is to be typed into the phone.
    Push {
        /// The code.
        match_code: String,
    },
    /// The phone is being reached.
    Starting,
    /// A proof is under way, begun by another session, which alone may see it (R5).
    Elsewhere,
    /// Nothing is asked any more.
    Ended,
}

impl Stage {
    /// The stage of a case. A ceremony is shown to the session that began it and to no other, also
    /// if the engine gave it to us.
    pub(super) fn of(
        case: &Case,
        ceremony: Option<Ceremony>,
        session: &str,
        now: Timestamp,
    ) -> Self {
        if case.state == State::Asking {
            return Self::Asked;
        }
        if case.provable_claim().is_none() {
            return Self::Ended;
        }
        let open = case.challenge().filter(|challenge| now < challenge.expires_at);
        let Some(challenge) = open else { return Self::Claimed };
        if challenge.session != session {
            return Self::Elsewhere;
        }
        let ceremony = ceremony.filter(|ceremony| ceremony.challenge == challenge.id);
        ceremony.map_or(Self::Claimed, Self::of_ceremony)
    }

    fn of_ceremony(ceremony: Ceremony) -> Self {
        let challenge = ceremony.challenge;
        match (ceremony.method, ceremony.options, ceremony.code) {
            (Method::Passkey, Some(options), _) => {
                Self::Passkey { challenge, options: options.to_string() }
            }
            (Method::Totp, ..) => Self::Code { challenge },
            (Method::Duo, _, Some(match_code)) => Self::Push { match_code },
            (Method::Duo | Method::Passkey, ..) => Self::Starting,
        }
    }

    /// Whether the question itself is put.
    pub(super) fn is_asked(&self) -> bool {
        *self == Self::Asked
    }

    /// Whether nothing is asked any more.
    pub(super) fn is_ended(&self) -> bool {
        *self == Self::Ended
    }

    /// Whether a proof has begun.
    pub(super) fn is_under_way(&self) -> bool {
        !matches!(self, Self::Asked | Self::Claimed | Self::Ended)
    }

    /// How soon to look again.
    pub(super) fn refresh_seconds(&self) -> Option<u32> {
        match self {
            Self::Starting => Some(STARTING_SECONDS),
            Self::Push { .. } => Some(WAITING_SECONDS),
            _ => None,
        }
    }

    /// The scripts it cannot do without.
    pub(super) fn scripts(&self) -> &'static [&'static str] {
        match self {
            Self::Passkey { .. } => &["passkey.js"],
            _ => &[],
        }
    }
}
