//! The chat, the pager, the authenticators and whatever is asked or acted on in the simulated world. Each call pauses, and may be
//! refused, delayed, or take effect while its reply is lost.

mod chat;
mod enricher;
mod pager;
mod responder;
mod verifier;
mod writeback;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ports::Failure;

use super::{dice::Chance, executor::pause, witness::Witness};

pub(super) use chat::{Callback, NO_ACCOUNT, Seen, SimChat, account_for};
pub(super) use enricher::SimEnricher;
pub(super) use pager::SimPager;
pub(super) use responder::{Left, SimResponder};
pub(super) use verifier::{SimVerifier, THIEF_ADDRESS, device_of};
pub(super) use writeback::{SimWriteBack, Stood};

/// How often a vendor's call fails before it does anything, in a thousand.
const REFUSED: usize = 60;
/// How often it takes effect and the reply is lost.
const REPLY_LOST: usize = 25;
/// How often it can never work.
const PERMANENT: usize = 12;
/// How often it is the fault of our settings.
const MISCONFIGURED: usize = 4;

/// What goes wrong with a vendor.
#[derive(Clone)]
pub(super) struct Weather {
    pub(super) chance: Chance,
    pub(super) witness: Witness,
    /// Off while a run settles.
    pub(super) is_faulty: Arc<AtomicBool>,
    /// Whether the vendor is out of reach altogether.
    pub(super) is_down: Arc<AtomicBool>,
}

impl Weather {
    pub(super) fn new(chance: &Chance, witness: &Witness, is_faulty: &Arc<AtomicBool>) -> Self {
        Self {
            chance: chance.clone(),
            witness: witness.clone(),
            is_faulty: Arc::clone(is_faulty),
            is_down: Arc::default(),
        }
    }

    /// Whether anything may go wrong now.
    fn is_bad(&self) -> bool {
        self.is_faulty.load(Ordering::Relaxed)
    }

    async fn before(&self) -> Result<(), Failure> {
        pause(&self.chance).await;
        if self.is_down.load(Ordering::Relaxed) {
            return Err(Failure::retry("out of reach"));
        }
        if !self.is_bad() {
            return Ok(());
        }
        if self.chance.permille(REFUSED) {
            return Err(Failure::retry_after(Duration::from_secs(30), "too many requests"));
        }
        if self.chance.permille(PERMANENT) {
            return Err(Failure::permanent("no such account"));
        }
        if self.chance.permille(MISCONFIGURED) {
            return Err(Failure::misconfigured("a right is missing"));
        }
        Ok(())
    }

    async fn after(&self) -> Result<(), Failure> {
        if self.is_bad() && self.chance.permille(REPLY_LOST) {
            self.witness.disrupt();
            return Err(Failure::retry("the reply was lost").uncertain());
        }
        pause(&self.chance).await;
        Ok(())
    }
}
