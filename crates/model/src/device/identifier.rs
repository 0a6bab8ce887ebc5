//! What names a device itself, as sources say it. Which of it can be trusted is `posture`'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Mac;

/// What kind of identifier; all but those of an enrolment belong to the hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// The firmware's own id.
    HardwareUuid,
    /// Apple's id of a device; on a Mac the same as the hardware's.
    Udid,
    /// The maker's serial number.
    Serial,
    /// A phone's number in GSM networks.
    Imei,
    /// A phone's number in CDMA networks.
    Meid,
    /// Google's id of an enrolment.
    GoogleDeviceId,
    /// Microsoft's id of an enrolment.
    AzureAdDeviceId,
}

/// The identifiers of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifiers {
    /// One of each kind, as the source says it: placeholders included.
    pub scalars: BTreeMap<IdKind, String>,
    /// The addresses of adapters that belong to the device: never those of a dock.
    pub macs: Vec<Mac>,
}

impl IdKind {
    /// All, the strongest first.
    pub const ALL: [Self; 7] = [
        Self::HardwareUuid,
        Self::Udid,
        Self::Serial,
        Self::Imei,
        Self::Meid,
        Self::GoogleDeviceId,
        Self::AzureAdDeviceId,
    ];

    /// The name in the API and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HardwareUuid => "hardware_uuid",
            Self::Udid => "udid",
            Self::Serial => "serial",
            Self::Imei => "imei",
            Self::Meid => "meid",
            Self::GoogleDeviceId => "google_device_id",
            Self::AzureAdDeviceId => "azure_ad_device_id",
        }
    }

    /// Whether it names an enrolment: a device that enrols again gets another one, so that two of
    /// them do not make two devices.
    #[must_use]
    pub fn is_of_enrolment(self) -> bool {
        matches!(self, Self::GoogleDeviceId | Self::AzureAdDeviceId)
    }
}
