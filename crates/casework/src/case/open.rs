//! How a case begins, and how it comes to its question.

use model::{AskId, Reason, Severity, Timestamp};

use super::{
    Case, Fate, Moment, NOTICE_LIFE, Question, Sent, State, WATCH_LIFE, WEB, Work, shown_hash,
};
use crate::{
    Act, Effect, Message, code,
    desk::{Ruling, Turn},
    input::{Decided, LookingUp, Opening, Timer},
    known::Known,
    ledger::Trigger,
    policy::Judgement,
    proof::Event,
};

pub(super) fn open(opening: Opening, moment: Moment, ruling: &Ruling) -> Work {
    let Opening { alert, distrusted, is_observed, judgement, looking_up, .. } = opening;
    let by = match &opening.asked_by {
        Some(analyst) => analyst.to_string(),
        None => format!("source:{}", alert.source),
    };
    let alerts = vec![alert];
    let case = Case {
        id: opening.case,
        opened_at: moment.now,
        changed_at: moment.now,
        subject: opening.subject,
        severity: opening.treatment.severity,
        treatment: opening.treatment,
        group_key: opening.group_key,
        shown_hash: shown_hash(&alerts),
        event: Event::of(&alerts[0]),
        factors_changed_at: ruling.factors_changed_at,
        alerts,
        alert_count: 1,
        last_alert_at: moment.now,
        revision: 1,
        channels: opening.channels,
        deadline_at: ruling.deadline_at,
        due_from: None,
        asked_by: opening.asked_by,
        evidence: opening.evidence,
        ask: None,
        answers: Vec::new(),
        comments: Vec::new(),
        failed_proofs: 0,
        spent_methods: Vec::new(),
        void_pushes: Vec::new(),
        voided_claims: 0,
        incident: None,
        ladder: opening.ladder,
        taken_by: None,
        ledger: Vec::new(),
        runs: Vec::new(),
        known: opening.known,
        testimony: None,
        confirms: opening.confirms,
        erased_at: None,
        state: State::Queued,
    };
    let mut work = Work::new(case, moment);
    work.note("opened", by, "an alert opened this case");
    let why = work.case.treatment.why.join("; ");
    let policy = format!("policy:{}", work.case.treatment.policy);
    work.note("decided", policy, why);
    if is_observed && !matches!(judgement, Judgement::Filtered { .. }) {
        work.watch();
        return work;
    }
    if looking_up.is_some() || matches!(judgement, Judgement::Held { .. }) {
        // Whoever asks later knows nothing of it any more.
        work.tell_of_distrust(&distrusted);
    }
    match looking_up {
        Some(looking_up) => work.look_up(looking_up),
        None => work.begin(&judgement, &distrusted, Some(ruling)),
    }
    work
}

impl Work {
    fn look_up(&mut self, looking_up: LookingUp) {
        let LookingUp { steps, until } = looking_up;
        self.note("looking_up", "system", format!("looks up {}", steps.join(", ")));
        self.case.due_from = Some(self.now());
        self.case.deadline_at = Some(until);
        self.case.state = State::Finding { until };
        self.wake_at(Timer::Deadline, until);
        self.effects.push(Effect::Enrich { steps, run: None, expires_at: until });
    }

    /// What was looked up is there, in time or too late.
    pub(super) fn decided(
        &mut self,
        known: Known,
        decision: Option<Box<Decided>>,
        run: Option<u32>,
        ruling: &Ruling,
    ) {
        self.case.known.0.extend(known.0);
        self.known_for(run);
        if !matches!(self.case.state, State::Finding { .. }) {
            return;
        }
        let Some(decision) = decision else { return };
        let Decided { treatment, judgement, .. } = *decision;
        let (policy, why) = (format!("policy:{}", treatment.policy), treatment.why.join("; "));
        self.note("decided", policy, why);
        self.case.deadline_at = ruling.deadline_at;
        if self.adopt(treatment) {
            self.escalate_for_company();
            return self.respond_to_opening();
        }
        let judgement = self.judged_of_all(judgement);
        self.begin(&judgement, &[], Some(ruling));
    }

    /// What was judged harmless, or held, was one alert: with other facts beside it the case goes on,
    /// since a join hides nothing (R27).
    fn judged_of_all(&mut self, judgement: Judgement) -> Judgement {
        let by = match &judgement {
            _ if self.case.is_about_one_thing() => return judgement,
            Judgement::Go => return judgement,
            Judgement::Filtered { by, .. } => by.clone(),
            Judgement::Held { by, .. } => format!("maintenance:{by}"),
        };
        self.note("not_filtered", by, "holds for one alert, and others joined meanwhile");
        Judgement::Go
    }

