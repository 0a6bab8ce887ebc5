//! Between two cases: a second person is asked to confirm what the first has proven.

use std::sync::Arc;

use casework::{
    Act, AskClock, Case, Group, Input, State, Treatment,
    case::Confirms,
    input::Opening,
    policy::Judgement,
    treatment::{STORM, Second},
};
use model::{AlertId, CaseId, Confidence, Person, Personal, Span, Timestamp};

use super::Carried;
use crate::{
    apply::{Along, ApplyError},
    engine::{Engine, EngineError},
    intake::Read,
};

/// The source, the rule and the policy of confirmations.
const CONFIRMATION: &str = "confirmation";

impl Engine {
    /// Opens a case of its own for somebody who may confirm. Where there is nobody, the case that
    /// wants it goes to the analysts. Where what was proven is not what is to be confirmed any more,
    /// nobody is bothered.
    pub(super) async fn ask_second(
        &self,
        case: &Case,
        who: &Second,
        revision: Option<u32>,
        until: Timestamp,
    ) -> Carried {
        let is_other = revision.is_some_and(|proven| proven != case.revision);
        if is_other || !matches!(case.state, State::Seconding { .. }) {
            return Carried::silently();
        }
        let Some(second) = self.second_of(case, who) else {
            let by = "nobody in the directory may confirm it".to_owned();
            let input = Input::Seconded { is_confirmed: false, revision, by };
            return Carried::Done(Some(input), Vec::new());
        };
        match self.open_confirmation(case, second, until).await {
            // A second try of the same finds the case that the first has opened.
            Ok(_) | Err(ApplyError::Taken) => Carried::silently(),
            Err(error) => EngineError::from(error).into(),
        }
    }

    /// Somebody active who is not the person themself, whatever account it is.
    fn second_of(&self, case: &Case, who: &Second) -> Option<Arc<Person>> {
        let subject = case.subject.as_ref()?.person;
        let is_other = |person: &Arc<Person>| person.active && person.id != subject;
        match who {
            Second::Manager => {
                let person = self.parts.directory.person(subject)?;
                let manager = person.manager.as_ref()?;
                self.parts.directory.find(manager.reveal()).filter(is_other)
            }
            Second::Group(group) => {
                let people = self.parts.directory.people().into_iter().filter(is_other);
                let mut members: Vec<_> =
                    people.filter(|person| person.groups.contains(group)).collect();
                members.sort_by_key(|person| person.id);
                // By the case, so that it is not always the same one who is asked.
                let at = usize::try_from(case.id.bits() % members.len().max(1) as u128).ok()?;
                members.into_iter().nth(at)
            }
        }
    }

    async fn open_confirmation(
        &self,
        case: &Case,
        second: Arc<Person>,
        until: Timestamp,
    ) -> Result<Case, ApplyError> {
        let now = self.now();
        let left = until.duration_since(now).as_secs().max(60);
        let deadline = Span::seconds(u64::try_from(left).unwrap_or(60));
        let mut alert = case.head().clone();
        alert.id = AlertId::from_digest(case.id.bits());
        alert.source = CONFIRMATION.to_owned();
        alert.rule = CONFIRMATION.to_owned();
        alert.person = Some(Personal::from(second.email.reveal()));
        if let Some(person) =
            case.subject.as_ref().and_then(|who| self.parts.directory.person(who.person))
        {
            alert.facts.insert("answered by".to_owned(), person.name.reveal().into());
        }
        let treatment = confirming(case, deadline);
        let group_key = format!("{CONFIRMATION}/{}/{}", case.id, case.revision);
        let read = Read {
            alert,
            person: Some(second),
            treatment,
            judgement: Judgement::Go,
            trace: Vec::new(),
            known: case.known.clone(),
            looking_up: None,
            group_key,
            is_watched: self.parts.settings.is_observed,
        };
        let (opening, along): (Opening, Along) = self.opening(&read, None).await?;
        let id = CaseId::from_digest(case.id.bits() ^ u128::from(case.revision));
        let confirms = Confirms { case: case.id, revision: Some(case.revision) };
        let opening = Opening { case: id, confirms: Some(confirms), ..opening };
        self.open(opening, along, None).await
    }

    /// Tells a case how the one that was to confirm it has ended.
    pub(super) async fn confirm(
        &self,
        from: CaseId,
        case: CaseId,
        revision: Option<u32>,
        is_confirmed: bool,
    ) -> Carried {
        let input = Input::Seconded { is_confirmed, revision, by: format!("case:{from}") };
        match self.apply(case, input, Along::default()).await {
            Ok(_) | Err(ApplyError::Missing | ApplyError::Refused(_) | ApplyError::Gone) => {
                Carried::silently()
            }
            Err(error) => EngineError::from(error).into(),
        }
    }
}

/// Asked as the first was, on the wall clock and with one reminder; what follows from it follows in
/// the case that it confirms.
fn confirming(case: &Case, deadline: Span) -> Treatment {
    let mut ask = match &case.treatment.act {
        Act::Ask(ask) => ask.clone(),
        // Only what was asked is confirmed.
        Act::Notify { .. } | Act::Escalate => return case.treatment.clone(),
    };
    ask.message = CONFIRMATION.to_owned();
    ask.deadline = deadline;
    ask.clock = AskClock::Wall;
    ask.reminders = vec![Span::seconds(deadline.as_seconds() / 2)];
    ask.second = None;
    ask.is_reviewed = false;
    Treatment {
        policy: case.treatment.policy.clone(),
        policy_hash: case.treatment.policy_hash.clone(),
        severity: case.severity,
        why: vec![format!("confirms the answer of {}", case.id)],
        act: Act::Ask(ask),
        confidence: Confidence::Medium,
        opening: Vec::new(),
        on: Default::default(),
        group: Group { by: Some(Vec::new()), window: Span::ZERO, name: None, storm: STORM },
    }
}
