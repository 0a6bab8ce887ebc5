//! The fake: a local one takes `FACTOR:COUNTER` for a proof, each counter once; a remote one says
//! what it is told to say.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::{FactorId, Method, Person, Timestamp};

use super::{Begun, ChallengeRequest, Enrolled, Factor, Proven, Verdict, Verifier};
use crate::Failure;

/// A verifier in memory.
pub struct FakeVerifier {
    method: Method,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    verdicts: VecDeque<Verdict>,
    failures: VecDeque<Failure>,
    begun: Vec<String>,
    is_absent: bool,
}

impl FakeVerifier {
    /// A verifier of a method, local or remote as the method is.
    #[must_use]
    pub fn of(method: Method) -> Self {
        Self { method, state: Mutex::default() }
    }

    /// What a local one takes for a proof with a factor.
    #[must_use]
    pub fn response(factor: FactorId, counter: u64) -> String {
        format!("{factor}:{counter}")
    }

    /// What a remote one says next; [`Verdict::Waiting`] when nothing is left.
    pub fn say(&self, verdict: Verdict) {
        self.state().verdicts.push_back(verdict);
    }

    /// The next call fails so; several wait in line.
    pub fn fail_next(&self, failure: Failure) {
        self.state().failures.push_back(failure);
    }

    /// The person has nothing there.
    pub fn be_absent(&self) {
        self.state().is_absent = true;
    }

    /// What ceremonies were begun with, as shown on the device: `CODE ACTION`.
    #[must_use]
    pub fn begun(&self) -> Vec<String> {
        self.state().begun.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> Result<MutexGuard<'_, State>, Failure> {
        let mut state = self.state();
        match state.failures.pop_front() {
            Some(failure) => Err(failure),
            None => Ok(state),
        }
    }

    fn proof(&self, request: &ChallengeRequest<'_>, response: &str) -> Option<Proven> {
        let (id, counter) = response.split_once(':')?;
        let (id, counter): (FactorId, u64) = (id.parse().ok()?, counter.parse().ok()?);
        let factor = request.factors.iter().find(|factor| factor.id == id)?;
        let is_new = factor.method == self.method && counter > factor.counter;
        is_new.then_some(Proven {
            factor: Some(id),
            provider_device: None,
            counter: Some(counter),
            material: None,
        })
    }
}

#[async_trait]
impl Verifier for FakeVerifier {
    fn method(&self) -> Method {
        self.method
    }

    fn is_local(&self) -> bool {
        !self.method.is_remote()
    }

    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        let mut state = self.called()?;
        state.begun.push(format!("{} {}", request.code, request.action));
        let code = self.method.is_remote().then(|| "482915".to_owned());
        let bytes = request.challenge.to_string().into_bytes();
        Ok(Begun { state: bytes, options: None, code })
    }

    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: Option<&str>,
        _now: Timestamp,
    ) -> Result<Verdict, Failure> {
        let mut said = self.called()?;
        if state != request.challenge.to_string().as_bytes() {
            return Ok(Verdict::NotEvidence("another ceremony's".to_owned()));
        }
        match response {
            Some(response) => {
                Ok(self.proof(request, response).map_or(Verdict::Wrong, Verdict::Proven))
            }
            None => Ok(said.verdicts.pop_front().unwrap_or(Verdict::Waiting)),
        }
    }

    fn begin_enrolment(&self, _: &Person, _: &[Factor]) -> Option<Result<Begun, Failure>> {
        let begun = || Ok(Begun { state: b"begun".to_vec(), options: None, code: None });
        self.is_local().then(begun)
    }

    fn finish_enrolment(
        &self,
        _: &Person,
        _: &[u8],
        response: &str,
        _: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        let label = "a factor".to_owned();
        match response {
            "right" => Ok(Enrolled { material: b"new".to_vec(), counter: 0, label }),
            _ => Err(Verdict::Wrong),
        }
    }

    async fn is_available(&self, _: &Person, _: &[Factor]) -> Result<bool, Failure> {
        Ok(!self.called()?.is_absent)
    }
}
