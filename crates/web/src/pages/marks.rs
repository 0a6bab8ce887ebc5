//! Status at a glance: a shape, a word and a colour, never colour alone.

mod devices;

use model::{ActionState, Reason, Severity, StateName};

use super::language::Language;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The class that colours it.
    pub(crate) tone: &'static str,
    /// The shape, as the path of a 16 by 16 drawing.
    pub(crate) path: &'static str,
    /// Whether only the outline is drawn.
    pub(crate) is_hollow: bool,
    /// The word.
    pub(crate) word: &'static str,
}

const DOT: &str = "M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z";
const RING: &str = "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z";
const BAR: &str = "M2 6.5h12v3H2z";
const DIAMOND: &str = "M8 1.2 14.8 8 8 14.8 1.2 8z";
const TRIANGLE: &str = "M8 1 15.6 14.5H.4z";
const OCTAGON: &str = "M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5zM7 3.6v5.6h2V3.6zM7 10.6v2h2v-2z";
const TICK: &str = "M6.3 13.4 1 8.1l1.9-1.9 3.4 3.4L13.1 2.8 15 4.7z";
const HALF: &str = "M8 2.5a5.5 5.5 0 0 1 0 11z M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z";
const FLAG: &str = "M3 1h2v.8h9L11.6 5.6 14 9.4H5V15H3z";

const GOOD: &str = "tone-good";
const CARE: &str = "tone-care";
const ALARM: &str = "tone-alarm";
const CALM: &str = "tone-calm";
const PLAIN: &str = "tone-plain";

impl Mark {
    const fn new(tone: &'static str, path: &'static str, word: &'static str) -> Self {
        Self { tone, path, is_hollow: false, word }
    }
    const fn hollow(tone: &'static str, path: &'static str, word: &'static str) -> Self {
        Self { tone, path, is_hollow: true, word }
    }

    /// How grave.
    pub(crate) fn severity(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::hollow(PLAIN, RING, "Info"),
            Severity::Low => Self::new(PLAIN, BAR, "Low"),
            Severity::Medium => Self::new(CALM, DIAMOND, "Medium"),
            Severity::High => Self::new(CARE, TRIANGLE, "High"),
            Severity::Critical => Self::new(ALARM, OCTAGON, "Critical"),
        }
    }

    /// Where a case stands, for an analyst.
    pub(crate) fn state(state: StateName, reason: Option<Reason>) -> Self {
        match (state, reason) {
            (StateName::Triage, _) => Self::hollow(PLAIN, RING, "Waiting its turn"),
            (StateName::Watching, _) => Self::hollow(PLAIN, RING, "Watching"),
            (StateName::Notifying, _) => Self::new(CALM, DOT, "Telling"),
            (StateName::Asking, _) => Self::new(CALM, DOT, "Asked"),
            (StateName::Claimed, _) => Self::new(CALM, HALF, "Claimed, unproven"),
            (StateName::Verifying, _) => Self::new(CALM, HALF, "Proving"),
            (StateName::Escalated, reason) => {
                Self::new(escalated_tone(reason), FLAG, escalated(reason))
            }
            (StateName::Closed, reason) => closed(reason),
        }
    }

    /// A state as a heading over many cases.
    pub(crate) fn of_states(state: StateName) -> Self {
        let word = match state {
            StateName::Escalated => "With the analysts",
            StateName::Closed => "Closed",
            other => return Self::state(other, None),
        };
        Self { word, ..Self::state(state, None) }
    }

    /// Where an action stands.
    pub(crate) fn action(state: ActionState, may_stand: bool) -> Self {
        match state {
            ActionState::Planned => Self::hollow(PLAIN, RING, "Being planned"),
            ActionState::AwaitingApproval => Self::new(CARE, FLAG, "Waits for a yes"),
            ActionState::Applying => Self::new(CALM, HALF, "Being done"),
            ActionState::Applied => Self::new(CALM, HALF, "Done, being looked for"),
            ActionState::Verified => Self::new(GOOD, TICK, "Done and seen"),
            ActionState::Reverting => Self::new(CALM, HALF, "Being taken back"),
            ActionState::Reverted => Self::new(PLAIN, TICK, "Taken back"),
            ActionState::Failed if may_stand => Self::new(ALARM, OCTAGON, "Needs a look"),
            ActionState::Failed => Self::hollow(PLAIN, RING, "Not done"),
        }
    }

    /// Whether anything is done by itself.
    pub(crate) fn guard(is_stopped: bool, is_tripped: bool) -> Self {
        match (is_stopped, is_tripped) {
            (true, _) => Self::new(ALARM, OCTAGON, "Stopped"),
            (false, true) => Self::new(ALARM, TRIANGLE, "Breaker open"),
            (false, false) => Self::new(GOOD, TICK, "Acting by itself"),
        }
    }

    /// Whether new alerts are taken.
    pub(crate) fn readiness(is_ready: bool) -> Self {
        match is_ready {
            true => Self::new(GOOD, TICK, "Taking alerts"),
            false => Self::new(ALARM, OCTAGON, "Not taking alerts"),
        }
    }

    /// How a question ended or where it stands, for the person it was put to.
    pub(crate) fn for_person(state: StateName, reason: Option<Reason>, language: Language) -> Self {
        let say = |english, german| language.say(english, german);
        let team = say("With the security team", "Beim Sicherheitsteam");
        let told = Self::hollow(PLAIN, RING, say("For your information", "Zur Kenntnis"));
        match (state, reason) {
            (StateName::Asking, _) => {
                Self::new(CALM, DOT, say("Waiting for you", "Wartet auf dich"))
            }
            (StateName::Claimed | StateName::Verifying, _) => {
                Self::new(CALM, HALF, say("Waiting for proof", "Wartet auf den Nachweis"))
            }
            (StateName::Escalated, Some(Reason::Denied | Reason::Conflict)) => {
                Self::new(ALARM, FLAG, team)
            }
            (StateName::Escalated, _) => Self::new(CARE, FLAG, team),
            (StateName::Closed, Some(Reason::Verified)) => {
                Self::new(GOOD, TICK, say("Proven to be you", "Nachgewiesen: das warst du"))
            }
            (StateName::Closed, Some(Reason::Notified | Reason::Suppressed)) => told,
            (StateName::Closed, _) => {
                let words = say("Closed by the security team", "Vom Sicherheitsteam geschlossen");
                Self::new(PLAIN, TICK, words)
            }
            _ => told,
        }
    }
}

