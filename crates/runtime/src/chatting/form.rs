//! The form that "it was me" opens: a comment, then on to our page for the proof.

use casework::{Case, Input, commands};
use model::{CaseId, PersonId, Personal, Span};
use ports::{
    chat::{FormReply, HttpReply},
    store::{Commit, Record, RecordOp, Space, StoreError},
};
use serde::{Deserialize, Serialize};

use super::Origin;
use crate::{
    answering::kept_comment,
    apply::{Along, ApplyError},
    engine::{Engine, EngineError},
    people::same,
};

/// How long a form can be submitted.
const FORM_LIFE: Span = Span::minutes(10);
/// The longest form id that is looked up.
const FORM_ID_BYTES_MAX: usize = 100;

/// A form, as it was opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OpenForm {
    chat: String,
    case: CaseId,
    person: Option<PersonId>,
    account: String,
}

impl Engine {
    /// A form for one account, and the record by which its submission is known.
    pub(super) fn new_form(&self, from: &Origin, case: &Case, account: &str) -> (String, RecordOp) {
        let id = format!("{:032x}{:032x}", self.parts.entropy.bits(), self.parts.entropy.bits());
        let form = OpenForm {
            chat: from.name.clone(),
            case: case.id,
            person: case.subject.as_ref().map(|subject| subject.person),
            account: account.to_owned(),
        };
        let record = Record {
            space: Space::Form,
            key: id.clone(),
            owner: form.person,
            value: crate::bytes::write(&form),
            expires_at: Some(FORM_LIFE.after(self.now())),
        };
        (id, RecordOp::Put(record))
    }

    pub(super) async fn submitted(
        &self,
        from: &Origin,
        account: &str,
        form: &str,
        comment: Option<String>,
    ) -> Result<HttpReply, EngineError> {
        let Some((opened, case)) = self.opened_form(form).await? else {
            return Ok(self.form_error(from, None));
        };
        if opened.chat != from.name || !same(&opened.account, account) {
            let why = "a form submitted by somebody else";
            self.note_refusal(Some(case.id), from, why).await?;
            return Ok(self.form_error(from, None));
        }
        let comment = comment.map(Personal::new).as_ref().and_then(kept_comment);
        let is_required = case.treatment.ask().is_some_and(|ask| ask.is_comment_required);
        if is_required && comment.is_none() && case.comments.is_empty() {
            return Ok(self.form_error(from, Some((&case, "comment_required"))));
        }
        // A number of that length is better written on our page than kept here (R21).
        if comment.as_ref().is_some_and(|text| commands::looks_like_code(text.reveal())) {
            return Ok(self.form_error(from, Some((&case, "code_warning"))));
        }
        if !self.take_form(form, &case, comment).await? {
            return Ok(self.form_error(from, None));
        }
        let text = |part| self.form_text(&case, part);
        let reply = FormReply::Show {
            title: text("next_title"),
            text: text("next_text"),
            link: (text("next_link"), self.ask_url(&case)),
        };
        Ok(from.chat.form_reply(&reply))
    }

    async fn opened_form(&self, id: &str) -> Result<Option<(OpenForm, Case)>, EngineError> {
        if id.len() > FORM_ID_BYTES_MAX {
            return Ok(None);
        }
        let Some(record) = self.parts.store.record(Space::Form, id, self.now()).await? else {
            return Ok(None);
        };
        let form: OpenForm = crate::bytes::read(&record.value)?;
        let case = self.case(form.case).await?;
        Ok(Some((form, case)))
    }

    /// Consumes a form, with its comment; whether it was still there.
    async fn take_form(
        &self,
        id: &str,
        case: &Case,
        comment: Option<Personal>,
    ) -> Result<bool, EngineError> {
        let take = RecordOp::Take { space: Space::Form, key: id.to_owned(), now: self.now() };
        let taken = match comment {
            Some(text) => {
                let along = Along::default().with([take]);
                self.apply(case.id, Input::Comment { text }, along).await.map(|_| ())
            }
            None => {
                let commit = Commit { records: vec![take], ..Commit::default() };
                self.parts.store.commit(commit).await.map_err(|error| match error {
                    StoreError::Gone => ApplyError::Gone,
                    other => other.into(),
                })
            }
        };
        match taken {
            Ok(()) => Ok(true),
            Err(ApplyError::Gone) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A form that is not taken: for what is wrong with it, or because it is not theirs, or too old.
    fn form_error(&self, from: &Origin, wrong: Option<(&Case, &str)>) -> HttpReply {
        let text = match wrong {
            Some((case, part)) => self.form_text(case, part),
            None => self.form_reply_to_anybody("not_yours"),
        };
        from.chat.form_reply(&FormReply::Error(text))
    }
}
