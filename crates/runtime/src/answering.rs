//! Answers on our own page.

use casework::Case;
use model::{Answer, AskId, CaseId, PersonId, Personal};

use crate::engine::{Engine, EngineError};

impl Engine {
    /// A person's own case; another person's is [`EngineError::NotFound`].
    pub async fn own_case(&self, _person: PersonId, _case: CaseId) -> Result<Case, EngineError> {
        unimplemented!()
    }

    /// Takes an answer given on the page by the signed-in person.
    pub async fn answer(
        &self,
        _person: PersonId,
        _case: CaseId,
        _answer: Answer,
        _revision: u32,
        _comment: Option<Personal>,
    ) -> Result<Case, EngineError> {
        unimplemented!()
    }

    /// Adds a comment to a claim.
    pub async fn comment(
        &self,
        _person: PersonId,
        _case: CaseId,
        _text: Personal,
    ) -> Result<Case, EngineError> {
        unimplemented!()
    }

    /// Whether a short code belongs to a question of ours, and whose and which it is.
    pub async fn look_up_code(
        &self,
        _typed: &str,
    ) -> Result<Option<(PersonId, CaseId, AskId)>, EngineError> {
        unimplemented!()
    }
}