    /// Goes on as it was decided without what was looked up.
    pub(super) fn go_on_unknowing(&mut self) {
        self.note("decided", "system", "what was looked up did not come in time");
        self.begin(&Judgement::Go, &[], None);
    }

    fn begin(
        &mut self,
        judgement: &Judgement,
        distrusted: &[(String, String)],
        ruling: Option<&Ruling>,
    ) {
        if let Judgement::Filtered { by, why } = judgement {
            self.note("filtered", by.clone(), why.clone());
            return self.close(Reason::Filtered);
        }
        if let Some(Turn::Suppressed { by }) = ruling.map(|ruling| ruling.turn) {
            return self.suppress(by);
        }
        if let Judgement::Held { by, until } = judgement {
            return self.hold_back(by, *until);
        }
        self.put_in_hand(distrusted, ruling);
        if !matches!(self.case.state, State::Closed { .. }) {
            self.respond_to_opening();
        }
    }

    pub(super) fn respond_to_opening(&mut self) {
        let opening = self.case.treatment.opening.clone();
        self.respond(Trigger::Opening, &opening);
    }

    fn hold_back(&mut self, by: &str, until: Timestamp) {
        let text = format!("held until the window ends at {until}");
        self.note("held", format!("maintenance:{by}"), text);
        self.case.deadline_at = Some(until);
        self.case.state = State::Held { by: by.to_owned(), until };
        self.wake_at(Timer::Deadline, until);
    }

    /// The window is over: what still stands comes back.
    pub(super) fn release(&mut self) {
        self.note("released", "system", "the maintenance window is over");
        self.case.due_from = Some(self.now());
        self.begin(&Judgement::Go, &[], None);
    }

    fn put_in_hand(&mut self, distrusted: &[(String, String)], ruling: Option<&Ruling>) {
        let is_active = self.case.subject.as_ref().map(|subject| subject.is_active);
        match (is_active, self.case.treatment.act.clone()) {
            (None, _) => self.escalate(Reason::UnknownPerson),
            (Some(false), _) => {
                self.note("not_asked", "system", "the account is not active");
                self.escalate(Reason::UnknownPerson);
            }
            (Some(true), Act::Escalate) => self.escalate(Reason::Decided),
            (Some(true), Act::Notify { .. }) => {
                if ruling.is_none() {
                    // What held it back is over: the notice has its whole time from now.
                    self.case.due_from = None;
                    self.case.deadline_at = Some(NOTICE_LIFE.after(self.now()));
                }
                self.notify();
            }
            (Some(true), Act::Ask(_)) => {
                self.tell_of_distrust(distrusted);
                match ruling {
                    Some(ruling) => {
                        self.set_deadline();
                        self.queue(ruling);
                    }
                    None => self.await_turn(),
                }
            }
        }
    }

    /// Stands in line; the desk rules about its turn, and the calendar about its deadline, next.
    fn await_turn(&mut self) {
        let span = self.case.treatment.ask().map(|ask| ask.deadline).unwrap_or_default();
        self.case.deadline_at = Some(span.after(self.now()));
        self.set_deadline();
        self.case.state = State::Queued;
        self.wake_at(Timer::Turn, self.now());
    }

    /// Puts the question if it is this case's turn, else lets it wait.
    pub(super) fn queue(&mut self, ruling: &Ruling) {
        if let (Some(_), Some(at)) = (self.case.due_from, ruling.deadline_at) {
            self.case.due_from = None;
            self.case.deadline_at = Some(at);
            self.set_deadline();
        }
        self.case.state = State::Queued;
        match ruling.turn {
            Turn::Now { is_followup } => self.put_question(is_followup, ruling),
            Turn::Wait => {
                self.note("queued", "system", "waits for the person's turn");
            }
            Turn::Suppressed { by } => self.suppress(by),
            Turn::OverBudget => {
                self.note("not_asked", "system", "the person was asked enough today");
                self.escalate_quietly(Reason::Decided);
            }
            Turn::OptedOut => {
                self.note("not_asked", "system", "the person has paused questions, by proof");
                self.escalate_quietly(Reason::Decided);
            }
        }
    }

