//! Writing outcomes back: to a signed webhook, or to a file with one JSON object a line.
//!
//! Both write either our own objects (`map.rs`, pure) or events of [`crate::ocsf`]. An object has a
//! `type`, and fields that are only ever added to:
//!
//! | `type` | other fields |
//! |---|---|
//! | `case.changed` | `id`, `at`, `case`, `opened_at`, `is_new`, `is_test`, `state`, `reason`, `severity`, `confidence`, `title`, `source`, `rule`, `person` (`{"id","email"}`), `alerts` (`[{"id","external_id","title","severity","time","url"}]`), `evidence` (`{"method","assurance"}`), `comment`, `by`, `url` |
//! | `action.changed` | `id`, `at`, `action`, `case`, `name`, `target`, `person`, `state`, `is_partial`, `detail`, `reason`, `by`, `url` |
//!
//! What is not there is null.

pub mod config;
mod file;
mod map;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use ports::{
    Failure,
    outcome::{Outcome, WriteBack},
};
use serde_json::Value;

pub use config::{Format, NdjsonConfig, NdjsonSettings, WriteBackWebhookConfig};
pub use file::NdjsonFile;

use crate::{
    ocsf::{self, OcsfVersion},
    webhook::Webhook,
};

/// What an outcome is written as.
fn objects(outcome: &Outcome, format: Format, version: OcsfVersion) -> Vec<Value> {
    match format {
        Format::Countersign => vec![map::object(outcome)],
        Format::Ocsf => ocsf::events(outcome, version),
    }
}

/// A receiver of outcomes: one `[writeback.NAME]` of kind `webhook`.
#[derive(Debug)]
pub struct WriteBackWebhook {
    webhook: Webhook,
    format: Format,
    version: OcsfVersion,
}

impl WriteBackWebhook {
    /// Writes through a webhook.
    #[must_use]
    pub fn new(webhook: Webhook, format: Format, version: OcsfVersion) -> Self {
        Self { webhook, format, version }
    }
}

#[async_trait]
impl WriteBack for WriteBackWebhook {
    /// Our own object is the body; events are a list, since an outcome may be several.
    async fn write(&self, outcome: &Outcome) -> Result<(), Failure> {
        let objects = objects(outcome, self.format, self.version);
        let body = match self.format {
            Format::Countersign => objects.into_iter().next().unwrap_or_default(),
            Format::Ocsf => Value::Array(objects),
        };
        self.webhook.deliver(outcome.id, &body).await
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(self.webhook.described())
    }
}
