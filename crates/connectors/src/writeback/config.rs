//! The sections `[writeback.NAME]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    http::TargetUrl,
    ocsf::OcsfVersion,
    secret::{SecretRefs, SettingProblem},
    webhook::{WebhookConfig, WebhookSettings},
};

/// What outcomes are written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Our own objects.
    #[default]
    Countersign,
    /// Events of the Open Cybersecurity Schema Framework.
    Ocsf,
}

/// A receiver of signed webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteBackWebhookConfig {
    /// Where outcomes go, by POST.
    pub url: TargetUrl,
    /// What they are signed with. While it is being changed, a list.
    pub secret: SecretRefs,
    /// What they are written as.
    #[serde(default)]
    pub format: Format,
    /// The version of OCSF that the receiver expects.
    #[serde(default)]
    pub ocsf_version: OcsfVersion,
}

impl WriteBackWebhookConfig {
    /// Fetches the secrets.
    pub fn settings(&self) -> Result<WebhookSettings, Vec<SettingProblem>> {
        WebhookConfig { url: self.url.clone(), secret: self.secret.clone() }.settings()
    }
}

/// A file with one JSON object a line, only ever added to. It may be moved away at any time: the
/// next outcome begins another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NdjsonConfig {
    /// The file; its folder must exist.
    pub path: PathBuf,
    /// What outcomes are written as.
    #[serde(default)]
    pub format: Format,
    /// The version of OCSF that the reader expects.
    #[serde(default)]
    pub ocsf_version: OcsfVersion,
}

/// The section, checked.
#[derive(Debug, Clone)]
pub struct NdjsonSettings {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) version: OcsfVersion,
}

impl NdjsonConfig {
    /// Checks that there is a folder for the file.
    pub fn settings(&self) -> Result<NdjsonSettings, Vec<SettingProblem>> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let is_there = folder.is_none_or(|folder| folder.is_dir());
        if !is_there || self.path.is_dir() || self.path.file_name().is_none() {
            let why = "is not a file in a folder that exists";
            return Err(vec![SettingProblem::new("path", why)]);
        }
        Ok(NdjsonSettings {
            path: self.path.clone(),
            format: self.format,
            version: self.ocsf_version,
        })
    }
}
