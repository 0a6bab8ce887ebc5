//! Taking it back.

use model::{ActionId, Personal, Undo};

use super::super::{Refusal, Work};
use crate::{
    Message,
    input::Actor,
    ledger::{ACCEPTED, APPLY_LIFE, Entry, Stage, TakenBack, Task, UNKNOWN},
};

impl Work {
    pub(super) fn revert(
        &mut self,
        id: ActionId,
        by: &Actor,
        reason: &Personal,
    ) -> Result<(), Refusal> {
        self.judge_action(by)?;
        let text = format!("wants {} taken back: {}", self.action_name(id), reason.reveal());
        let Some(entry) = self.entry(id) else { return Err(Refusal::Misplaced) };
        let is_final = matches!(entry.stage, Stage::Reverted { .. } | Stage::Reverting { .. });
        let is_undone_by_nobody = entry.order.spec.undo != Undo::Reversible
            && matches!(entry.stage, Stage::Applied { .. } | Stage::Verified { .. });
        if is_undone_by_nobody || matches!(entry.stage, Stage::Failed { may_stand: false, .. }) {
            return Err(Refusal::NotRevertible);
        }
        self.note("revert_asked", by.to_string(), text);
        if !is_final {
            self.take_back(id, &by.to_string());
        }
        Ok(())
    }

    /// Takes back what this case has done, the last thing first, and does not begin the rest.
    pub(in crate::case) fn take_back_all(&mut self, why: &str) {
        let ids: Vec<ActionId> = self.case.ledger.iter().rev().map(Entry::id).collect();
        for id in ids {
            self.take_back(id, why);
        }
    }

    pub(in crate::case) fn take_back(&mut self, id: ActionId, by: &str) {
        let Some(entry) = self.entry_mut(id) else { return };
        match &entry.stage {
            Stage::Planned { .. } | Stage::AwaitingApproval { .. } => {
                self.fail(id, format!("no longer wanted: {by}"), false);
            }
            Stage::Applying { .. } => entry.unwanted_by = Some(by.to_owned()),
            // What comes later would come after it was taken back: first it is seen.
            Stage::Applied { .. } if entry.is_revertible() && entry.detail == ACCEPTED => {
                entry.unwanted_by = Some(by.to_owned());
            }
            _ if entry.is_revertible() => self.begin_taking_back(id, by),
            _ => {}
        }
    }

    pub(super) fn begin_taking_back(&mut self, id: ActionId, by: &str) {
        let until = APPLY_LIFE.after(self.now());
        self.stage(id, Stage::Reverting { is_sent: false, until });
        let name = self.action_name(id);
        self.note("reverting", by.to_owned(), format!("{name} is being taken back"));
        self.task(id, Task::Revert, self.now(), until);
    }

    pub(super) fn revert_if_unwanted(&mut self, id: ActionId) {
        let unwanted = self.entry_mut(id).and_then(|entry| entry.unwanted_by.take());
        if let Some(by) = unwanted {
            self.take_back(id, &by);
        }
    }

    pub(super) fn taken_back(&mut self, id: ActionId, taken: TakenBack) {
        let Some(entry) = self.entry_mut(id) else { return };
        let Stage::Reverting { is_sent: false, .. } = entry.stage else { return };
        match taken {
            TakenBack::AlreadySo if [ACCEPTED, UNKNOWN].contains(&entry.detail.as_str()) => {
                let why = "it was never seen, and may still come";
                self.fail(id, format!("not taken back: {why}"), true);
            }
            TakenBack::AlreadySo => self.reverted(id),
            TakenBack::Refused(what) => {
                self.fail(id, format!("somebody else has changed it since: {what}"), false);
            }
            TakenBack::Failed(why) => self.fail(id, format!("not taken back: {why}"), true),
            TakenBack::Done => {
                entry.looks = 0;
                let name = entry.order.action.clone();
                self.note(
                    "action_undone",
                    "system",
                    format!("the way back of {name} was accepted"),
                );
                let Some(entry) = self.entry_mut(id) else { return };
                let until = entry.order.spec.verify_within.after(self.now());
                self.stage(id, Stage::Reverting { is_sent: true, until });
                self.look_again(id, Task::LookBack);
            }
        }
    }

    pub(super) fn reverted(&mut self, id: ActionId) {
        let at = self.now();
        self.stage(id, Stage::Reverted { at });
        let name = self.action_name(id);
        self.note("reverted", "system", format!("{name} was taken back"));
        self.tell_of(id);
        self.send_to_person(Message::Action { action: id });
    }
}
