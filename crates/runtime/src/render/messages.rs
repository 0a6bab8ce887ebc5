//! Questions and what is said of them afterwards.

use casework::{Act, Case, Message, State};
use model::{ActionState, Answer, DeliveryId, Person, Reason, StateName};
use ports::chat::{Button, Notice, Question};

use super::{
    Choice, QuestionView, Standing, Words, facts,
    inert::{self, LINE_CHARS, TEXT_CHARS},
    when::Reader,
};
use crate::{
    engine::Engine,
    tokens::{Token, Tokens},
};

/// Something to say, and what can be answered to it.
pub(crate) struct Said {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) choices: Vec<Choice>,
}

impl Engine {
    /// A question with where it stands, in the words that a chat shows.
    #[must_use]
    pub fn question_view(&self, case: &Case) -> QuestionView {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        let asked = self.asked(case, &reader, &words);
        let standing = self.standing(case, &reader, &words);
        let standing = (!matches!(case.state, State::Queued | State::Asking)).then_some(standing);
        QuestionView {
            title: asked.title,
            text: asked.text,
            facts: facts::of_case(&self.templates(), &reader, case),
            code: case.ask.as_ref().map(|ask| ask.code.clone()),
            footer: vec![self.footer(case, &reader, &words)],
            choices: match &standing {
                Some(_) => self.choices(case, &reader),
                None => asked.choices,
            },
            standing: standing.map(|said| Standing { title: said.title, text: said.text }),
        }
    }

    /// The question for a chat.
    pub(crate) fn question(&self, case: &Case, delivery: DeliveryId) -> Question {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        let asked = self.asked(case, &reader, &words);
        Question {
            delivery,
            code: words.code.clone(),
            title: asked.title,
            text: asked.text,
            facts: facts::of_case(&self.templates(), &reader, case),
            buttons: self.buttons(case, delivery, asked.choices),
            footer: self.footer(case, &reader, &words),
            url: self.ask_url(case),
        }
    }

    /// The question's message as it is to read now.
    pub(crate) fn refreshed(&self, case: &Case, delivery: DeliveryId) -> Notice {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        let said = match &case.state {
            State::Asking => self.asked_again(case, &reader, &words),
            _ => self.standing(case, &reader, &words),
        };
        self.notice_of(case, delivery, said)
    }

    /// Where the case stands, as a message of its own.
    pub(crate) fn outcome(&self, case: &Case, delivery: DeliveryId) -> Notice {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        let said = self.standing(case, &reader, &words);
        self.notice_of(case, delivery, said)
    }

    /// A reminder.
    pub(crate) fn reminder(&self, case: &Case, delivery: DeliveryId) -> Notice {
        let reader = self.reader(case);
        let mut words = self.words(case, &reader);
        words.is_last = case.ask.as_ref().is_none_or(|ask| ask.reminders_at.is_empty());
        let choices = self.choices(case, &reader);
        let said = self.said("reminder", &reader, &words, choices);
        self.notice_of(case, delivery, said)
    }

    /// A message that a playbook sends, or what was done to the person's account.
    pub(crate) fn note_of(&self, case: &Case, delivery: DeliveryId, message: &Message) -> Notice {
        let reader = self.reader(case);
        let mut words = self.words(case, &reader);
        let template = match message {
            Message::Note { template } => template.as_str(),
            Message::Action { action } => {
                let entry = case.ledger.iter().find(|entry| entry.id() == *action);
                words.value = entry
                    .map(|it| inert::line(&it.order.spec.what, LINE_CHARS))
                    .unwrap_or_default();
                // An act ends at another time than its case.
                words.deadline = entry
                    .and_then(casework::ledger::Entry::limit_at)
                    .map(|at| reader.moment(&self.templates(), at))
                    .unwrap_or_default();
                match entry.map(casework::ledger::Entry::state) {
                    Some(ActionState::Reverted) => "action-reverted",
                    _ => "action-done",
                }
            }
            _ => "notice",
        };
        let choices = self.choices(case, &reader);
        let said = self.said(template, &reader, &words, choices);
        self.notice_of(case, delivery, said)
    }