fn escalated_tone(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::Denied | Reason::Conflict) => ALARM,
        _ => CARE,
    }
}

fn escalated(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::Denied) => "Denied",
        Some(Reason::Silent) => "No answer",
        Some(Reason::NotSure) => "Not sure",
        Some(Reason::Undeliverable) => "Undeliverable",
        Some(Reason::Unprovable) => "Unprovable",
        Some(Reason::Conflict) => "Conflict",
        Some(Reason::UnknownPerson) => "Unknown person",
        _ => "Needs an analyst",
    }
}

fn closed(reason: Option<Reason>) -> Mark {
    match reason {
        Some(Reason::Verified) => Mark::new(GOOD, TICK, "Proven theirs"),
        Some(Reason::Notified) => Mark::new(PLAIN, TICK, "Told"),
        Some(Reason::Filtered) => Mark::hollow(PLAIN, RING, "Filtered"),
        Some(Reason::Suppressed) => Mark::hollow(PLAIN, RING, "Suppressed"),
        Some(Reason::Merged) => Mark::hollow(PLAIN, RING, "Merged"),
        Some(Reason::Shadow) => Mark::hollow(PLAIN, RING, "Watched"),
        Some(Reason::Benign) => Mark::new(GOOD, TICK, "Benign"),
        Some(Reason::Malicious) => Mark::new(ALARM, OCTAGON, "Malicious"),
        Some(Reason::FalsePositive) => Mark::new(PLAIN, TICK, "False positive"),
        Some(Reason::Duplicate) => Mark::new(PLAIN, TICK, "Duplicate"),
        _ => Mark::new(PLAIN, TICK, "Closed"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_severities_share_a_shape_or_a_word() {
        let marks = Severity::ALL.map(Mark::severity);
        let shapes: BTreeSet<_> = marks.iter().map(|mark| mark.path).collect();
        let words: BTreeSet<_> = marks.iter().map(|mark| mark.word).collect();
        assert_eq!((shapes.len(), words.len()), (marks.len(), marks.len()));
    }

    #[test]
    fn every_state_and_reason_has_a_word() {
        for state in StateName::ALL {
            for reason in Reason::ALL.iter().map(|reason| Some(*reason)).chain([None]) {
                assert!(!Mark::state(*state, reason).word.is_empty());
                assert!(!Mark::for_person(*state, reason, Language::German).word.is_empty());
            }
        }
    }
}
