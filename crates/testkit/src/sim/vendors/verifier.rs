//! Ways to prove. A local one takes `FACTOR:COUNTER` once; the remote one reacts by itself, as
//! chance has it, and never for a thief.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use model::{ChallengeId, FactorId, Method, Person, Timestamp};
use ports::{
    Failure,
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Proven, Verdict, Verifier},
};

use super::Weather;
use crate::sim::witness::CODE_MARK;

/// Where thieves are: nobody's phone says yes to what was begun there.
pub(in crate::sim) const THIEF_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 66));

/// With what something was proven; nothing for what the remote one says.
type With = Option<(FactorId, u64)>;

/// A way to prove.
pub(in crate::sim) struct SimVerifier {
    method: Method,
    weather: Weather,
    /// What was found to be proven, also what came too late: with which factor and which count,
    /// or by the remote one.
    proven: Mutex<BTreeMap<ChallengeId, Vec<With>>>,
    /// What was refused on a device.
    refused: Mutex<BTreeSet<ChallengeId>>,
}

impl SimVerifier {
    pub(in crate::sim) fn new(method: Method, weather: Weather) -> Self {
        Self { method, weather, proven: Mutex::default(), refused: Mutex::default() }
    }

    pub(in crate::sim) fn weather(&self) -> &Weather {
        &self.weather
    }

    /// What a ceremony was proven with, as often as it was.
    pub(in crate::sim) fn proofs_of(&self, id: ChallengeId) -> Vec<With> {
        let proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.get(&id).cloned().unwrap_or_default()
    }

    /// Every ceremony that was refused on a device, and was told so.
    pub(in crate::sim) fn refused(&self) -> BTreeSet<ChallengeId> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, id: ChallengeId, with: With) {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.entry(id).or_default().push(with);
    }

    fn read(&self, request: &ChallengeRequest<'_>, response: &str) -> Option<Proven> {
        let (id, counter) = response.split_once(':')?;
        let (id, counter): (FactorId, u64) = (id.parse().ok()?, counter.parse().ok()?);
        let factor = request.factors.iter().find(|factor| factor.id == id)?;
        if factor.method != self.method || counter <= factor.counter {
            return None;
        }
        self.keep(request.challenge, Some((id, counter)));
        let counter = Some(counter);
        Some(Proven { factor: Some(id), provider_device: None, counter, material: None })
    }

    fn react(&self, request: &ChallengeRequest<'_>) -> Verdict {
        let is_theft = request.client_ip == Some(THIEF_ADDRESS);
        match self.weather.chance.below(14) {
            0..=5 => Verdict::Waiting,
            6..=9 if is_theft => Verdict::Refused,
            6..=9 => {
                self.keep(request.challenge, None);
                let provider_device = Some(device_of(request.person));
                let (factor, counter, material) = (None, None, None);
                Verdict::Proven(Proven { factor, provider_device, counter, material })
            }
            10 => Verdict::Refused,
            11 => Verdict::TimedOut,
            12 => Verdict::NotEvidence("bypass".to_owned()),
            _ if is_theft => Verdict::Fraud,
            _ => Verdict::Waiting,
        }
    }
}

/// The name of a person's device at the remote provider.
pub(in crate::sim) fn device_of(person: &Person) -> String {
    format!("DP-{:x}", person.id.bits())
}

#[async_trait]
impl Verifier for SimVerifier {
    fn method(&self) -> Method {
        self.method
    }
    fn is_local(&self) -> bool {
        !self.method.is_remote()
    }
    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        let state = request.challenge.to_string().into_bytes();
        if self.is_local() {
            return Ok(Begun { state, options: None, code: None });
        }
        self.weather.before().await?;
        self.weather.witness.pushed(request.challenge);
        self.weather.after().await?;
        let code = format!("{CODE_MARK}{:06}", self.weather.chance.below(1_000_000));
        Ok(Begun { state, options: None, code: Some(code) })
    }
    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: Option<&str>,
        _now: Timestamp,
    ) -> Result<Verdict, Failure> {
        if state != request.challenge.to_string().as_bytes() {
            return Ok(Verdict::NotEvidence("of another challenge".to_owned()));
        }
        match response {
            Some(response) => {
                Ok(self.read(request, response).map_or(Verdict::Wrong, Verdict::Proven))
            }
            None => {
                self.weather.before().await?;
                let verdict = self.react(request);
                if matches!(verdict, Verdict::Refused | Verdict::Fraud) {
                    let refused = self.refused.lock();
                    refused.unwrap_or_else(PoisonError::into_inner).insert(request.challenge);
                }
                Ok(verdict)
            }
        }
    }
    fn begin_enrolment(&self, _: &Person, _: &[Factor]) -> Option<Result<Begun, Failure>> {
        None
    }
    fn finish_enrolment(
        &self,
        _: &Person,
        _: &[u8],
        _: &str,
        _: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        Err(Verdict::Wrong)
    }
    async fn is_available(&self, person: &Person, factors: &[Factor]) -> Result<bool, Failure> {
        if self.is_local() {
            return Ok(factors.iter().any(|factor| factor.method == self.method));
        }
        self.weather.before().await?;
        // Every third person has no phone with the provider.
        Ok(!person.id.bits().is_multiple_of(3))
    }
}
