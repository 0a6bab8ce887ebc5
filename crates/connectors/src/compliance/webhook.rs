//! Signed webhooks that tell of compliance, for whoever does not speak CAEP.

use async_trait::async_trait;
use ports::{
    Failure,
    compliance::{ComplianceSignal, Delivery, RelyingParty},
    pager::Pager as _,
};
use serde_json::{Value, json};

use crate::webhook::Webhook;

/// A receiver of webhooks: one `[compliance.NAME]` of kind `webhook`.
#[derive(Debug)]
pub struct ComplianceWebhook(Webhook);

impl ComplianceWebhook {
    /// Tells by this webhook.
    #[must_use]
    pub fn new(webhook: Webhook) -> Self {
        Self(webhook)
    }
}

/// What is sent.
fn message(signal: &ComplianceSignal) -> Value {
    let status = |is: bool| if is { "compliant" } else { "not_compliant" };
    let identifiers = signal.identifiers.iter().map(|(kind, id)| (kind.name(), id));
    json!({
        "type": "device.compliance_changed",
        "timestamp": signal.at.to_string(),
        "data": {
            "device": signal.device.to_string(),
            "identifiers": identifiers.collect::<std::collections::BTreeMap<_, _>>(),
            "person": signal.email.as_ref().map(model::Personal::reveal),
            "status": status(signal.is_compliant),
            "previous_status": status(signal.was_compliant),
            "initiator": signal.initiator,
        },
    })
}

#[async_trait]
impl RelyingParty for ComplianceWebhook {
    fn delivery(&self) -> Delivery {
        Delivery::Push
    }

    async fn tell(&self, signal: &ComplianceSignal) -> Result<(), Failure> {
        self.0.deliver(signal.id, &message(signal)).await
    }

    async fn check(&self) -> Result<String, Failure> {
        self.0.check().await
    }
}
