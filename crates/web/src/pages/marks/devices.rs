//! How devices, their checks and their sources stand.

use runtime::posture::{Grade, SourceView, State};

use super::{ALARM, BAR, CALM, CARE, FLAG, GOOD, HALF, Mark, OCTAGON, PLAIN, RING, TICK, TRIANGLE};
use crate::pages::language::Language;

impl Mark {
    /// How a device stands.
    pub(crate) fn grade(grade: Grade, language: Language) -> Self {
        let say = |english, german| language.say(english, german);
        match grade {
            Grade::Critical => {
                Self::new(ALARM, OCTAGON, say("Needs mending", "Muss behoben werden"))
            }
            Grade::Attention => {
                Self::new(CARE, TRIANGLE, say("Could be better", "Geht noch besser"))
            }
            Grade::Incomplete => {
                Self::hollow(PLAIN, RING, say("Not all is known", "Nicht alles bekannt"))
            }
            Grade::Ok => Self::new(GOOD, TICK, say("All is well", "Alles gut")),
        }
    }

    /// How a check stands. What nobody knows never looks good.
    pub(crate) fn check(state: State, language: Language) -> Self {
        let say = |english, german| language.say(english, german);
        match state {
            State::Ok => Self::new(GOOD, TICK, say("OK", "In Ordnung")),
            State::Nudge => Self::new(CARE, TRIANGLE, say("Could be better", "Geht noch besser")),
            State::Warn => Self::new(ALARM, OCTAGON, say("Needs mending", "Muss behoben werden")),
            State::Unknown => Self::hollow(PLAIN, RING, say("Not known", "Nicht bekannt")),
            State::Stale => Self::new(PLAIN, HALF, say("Too old to tell", "Zu alt für ein Urteil")),
            State::Exempt => Self::new(CALM, FLAG, say("Exempt", "Ausgenommen")),
            State::NotApplicable => Self::new(PLAIN, BAR, say("Does not apply", "Entfällt")),
        }
    }

    /// How a source stands.
    pub(crate) fn source(source: &SourceView, language: Language) -> Self {
        let say = |english, german| language.say(english, german);
        match source.state {
            "ok" => Self::new(GOOD, TICK, say("Answers", "Antwortet")),
            "failing" => Self::new(ALARM, OCTAGON, say("Fails", "Fällt aus")),
            _ => Self::hollow(PLAIN, RING, say("Not heard from yet", "Noch nichts gehört")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_states_of_a_check_share_a_shape_or_a_word_and_only_ok_is_good() {
        for language in [Language::English, Language::German] {
            let marks = State::ALL.map(|state| Mark::check(state, language));
            let shapes: BTreeSet<_> =
                marks.iter().map(|mark| (mark.path, mark.is_hollow)).collect();
            let words: BTreeSet<_> = marks.iter().map(|mark| mark.word).collect();
            assert_eq!((shapes.len(), words.len()), (marks.len(), marks.len()));
            for state in State::ALL {
                let is_good = Mark::check(state, language).tone == GOOD;
                assert_eq!(is_good, state == State::Ok, "{state:?}");
            }
        }
    }
}
