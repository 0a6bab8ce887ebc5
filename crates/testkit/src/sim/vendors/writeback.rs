//! A place that outcomes are written to.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use model::{ActionId, ActionState, CaseId, DeliveryId, Reason, StateName};
use ports::{
    Failure,
    outcome::{Of, Outcome, WriteBack},
};

use super::Weather;

/// Where something stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Stood {
    Case(CaseId, StateName, Option<Reason>),
    Action(ActionId, ActionState),
}

/// A place for outcomes.
pub(in crate::sim) struct SimWriteBack {
    weather: Weather,
    written: Mutex<BTreeMap<DeliveryId, Stood>>,
}

impl SimWriteBack {
    pub(in crate::sim) fn new(weather: Weather) -> Self {
        Self { weather, written: Mutex::default() }
    }

    /// Whether this was ever written.
    pub(in crate::sim) fn has(&self, wanted: Stood) -> bool {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.values().any(|stood| *stood == wanted)
    }
}

#[async_trait]
impl WriteBack for SimWriteBack {
    async fn write(&self, outcome: &Outcome) -> Result<(), Failure> {
        self.weather.before().await?;
        let stood = match &outcome.of {
            Of::Case(of) => Stood::Case(of.case, of.state, of.reason),
            Of::Action(of) => Stood::Action(of.action, of.state),
        };
        let before = {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.insert(outcome.id, stood)
        };
        self.weather.witness.written(outcome.id, before.is_none_or(|before| before == stood));
        if let Of::Case(of) = &outcome.of {
            self.weather.witness.scan_text("an outcome", &of.title);
        }
        self.weather.after().await
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("simulated".to_owned())
    }
}
