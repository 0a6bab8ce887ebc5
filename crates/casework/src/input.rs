//! What happens to a case. The only way in.

use std::sync::Arc;

use model::{
    ActionId, Alert, Answer, CaseId, ChallengeId, DeliveryId, Disposition, Method, PersonId,
    Personal, Span, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Treatment,
    case::Confirms,
    known::Known,
    ladder::{Ladder, Told},
    ledger::{ActionEvent, Order},
    playbook::{Playbook, RunEvent},
    policy::{Judgement, TraceLine},
    proof::FactorFacts,
};

/// The instant of a step and random bits for the ids that it makes. Recorded, so that a replay
/// makes the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// Random.
    pub seed: u128,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A case begins.
    Open(Box<Opening>),
    /// Another alert belongs to this case.
    Join {
        /// The alert.
        alert: Box<Alert>,
        /// What its policy says now; adopted where it is graver.
        treatment: Box<Treatment>,
        /// Whether the source sent the same id with other content.
        is_update: bool,
    },
    /// A timer fired.
    Wake {
        /// Which.
        timer: Timer,
    },
    /// A message arrived at its destination.
    Delivered {
        /// Which.
        delivery: DeliveryId,
    },
    /// A message will not arrive.
    Undelivered {
        /// Which.
        delivery: DeliveryId,
        /// Why, for an analyst; without secrets.
        cause: String,
    },
    /// The person deleted the question, or the account it went to can no longer be trusted.
    ChannelLost {
        /// Which channel.
        channel: String,
        /// Why.
        cause: String,
    },
    /// The person answered.
    Answer {
        /// What.
        answer: Answer,
        /// Through which channel: `web` or the chat's name.
        channel: String,
        /// The revision of the facts that they saw.
        revision: u32,
        /// What they could prove with, at the moment of a claim.
        factors: Vec<FactorFacts>,
        /// What they had to say.
        comment: Option<Personal>,
    },
    /// The person added a comment to a claim.
    Comment {
        /// The comment.
        text: Personal,
    },
    /// The person wants to prove a claim.
    Challenge {
        /// The attempt.
        challenge: ChallengeId,
        /// How.
        method: Method,
        /// What may serve, by this method.
        factors: Vec<FactorFacts>,
        /// The hash of the session that asked; only it may see a code.
        session: String,
    },
    /// A remote ceremony has begun.
    ChallengeBegun {
        /// Which.
        challenge: ChallengeId,
    },
    /// The session that asked for a proof has ended.
    SessionEnded {
        /// Which attempt ends with it.
        challenge: ChallengeId,
    },
    /// A ceremony ended.
    Proof {
        /// Which.
        challenge: ChallengeId,
        /// How.
        result: ProofResult,
    },
    /// A page was accepted by its target, or was not.
    Paged {
        /// Which target.
        target: String,
        /// Why it failed; absent when it did not.
        failure: Option<String>,
    },
    /// Somebody did something to the incident at a target of escalation.
    Told {
        /// Which target, by its name.
        target: String,
        /// What.
        told: Told,
        /// When, by the target's clock.
        at: Timestamp,
        /// Who, in the target's words. Hostile text.
        by: Option<Personal>,
    },
    /// An analyst takes the case.
    Take {
        /// Who: `person:…` or `key:…`.
        by: Actor,
    },
    /// An analyst ends the case.
    Dispose {
        /// How.
        disposition: Disposition,
        /// The revision of the facts that they saw; absent where they decide about the latest.
        revision: Option<u32>,
        /// Who.
        by: Actor,
        /// Why. Hostile text.
        note: Personal,
    },
    /// A factor that proved this case was revoked as not the person's.
    FactorRevoked {
        /// Which challenge's proof falls with it.
        challenge: ChallengeId,
    },
    /// A new case with the same key was opened, as this one's window is over.
    Superseded,
    /// What was looked up is known, and what is to be done about it.
    Decided {
        /// What is known now.
        known: Known,
        /// What was decided on it; absent where a playbook wanted to know.
        decision: Option<Box<Decided>>,
        /// Which run of a playbook wanted to know.
        run: Option<u32>,
    },
    /// Somebody else has confirmed what the person proved, or has not.
    Seconded {
        /// Whether they have, with a proof of their own.
        is_confirmed: bool,
        /// The revision of the facts that they were asked about; absent in what is older than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
        /// In which case, or why nobody could be asked.
        by: String,
    },
    /// A playbook is begun by hand.
    Play {
        /// Which.
        playbook: Arc<Playbook>,
        /// By whom.
        by: Actor,
    },
    /// Something happens to a playbook.
    Run {
        /// Which run.
        number: u32,
        /// What.
        event: RunEvent,
    },
    /// Somebody asks for an action.
    Order(Box<Order>),
    /// Something happens to an action.
    Action {
        /// Which.
        action: ActionId,
        /// What.
        event: Box<ActionEvent>,
    },
}

