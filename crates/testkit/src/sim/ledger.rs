//! What those outside of the engine know: what they sent, what they were told, and what they had
//! the right to do. Tasks write it as they end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{AlertId, Answer, CaseId, ChallengeId, Method, PersonId, Span, Timestamp};
use ports::source::AlertDraft;
use runtime::intake::AcceptedAlert;

/// Shared by all tasks.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Book>>);

/// Within this time the same alert must be known.
const SURELY_KNOWN: Span = Span::hours(23);

/// What is known.
#[derive(Default)]
pub(super) struct Book {
    /// Lines for the trace.
    pub(super) lines: Vec<String>,
    /// Alerts that were accepted, and the case each belongs to.
    pub(super) accepted: BTreeMap<AlertId, CaseId>,
    /// Cases that analysts opened.
    pub(super) asked_by_hand: Vec<CaseId>,
    /// Denials that were taken.
    pub(super) denied: BTreeSet<CaseId>,
    /// Answers that somebody had the right to give: who, which case, what, and where.
    pub(super) may_answer: BTreeSet<(PersonId, CaseId, Answer, String)>,
    /// Ceremonies, as those who began them know them.
    pub(super) ceremonies: Vec<Ceremony>,
    /// Right responses, and the session that gave them.
    pub(super) right_responses: BTreeSet<(ChallengeId, String)>,
    keys: BTreeMap<(String, String), KeyBook>,
}

/// A ceremony that was begun.
#[derive(Debug, Clone)]
pub(super) struct Ceremony {
    pub(super) person: PersonId,
    pub(super) case: CaseId,
    pub(super) challenge: ChallengeId,
    pub(super) method: Method,
    pub(super) session: String,
}

/// What a source knows of one of its ids.
#[derive(Default)]
struct KeyBook {
    submits: u64,
    /// How many of them have ended.
    ended: u64,
    /// The one that was sent while no other was under way, if none was sent since.
    alone: Option<u64>,
    last: Option<Told>,
}

/// The last answer about an id.
struct Told {
    draft: AlertDraft,
    id: AlertId,
    case: CaseId,
    at: Timestamp,
    submits: u64,
}

impl Ledger {
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn say(&self, line: impl Into<String>) {
        self.book().lines.push(line.into());
    }

    pub(super) fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut self.book().lines)
    }

    /// An alert is sent; returns how often its id was sent before.
    pub(super) fn submit(&self, source: &str, draft: &AlertDraft) -> Option<u64> {
        let id = draft.external_id.clone()?;
        let mut book = self.book();
        let key = book.keys.entry((source.to_owned(), id)).or_default();
        key.submits += 1;
        key.alone = (key.ended + 1 == key.submits).then_some(key.submits);
        Some(key.submits)
    }

    /// An alert was not accepted.
    pub(super) fn refused(&self, source: &str, draft: &AlertDraft) {
        let Some(id) = draft.external_id.clone() else { return };
        self.book().keys.entry((source.to_owned(), id)).or_default().ended += 1;
    }

    /// An alert was accepted. An error says why that is wrong.
    pub(super) fn accepted(
        &self,
        source: &str,
        draft: AlertDraft,
        submit: Option<u64>,
        told: &AcceptedAlert,
        at: Timestamp,
    ) -> Result<(), String> {
        let mut book = self.book();
        let before = book.accepted.insert(told.id, told.case);
        if before.is_some_and(|case| case != told.case) {
            return Err(format!("{} was said to be in two cases", told.id));
        }
        let (Some(submit), Some(external)) = (submit, draft.external_id.clone()) else {
            return Ok(());
        };
        let key = book.keys.entry((source.to_owned(), external)).or_default();
        key.ended += 1;
        // Of two of one request the one that is told last may have been taken first.
        let is_alone = key.alone == Some(submit);
        if let Some(last) = &key.last
            && is_alone
            && last.submits + 1 == submit
            && last.draft == draft
            && (last.at..SURELY_KNOWN.after(last.at)).contains(&at)
            && (!told.is_duplicate || told.id != last.id || told.case != last.case)
        {
            return Err(format!("{} was not recognised when it came again", last.id));
        }
        let (id, case) = (told.id, told.case);
        key.last = is_alone.then_some(Told { draft, id, case, at, submits: submit });
        Ok(())
    }
}

/// The end of an id, which is enough to tell it from others in a trace.
pub(super) fn short(id: impl std::fmt::Display) -> String {
    let text = id.to_string();
    text[text.len().saturating_sub(6)..].to_owned()
}
