//! Signing in, sessions, roles, factors, and who may do what.
//!
//! Nothing here closes a case or counts as evidence for one: that is `proving`. A session says who
//! is looking; a [`FreshProof`] in it says that it was lately proven to be them, which grave acts
//! want. Start with [`Viewer`] (who acts, and what they may), then [`session`](Engine::viewer) and
//! [`step_up`](Engine::begin_step_up).
//!
//! What guards what:
//!
//! | act | wants |
//! |---|---|
//! | reading and answering one's own cases | a session |
//! | judging other people's cases gravely, links, resets | the role, and a fresh proof |
//! | the first factor | a session by an administrator's link, or by a fresh sign-in at the provider |
//! | a further factor, removing one | a fresh proof with a factor that was independent already |
//! | "this wasn't me" about a factor | nothing but being the person; it only ever takes away |

mod alarm;
mod browser;
mod change;
mod disown;
mod enrol;
mod erase;
mod held;
mod link;
mod notice;
mod provider;
mod role;
mod seals;
mod session;
mod session_end;
mod signin;
mod step_up;
mod tally;
mod ways;

#[cfg(test)]
mod tests;

pub use browser::{BROWSER_LIFE, Visitor};
pub use change::{ChangeKind, FactorChange, Standing};
pub use disown::Disowned;
pub use erase::Erasure;
pub use link::LinkKind;
pub(crate) use notice::CHANGE;
pub use provider::{NotSignedIn, ProviderSignIn, Redirected, Unended};
pub use role::{Authority, Role, Viewer};
pub(crate) use seals::same;
pub use session::{FreshProof, NewSession, SessionView, Via};
pub use signin::SignInCeremony;
pub use step_up::{PUSHES_A_DAY_MAX, PUSHES_MAX, StepUp, StepUpOutcome};
pub(crate) use tally::by_person;
pub use tally::{CEREMONIES_MAX, CODE_TRIES_MAX, PROVIDER_TRIES_MAX};
pub use ways::Way;

use casework::Note;
use model::Span;
use ports::store::JournalEntry;

use crate::engine::Engine;

/// How long a step-up counts.
pub const PROOF_LIFE: Span = Span::minutes(10);
/// How long a ceremony of signing in, stepping up or enrolling may take.
pub const CEREMONY_LIFE: Span = Span::minutes(10);
/// How long a change of factors can be disowned.
pub const DISOWN_LIFE: Span = Span::days(30);
/// How many factors a person may have enrolled here.
pub const FACTORS_MAX: usize = 20;
/// The longest name a factor keeps, in characters.
pub const LABEL_MAX_CHARS: usize = 60;

impl Engine {
    /// A line of the audit trail that belongs to no case. The text holds ids, never names.
    pub(crate) fn entry(
        &self,
        kind: &str,
        by: impl Into<String>,
        text: impl Into<String>,
    ) -> JournalEntry {
        let (kind, by) = (kind.to_owned(), by.into());
        let note = Note { kind: kind.clone(), by: by.clone(), text: text.into() };
        JournalEntry {
            seq: 0,
            case: None,
            at: self.now(),
            kind,
            by,
            salt: self.parts.entropy.bits().to_le_bytes(),
            data: crate::bytes::write(&note),
        }
    }
}

/// A factor's name as kept: printable, in one line, not too long.
fn label(typed: Option<&str>, suggested: &str) -> String {
    let clean: String = typed
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control() && !is_invisible(*letter))
        .take(LABEL_MAX_CHARS)
        .collect();
    let clean = clean.trim();
    if clean.is_empty() { suggested.to_owned() } else { clean.to_owned() }
}

/// Marks that turn the direction of a text or take no room: they could disguise a name.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || letter == '\u{feff}'
}
