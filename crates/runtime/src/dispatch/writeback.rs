//! Outcomes, written to the systems that keep track of them. Where a case stood is told as it was
//! decided, also when the case has moved on meanwhile; what is said of it is what is known now.

use casework::{
    Case, State,
    ledger::{Entry, PARTLY, Stage},
};
use model::Person;
use ports::{
    Failure,
    outcome::{ActionOutcome, AlertRef, CaseOutcome, Of, Outcome},
};

use super::Carried;
use crate::{engine::Engine, lanes::CALL_LIMIT, pause, task::Task};

impl Engine {
    pub(super) async fn write_back(&self, name: &str, case: &Case, task: Task) -> Carried {
        let Some(writeback) = self.parts.writebacks.get(name) else {
            return Failure::permanent("this write-back is no longer configured").into();
        };
        let Some(outcome) = self.outcome_told(case, task) else { return Carried::silently() };
        match pause::within(&*self.parts.clock, CALL_LIMIT, writeback.write(&outcome)).await {
            Ok(()) => Carried::silently(),
            Err(failure) => failure.into(),
        }
    }

    fn outcome_told(&self, case: &Case, task: Task) -> Option<Outcome> {
        match task {
            Task::WriteCase { delivery, at, state, reason, is_new, by } => {
                let by = by.map(|by| by.to_string());
                let outcome =
                    CaseOutcome { state, reason, is_new, by, ..self.outcome_of_case(case) };
                Some(Outcome { id: delivery, at, of: Of::Case(Box::new(outcome)) })
            }
            Task::WriteAction { delivery, at, action, state } => {
                let entry = case.ledger.iter().find(|entry| entry.id() == action)?;
                let outcome = ActionOutcome { state, ..self.outcome_of_action(case, entry) };
                Some(Outcome { id: delivery, at, of: Of::Action(Box::new(outcome)) })
            }
            _ => None,
        }
    }

    fn outcome_of_case(&self, case: &Case) -> CaseOutcome {
        let proof = match &case.state {
            State::Closed { proof, .. } => proof.as_ref().or(case.testimony.as_ref()),
            _ => case.testimony.as_ref(),
        };
        let alert = |alert: &model::Alert| AlertRef {
            id: alert.id,
            external_id: alert.external_id.clone(),
            title: alert.title.clone(),
            severity: alert.severity,
            time: alert.time,
            url: alert.url.clone(),
        };
        CaseOutcome {
            case: case.id,
            opened_at: case.opened_at,
            is_new: false,
            is_test: false,
            state: case.state_name(),
            reason: case.reason(),
            severity: case.severity,
            confidence: Some(case.treatment.confidence),
            title: case.title().to_owned(),
            source: case.head().source.clone(),
            rule: case.head().rule.clone(),
            person: self.person_of(case).map(|person| named(&person)),
            alerts: case.alerts.iter().map(alert).collect(),
            evidence: proof.map(|it| (it.factor.method, it.factor.method.assurance())),
            comment: case.comments.last().cloned(),
            by: None,
            url: self.console_url(case),
        }
    }

    fn outcome_of_action(&self, case: &Case, entry: &Entry) -> ActionOutcome {
        let detail = match &entry.stage {
            Stage::Failed { why, .. } => Some(why.clone()),
            _ => Some(entry.detail.clone()).filter(|detail| !detail.is_empty()),
        };
        ActionOutcome {
            action: entry.id(),
            case: case.id,
            name: entry.order.action.clone(),
            target: entry.order.spec.target,
            person: self.person_of(case).map(|person| named(&person)),
            state: entry.state(),
            is_partial: detail.as_ref().is_some_and(|detail| detail.starts_with(PARTLY)),
            detail,
            reason: entry.order.reason.reveal().to_owned(),
            by: entry.order.by.to_string(),
            url: self.console_url(case),
        }
    }

    fn person_of(&self, case: &Case) -> Option<std::sync::Arc<Person>> {
        let subject = case.subject.as_ref()?;
        self.parts.directory.person(subject.person)
    }
}

fn named(person: &Person) -> (model::Personal, model::Personal) {
    (person.subject.clone(), person.email.clone())
}
