//! A case for the security team that no source reported: somebody says that a change of their
//! factors was not theirs, or reported a fraud on their device.

use casework::{
    Act, Group, Treatment,
    input::{Opening, Subject},
    known::Known,
    policy::Judgement,
    treatment::STORM,
};
use model::{Alert, AlertId, CaseId, Confidence, FactValue, Facts, Person, Severity, Span};

use super::ChangeKind;
use crate::{
    apply::{Along, ApplyError, Ended},
    engine::{Engine, EngineError},
};

/// The source that such cases name: this server.
const SOURCE: &str = "countersign";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A change of factors was disowned, and nothing was proven with what was changed.
    Disowned(ChangeKind),
    /// A fraud was reported on a device, in a step-up that somebody began in their name.
    FraudReported,
}

impl Cause {
    fn rule(self) -> &'static str {
        match self {
            Self::Disowned(_) => "factor-disowned",
            Self::FraudReported => "step-up-fraud",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Disowned(ChangeKind::Enrolled) => "A way to prove was added by somebody else",
            Self::Disowned(ChangeKind::Removed) => "A way to prove was removed by somebody else",
            Self::Disowned(ChangeKind::Reset) => "A reset of the ways to prove was not asked for",
            Self::FraudReported => "A fraud was reported on the person's own device",
        }
    }

    fn facts(self) -> Facts {
        let action = match self {
            Self::Disowned(kind) => format!("factor {}", kind.name()),
            Self::FraudReported => "step-up".to_owned(),
        };
        Facts::from([("action".to_owned(), FactValue::Text(action))])
    }
}

impl Engine {
    /// Opens a case that pages, and ends the person's sessions. Nobody is asked about it: whoever
    /// would answer may be the one it is about. `about` names what happened: while a case about it
    /// is open there is no second one. The sessions end last: what fails half-way is raised again
    /// by one of them.
    pub(super) async fn raise_alarm(
        &self,
        person: &Person,
        cause: Cause,
        about: &str,
    ) -> Result<(), EngineError> {
        let opening = self.alarm_opening(person, cause, about);
        match self.open(opening, Along::default(), None).await {
            Ok(_) | Err(ApplyError::Taken) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.end_sessions(person.id, Ended::All, Along::default()).await?)
    }

    pub(super) fn alarm_opening(&self, person: &Person, cause: Cause, about: &str) -> Opening {
        let now = self.now();
        let case = CaseId::from_parts(now, self.parts.entropy.bits());
        let settings = &self.parts.settings;
        let alert = Alert {
            id: AlertId::from_parts(now, self.parts.entropy.bits()),
            source: SOURCE.to_owned(),
            external_id: None,
            rule: cause.rule().to_owned(),
            title: cause.title().to_owned(),
            description: String::new(),
            severity: Severity::High,
            time: now,
            person: Some(person.email.clone()),
            url: None,
            facts: cause.facts(),
            received_at: now,
            problems: Vec::new(),
        };
        let language = settings.languages.first().cloned().unwrap_or_default();
        let subject = Subject {
            person: person.id,
            zone: person.time_zone.clone().unwrap_or_default(),
            language: person.language.clone().unwrap_or(language),
            is_active: person.active,
        };
        Opening {
            case,
            alert,
            subject: Some(subject),
            treatment: hand_over(),
            group_key: format!("{SOURCE}/{about}"),
            channels: vec!["web".to_owned()],
            distrusted: Vec::new(),
            is_observed: settings.is_observed,
            asked_by: None,
            evidence: settings.evidence,
            ladder: settings.escalation.ladder(),
            known: Known::default(),
            judgement: Judgement::Go,
            trace: Vec::new(),
            looking_up: None,
            confirms: None,
        }
    }
}

fn hand_over() -> Treatment {
    Treatment {
        policy: SOURCE.to_owned(),
        policy_hash: String::new(),
        severity: Severity::High,
        why: vec!["the person says that somebody else acted in their name".to_owned()],
        act: Act::Escalate,
        confidence: Confidence::Medium,
        opening: Vec::new(),
        on: Default::default(),
        group: Group { by: Some(Vec::new()), window: Span::ZERO, name: None, storm: STORM },
    }
}