    fn put_question(&mut self, is_followup: bool, ruling: &Ruling) {
        let id = AskId::from_parts(self.now(), self.bits());
        let code = code::short_code(self.bits());
        self.effects.push(Effect::Publish { code: code.clone(), ask: id });
        if let Some(first) = ruling.reminders_at.first() {
            self.wake_at(Timer::Reminder, *first);
        }
        self.case.ask = Some(Question {
            id,
            code,
            at: self.now(),
            is_followup,
            reminders_at: ruling.reminders_at.clone(),
            messages: Vec::new(),
        });
        self.case.state = State::Asking;
        match self.next_channel() {
            Some(channel) => self.send_main(channel),
            None => {
                self.note("undeliverable", "system", "there is no channel to ask through");
                self.escalate(Reason::Undeliverable);
            }
        }
    }

    fn notify(&mut self) {
        let id = AskId::from_parts(self.now(), self.bits());
        let code = code::short_code(self.bits());
        self.effects.push(Effect::Publish { code: code.clone(), ask: id });
        let at = self.now();
        let (reminders_at, messages) = (Vec::new(), Vec::new());
        let question = Question { id, code, at, is_followup: false, reminders_at, messages };
        self.case.ask = Some(question);
        self.case.state = State::Notifying;
        self.set_deadline();
        match self.next_channel() {
            Some(channel) => self.send_main(channel),
            None => self.escalate(Reason::Undeliverable),
        }
    }

    /// The first channel that carries no message of this case yet.
    pub(super) fn next_channel(&self) -> Option<String> {
        let tried = self.case.ask.iter().flat_map(|ask| &ask.messages);
        let tried: Vec<&str> = tried.map(|sent| sent.channel.as_str()).collect();
        self.case.channels.iter().find(|channel| !tried.contains(&channel.as_str())).cloned()
    }

    /// Sends the question, or the notice, through a channel. The page needs no sending.
    pub(super) fn send_main(&mut self, channel: String) {
        let delivery = self.delivery();
        let is_notice = matches!(self.case.state, State::Notifying);
        let fate = if channel == WEB { Fate::Delivered } else { Fate::Sending };
        if let Some(ask) = &mut self.case.ask {
            ask.messages.push(Sent { delivery, channel: channel.clone(), fate, is_main: true });
        }
        if channel == WEB {
            self.note("asked", "system", "shown on the person's page");
            if is_notice {
                self.close(Reason::Notified);
            }
            return;
        }
        self.note("asked", "system", format!("sent through {channel}"));
        let message = if is_notice { Message::Notice } else { Message::Question };
        let expires_at = self.case.deadline_at.unwrap_or_else(|| self.now());
        self.effects.push(Effect::Send { channel, delivery, message, expires_at });
    }

    pub(super) fn set_deadline(&mut self) {
        if let Some(at) = self.case.deadline_at {
            self.wake_at(Timer::Deadline, at);
        }
    }

    fn suppress(&mut self, by: model::CaseId) {
        self.note("suppressed", "system", format!("under the suppression that {by} earned"));
        self.close_suppressed(by);
    }

    fn watch(&mut self) {
        let until = WATCH_LIFE.after(self.now());
        let would = match (&self.case.subject, &self.case.treatment.act) {
            (None, _) => "go to the analysts: nobody known is named".to_owned(),
            (Some(_), Act::Ask(_)) => "ask the person".to_owned(),
            (Some(_), Act::Notify { .. }) => "tell the person".to_owned(),
            (Some(_), Act::Escalate) => "go to the analysts".to_owned(),
        };
        self.note("watching", "system", format!("would {would}"));
        self.case.deadline_at = Some(until);
        self.case.state = State::Watching { would, until };
        self.wake_at(Timer::Shadow, until);
    }

    /// A channel whose binding to the person changed lately is not asked through, and a human is
    /// told (R23).
    fn tell_of_distrust(&mut self, distrusted: &[(String, String)]) {
        if distrusted.is_empty() {
            return;
        }
        for (channel, why) in distrusted {
            self.note("channel_distrusted", "system", format!("{channel}: {why}"));
        }
        let delivery = self.delivery();
        let reason = Reason::Undeliverable;
        let page = self.case.severity >= Severity::High;
        if page {
            self.paged_now();
        }
        let step = self.step();
        self.effects.push(Effect::Escalate { delivery, reason, page, step });
    }
}
