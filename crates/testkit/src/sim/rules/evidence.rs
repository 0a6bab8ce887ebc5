//! What closes a case as verified, judged by what the world knows rather than by what the case
//! says (rule 1, R1, R3, R6, R8).

use casework::{
    Input,
    case::{Proof, State},
    proof::{FactorAge, FactorFacts},
};
use model::{Method, PersonId};

use super::{Around, Known, Rules};
use crate::sim::{place::WINDOW, vendors::device_of};

impl Rules {
    pub(super) fn proven(
        &mut self,
        known: &Known,
        input: &Input,
        around: &Around<'_>,
    ) -> Result<(), String> {
        let case = &known.case;
        let State::Closed { proof: Some(proof), .. } = &case.state else {
            return Err("is verified without a proof".to_owned());
        };
        let is_of_input =
            matches!(input, Input::Proof { challenge, .. } if *challenge == proof.challenge);
        if !is_of_input || proof.shown_hash != case.shown_hash {
            return Err("is verified by a proof of something else".to_owned());
        }
        let wanted = case.treatment.ask().ok_or("is verified, and nobody was asked")?.assurance;
        if proof.factor.method.assurance() < wanted {
            return Err("is verified by a proof that is worth too little".to_owned());
        }
        let person = case.subject.as_ref().ok_or("is verified by nobody")?.person;
        let book = around.ledger.book();
        let ceremony = book.ceremonies.iter().find(|held| held.challenge == proof.challenge);
        if ceremony.is_some_and(|held| held.person != person || held.case != case.id) {
            return Err("is verified by a ceremony of somebody or something else".to_owned());
        }
        let session = ceremony.map(|held| held.session.clone());
        drop(book);
        independent(known, &proof.factor, around)?;
        if proof.factor.age == FactorAge::GuardedByProvider {
            self.undisturbed(known, person)?;
        }
        self.made(known, proof, session.as_deref(), around)
    }

    /// That no earlier alert about this person's ways to prove, in whatever case, falls into the
    /// window: a provider's guard is not enough then.
    fn undisturbed(&self, known: &Known, person: PersonId) -> Result<(), String> {
        let since = WINDOW.before(known.happened_at);
        let mut earlier = self.factor_alerts.get(&person).into_iter().flatten();
        match earlier.any(|(seq, at)| *seq < known.seq && *at > since) {
            true => Err("is verified by a provider after an enrolment in the window".to_owned()),
            false => Ok(()),
        }
    }

    /// That the proof was made, by the session that asked for it, and with something that proves
    /// once.
    fn made(
        &mut self,
        known: &Known,
        proof: &Proof,
        session: Option<&str>,
        around: &Around<'_>,
    ) -> Result<(), String> {
        let verifier = &around.place.verifiers[&proof.factor.method];
        let proofs = verifier.proofs_of(proof.challenge);
        if proofs.is_empty() {
            return Err("is verified, and nobody proved it".to_owned());
        }
        let Some(factor) = proof.factor.id else {
            let is_theft = session.is_some_and(|session| session.starts_with("thief"));
            return if is_theft { Err("is verified by a thief".to_owned()) } else { Ok(()) };
        };
        let with = proofs.iter().flatten().filter(|(used, _)| *used == factor);
        let counts: Vec<u64> = with.map(|(_, count)| *count).collect();
        let right = session.map(|session| (proof.challenge, session.to_owned()));
        let is_right = |right| around.ledger.book().right_responses.contains(&right);
        if counts.is_empty() || !right.is_some_and(is_right) {
            return Err("is verified without a right response of the session that asked".to_owned());
        }
        // Of several that came for one ceremony nobody knows which one counted.
        let [count] = counts[..] else { return Ok(()) };
        match self.spent.insert((factor, count), known.case.id) {
            None => Ok(()),
            Some(other) => Err(format!("one response proved it and {other}")),
        }
    }
}

/// The factor is as old as is asked before the earliest thing that happened, and is not what
/// happened.
fn independent(known: &Known, factor: &FactorFacts, around: &Around<'_>) -> Result<(), String> {
    let id = factor.id.map(|id| id.to_string());
    let subject = known.case.subject.as_ref().and_then(|it| around.cast.member(it.person));
    let device = subject.map(|member| device_of(&member.person));
    let device = device.filter(|_| factor.method == Method::Duo);
    if [id, device].iter().flatten().any(|name| known.named.contains(name)) {
        return Err("is verified by the very factor that it is about".to_owned());
    }
    let created_at = match factor.id {
        Some(id) => around.cast.factor(id).ok_or("is verified by a factor of nobody")?.created_at,
        None => match factor.age {
            FactorAge::GuardedByProvider if known.is_about_factors => {
                return Err("is verified by a provider whose enrolment it is about".to_owned());
            }
            FactorAge::GuardedByProvider if around.place.is_enrolment_guarded() => return Ok(()),
            FactorAge::GuardedByProvider | FactorAge::Unknown => None,
            FactorAge::Since(at) => Some(at),
        },
    };
    match created_at {
        Some(at) if at <= WINDOW.before(known.happened_at) => Ok(()),
        _ => Err("is verified by a factor that is too young".to_owned()),
    }
}
