//! What is to be found out about a case before it is decided about, or for a playbook.

use casework::{
    Case, Input,
    input::Decided,
    known::{Finding, Known},
};

use super::Carried;
use crate::engine::Engine;

impl Engine {
    /// Finds out, and decides where the case waits for that.
    pub(super) async fn find_out(
        &self,
        case: &Case,
        steps: &[String],
        run: Option<u32>,
    ) -> Carried {
        let alert = case.head();
        let subject = case.subject.as_ref();
        let person = subject.and_then(|subject| self.parts.directory.person(subject.person));
        let known = self.find_all(alert, person.as_deref(), steps).await;
        let decision = match run {
            Some(_) => None,
            None => {
                let mut all = case.known.clone();
                all.0.extend(known.0.clone());
                let decision = self.decision(alert, person.as_deref(), &all);
                let (treatment, judgement, trace) =
                    (decision.treatment, decision.judgement, decision.trace);
                Some(Box::new(Decided { treatment, judgement, trace }))
            }
        };
        Carried::Done(Some(Input::Decided { known, decision, run }), Vec::new())
    }
}

/// What the case is told when it was not found out in time.
pub(super) fn given_up(steps: Vec<String>, run: Option<u32>) -> Input {
    let unknown = |step| (step, Finding::Unknown { cause: "not found out in time".to_owned() });
    let known = Known(steps.into_iter().map(unknown).collect());
    Input::Decided { known, decision: None, run }
}