/// How a case begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The case's id.
    pub case: CaseId,
    /// The first alert.
    pub alert: Alert,
    /// Whom it is about, when the directory knows them.
    pub subject: Option<Subject>,
    /// What the policy says.
    pub treatment: Treatment,
    /// The key that later alerts join by.
    pub group_key: String,
    /// Where to ask, in this order; `web` alone where no chat is configured.
    pub channels: Vec<String>,
    /// Channels that must not be used for this person, and why.
    pub distrusted: Vec<(String, String)>,
    /// Whether only to record what would be asked.
    pub is_observed: bool,
    /// The analyst who asks by hand.
    pub asked_by: Option<Actor>,
    /// The rules of evidence in force.
    pub evidence: Evidence,
    /// How an incident is brought to one after another.
    #[serde(default, skip_serializing_if = "Ladder::is_plain")]
    pub ladder: Ladder,
    /// What was known.
    #[serde(default, skip_serializing_if = "Known::is_empty")]
    pub known: Known,
    /// Whether what the treatment says is done now.
    #[serde(default)]
    pub judgement: Judgement,
    /// Why it was decided so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<TraceLine>,
    /// What is still being looked up, and how long that is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking_up: Option<LookingUp>,
    /// The answer that this one is to confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirms: Option<Confirms>,
}

/// What is still being looked up when a case opens. What was decided without it holds if it does
/// not come in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookingUp {
    /// The steps of enrichment.
    pub steps: Vec<String>,
    /// How long they are waited for.
    pub until: Timestamp,
}

/// A decision made after a case was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// What is to be done.
    pub treatment: Treatment,
    /// Whether it is done now.
    pub judgement: Judgement,
    /// Why.
    pub trace: Vec<TraceLine>,
}

/// The rules of evidence of a server, kept with each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How much older than the event a factor must be.
    pub independence_window: Span,
    /// How many failed proofs end the trying.
    pub attempts: u32,
    /// Of a thousand answers that were proven, so many go to an analyst all the same.
    #[serde(default)]
    pub sampled_permille: u16,
}

/// What a case needs to know of the person it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Who.
    pub person: PersonId,
    /// The person's zone, for words about time.
    pub zone: String,
    /// The person's language.
    pub language: String,
    /// Whether the account is active.
    pub is_active: bool,
}

/// Who acts, other than the person who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A signed-in analyst.
    Person(PersonId),
    /// An API key, by name.
    Key(String),
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Key(name) => write!(f, "key:{name}"),
        }
    }
}

/// The timers of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// By when it reaches an end or a person.
    Deadline,
    /// The next reminder.
    Reminder,
    /// It is this case's turn in the person's queue.
    Turn,
    /// The outstanding challenge has run out.
    Challenge,
    /// The time of watching is over.
    Shadow,
    /// Something of the ledger is due.
    Ledger,
    /// The next step of the ladder of an incident is due.
    Climb,
}

impl Timer {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Deadline,
        Self::Reminder,
        Self::Turn,
        Self::Challenge,
        Self::Shadow,
        Self::Ledger,
        Self::Climb,
    ];
    /// Those that a case which ends has no more use for: what was done may have to be taken back.
    pub const OF_LIFE: [Self; 5] =
        [Self::Deadline, Self::Reminder, Self::Turn, Self::Challenge, Self::Shadow];

    /// The name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Reminder => "reminder",
            Self::Turn => "turn",
            Self::Challenge => "challenge",
            Self::Shadow => "shadow",
            Self::Ledger => "ledger",
            Self::Climb => "climb",
        }
    }

    /// The timer of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timer| timer.name() == name)
    }
}

/// How a ceremony ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofResult {
    /// Proven with this factor.
    Proven(FactorFacts),
    /// A wrong response.
    Wrong,
    /// No reaction in time.
    TimedOut,
    /// The person refused on the device.
    Refused,
    /// The person reported a fraud on the device.
    Fraud,
    /// The provider's yes, or its no, proves nothing; why.
    NotEvidence(String),
    /// The provider cannot be reached.
    Outage(String),
}
