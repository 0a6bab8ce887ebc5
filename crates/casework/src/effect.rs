//! What is to be done. Decided and stored first, carried out afterwards, repeatable.

use model::{ActionId, AskId, CaseId, ChallengeId, DeliveryId, Method, Reason, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{input::Timer, ledger::Task, treatment::Second};

/// One thing to do outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Send a message to the person through a channel.
    Send {
        /// The channel's name, such as `slack`.
        channel: String,
        /// The message's own id, the same over retries.
        delivery: DeliveryId,
        /// What it says. Rendered from the case when it is sent.
        message: Message,
        /// After this it is no longer worth sending and counts as undelivered.
        expires_at: Timestamp,
    },
    /// Report to the security team's channels, and page where `page` is set.
    Escalate {
        /// The message's own id.
        delivery: DeliveryId,
        /// Why.
        reason: Reason,
        /// Whether to page, not only to report.
        page: bool,
        /// Up to which step of the ladder.
        step: u32,
    },
    /// Page those of a further step of the ladder.
    Climb {
        /// The message's own id.
        delivery: DeliveryId,
        /// Why the case is with the security team.
        reason: Reason,
        /// Which step.
        step: u32,
    },
    /// Tell the other targets that somebody has the incident.
    Acknowledge {
        /// The message's own id.
        delivery: DeliveryId,
        /// Up to which step of the ladder.
        step: u32,
        /// Where it was taken, and is known already.
        except: String,
    },
    /// End the incident that was paged.
    Resolve {
        /// The message's own id.
        delivery: DeliveryId,
        /// Up to which step of the ladder it was brought.
        step: u32,
    },
    /// Begin a remote ceremony.
    Begin {
        /// Which.
        challenge: ChallengeId,
        /// By which provider.
        method: Method,
        /// After this it is not worth beginning.
        expires_at: Timestamp,
    },
    /// Ask the provider until the ceremony has ended.
    Poll {
        /// Which.
        challenge: ChallengeId,
        /// By which provider.
        method: Method,
        /// When it is over anyway.
        expires_at: Timestamp,
    },
    /// Forget a challenge: whatever comes of it counts for nothing.
    Void {
        /// Which.
        challenge: ChallengeId,
    },
    /// Remember where a question can be looked up by its short code.
    Publish {
        /// The code.
        code: String,
        /// The question.
        ask: AskId,
    },
    /// Wake this case.
    WakeAt {
        /// With which timer.
        timer: Timer,
        /// When.
        at: Timestamp,
    },
    /// Do not wake this case with that timer.
    Forget {
        /// Which.
        timer: Timer,
    },
    /// Take the next step of an action, at the responder that its name begins with.
    Act {
        /// Which.
        action: ActionId,
        /// Its name, such as `okta.suspend`.
        name: String,
        /// What is to be done now.
        task: Task,
        /// Not before this.
        due: Timestamp,
        /// After this it is not worth doing, and somebody is told.
        expires_at: Timestamp,
    },
    /// Find out more, with these steps of enrichment, for the case's decision or for a playbook.
    Enrich {
        /// The steps.
        steps: Vec<String>,
        /// For which playbook's run; for the decision when absent.
        run: Option<u32>,
        /// After this it is not worth looking.
        expires_at: Timestamp,
    },
    /// Ask somebody else to confirm what the person has proven.
    AskSecond {
        /// Who may.
        who: Second,
        /// The revision of the facts that was proven; absent in what is older than this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
        /// At the latest by then.
        until: Timestamp,
    },
    /// Tell another case how this one ended, which confirms it or does not.
    Confirm {
        /// Which.
        case: CaseId,
        /// The revision of its facts that somebody was asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
        /// Whether it was confirmed, with a proof.
        is_confirmed: bool,
    },
    /// Tell the security team how an action stands.
    Tell {
        /// The message's own id.
        delivery: DeliveryId,
        /// Which.
        action: ActionId,
    },
    /// Wake another case of the person: it is its turn.
    PassTurn {
        /// Which.
        case: CaseId,
    },
}

/// What a message to the person says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The question.
    Question,
    /// The question again, shorter, before the deadline.
    Reminder,
    /// The question's message, changed in place to show where the case stands.
    Refresh {
        /// The message to change.
        of: DeliveryId,
    },
    /// Something that wants no answer; "this wasn't me" stays.
    Notice,
    /// Where the case stands now, as a message of its own: it went to the security team.
    Outcome,
    /// A message of its own, with this template; no answer is wanted.
    Note {
        /// Which.
        template: String,
    },
    /// What was done to their account, or taken back.
    Action {
        /// Which action.
        action: ActionId,
    },
}

/// A line of a case's story, for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What kind, such as `asked`.
    pub kind: String,
    /// Who.
    pub by: String,
    /// In words.
    pub text: String,
}
