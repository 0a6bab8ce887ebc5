//! The person's own page: what needs them now, one question at one address, what was before, and
//! their quiet hours.

mod answering;
mod devices;
mod history;
mod looks;
mod now;
mod question;
mod rows;
mod settings;

use casework::case::Refusal;
use model::CaseId;
use runtime::{engine::EngineError, people::Role};

use crate::{Needs, Problem, Routes, problem::Kind};

/// How many questions a page lists at most.
const ROWS_MAX: u32 = 100;

/// The routes of this module.
pub fn routes() -> Routes {
    const OWN: Needs = Needs::Page(Role::Person);
    Routes::new()
        .get("/", OWN, now::show)
        .get("/me", OWN, now::show)
        .get("/me/devices", OWN, devices::show)
        .post("/me/devices/enrol", OWN, devices::enrol)
        .get("/me/devices/{id}", OWN, devices::show_one)
        .post("/me/devices/{id}/recheck", OWN, devices::recheck)
        .post("/me/devices/{id}/not-mine", OWN, devices::not_mine)
        .post("/me/devices/{id}/exemption", OWN, devices::exempt)
        .post("/me/devices/{id}/snooze", OWN, devices::snooze)
        .get("/me/looks", OWN, looks::show)
        .get("/me/history", OWN, history::show)
        .get("/me/settings", OWN, settings::show)
        .post("/me/settings/mute", OWN, settings::mute)
        .post("/me/settings/pause", OWN, settings::pause)
        .get("/ask/{id}", OWN, question::show)
        .post("/ask/{id}/answer", OWN, answering::answer)
        .post("/ask/{id}/comment", OWN, answering::comment)
        .post("/ask/{id}/prove", OWN, answering::prove)
        .post("/ask/{id}/proof", OWN, answering::proof)
}

/// The case of an address. What is no id is nothing that exists.
fn case_id(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|_| Problem::of(Kind::NotFound))
}

/// What a question's page says first, besides the question: an echo of what was just done. It
/// stands in the address, so it is one of these words and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Notice {
    /// Nothing.
    #[default]
    None,
    /// The facts have changed since they were shown.
    Changed,
    /// A proof failed.
    Wrong,
    /// Too many proofs.
    Limited,
    /// Another proof is under way.
    Busy,
    /// A comment is missing.
    Comment,
    /// The way may not serve here.
    NoWay,
    /// A comment was taken.
    Noted,
}

impl Notice {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Changed, "changed"),
        (Self::Wrong, "wrong"),
        (Self::Limited, "limited"),
        (Self::Busy, "busy"),
        (Self::Comment, "comment"),
        (Self::NoWay, "no-way"),
        (Self::Noted, "noted"),
    ];

    /// The notice of a word in an address.
    fn named(word: Option<&str>) -> Self {
        let named = Self::WORDS.iter().find(|(_, name)| Some(*name) == word);
        named.map_or(Self::None, |(notice, _)| *notice)
    }

    /// The question's address with this notice.
    fn at(self, case: CaseId) -> String {
        match Self::WORDS.iter().find(|(notice, _)| *notice == self) {
            Some((_, word)) => format!("/ask/{case}?now={word}"),
            None => format!("/ask/{case}"),
        }
    }

    /// What a refusal means to the person, where the question's page itself says how to go on.
    fn of(error: &EngineError) -> Option<Self> {
        match error {
            EngineError::Limited => Some(Self::Limited),
            EngineError::Refused(refusal) => match refusal {
                Refusal::Stale => Some(Self::Changed),
                Refusal::CommentRequired => Some(Self::Comment),
                Refusal::NoFactor => Some(Self::NoWay),
                Refusal::Busy => Some(Self::Busy),
                Refusal::Limited => Some(Self::Limited),
                // The page shows where the case stands now, and that says it all.
                Refusal::Closed | Refusal::NothingToProve | Refusal::Misplaced => Some(Self::None),
                Refusal::OwnCase | Refusal::OwnOrder | Refusal::NotRevertible => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_in_an_address_is_one_of_ours_or_nothing() {
        let case = CaseId::from_digest(7);
        for (notice, word) in Notice::WORDS {
            assert_eq!(Notice::named(Some(word)), notice);
            assert_eq!(notice.at(case), format!("/ask/{case}?now={word}"));
        }
        for foreign in [None, Some(""), Some("<script>"), Some("CHANGED")] {
            assert_eq!(Notice::named(foreign), Notice::None);
        }
    }
}
