//! Telling relying parties whether a device may be relied on.
//!
//! One signal for each real change of a device, without any detail of why: which check it was is
//! nobody else's matter. A signal waits in the store ([`crate::devices::store::SignalRow`]) until
//! its receiver has it, keeps one id over all tries, and never overtakes an earlier one.

#[cfg(any(test, feature = "conformance"))]
pub mod fake;

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use model::{DeliveryId, DeviceId, Personal, Timestamp, device::IdKind};
use serde::{Deserialize, Serialize};

use crate::{Failure, source::AuthFailure};

/// The most signals of one answer to a poll.
pub const POLLED_MAX: usize = 100;

/// Somebody who gates access on the state of devices. One instance a `[compliance.NAME]`.
#[async_trait]
pub trait RelyingParty: Send + Sync + 'static {
    /// Whether it is told, or asks.
    fn delivery(&self) -> Delivery;

    /// Tells it. The same signal may be told twice, under the same id.
    async fn tell(&self, signal: &ComplianceSignal) -> Result<(), Failure>;

    /// It asks: what it gets of those that wait, in their order, and which of them it has. Pure.
    fn asked(
        &self,
        headers: &http::HeaderMap,
        body: &[u8],
        waiting: &[ComplianceSignal],
    ) -> Result<Polled, PollRefused> {
        let _ = (headers, body, waiting);
        Err(PollRefused::Malformed("this relying party is told and does not ask"))
    }

    /// The public keys that it checks signatures with (RFC 7517), where there are any.
    fn keys(&self) -> Option<serde_json::Value> {
        None
    }

    /// Checks what can be checked without telling anything, and says whom it tells.
    async fn check(&self) -> Result<String, Failure>;
}

/// How a signal gets to a relying party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// We tell it.
    Push,
    /// It asks.
    Poll,
}

/// That a device's compliance changed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComplianceSignal {
    /// Its id, the same over all tries.
    pub id: DeliveryId,
    /// Which device.
    pub device: DeviceId,
    /// What else it is known by.
    pub identifiers: BTreeMap<IdKind, String>,
    /// Whose it is, where that is known.
    pub email: Option<Personal>,
    /// Whether it was compliant.
    pub was_compliant: bool,
    /// Whether it is now.
    pub is_compliant: bool,
    /// Since when.
    pub at: Timestamp,
    /// Who brought it about.
    pub initiator: Initiator,
}

/// Who brought a change about, in CAEP's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Initiator {
    /// Somebody who excused it.
    Admin,
    /// The device's owner.
    User,
    /// The policy.
    Policy,
}

/// What a relying party that asks is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// The answer's body.
    pub reply: serde_json::Value,
    /// The signals that it has: they wait no more.
    pub done: Vec<DeliveryId>,
    /// Those that it refuses, and its word for why: they wait no more either, and are told to an
    /// operator.
    pub refused: Vec<(DeliveryId, String)>,
}

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PollRefused {
    /// The sender is not who it should be.
    #[error(transparent)]
    Auth(#[from] AuthFailure),
    /// It is not a question.
    #[error("{0}")]
    Malformed(&'static str),
}

impl ComplianceSignal {
    /// Its stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&(FORM, self)).expect("our own type has string keys")
    }

    /// A signal from its stored form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (form, signal): (u8, Self) = serde_json::from_slice(bytes).ok()?;
        (form == FORM).then_some(signal)
    }
}

/// The stored form written now.
const FORM: u8 = 1;

/// Whose device it is reaches no log.
impl fmt::Debug for ComplianceSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ComplianceSignal({} of {}: {})", self.id, self.device, self.is_compliant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_stored_and_read_again_and_shows_nobody() {
        let signal = ComplianceSignal {
            id: DeliveryId::from_digest(1),
            device: DeviceId::from_digest(2),
            identifiers: BTreeMap::from([(IdKind::Serial, "C02A".to_owned())]),
            email: Some("mia@example.com".into()),
            was_compliant: true,
            is_compliant: false,
            at: Timestamp::UNIX_EPOCH,
            initiator: Initiator::Policy,
        };
        let bytes = signal.to_bytes();
        assert_eq!(ComplianceSignal::from_bytes(&bytes), Some(signal.clone()));
        assert_eq!(ComplianceSignal::from_bytes(&bytes[1..]), None);
        assert!(!format!("{signal:?}").contains("mia"));
    }
}
