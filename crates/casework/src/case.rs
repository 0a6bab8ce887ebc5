//! The state machine of a case.
//!
//! A state's variant carries what is true in it and nowhere else. Inputs are handled one file per
//! kind in `case/`; every one of them goes through [`step`], which asks the desk first and keeps
//! it true afterwards. An input that comes too late is noted and changes nothing.

mod act;
mod answer;
mod around;
mod climb;
mod deliver;
mod dispose;
mod ending;
mod erasing;
mod join;
mod keys;
mod open;
mod parts;
mod play;
mod prove;
mod reading;
mod second;
mod wake;
mod work;

#[cfg(test)]
mod tests;

use model::{Alert, CaseId, ChallengeId, Method, Personal, Reason, Severity, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Desk, Effect, Input, Moment, Note, Treatment,
    count::{self, Count},
    desk::Ruling,
    input::{Actor, Evidence, Subject},
    known::Known,
    ladder::Ladder,
    ledger::Entry,
    news::News,
    playbook::Run,
    proof::Event,
};
use around::follow_act;
pub use around::{Around, needs_guard};
pub use erasing::ERASED;
pub use keys::group_key;
use keys::shown_hash;
pub use parts::{Challenge, Claim, Confirms, Fate, Given, Incident, Proof, Question, Sent};
use work::Work;

/// The channel that needs no sending: our own page.
pub const WEB: &str = "web";
/// How long a challenge may take. NIST SP 800-63B: an out-of-band secret lives at most 10 minutes.
pub const CHALLENGE_LIFE: Span = Span::minutes(10);
/// How long a case of observation is watched.
pub const WATCH_LIFE: Span = Span::days(7);
/// How long "this wasn't me" stays good after a case has closed.
pub const DENIAL_LIFE: Span = Span::days(30);
/// Within this time after a proof a denial beats it (R12).
pub const RACE_WINDOW: Span = Span::seconds(10);
/// How long a message that wants no answer may take to arrive.
pub const NOTICE_LIFE: Span = Span::hours(24);
/// How many pushes of void challenges a refusal is heard of: no more are sent while one lives.
pub const VOID_PUSHES_KEPT: usize = crate::desk::CHALLENGES_PER_HOUR;
/// How often new facts may void a claim before the case goes to the analysts.
pub const VOIDED_CLAIMS_MAX: u32 = 2;
/// How many alerts a case keeps whole; further ones are counted, and their facts shown if new.
pub const ALERTS_KEPT: usize = 20;
/// How many of a person's own comments are kept.
pub const COMMENTS_KEPT: usize = 10;

/// A case: one person, or nobody known, and one group of alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Whom it is about.
    pub subject: Option<Subject>,
    /// What is to be done about it.
    pub treatment: Treatment,
    /// How grave it is now; rises, never falls by itself.
    pub severity: Severity,
    /// The key by which alerts join it.
    pub group_key: String,
    /// Its alerts, oldest first, at most [`ALERTS_KEPT`].
    pub alerts: Vec<Alert>,
    /// What a proof has to be independent of.
    pub event: Event,
    /// When a factor of the person was last enrolled, reset or recovered, as far as was known at
    /// the last step.
    pub factors_changed_at: Option<Timestamp>,
    /// How many alerts there were.
    pub alert_count: u32,
    /// When the last one came.
    pub last_alert_at: Timestamp,
    /// Counts the changes of what is shown; an answer and a proof are for one revision.
    pub revision: u32,
    /// The hash of the facts of this revision.
    pub shown_hash: String,
    /// Where to ask, in order.
    pub channels: Vec<String>,
    /// By when it reaches an end or a person, where it has not.
    pub deadline_at: Option<Timestamp>,
    /// From when its deadline counts, where that is not its opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_from: Option<Timestamp>,
    /// The analyst who asked by hand.
    pub asked_by: Option<Actor>,
    /// The rules of evidence it was opened under.
    pub evidence: Evidence,
    /// The question and its messages, once it was put.
    pub ask: Option<Question>,
    /// What the person said, oldest first.
    pub answers: Vec<Given>,
    /// The person's comments, newest last.
    pub comments: Vec<Personal>,
    /// Failed proofs.
    pub failed_proofs: u32,
    /// Ways to prove that turned out to prove nothing.
    pub spent_methods: Vec<Method>,
    /// Challenges that are void although their push may still lie on the person's phone: a refusal
    /// of it is heard until its time is over, and nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub void_pushes: Vec<Challenge>,
    /// Claims that new facts have voided.
    pub voided_claims: u32,
    /// The open incident, once it was paged.
    pub incident: Option<Incident>,
    /// How it is brought to one after another.
    #[serde(default, skip_serializing_if = "Ladder::is_plain")]
    pub ladder: Ladder,
    /// The analyst who has it.
    pub taken_by: Option<Actor>,
    /// What is and was done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<Entry>,
    /// The playbooks that are and were under way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// What was known when it was decided about.
    #[serde(default, skip_serializing_if = "Known::is_empty")]
    pub known: Known,
    /// A proof that did not close the case: it goes to the analysts, or to a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub testimony: Option<Proof>,
    /// The answer that this one confirms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirms: Option<Confirms>,
    /// When its texts were erased, for good.
    pub erased_at: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
}

