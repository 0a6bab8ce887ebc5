//! A case on the wire.

use casework::{Case, State, case::Fate};
use model::{Facts, StateName, Timestamp};
use ports::store::CaseRow;
use runtime::analysts::StoryLine;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::action::{ActionBody, RunBody};

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseBody {
    /// Its id.
    pub(super) id: String,
    /// `triage`, `watching`, `notifying`, `asking`, `claimed`, `verifying`, `escalated` or
    /// `closed`.
    state: &'static str,
    /// Why, where it is escalated or closed.
    reason: Option<&'static str>,
    /// The id of the person it is about, where one is known.
    person: Option<String>,
    /// One line, in the source's words.
    title: String,
    /// `info`, `low`, `medium`, `high` or `critical`.
    severity: &'static str,
    /// The source of its alerts.
    source: String,
    /// Their rule.
    rule: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// By when it reaches an end or a person, where it has not.
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline_at: Option<Timestamp>,
    /// How many alerts are in it.
    alerts: u32,
}

/// A case with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseDetail {
    #[serde(flatten)]
    case: CaseBody,
    /// The ids of its alerts, oldest first, the first twenty.
    alert_ids: Vec<String>,
    /// What their sources call them, those that do. Of our own detection that is the alert's id in
    /// the event log, the same in every replay.
    external_ids: Vec<String>,
    /// More, in the source's words, of the latest alert.
    description: String,
    /// Where to read more about the latest alert.
    url: Option<String>,
    /// When the latest alert happened.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// What happened, by name, of the latest alert.
    #[schema(value_type = Object)]
    facts: Facts,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Counts the changes of its facts: see the `revision` of a disposition.
    revision: u32,
    /// The policy it is treated by.
    policy: String,
    /// The question, once it was put.
    question: Option<QuestionBody>,
    /// What the person said, oldest first.
    answers: Vec<AnswerBody>,
    /// The person's comments, oldest first.
    comments: Vec<String>,
    /// What proved the answer.
    proof: Option<ProofBody>,
    /// The case whose proof hid this one.
    suppressed_by: Option<String>,
    /// Who asked by hand.
    asked_by: Option<String>,
    /// The analyst who has it.
    taken_by: Option<String>,
    /// What was done about it in other systems, oldest first.
    actions: Vec<ActionBody>,
    /// Its playbooks, oldest first.
    playbooks: Vec<RunBody>,
}

/// A question and where it went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionBody {
    /// Its id.
    id: String,
    /// The short code by which the person can check it.
    code: String,
    /// When it was put.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// Its messages, oldest first.
    messages: Vec<MessageBody>,
}

/// A message to the person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageBody {
    /// Through which channel.
    channel: String,
    /// `sending`, `delivered` or `failed`.
    fate: &'static str,
}

/// An answer of the person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerBody {
    /// `me`, `not_me` or `not_sure`.
    answer: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Through which channel.
    channel: String,
}

/// What proved an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProofBody {
    /// `passkey`, `totp` or `duo`.
    method: &'static str,
    /// `possession` or `phishing_resistant`.
    assurance: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A line of a case's story.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JournalBody {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What kind of thing happened.
    kind: String,
    /// Who did it: `person:…`, `key:…` or `system`.
    by: String,
    /// In words.
    text: String,
    /// What was recorded.
    #[schema(value_type = Object)]
    data: Value,
}

impl From<CaseRow> for CaseBody {
    fn from(row: CaseRow) -> Self {
        Self {
            id: row.id.to_string(),
            state: row.state.name(),
            reason: row.reason.map(|reason| reason.name()),
            person: row.person.map(|id| id.to_string()),
            title: row.title,
            severity: row.severity.name(),
            source: row.source,
            rule: row.rule,
            opened_at: row.opened_at,
            deadline_at: row.deadline_at,
            alerts: row.alerts,
        }
    }
}

impl From<&Case> for CaseBody {
    fn from(case: &Case) -> Self {
        let head = case.head();
        let is_over = matches!(case.state_name(), StateName::Escalated | StateName::Closed);
        Self {
            id: case.id.to_string(),
            state: case.state_name().name(),
            reason: case.reason().map(|reason| reason.name()),
            person: case.subject.as_ref().map(|subject| subject.person.to_string()),
            title: case.title().to_owned(),
            severity: case.severity.name(),
            source: head.source.clone(),
            rule: head.rule.clone(),
            opened_at: case.opened_at,
            deadline_at: case.deadline_at.filter(|_| !is_over),
            alerts: case.alert_count,
        }
    }
}

impl From<&Case> for CaseDetail {
    fn from(case: &Case) -> Self {
        let head = case.head();
        let (proof, suppressed_by) = ending(&case.state);
        Self {
            case: CaseBody::from(case),
            alert_ids: case.alerts.iter().map(|alert| alert.id.to_string()).collect(),
            external_ids: case.alerts.iter().filter_map(|it| it.external_id.clone()).collect(),
            description: head.description.clone(),
            url: head.url.clone(),
            time: head.time,
            facts: head.facts.clone(),
            changed_at: case.changed_at,
            revision: case.revision,
            policy: case.treatment.policy.clone(),
            question: question(case),
            answers: answers(case),
            comments: case.comments.iter().map(|text| text.reveal().to_owned()).collect(),
            proof,
            suppressed_by,
            asked_by: case.asked_by.as_ref().map(ToString::to_string),
            taken_by: case.taken_by.as_ref().map(ToString::to_string),
            actions: ActionBody::all_of(case),
            playbooks: case.runs.iter().map(RunBody::from).collect(),
        }
    }
}

fn ending(state: &State) -> (Option<ProofBody>, Option<String>) {
    let State::Closed { proof, suppressed_by, .. } = state else { return (None, None) };
    let proof = proof.as_ref().map(|proof| ProofBody {
        method: proof.factor.method.name(),
        assurance: proof.factor.method.assurance().name(),
        at: proof.at,
    });
    (proof, suppressed_by.map(|id| id.to_string()))
}

fn question(case: &Case) -> Option<QuestionBody> {
    let asked = case.ask.as_ref()?;
    let messages = asked.messages.iter().map(|sent| MessageBody {
        channel: sent.channel.clone(),
        fate: match sent.fate {
            Fate::Sending => "sending",
            Fate::Delivered => "delivered",
            Fate::Failed => "failed",
        },
    });
    Some(QuestionBody {
        id: asked.id.to_string(),
        code: asked.code.clone(),
        asked_at: asked.at,
        messages: messages.collect(),
    })
}

fn answers(case: &Case) -> Vec<AnswerBody> {
    let answers = case.answers.iter().map(|given| AnswerBody {
        answer: given.answer.name(),
        at: given.at,
        channel: given.channel.clone(),
    });
    answers.collect()
}

impl From<StoryLine> for JournalBody {
    fn from(line: StoryLine) -> Self {
        let StoryLine { at, kind, by, text, data, .. } = line;
        Self { at, kind, by, text, data }
    }
}
