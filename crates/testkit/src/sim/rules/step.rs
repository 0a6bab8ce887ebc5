//! What one step of a case may do.

use casework::{
    Case, Input,
    case::{DENIAL_LIFE, Record, State, VOIDED_CLAIMS_MAX},
    input::{Actor, ProofResult, Timer},
};
use model::{Answer, Reason, StateName};

use super::{Around, Known, Rules};

/// The channel of answers that a device gives.
const DEVICE: &str = "device";

impl Rules {
    /// Judges a step.
    pub(super) fn step(
        &mut self,
        before: Option<&Known>,
        after: &Known,
        record: &Record,
        around: &Around<'_>,
    ) -> Result<(), String> {
        let was = before.map(|known| &known.case);
        let is = &after.case;
        ends_rightly(was, is, &record.input)?;
        denial_sticks(was, is, record)?;
        answers_are_theirs(was, is, around)?;
        shown_is_proven(was, is, &record.input)?;
        void_is_refused_only(was, is, record)?;
        if let Input::Proof { challenge, result } = &record.input
            && is_refusal(result)
        {
            self.heard.insert(*challenge);
        }
        self.actions.step(was, after, record)?;
        let is_closed_by_proof =
            |case: &Case| matches!(case.state, State::Closed { reason: Reason::Verified, .. });
        if is_closed_by_proof(is) && !was.is_some_and(is_closed_by_proof) {
            self.proven(after, &record.input, around)?;
            self.ever_verified.insert(is.id);
        }
        if let State::Closed { suppressed_by: Some(by), .. } = &is.state {
            self.suppressed.push((is.id, *by));
        }
        Ok(())
    }
}

/// Every way to close has its own cause (rules 1 and 3).
fn ends_rightly(was: Option<&Case>, is: &Case, input: &Input) -> Result<(), String> {
    let State::Closed { reason, .. } = &is.state else { return Ok(()) };
    if was.is_some_and(|was| was.state_name() == StateName::Closed) {
        return Ok(());
    }
    let is_right = match reason {
        Reason::Verified => matches!(input, Input::Proof { result: ProofResult::Proven(_), .. }),
        Reason::Notified => {
            matches!(input, Input::Delivered { .. } | Input::Undelivered { .. } | Input::Open(_))
        }
        Reason::Suppressed => {
            matches!(
                input,
                Input::Open(_) | Input::Wake { timer: Timer::Turn } | Input::Join { .. }
            )
        }
        Reason::Shadow => matches!(input, Input::Wake { timer: Timer::Shadow }),
        Reason::Benign | Reason::Malicious | Reason::FalsePositive | Reason::Duplicate => {
            let subject = is.subject.as_ref().map(|subject| subject.person);
            let is_own = |by: &Actor| matches!(by, Actor::Person(id) if Some(*id) == subject);
            matches!(input, Input::Dispose { by, .. } if !is_own(by))
        }
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("closed as {reason} by something else")) }
}

/// "Not me" escalates at once, and nothing but an analyst ends that (rule 2, R26).
fn denial_sticks(was: Option<&Case>, is: &Case, record: &Record) -> Result<(), String> {
    let Some(was) = was else { return Ok(()) };
    if let Input::Answer { answer: Answer::NotMe, .. } = &record.input
        && counts(was, record)
        && !is_denied(is)
    {
        return Err("a denial did not escalate".to_owned());
    }
    let is_disposed = matches!(record.input, Input::Dispose { .. });
    if is_denied(was) && !is_denied(is) && !is_disposed {
        return Err("a denial was weakened".to_owned());
    }
    let is_watched = was.state_name() == StateName::Watching;
    let closes = was.state_name().is_open() && is.state_name() == StateName::Closed;
    if closes && was.has_said(Answer::NotMe) && !is_disposed && !is_watched {
        return Err("was closed although the person denied it".to_owned());
    }
    Ok(())
}

/// A push whose challenge is void proves nothing, and whoever refuses it is heard (R13).
fn void_is_refused_only(was: Option<&Case>, is: &Case, record: &Record) -> Result<(), String> {
    let (Some(was), Input::Proof { challenge, result }) = (was, &record.input) else {
        return Ok(());
    };
    if !was.has_void_push(*challenge) {
        return Ok(());
    }
    match is_refusal(result) {
        true if counts(was, record) && !is_denied(is) => {
            Err("a refusal of a push whose challenge was void was not heard".to_owned())
        }
        false if was.state != is.state => {
            Err("something else than a refusal of a void challenge counted".to_owned())
        }
        _ => Ok(()),
    }
}

fn is_refusal(result: &ProofResult) -> bool {
    matches!(result, ProofResult::Refused | ProofResult::Fraud)
}

fn is_denied(case: &Case) -> bool {
    let reason = case.reason();
    case.state_name() == StateName::Escalated
        && matches!(reason, Some(Reason::Denied | Reason::Conflict))
}

/// Whether a denial of this case still counts.
fn counts(was: &Case, record: &Record) -> bool {
    match &was.state {
        State::Watching { .. } => false,
        State::Closed { reason, at, .. } => {
            let kinds = [Reason::Verified, Reason::Notified, Reason::Suppressed];
            kinds.contains(reason) && record.moment.now <= DENIAL_LIFE.after(*at)
        }
        _ => true,
    }
}

/// Only those who may answer have answered (R9).
fn answers_are_theirs(was: Option<&Case>, is: &Case, around: &Around<'_>) -> Result<(), String> {
    let known = was.map_or(0, |was| was.answers.len());
    let Some(subject) = &is.subject else {
        return if is.answers.is_empty() { Ok(()) } else { Err("nobody answered".to_owned()) };
    };
    let book = around.ledger.book();
    for given in is.answers.iter().skip(known).filter(|given| given.channel != DEVICE) {
        let right = (subject.person, is.id, given.answer, given.channel.clone());
        if !book.may_answer.contains(&right) {
            return Err(format!("{} through {} was said by nobody", given.answer, given.channel));
        }
    }
    Ok(())
}

/// What is being proven is what is shown, and new facts are proven anew (rule 7, R4).
fn shown_is_proven(was: Option<&Case>, is: &Case, input: &Input) -> Result<(), String> {
    if let Some(open) = is.challenge()
        && (open.revision != is.revision || open.shown_hash != is.shown_hash)
    {
        return Err("a proof of earlier facts is under way".to_owned());
    }
    if is.voided_claims > VOIDED_CLAIMS_MAX + 1 {
        return Err("new facts voided claims again and again".to_owned());
    }
    let Some(was) = was else { return Ok(()) };
    let is_changed = was.shown_hash != is.shown_hash;
    if is_changed && !matches!(input, Input::Join { .. }) {
        return Err("the facts changed without an alert".to_owned());
    }
    if is_changed && was.revision == is.revision {
        return Err("the facts changed within one revision".to_owned());
    }
    if is_changed && is.provable_claim().is_some() {
        return Err("a claim of earlier facts still stands".to_owned());
    }
    Ok(())
}