    /// A message that wants no answer.
    pub(crate) fn notice(&self, case: &Case, delivery: DeliveryId) -> Notice {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        let choices = vec![self.choice(Answer::NotMe, "was_not_me", &reader)];
        let mut said = self.said(message_of(case), &reader, &words, choices);
        said.text.push_str("\n\n");
        said.text.push_str(&reader.say(&self.templates(), "notice_footer", &words));
        self.notice_of(case, delivery, said)
    }

    /// Words about a case for the person it is about.
    pub(crate) fn words(&self, case: &Case, reader: &Reader<'_>) -> Words {
        let (settings, templates) = (&self.parts.settings, &self.templates());
        let person = case.subject.as_ref().and_then(|who| self.parts.directory.person(who.person));
        let head = case.head();
        let host = self.host();
        let deadline = case.deadline_at.unwrap_or(case.changed_at);
        let shown = facts::of_alert(head).map(|(label, value)| (label.replace(' ', "_"), value));
        Words {
            organisation: inert::line(&settings.organisation, LINE_CHARS),
            name: person.as_deref().map(greeting).unwrap_or_default(),
            user: self.user(case, person.as_deref()),
            title: facts::title(templates, &reader.languages, &case.alerts[0]),
            description: inert::lines(&head.description, TEXT_CHARS),
            when: reader.when(templates, head.time),
            deadline: reader.moment(templates, deadline),
            severity: case.severity.to_string(),
            source: head.source.clone(),
            rule: inert::line(&head.rule, LINE_CHARS),
            code: case.ask.as_ref().map(|ask| ask.code.clone()).unwrap_or_default(),
            check: format!("{host}/check"),
            page: format!("{host}/ask/{}", case.id),
            host,
            count: case.alert_count,
            is_followup: case.ask.as_ref().is_some_and(|ask| ask.is_followup),
            is_claimed: case.has_said(Answer::Me),
            is_provable: case.is_late_proof_open(),
            facts: shown.collect(),
            ..Words::default()
        }
    }

    /// What a case is called where its person reads of it.
    #[must_use]
    pub fn title_for_person(&self, case: &Case) -> String {
        let reader = self.reader(case);
        facts::title(&self.templates(), &reader.languages, &case.alerts[0])
    }

    /// Whose clock and language a case speaks by.
    pub(crate) fn reader<'a>(&'a self, case: &'a Case) -> Reader<'a> {
        let subject = case.subject.as_ref();
        let zone = self.calendar_of(subject.map(|subject| subject.zone.as_str())).zone().clone();
        let own = subject.map(|subject| subject.language.as_str());
        let languages = own.into_iter().chain(self.languages()).collect();
        Reader { zone, languages, now: self.now() }
    }

    /// The reader of messages that belong to no case.
    pub(crate) fn reader_for<'a>(&'a self, person: &'a Person) -> Reader<'a> {
        let zone = person.zone(self.parts.settings.calendar.zone());
        let languages = person.language.as_deref().into_iter().chain(self.languages()).collect();
        Reader { zone, languages, now: self.now() }
    }

