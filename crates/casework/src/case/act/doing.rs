//! Doing it, and looking whether it was done.

use model::ActionId;

use super::super::Work;
use crate::{
    Message,
    ledger::{ACCEPTED, APPLY_LIFE, Acted, Looked, PARTLY, Stage, Task, UNKNOWN},
};

impl Work {
    /// The intent, stored before the call.
    pub(super) fn go(&mut self, id: ActionId) {
        let now = self.now();
        let until = APPLY_LIFE.after(now);
        if let Some(entry) = self.entry_mut(id) {
            entry.begun_at = Some(now);
        }
        self.stage(id, Stage::Applying { until });
        self.task(id, Task::Apply, self.now(), until);
    }

    pub(super) fn acted(&mut self, id: ActionId, acted: Acted) {
        let Some(entry) = self.entry_mut(id) else { return };
        if !matches!(entry.stage, Stage::Applying { .. }) {
            return;
        }
        let detail = match acted {
            Acted::Failed(why) => return self.fail(id, why, false),
            Acted::Unknown(why) => {
                entry.is_ours = true;
                entry.detail = UNKNOWN.to_owned();
                self.fail(id, format!("nobody knows whether it was done: {why}"), true);
                return self.revert_if_unwanted(id);
            }
            Acted::AlreadySo => return self.found_so(id),
            Acted::Done => String::new(),
            Acted::Accepted => ACCEPTED.to_owned(),
            Acted::Partly(what) => format!("{PARTLY}{what}"),
        };
        entry.is_ours = true;
        entry.detail = detail;
        entry.looks = 0;
        let at = self.now();
        let within = self.entry(id).map(|entry| entry.order.spec.verify_within).unwrap_or_default();
        let until = within.after(at);
        self.stage(id, Stage::Applied { at, until });
        let name = self.action_name(id);
        self.note("action_done", "system", format!("{name} was done"));
        self.tell_of(id);
        self.send_to_person(Message::Action { action: id });
        self.look_again(id, Task::Look);
        self.revert_if_unwanted(id);
    }

    /// Somebody else has brought it about: nothing to do, and nothing to take back.
    pub(super) fn found_so(&mut self, id: ActionId) {
        let at = self.now();
        if let Some(entry) = self.entry_mut(id) {
            entry.is_ours = false;
            entry.detail = "already_in_state".to_owned();
        }
        self.stage(id, Stage::Verified { at, ends_at: None });
        let name = self.action_name(id);
        self.note("action_found", "system", format!("{name}: it was so already"));
    }

    pub(super) fn looked(&mut self, id: ActionId, looked: Looked) {
        let Some(entry) = self.entry(id) else { return };
        let (is_back, until) = match entry.stage {
            Stage::Applied { until, .. } => (false, until),
            Stage::Reverting { is_sent: true, until } => (true, until),
            _ => return,
        };
        match looked {
            Looked::Holds if is_back => self.reverted(id),
            Looked::Holds => self.verified(id),
            Looked::NotYet if self.now() < until => {
                let name = self.action_name(id);
                self.note("action_not_seen", "system", format!("{name} is not seen yet"));
                self.look_again(id, if is_back { Task::LookBack } else { Task::Look });
            }
            Looked::NotYet => self.unseen(id, is_back),
            Looked::Changed(what) => {
                self.fail(id, format!("somebody else has changed it: {what}"), false);
            }
            Looked::Unseeable(why) => self.unseeable(id, is_back, &why),
        }
    }

    pub(super) fn verified(&mut self, id: ActionId) {
        let at = self.now();
        let limit = self.entry(id).and_then(|entry| entry.order.limit);
        let ends_at = limit.map(|limit| limit.after(at));
        if let Some(entry) = self.entry_mut(id) {
            entry.detail = "verified".to_owned();
        }
        self.stage(id, Stage::Verified { at, ends_at });
        let name = self.action_name(id);
        self.note("action_verified", "system", format!("{name} was seen to have taken effect"));
        self.revert_if_unwanted(id);
    }

    /// The deadline is over and the effect was not seen: a person has to look.
    pub(super) fn unseen(&mut self, id: ActionId, is_back: bool) {
        let unwanted = self.entry_mut(id).and_then(|entry| entry.unwanted_by.take());
        if let (false, Some(by)) = (is_back, unwanted) {
            return self.begin_taking_back(id, &by);
        }
        let what =
            if is_back { "was not seen to be taken back" } else { "was not seen to take effect" };
        self.fail(id, format!("unverified_timeout: it {what} in time"), true);
    }

    /// The vendor lets nobody look: what it said has to do, and the story says so.
    fn unseeable(&mut self, id: ActionId, is_back: bool, why: &str) {
        let name = self.action_name(id);
        self.note("action_unseen", "system", format!("{name} cannot be looked at: {why}"));
        if is_back {
            return self.reverted(id);
        }
        self.verified(id);
        if let Some(entry) = self.entry_mut(id) {
            entry.detail = ACCEPTED.to_owned();
        }
    }
}
