//! Messages that belong to no case, and short replies.

use std::collections::BTreeMap;

use casework::Case;
use model::{Answer, DeliveryId, Person};
use ports::chat::{Button, Form, Notice};

use super::{Words, inert, messages::greeting};
use crate::{engine::Engine, people::CHANGE};

/// A form's headline has no more room, on any platform.
const FORM_TITLE_CHARS: usize = 24;

impl Engine {
    /// A message of a chat that belongs to no case. Its "this wasn't me" disowns the change that
    /// it tells of.
    pub(crate) fn told(
        &self,
        chat: &str,
        person: &Person,
        delivery: DeliveryId,
        template: &str,
        values: &BTreeMap<String, String>,
    ) -> Notice {
        let reader = self.reader_for(person);
        let templates = &self.templates();
        let host = self.host();
        let inert = |(name, value): (&String, &String)| {
            (name.clone(), inert::line(value, inert::LINE_CHARS))
        };
        let words = Words {
            organisation: self.parts.settings.organisation.clone(),
            name: greeting(person),
            page: format!("{host}/me"),
            check: format!("{host}/check"),
            host,
            values: values.iter().map(inert).collect(),
            ..Words::default()
        };
        let part = |part| templates.part(template, part, &reader.languages, &words);
        let disown = values.get(CHANGE).map(|change| Button {
            answer: Answer::NotMe,
            label: reader.say(templates, "was_not_me", &words),
            token: self.notice_token(chat, delivery, change),
        });
        Notice {
            delivery,
            title: part("title"),
            text: part("text"),
            buttons: disown.into_iter().collect(),
            url: Some(format!("{}/me", self.parts.settings.public_url)),
        }
    }

    /// A reply in a direct message.
    pub(crate) fn reply(&self, person: &Person, part: &str, value: &str) -> String {
        let reader = self.reader_for(person);
        let words = Words { value: value.to_owned(), page: self.host(), ..Words::default() };
        self.templates().part("chat", part, &reader.languages, &words)
    }

    /// A reply to somebody of whom nothing is known.
    pub(crate) fn reply_to_anybody(&self, part: &str) -> String {
        let languages: Vec<&str> = self.languages().collect();
        let words = Words { page: self.host(), ..Words::default() };
        self.templates().part("chat", part, &languages, &words)
    }

    /// A text of the form to somebody of whom nothing is known.
    pub(crate) fn form_reply_to_anybody(&self, part: &str) -> String {
        let languages: Vec<&str> = self.languages().collect();
        self.templates().part("form", part, &languages, &Words::default())
    }

    /// A reply about a case.
    pub(crate) fn reply_about(&self, case: &Case, part: &str) -> String {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        self.templates().part("chat", part, &reader.languages, &words)
    }

    /// The form that "it was me" opens.
    pub(crate) fn form(&self, case: &Case, id: String) -> Form {
        let text = |part| self.form_text(case, part);
        Form {
            id,
            title: inert::capped(&text("title"), FORM_TITLE_CHARS),
            text: text("text"),
            comment_label: text("comment_label"),
            is_comment_required: case.treatment.ask().is_some_and(|ask| ask.is_comment_required),
            submit: inert::capped(&text("submit"), FORM_TITLE_CHARS),
            cancel: inert::capped(&text("cancel"), FORM_TITLE_CHARS),
        }
    }

    /// A text around the form.
    pub(crate) fn form_text(&self, case: &Case, part: &str) -> String {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        self.templates().part("form", part, &reader.languages, &words)
    }

    /// What a provider's device shows of a case: what happened, and when.
    pub(crate) fn action_and_time(&self, case: &Case) -> (String, String) {
        let reader = self.reader(case);
        let words = self.words(case, &reader);
        (reader.say(&self.templates(), "action", &words), words.when)
    }
}
