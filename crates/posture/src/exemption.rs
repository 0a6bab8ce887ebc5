//! Exemptions: somebody may leave something as it is, for a time, because somebody else approved.
//!
//! ```text
//! requested ──▶ approved ──▶ expired (by the clock)
//!     │             └──────▶ revoked
//!     └───────▶ denied
//! ```

use model::{DeviceId, PersonId, Personal, Span, Timestamp, device::Practice};
use serde::{Deserialize, Serialize};

use crate::device::Device;

/// The longest that one lasts.
pub const LENGTH_MAX: Span = Span::days(365);
/// The longest reason, in bytes.
pub const REASON_BYTES_MAX: usize = 2_000;

/// An exemption of one check on one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Which device, under any of its ids.
    pub device: DeviceId,
    /// Which practice.
    pub practice: Practice,
    /// Who asked.
    pub requested_by: PersonId,
    /// Why.
    pub reason: Personal,
    /// When they asked.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub requested_at: Timestamp,
    /// How it stands.
    pub state: ExemptionState,
}

/// How an exemption stands. That it has expired follows from the clock: see [`Exemption::is_over`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExemptionState {
    /// Somebody asked.
    Requested,
    /// Somebody else approved it for a time.
    Approved {
        /// Who.
        by: PersonId,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        at: Timestamp,
        /// The time that it has.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        until: Timestamp,
    },
    /// Somebody else refused it.
    Denied {
        /// Who.
        by: PersonId,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        at: Timestamp,
    },
    /// It was approved and taken back.
    Revoked {
        /// Who took it back.
        by: PersonId,
        /// When.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        at: Timestamp,
    },
}

/// Why an exemption does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExemptionError {
    /// Nobody approves what they asked for, nor anything of their own device.
    #[error("it concerns the one who decides")]
    OwnCase,
    /// It must end, after now and within a year.
    #[error("it needs an end, in the future and within {LENGTH_MAX}")]
    NoEnd,
    /// It needs a reason of some length.
    #[error("it needs a reason, of at most {REASON_BYTES_MAX} bytes")]
    NoReason,
    /// It was decided already.
    #[error("it is no longer open")]
    NotOpen,
    /// It is not in force.
    #[error("it is not in force")]
    NotInForce,
}

impl Exemption {
    /// Somebody asks.
    pub fn request(
        device: DeviceId,
        practice: Practice,
        requested_by: PersonId,
        reason: Personal,
        now: Timestamp,
    ) -> Result<Self, ExemptionError> {
        let length = reason.reveal().trim().len();
        if length == 0 || reason.reveal().len() > REASON_BYTES_MAX {
            return Err(ExemptionError::NoReason);
        }
        let state = ExemptionState::Requested;
        Ok(Self { device, practice, requested_by, reason, requested_at: now, state })
    }

    /// Somebody else approves it, until a time. `owner` is whose device it is, who decides nothing
    /// about it, whoever asked.
    pub fn approve(
        &mut self,
        by: PersonId,
        owner: Option<PersonId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), ExemptionError> {
        self.decide(by, owner)?;
        if until <= now || until > LENGTH_MAX.after(now) {
            return Err(ExemptionError::NoEnd);
        }
        self.state = ExemptionState::Approved { by, at: now, until };
        Ok(())
    }

    /// Somebody else refuses it.
    pub fn deny(
        &mut self,
        by: PersonId,
        owner: Option<PersonId>,
        now: Timestamp,
    ) -> Result<(), ExemptionError> {
        self.decide(by, owner)?;
        self.state = ExemptionState::Denied { by, at: now };
        Ok(())
    }

    /// Anybody who may takes it back, before its end.
    pub fn revoke(&mut self, by: PersonId, now: Timestamp) -> Result<(), ExemptionError> {
        if self.until(now).is_none() {
            return Err(ExemptionError::NotInForce);
        }
        self.state = ExemptionState::Revoked { by, at: now };
        Ok(())
    }

    /// Whether it was approved and its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self.state, ExemptionState::Approved { until, .. } if until <= now)
    }

    /// Until when it is in force, when it is.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            ExemptionState::Approved { until, .. } if now < until => Some(until),
            _ => None,
        }
    }

    /// Until when it covers a practice of a device, when it does.
    pub(crate) fn covers(
        &self,
        device: &Device,
        practice: &Practice,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let is_meant = self.practice == *practice && device.is_known_as(self.device);
        self.until(now).filter(|_| is_meant)
    }

    fn decide(&self, by: PersonId, owner: Option<PersonId>) -> Result<(), ExemptionError> {
        if self.state != ExemptionState::Requested {
            return Err(ExemptionError::NotOpen);
        }
        if by == self.requested_by || Some(by) == owner {
            return Err(ExemptionError::OwnCase);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::hour;

    fn person(n: u128) -> PersonId {
        PersonId::from_digest(n)
    }

    fn requested(by: PersonId) -> Exemption {
        let device = DeviceId::from_digest(1);
        let made =
            Exemption::request(device, Practice::Encryption, by, "a test machine".into(), hour(1));
        made.expect("a reason")
    }

    #[test]
    fn p26_nobody_decides_about_their_own_and_every_exemption_ends() {
        let (mia, kif, zoe) = (person(1), person(2), person(3));
        let mut exemption = requested(mia);
        let approve = |it: &mut Exemption, by, until| it.approve(by, Some(zoe), until, hour(2));
        assert_eq!(approve(&mut exemption, mia, hour(9)), Err(ExemptionError::OwnCase));
        assert_eq!(approve(&mut exemption, zoe, hour(9)), Err(ExemptionError::OwnCase));
        assert_eq!(exemption.deny(mia, None, hour(2)), Err(ExemptionError::OwnCase));
        for until in [hour(1), hour(2), Timestamp::MAX] {
            assert_eq!(approve(&mut exemption, kif, until), Err(ExemptionError::NoEnd));
        }
        assert_eq!(exemption.state, ExemptionState::Requested);
        assert_eq!(approve(&mut exemption, kif, hour(9)), Ok(()));
        assert_eq!(approve(&mut exemption, kif, hour(99)), Err(ExemptionError::NotOpen));
        assert_eq!(exemption.until(hour(8)), Some(hour(9)));
        assert!(exemption.is_over(hour(9)));
        assert_eq!(exemption.revoke(kif, hour(9)), Err(ExemptionError::NotInForce));
    }

    #[test]
    fn what_is_denied_or_revoked_covers_nothing() {
        let (mia, kif) = (person(1), person(2));
        let mut denied = requested(mia);
        assert_eq!(denied.deny(kif, None, hour(2)), Ok(()));
        assert_eq!(denied.until(hour(3)), None);
        let mut revoked = requested(mia);
        assert_eq!(revoked.revoke(kif, hour(2)), Err(ExemptionError::NotInForce));
        assert_eq!(revoked.approve(kif, None, hour(9), hour(2)), Ok(()));
        assert_eq!(revoked.revoke(mia, hour(3)), Ok(()));
        assert_eq!(revoked.until(hour(4)), None);
    }

    #[test]
    fn a_request_says_why() {
        for reason in ["", "  ", &"x".repeat(3_000)] {
            let made = Exemption::request(
                DeviceId::from_digest(1),
                Practice::Firewall,
                person(1),
                reason.into(),
                hour(1),
            );
            assert_eq!(made, Err(ExemptionError::NoReason));
        }
    }
}
