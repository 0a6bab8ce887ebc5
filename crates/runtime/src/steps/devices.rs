//! `devices`: what is known of the device that an alert is about, or of the person's devices.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Facts, Span};
use ports::{
    Failure,
    device_facts::{DEVICE_FIELDS, DeviceFacts},
    enricher::{About, Enricher},
};

/// How long an answer is good.
const LIFE: Span = Span::minutes(1);
/// The facts that name a device, the first that is there.
const DEVICE_FACTS: [&str; 4] = ["client.device", "device.id", "device", "host"];

/// The step.
pub struct DeviceStep {
    devices: Arc<dyn DeviceFacts>,
}

impl DeviceStep {
    /// Over this source of devices.
    #[must_use]
    pub fn new(devices: Arc<dyn DeviceFacts>) -> Self {
        Self { devices }
    }
}

#[async_trait]
impl Enricher for DeviceStep {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(DEVICE_FIELDS.to_vec())
    }

    fn is_local(&self) -> bool {
        true
    }

    fn key(&self, about: &About<'_>) -> Option<String> {
        let device = DEVICE_FACTS.iter().find_map(|name| about.alert.facts.get(*name));
        let person = about.person.map(|person| person.id.to_string());
        match (person, device) {
            (None, None) => None,
            (person, device) => {
                let device = device.map_or_else(String::new, model::FactValue::canonical);
                Some(format!("{} {device}", person.unwrap_or_default()))
            }
        }
    }

    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        self.devices.look_up(about.alert, about.person).await
    }

    fn life(&self) -> Span {
        LIFE
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("looks at the devices that are connected".to_owned())
    }
}
