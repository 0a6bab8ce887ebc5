//! What the security team reads.

use casework::{
    Case,
    input::Actor,
    ledger::{Entry, Stage},
    policy::exception::Exception,
};
use model::{DeliveryId, Reason, Undo};
use ports::{
    chat::Report,
    pager::{Page, PageKind},
};

use super::{
    Words, facts,
    inert::{self, LINE_CHARS, TEXT_CHARS},
    when::Reader,
};
use crate::engine::Engine;

impl Engine {
    /// A report: user, title, description, comment and link, with why and how grave.
    pub(crate) fn report(&self, case: &Case, delivery: DeliveryId, reason: Reason) -> Report {
        let reader = self.security_reader();
        let words = self.security_words(case, &reader, reason);
        let comment = case.comments.last().map(|text| inert::lines(text.reveal(), TEXT_CHARS));
        let mut facts = self.report_facts(case, &reader, &words);
        if comment.is_none() {
            facts.push((self.label(&reader, "comment"), self.label(&reader, "no_comment")));
        }
        Report {
            delivery,
            title: self.report_text(&reader, "title", &words),
            facts,
            comment,
            url: self.console_url(case),
        }
    }

    /// How an action stands: what, by whom, why, and what there is to do.
    pub(crate) fn action_report(&self, case: &Case, entry: &Entry, delivery: DeliveryId) -> Report {
        let reader = self.security_reader();
        let words = self.words(case, &reader);
        let words = Words {
            value: entry.order.action.clone(),
            reason: self.action_text(&reader, standing_of(entry), &words),
            ..words
        };
        let label = |part| self.action_text(&reader, part, &words);
        let mut facts = vec![
            (label("action"), entry.order.action.clone()),
            (label("user"), words.user.clone()),
            (label("state"), words.reason.clone()),
            (label("asked_by"), entry.order.by.to_string()),
        ];
        let why = match &entry.stage {
            Stage::Failed { why, .. } => Some(why.clone()),
            _ => entry.held.clone(),
        };
        facts.extend(why.map(|why| (label("why"), inert::line(&why, LINE_CHARS))));
        if matches!(entry.stage, Stage::Applied { .. } | Stage::Verified { .. }) {
            facts.push((label("what"), inert::line(&entry.order.spec.what, LINE_CHARS)));
            if let Some(at) = entry.limit_at() {
                facts.push((label("ends"), reader.moment(&self.templates(), at)));
            }
            facts.push((label("if_wrong"), label(remedy(entry.order.spec.undo))));
        }
        Report {
            delivery,
            title: label("title"),
            facts,
            comment: None,
            url: self.console_url(case),
        }
    }

    /// That an exception ends soon.
    pub(crate) fn lapse_report(
        &self,
        exception: &Exception,
        hits: u64,
        delivery: DeliveryId,
    ) -> Report {
        let reader = self.security_reader();
        let templates = self.templates();
        let words = Words { value: inert::line(&exception.id, LINE_CHARS), ..Words::default() };
        let text = |part| templates.part("exception-report", part, &reader.languages, &words);
        let facts = vec![
            (text("owner"), self.name_of(&exception.owner)),
            (text("why"), inert::line(exception.reason.reveal(), LINE_CHARS)),
            (text("hits"), hits.to_string()),
            (text("ends"), reader.moment(&templates, exception.expires_at)),
            (text("what_then"), text("asked_again")),
        ];
        let url = format!("{}/console/exceptions", self.parts.settings.public_url);
        Report { delivery, title: text("title"), facts, comment: None, url }
    }

    /// A person by their e-mail address, a program by its key.
    fn name_of(&self, actor: &Actor) -> String {
        let person = match actor {
            Actor::Person(id) => self.parts.directory.person(*id),
            _ => None,
        };
        match person {
            Some(person) => inert::line(person.email.reveal(), LINE_CHARS),
            None => inert::line(&actor.to_string(), LINE_CHARS),
        }
    }

    fn action_text(&self, reader: &Reader<'_>, part: &str, words: &Words) -> String {
        self.templates().part("action-report", part, &reader.languages, words)
    }

    /// A page.
    pub(crate) fn page(
        &self,
        case: &Case,
        delivery: DeliveryId,
        reason: Reason,
        kind: PageKind,
    ) -> Page {
        let reader = self.security_reader();
        let words = self.security_words(case, &reader, reason);
        let summary = self.templates().part("page", "summary", &reader.languages, &words);
        Page {
            delivery,
            dedup: case.dedup_key(),
            kind,
            summary,
            severity: case
                .incident
                .as_ref()
                .map_or(case.severity, |open| open.severity.max(case.severity)),
            at: case.head().time,
            details: self.report_facts(case, &reader, &words),
            url: self.console_url(case),
        }
    }

    fn report_facts(
        &self,
        case: &Case,
        reader: &Reader<'_>,
        words: &Words,
    ) -> Vec<(String, String)> {
        let label = |part| self.label(reader, part);
        let head = case.head();
        let description = match words.description.is_empty() {
            true => label("none"),
            false => words.description.clone(),
        };
        let mut lines = vec![
            (label("user"), words.user.clone()),
            (label("what"), words.title.clone()),
            (label("description"), description),
            (label("reason"), words.reason.clone()),
            (label("severity"), case.severity.to_string()),
            (label("rule"), format!("{} / {}", words.source, words.rule)),
            (label("opened"), reader.when(&self.templates(), case.opened_at)),
        ];
        if let Some(url) = &head.url {
            lines.push((label("link"), inert::line(url, LINE_CHARS)));
        }
        lines.extend(facts::of_alert(head));
        lines.truncate(facts::FACTS_SHOWN);
        lines
    }

    fn security_words(&self, case: &Case, reader: &Reader<'_>, reason: Reason) -> Words {
        // The case may have moved on since this was decided: it says why it is here now.
        let reason = case.reason().unwrap_or(reason);
        let words = self.words(case, reader);
        let part = match reason {
            Reason::Denied
            | Reason::Silent
            | Reason::NotSure
            | Reason::Undeliverable
            | Reason::Unprovable
            | Reason::Conflict
            | Reason::UnknownPerson
            | Reason::Decided => reason.name(),
            _ => "other",
        };
        let reason = self.report_text(reader, part, &words);
        Words { reason, ..words }
    }

    /// The security team reads the organisation's clock and first language.
    fn security_reader(&self) -> Reader<'_> {
        let zone = self.parts.settings.calendar.zone().clone();
        Reader { zone, languages: self.languages().collect(), now: self.now() }
    }

    fn label(&self, reader: &Reader<'_>, part: &str) -> String {
        self.report_text(reader, part, &Words::default())
    }

    fn report_text(&self, reader: &Reader<'_>, part: &str, words: &Words) -> String {
        self.templates().part("report", part, &reader.languages, words)
    }

    /// The case in the console.
    pub(crate) fn console_url(&self, case: &Case) -> String {
        format!("{}/console/cases/{}", self.parts.settings.public_url, case.id)
    }
}

/// How an action stands: what was never begun has failed without anything to look at.
fn standing_of(entry: &Entry) -> &'static str {
    match entry.stage {
        Stage::Failed { may_stand: false, .. } if entry.begun_at.is_none() => "not_done",
        _ => entry.state().name(),
    }
}

/// What there is to do about an action that was wrong.
fn remedy(undo: Undo) -> &'static str {
    match undo {
        Undo::Reversible => "take_back",
        Undo::SelfHealing => "heals",
        Undo::Irreversible => "cannot_be_undone",
    }
}
