//! What becomes of messages and pages.

use model::{DeliveryId, Reason};

use super::{Fate, Sent, State, Work};
use crate::Effect;

impl Work {
    pub(super) fn delivered(&mut self, delivery: DeliveryId) {
        let Some(sent) = self.settle(delivery, Fate::Delivered) else { return };
        self.note("delivered", "system", format!("arrived through {}", sent.channel));
        if sent.is_main && self.case.state == State::Notifying {
            self.close(Reason::Notified);
        }
    }

    pub(super) fn undelivered(&mut self, delivery: DeliveryId, cause: &str) {
        let Some(sent) = self.settle(delivery, Fate::Failed) else { return };
        self.note("undelivered", "system", format!("{}: {cause}", sent.channel));
        if sent.is_main {
            self.fall_back();
        }
    }

    /// A question that was deleted, or whose account is no longer the person's, is put elsewhere,
    /// and a human is told (R23).
    pub(super) fn channel_lost(&mut self, channel: &str, cause: &str) {
        let asked_there = |sent: &Sent| sent.channel == channel && sent.is_main;
        let is_ours = self.case.ask.iter().flat_map(|ask| &ask.messages).any(asked_there);
        if !is_ours || !matches!(self.case.state, State::Asking | State::Claimed(_)) {
            return;
        }
        self.note("channel_lost", "system", format!("{channel}: {cause}"));
        let delivery = self.delivery();
        let reason = Reason::Undeliverable;
        self.effects.push(Effect::Escalate { delivery, reason, page: false, step: 0 });
        self.fall_back();
    }

    pub(super) fn paged(&mut self, target: &str, failure: Option<&str>) {
        let (way, name) = target.split_once('.').unwrap_or(("escalate", target));
        let what = if way == "report" { "a report" } else { "a page" };
        match failure {
            None => self.note("paged", "system", format!("{name} took {what}")),
            Some(cause) => {
                self.note("page_failed", "system", format!("{name} did not take {what}: {cause}"));
                self.climb_past_failure(target);
            }
        }
    }

    fn fall_back(&mut self) {
        match (&self.case.state, self.next_channel()) {
            (State::Asking | State::Notifying | State::Claimed(_), Some(next)) => {
                self.send_main(next);
            }
            (State::Asking | State::Notifying, None) => self.escalate(Reason::Undeliverable),
            _ => {}
        }
    }

    /// Notes a message's fate once; a second report of it, or one of an unknown message, is
    /// ignored.
    fn settle(&mut self, delivery: DeliveryId, fate: Fate) -> Option<Sent> {
        let messages = self.case.ask.iter_mut().flat_map(|ask| &mut ask.messages);
        let sent = messages.into_iter().find(|sent| sent.delivery == delivery)?;
        if sent.fate != Fate::Sending {
            return None;
        }
        sent.fate = fate;
        Some(sent.clone())
    }
}
