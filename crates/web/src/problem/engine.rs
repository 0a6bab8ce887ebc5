//! What the engine's errors mean over HTTP.

use casework::case::Refusal;
use runtime::engine::EngineError;

use super::{Kind, Problem};

/// How long somebody who tried too often waits, in seconds.
const LIMITED_SECONDS: u32 = 3_600;

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotFound => Self::of(Kind::NotFound),
            EngineError::Refused(refusal) => refusal.into(),
            EngineError::Forbidden(why) => Self::new(Kind::Forbidden, sentence(why)),
            EngineError::ProofRequired => Self::of(Kind::ProofRequired),
            EngineError::Limited => {
                Self { retry_after: Some(LIMITED_SECONDS), ..Self::of(Kind::Limited) }
            }
            EngineError::Invalid(why) => Self::new(Kind::InvalidBody, sentence(&why)),
            // The cause is for the log, where the engine put it, not for who asks.
            EngineError::Unavailable(_) => Self::of(Kind::Unavailable),
            EngineError::Outside(_) => Self::of(Kind::Upstream),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Closed => Kind::CaseClosed,
            Refusal::OwnCase => Kind::OwnCase,
            Refusal::Stale => Kind::Stale,
            Refusal::CommentRequired => {
                return Self::new(Kind::InvalidBody, "A comment is needed: say a few words.");
            }
            Refusal::Limited => {
                return Self { retry_after: Some(LIMITED_SECONDS), ..Self::of(Kind::Limited) };
            }
            Refusal::Busy => {
                return Self::new(
                    Kind::Conflict,
                    "Another proof is under way: finish it, or wait until it has run out.",
                );
            }
            Refusal::NoFactor => {
                return Self::new(
                    Kind::Conflict,
                    "No factor of this kind may serve here: choose another way to prove.",
                );
            }
            Refusal::OwnOrder => {
                return Self::new(
                    Kind::OwnCase,
                    "Let somebody else approve it: nobody approves what they asked for.",
                );
            }
            Refusal::NotRevertible => {
                return Self::new(
                    Kind::Conflict,
                    "This action cannot be taken back: see what its responder says of it.",
                );
            }
            Refusal::NothingToProve | Refusal::Misplaced => Kind::Conflict,
        };
        Self::of(kind)
    }
}

/// An error's words as a sentence.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}
