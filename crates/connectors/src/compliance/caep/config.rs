//! The section `[compliance.NAME]` with `kind = "caep"`.

use model::device::IdKind;
use ports::source::SourceAuth;
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::token::SigningKey;
use crate::{
    http::TargetUrl,
    secret::{SecretError, SecretRef, SecretRefs, SettingProblem, Settings},
    source::auth::Bearer,
};

/// A receiver of CAEP device-compliance-change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaepConfig {
    /// Whom the tokens are for, as the receiver wants it.
    #[schemars(length(min = 1, max = 512))]
    pub audience: String,
    /// How they get there.
    pub delivery: CaepDelivery,
    /// The private key that signs them: PEM, `BEGIN PRIVATE KEY`, of the curve P-256.
    pub key: SecretRef,
    /// Who we say we are; `server.public_url` unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Where the subject stands.
    #[serde(default)]
    pub subject: CaepSubject,
    /// What the device is called.
    #[serde(default)]
    pub device: CaepDevice,
}

/// How tokens get to a receiver: `{ push = … }` or `{ poll = … }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaepDelivery {
    /// We send them.
    Push(PushConfig),
    /// The receiver asks for them at `POST /v1/compliance/NAME/poll`.
    Poll(PollConfig),
}

/// Where tokens are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushConfig {
    /// The receiver's endpoint.
    pub url: TargetUrl,
    /// The token in `Authorization: Bearer` that the receiver wants, where it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
}

/// How a receiver that asks proves itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PollConfig {
    /// The token in its `Authorization: Bearer`; of a list, each is taken.
    pub token: SecretRefs,
}

/// Where the subject of a token stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaepSubject {
    /// `sub_id` beside the events, as the final framework has it.
    #[default]
    SubId,
    /// `subject` inside of the event, as older receivers read it.
    Event,
}

/// What a device is called. One without such an identifier goes by our own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaepDevice {
    /// By our own id.
    #[default]
    Ours,
    /// By its serial number.
    Serial,
    /// By Apple's id.
    Udid,
    /// By Microsoft's id of its enrolment.
    AzureAdDeviceId,
    /// By Google's id of its enrolment.
    GoogleDeviceId,
}

impl CaepDevice {
    pub(super) fn kind(self) -> Option<IdKind> {
        match self {
            Self::Ours => None,
            Self::Serial => Some(IdKind::Serial),
            Self::Udid => Some(IdKind::Udid),
            Self::AzureAdDeviceId => Some(IdKind::AzureAdDeviceId),
            Self::GoogleDeviceId => Some(IdKind::GoogleDeviceId),
        }
    }
}

/// The section with its secrets fetched.
pub struct CaepSettings {
    pub(super) audience: String,
    pub(super) issuer: String,
    pub(super) key: SigningKey,
    pub(super) subject: CaepSubject,
    pub(super) device: CaepDevice,
    pub(super) way: Way,
}

/// How tokens get there.
pub(super) enum Way {
    Push { url: TargetUrl, token: Option<SecretString> },
    Poll(Box<dyn SourceAuth>),
}

impl CaepConfig {
    /// Fetches the secrets. `public_url` is who we are where the section does not say.
    pub fn settings(&self, public_url: &str) -> Result<CaepSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let key = self.key.resolve().and_then(|pem| {
            SigningKey::read(pem.expose_secret()).ok_or(SecretError::Malformed(
                "is not a private key of P-256 in PEM: BEGIN PRIVATE KEY",
            ))
        });
        let key = read.take("key", key);
        let way = match &self.delivery {
            CaepDelivery::Push(push) => {
                let token = push.token.as_ref().map(SecretRef::resolve).transpose();
                let token = read.take("delivery.push.token", token);
                token.map(|token| Way::Push { url: push.url.clone(), token })
            }
            CaepDelivery::Poll(poll) => {
                let tokens = read.take("delivery.poll.token", poll.token.resolve());
                let auth =
                    tokens.and_then(|tokens| read.take("delivery.poll.token", Bearer::new(tokens)));
                auth.map(|auth| Way::Poll(Box::new(auth)))
            }
        };
        let issuer = self.issuer.as_deref().unwrap_or(public_url).trim_end_matches('/');
        read.finish(key.zip(way).map(|(key, way)| CaepSettings {
            audience: self.audience.clone(),
            issuer: issuer.to_owned(),
            key,
            subject: self.subject,
            device: self.device,
            way,
        }))
    }
}

impl std::fmt::Debug for CaepSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CaepSettings[{}]", self.key.id())
    }
}