/// Where a case stands, with what is true there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something is still being looked up; what was decided without it holds from then on.
    Finding {
        /// At the latest by then.
        until: Timestamp,
    },
    /// A maintenance window holds it.
    Held {
        /// Which.
        by: String,
        /// Until it ends.
        until: Timestamp,
    },
    /// Waiting for its turn in the person's queue.
    Queued,
    /// Watched only: what would have been done.
    Watching {
        /// What would have been done, in words.
        would: String,
        /// Until when.
        until: Timestamp,
    },
    /// A message that wants no answer is on its way.
    Notifying,
    /// A question is out.
    Asking,
    /// "It was me", unproven.
    Claimed(Claim),
    /// A proof of the claim is under way.
    Verifying {
        /// The claim.
        claim: Claim,
        /// The attempt.
        challenge: Challenge,
    },
    /// Proven by the person; somebody else is asked to confirm it. The proof is the testimony.
    Seconding {
        /// At the latest by then.
        until: Timestamp,
    },
    /// With the security team.
    Escalated {
        /// Why.
        reason: Reason,
        /// Since when.
        since: Timestamp,
        /// Whether a provider's outage is what hindered the proof.
        by_outage: bool,
        /// A claim that may still be proven, and the attempt under way.
        claim: Option<Claim>,
        /// The attempt to prove it late.
        challenge: Option<Challenge>,
    },
    /// Ended.
    Closed {
        /// Why.
        reason: Reason,
        /// When.
        at: Timestamp,
        /// The proof, where it closed by one.
        proof: Option<Proof>,
        /// The case whose proof earned the suppression that hid this one.
        suppressed_by: Option<CaseId>,
    },
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The case as it is now.
    pub case: Case,
    /// What to do.
    pub effects: Vec<Effect>,
    /// What to tell in its story.
    pub notes: Vec<Note>,
    /// What was recorded, to replay it.
    pub record: Record,
    /// What it counts for.
    pub counts: Vec<Count>,
    /// What others are told of it.
    pub news: Vec<News>,
}

/// What a replay needs of one step, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What happened.
    pub input: Input,
    /// When, with the random bits.
    pub moment: Moment,
    /// What the desk and the calendar ruled.
    pub ruling: Ruling,
    /// The story's lines.
    pub notes: Vec<Note>,
}

