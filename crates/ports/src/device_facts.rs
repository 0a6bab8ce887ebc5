//! What is known of the device that an alert is about, or of a person's devices.

use async_trait::async_trait;
use model::{Alert, Facts, Person};

use crate::Failure;

/// The fields that a source of devices may give; conditions read them as `enrich.devices.field`.
pub const DEVICE_FIELDS: [&str; 5] =
    ["is_known", "is_managed", "is_compliant", "grade", "overdue_checks"];

/// Where devices are known.
#[async_trait]
pub trait DeviceFacts: Send + Sync + 'static {
    /// What is known of the device that the alert names, else of the person's devices together.
    /// `None` where there is none.
    async fn look_up(
        &self,
        alert: &Alert,
        person: Option<&Person>,
    ) -> Result<Option<Facts>, Failure>;
}

/// No source of devices is connected: what is asked is unknown, and never guessed to be good.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDevices;

#[async_trait]
impl DeviceFacts for NoDevices {
    async fn look_up(
        &self,
        _alert: &Alert,
        _person: Option<&Person>,
    ) -> Result<Option<Facts>, Failure> {
        Err(Failure::misconfigured("no source of devices is connected"))
    }
}
