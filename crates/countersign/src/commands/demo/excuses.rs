//! Who asks to be excused from what fails on their computer, and what becomes of it: one exemption
//! is granted by an analyst of the company, so that a visitor sees one in force; the other waits for
//! the visitor.

use super::player::Player;

/// An exemption of the demo.
pub(super) struct Excuse<'a> {
    /// Whose computer it is, by address.
    of: &'a str,
    /// Why it cannot be mended.
    reason: &'static str,
    /// Who grants it, by address; nobody of the company where it is left to the visitor.
    granted_by: Option<&'a str>,
    next: Next,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Ask,
    Grant,
    Nothing,
}

impl<'a> Excuse<'a> {
    /// A screen that must stay on: granted by a colleague who is an analyst.
    pub(super) fn granted(of: &'a str, by: &'a str) -> Self {
        let reason = "It shows the timetable in the reception hall, and its screen must stay on.";
        Self { of, reason, granted_by: Some(by), next: Next::Ask }
    }

    /// A system that cannot be newer: it waits for the visitor.
    pub(super) fn waiting(of: &'a str) -> Self {
        let reason = "It drives the old milling machine, whose software runs on nothing newer.";
        Self { of, reason, granted_by: None, next: Next::Ask }
    }

    /// Takes the next step, as soon as it can be taken.
    pub(super) async fn go_on(&mut self, players: &mut [Player]) -> anyhow::Result<()> {
        let who = match self.next {
            Next::Ask => Some(self.of),
            Next::Grant => self.granted_by,
            Next::Nothing => None,
        };
        let player = who.and_then(|who| players.iter_mut().find(|player| player.is_of(who)));
        let Some(player) = player else { return Ok(()) };
        let (is_done, after) = match self.next {
            Next::Ask => (player.ask_exemption(self.reason).await?, Next::Grant),
            Next::Grant => (player.grant_exemption(self.reason).await?, Next::Nothing),
            Next::Nothing => return Ok(()),
        };
        if is_done {
            self.next = after;
        }
        Ok(())
    }
}