    /// The languages of the organisation, the first for whoever has none of their own.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.parts.settings.languages.iter().map(String::as_str)
    }

    /// Our pages' address as people read and type it.
    pub(crate) fn host(&self) -> String {
        let url = &self.parts.settings.public_url;
        url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).to_owned()
    }

    /// The question's own page.
    pub(crate) fn ask_url(&self, case: &Case) -> String {
        format!("{}/ask/{}", self.parts.settings.public_url, case.id)
    }

    pub(crate) fn tokens(&self) -> Tokens<'_> {
        let settings = &self.parts.settings;
        Tokens::new(&settings.token_key, &settings.public_url)
    }

    fn asked(&self, case: &Case, reader: &Reader<'_>, words: &Words) -> Said {
        let choices = [
            self.choice(Answer::Me, "me", reader),
            self.choice(Answer::NotMe, "not_me", reader),
            self.choice(Answer::NotSure, "not_sure", reader),
        ];
        self.said(message_of(case), reader, words, choices.into())
    }

    fn asked_again(&self, case: &Case, reader: &Reader<'_>, words: &Words) -> Said {
        let templates = &self.templates();
        let mut asked = self.asked(case, reader, words);
        let updated = reader.say(templates, "updated", words);
        let facts: Vec<String> = facts::of_case(templates, reader, case)
            .into_iter()
            .map(|(label, value)| format!("{label}: {value}"))
            .collect();
        let footer = self.footer(case, reader, words);
        asked.text = format!("{updated} {}\n\n{}\n\n{footer}", asked.text, facts.join("\n"));
        asked
    }

    /// Where a case stands, in a person's words.
    fn standing(&self, case: &Case, reader: &Reader<'_>, words: &Words) -> Said {
        self.said(standing_of(case), reader, words, self.choices(case, reader))
    }

    fn said(&self, name: &str, reader: &Reader<'_>, words: &Words, choices: Vec<Choice>) -> Said {
        let templates = &self.templates();
        let part = |part| templates.part(name, part, &reader.languages, words);
        Said { title: part("title"), text: part("text"), choices }
    }

    /// What can be said of a case as it stands.
    fn choices(&self, case: &Case, reader: &Reader<'_>) -> Vec<Choice> {
        let mut choices = Vec::new();
        let is_asked = case.state == State::Asking;
        if is_asked || case.is_late_proof_open() {
            choices.push(self.choice(Answer::Me, "me", reader));
        }
        if !case.has_said(Answer::NotMe) && case.is_deniable(self.now()) {
            let label = if is_asked { "not_me" } else { "was_not_me" };
            choices.push(self.choice(Answer::NotMe, label, reader));
        }
        if is_asked {
            choices.push(self.choice(Answer::NotSure, "not_sure", reader));
        }
        choices
    }

    fn choice(&self, answer: Answer, part: &str, reader: &Reader<'_>) -> Choice {
        let label = reader.say(&self.templates(), part, &Words::default());
        Choice { answer, label }
    }

    fn footer(&self, case: &Case, reader: &Reader<'_>, words: &Words) -> String {
        let is_notice = matches!(case.treatment.act, Act::Notify { .. });
        let part = if is_notice { "notice_footer" } else { "footer" };
        reader.say(&self.templates(), part, words)
    }

    fn notice_of(&self, case: &Case, delivery: DeliveryId, said: Said) -> Notice {
        Notice {
            delivery,
            title: said.title,
            text: said.text,
            buttons: self.buttons(case, delivery, said.choices),
            url: Some(self.ask_url(case)),
        }
    }

    fn buttons(&self, case: &Case, delivery: DeliveryId, choices: Vec<Choice>) -> Vec<Button> {
        let button = |choice: Choice| {
            let Choice { answer, label } = choice;
            let token = Token { delivery, case: case.id, answer, revision: case.revision };
            Button { answer, label, token: self.tokens().write(&token) }
        };
        choices.into_iter().map(button).collect()
    }

    /// Whom a case is about, for the security team.
    fn user(&self, case: &Case, person: Option<&Person>) -> String {
        match (person, &case.head().person) {
            (Some(person), _) => inert::line(person.email.reveal(), LINE_CHARS),
            (None, Some(named)) => inert::line(named.reveal(), LINE_CHARS),
            (None, None) => "?".to_owned(),
        }
    }
}

/// How a person is greeted.
pub(crate) fn greeting(person: &Person) -> String {
    inert::line(person.greeting(), LINE_CHARS)
}

/// The template a policy chose.
fn message_of(case: &Case) -> &str {
    match &case.treatment.act {
        Act::Ask(ask) => &ask.message,
        Act::Notify { message } => message,
        Act::Escalate => "generic",
    }
}

/// The template of where a case stands.
fn standing_of(case: &Case) -> &'static str {
    match (case.state_name(), case.reason()) {
        (StateName::Claimed | StateName::Verifying, _) => "outcome-claimed",
        (StateName::Closed, Some(Reason::Verified)) => "outcome-verified",
        (StateName::Closed, _) => "outcome-closed",
        (_, Some(Reason::Denied)) => "outcome-denied",
        (_, Some(Reason::NotSure)) => "outcome-not-sure",
        (_, Some(Reason::Silent)) => "outcome-silent",
        (_, Some(Reason::Unprovable)) => "outcome-unprovable",
        (_, Some(Reason::Conflict)) => "outcome-conflict",
        _ => "outcome-escalated",
    }
}