/// Why an input is not taken. The caller is told; nothing is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such case, or there is one already.
    #[error("the case does not fit the input")]
    Misplaced,
    /// The case is closed.
    #[error("the case is closed")]
    Closed,
    /// The case is about the one who acts.
    #[error("nobody judges a case about themself")]
    OwnCase,
    /// Nothing is claimed that could be proven, or no longer.
    #[error("there is no claim to prove")]
    NothingToProve,
    /// The facts have changed since they were shown.
    #[error("the facts have changed")]
    Stale,
    /// No factor of this method may serve.
    #[error("no independent factor of this kind")]
    NoFactor,
    /// The comment that the policy asks for is missing.
    #[error("a comment is required")]
    CommentRequired,
    /// Another challenge is outstanding.
    #[error("another proof is under way")]
    Busy,
    /// Too many challenges, failures or actions.
    #[error("too many attempts")]
    Limited,
    /// Nobody approves what they asked for.
    #[error("nobody approves what they asked for")]
    OwnOrder,
    /// The action cannot be taken back, or there is nothing to take back.
    #[error("this action cannot be taken back")]
    NotRevertible,
}

/// Takes one input: the only way to change a case or a desk. `case` is `None` exactly for
/// [`Input::Open`]; `desk` is that of the person, where there is one.
pub fn step(
    case: Option<Case>,
    desk: Option<&mut Desk>,
    input: Input,
    moment: Moment,
    around: Around<'_>,
) -> Result<Step, Refusal> {
    let before = case.as_ref().map(Stand::of);
    let counted = case.as_ref().map(count::Before::of).unwrap_or_default();
    let ruling = Ruling::of(case.as_ref(), desk.as_deref(), &input, moment.now, &around)?;
    let mut step = apply(case, input, moment, ruling)?;
    step.counts = counted.counts(&step);
    step.news = counted.news(&step);
    if let Some(guard) = around.guard {
        follow_act(guard, &step, moment.now);
    }
    if let Some(desk) = desk {
        let passes = desk.follow(before.as_ref(), &step.case, &step.record, moment.now);
        step.effects.extend(passes.into_iter().map(|case| Effect::PassTurn { case }));
    }
    Ok(step)
}

/// Replays a journal: the same records give the same case (rule 5).
pub fn replay(records: impl IntoIterator<Item = Record>) -> Result<Option<Case>, Refusal> {
    replay_onto(None, records)
}

/// Replays the rest of a journal onto what its beginning gave.
pub fn replay_onto(
    mut case: Option<Case>,
    records: impl IntoIterator<Item = Record>,
) -> Result<Option<Case>, Refusal> {
    for record in records {
        case = Some(apply(case, record.input, record.moment, record.ruling)?.case);
    }
    Ok(case)
}

fn apply(
    case: Option<Case>,
    input: Input,
    moment: Moment,
    ruling: Ruling,
) -> Result<Step, Refusal> {
    let recorded = (input.clone(), ruling.clone());
    let due_before = case.as_ref().and_then(Case::ledger_due_at);
    let mut work = match (case, input) {
        (None, Input::Open(opening)) => open::open(*opening, moment, &ruling),
        (Some(case), input) => {
            let mut work = Work::new(case, moment);
            work.case.factors_changed_at = ruling.factors_changed_at;
            work.take(input, &ruling)?;
            work
        }
        (None, _) => return Err(Refusal::Misplaced),
    };
    work.case.changed_at = moment.now;
    work.play();
    work.follow_ledger(due_before);
    let (input, ruling) = recorded;
    let record = Record { input, moment, ruling, notes: work.notes.clone() };
    let Work { case, effects, notes, .. } = work;
    Ok(Step { case, effects, notes, record, counts: Vec::new(), news: Vec::new() })
}

/// What the desk compares before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Stand {
    /// Whether it had not been asked yet.
    pub was_queued: bool,
    /// Its outstanding challenge.
    pub challenge: Option<ChallengeId>,
    /// Void challenges of which a refusal is still heard.
    pub void_pushes: Vec<(ChallengeId, Timestamp)>,
}

impl Stand {
    fn of(case: &Case) -> Self {
        Self {
            was_queued: case.is_waiting(),
            challenge: case.challenge().map(|open| open.id),
            void_pushes: case.void_pushes.iter().map(|void| (void.id, void.expires_at)).collect(),
        }
    }
}
