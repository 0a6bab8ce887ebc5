//! Further alerts of the same group. A join hides nothing (R27).

use model::{Alert, Reason};

use super::{ALERTS_KEPT, State, VOIDED_CLAIMS_MAX, Work, shown_hash};
use crate::{
    Act, Ask, Message, Treatment,
    desk::{Ruling, Turn},
    input::Timer,
};

impl Work {
    pub(super) fn join(
        &mut self,
        alert: Alert,
        treatment: Treatment,
        is_update: bool,
        ruling: &Ruling,
    ) {
        let is_graver = treatment.severity > self.case.severity;
        let is_beyond = self.is_beyond_what_is_asked(&treatment);
        let asks = [self.case.treatment.ask().cloned(), treatment.ask().cloned()];
        let is_new = self.case.alerts.iter().all(|kept| !says_the_same(kept, &alert));
        self.count(&alert, is_update, is_new);
        if is_graver {
            self.rise(treatment, ruling);
        }
        if !is_new && !is_graver {
            return;
        }
        self.show(alert, is_new);
        asks.iter().flatten().for_each(|ask| self.tighten(ask));
        match &self.case.state {
            State::Finding { .. }
            | State::Held { .. }
            | State::Queued
            | State::Notifying
            | State::Asking
            | State::Claimed(_)
            | State::Verifying { .. }
            | State::Seconding { .. }
                if is_beyond =>
            {
                self.escalate_for_company();
            }
            State::Queued if is_graver && matches!(ruling.turn, Turn::Now { .. }) => {
                self.queue(ruling);
            }
            State::Asking => self.refresh_messages(),
            State::Claimed(_) | State::Verifying { .. } | State::Seconding { .. } => {
                self.void_claim();
            }
            State::Escalated { reason, .. } => {
                let reason = *reason;
                if is_beyond {
                    self.end_late_proof();
                }
                self.drop_claim();
                self.tell_security(reason, is_graver);
            }
            _ => {}
        }
    }

    /// Takes what was decided about one alert, whatever joined while that was waited for: what rose
    /// stays risen, and nothing is asked for less than it was. Returns whether what joined is beyond it.
    pub(super) fn adopt(&mut self, decided: Treatment) -> bool {
        let is_risen = self.case.severity > decided.severity;
        self.case.severity = self.case.severity.max(decided.severity);
        let group = self.case.treatment.group.clone();
        let decided = Treatment { group, ..decided };
        let mut other = std::mem::replace(&mut self.case.treatment, decided);
        if self.case.is_about_one_thing() {
            return false;
        }
        let is_beyond = self.is_beyond_what_is_asked(&other);
        if is_risen && other.ask().is_some() && self.case.treatment.ask().is_some() {
            std::mem::swap(&mut self.case.treatment, &mut other);
        }
        if let Some(ask) = other.ask() {
            self.tighten(ask);
        }
        is_beyond
    }

    pub(super) fn escalate_for_company(&mut self) {
        self.note("decided", "system", "what joined is not for the person alone to end");
        self.escalate(Reason::Decided);
    }

    /// The window of its key is over: later alerts open another case.
    pub(super) fn superseded(&mut self) {
        self.case.group_key = format!("{}:{}", self.case.group_key, self.case.id);
        self.note("superseded", "system", "later alerts open a case of their own");
    }

    fn count(&mut self, alert: &Alert, is_update: bool, is_new: bool) {
        self.case.alert_count = self.case.alert_count.saturating_add(1);
        self.case.last_alert_at = self.now();
        self.case.event.add(alert);
        let what = match (is_update, is_new) {
            (true, _) => "an update of an alert joined",
            (false, true) => "an alert with other facts joined",
            (false, false) => "the same again",
        };
        self.note("joined", format!("source:{}", alert.source), what);
    }

    /// A graver alert brings its graver treatment: its deadline counts if it is nearer.
    fn rise(&mut self, treatment: Treatment, ruling: &Ruling) {
        let text = format!("rose from {} to {}", self.case.severity, treatment.severity);
        self.note("rose", format!("policy:{}", treatment.policy), text);
        self.case.severity = treatment.severity;
        // What was promised to the person stays; only a treatment that asks may replace one.
        if treatment.ask().is_some() && self.case.treatment.ask().is_some() {
            self.case.treatment =
                Treatment { group: self.case.treatment.group.clone(), ..treatment };
        }
        // Nobody is asked there, so that there is nothing to be late for.
        let is_watched = matches!(self.case.state, State::Watching { .. });
        let nearer = match (self.case.deadline_at, ruling.deadline_at) {
            _ if is_watched => return,
            (Some(old), Some(new)) if new < old => new,
            _ => return,
        };
        self.case.deadline_at = Some(nearer);
        self.wake_at(Timer::Deadline, nearer);
    }

    /// Whether an alert's own policy hands it to the analysts, or asks, where this case does less:
    /// the question, or notice, of another alert must not be its end too.
    fn is_beyond_what_is_asked(&self, joining: &Treatment) -> bool {
        let here = &self.case.treatment.act;
        match (here, &joining.act) {
            (Act::Ask(_) | Act::Notify { .. }, Act::Escalate) => true,
            (Act::Notify { .. }, Act::Ask(_)) => true,
            (Act::Ask(_) | Act::Escalate, Act::Ask(_)) => false,
            (Act::Escalate, Act::Escalate) | (_, Act::Notify { .. }) => false,
        }
    }

    /// Nothing that the person still proves ends it now.
    fn end_late_proof(&mut self) {
        if let Act::Ask(ask) = &mut self.case.treatment.act {
            ask.is_late_proof_allowed = false;
        }
    }

    /// Asks for no less than either policy does: no alert is proven more easily for the company it
    /// is in. Where both want somebody else to confirm, one who does is enough.
    fn tighten(&mut self, by: &Ask) {
        let Act::Ask(ask) = &mut self.case.treatment.act else { return };
        ask.assurance = ask.assurance.max(by.assurance);
        ask.is_comment_required |= by.is_comment_required;
        ask.is_late_proof_allowed &= by.is_late_proof_allowed;
        ask.is_reviewed |= by.is_reviewed;
        ask.second = ask.second.take().or_else(|| by.second.clone());
    }

    fn show(&mut self, alert: Alert, is_new: bool) {
        if is_new {
            if self.case.alerts.len() == ALERTS_KEPT {
                // The first names the case and its time; the newest say what is going on.
                self.case.alerts.remove(1);
            }
            self.case.alerts.push(alert);
        }
        self.case.revision = self.case.revision.saturating_add(1);
        self.case.shown_hash = shown_hash(&self.case.alerts);
    }

    /// What was claimed was said of other facts: it is asked again, but a noisy source cannot do
    /// that for ever (rule 7).
    fn void_claim(&mut self) {
        self.void_challenge();
        self.case.testimony = None;
        self.case.voided_claims += 1;
        if self.case.voided_claims > VOIDED_CLAIMS_MAX {
            self.note("conflict", "system", "the facts changed again and again after a claim");
            return self.escalate(Reason::Conflict);
        }
        self.note("claim_voided", "system", "the facts changed: asked again");
        self.case.state = State::Asking;
        self.refresh_messages();
        self.send_aside(Message::Reminder);
    }
}

fn says_the_same(kept: &Alert, new: &Alert) -> bool {
    kept.title == new.title && kept.description == new.description && kept.facts == new.facts
}
