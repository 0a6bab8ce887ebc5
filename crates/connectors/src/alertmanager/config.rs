//! The section `[escalate.NAME]` with `kind = "alertmanager"`.

use std::collections::BTreeMap;

use model::Span;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    secret::{SecretRef, SettingProblem, Settings},
};

/// How many members a cluster may have.
const MEMBERS_MAX: usize = 16;
/// How many labels may be added.
const LABELS_MAX: usize = 32;
/// The labels that are ours.
pub(super) const OWN_LABELS: [&str; 2] = ["alertname", "incident"];

/// An Alertmanager, or every member of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerPagerConfig {
    /// Where each member is; all of them, since they do not pass alerts on.
    #[schemars(length(min = 1, max = MEMBERS_MAX))]
    pub urls: Vec<BaseUrl>,
    /// A bearer token, where one is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// Labels beside `alertname` and `incident`, to route by; the same for every alert.
    #[serde(default)]
    #[schemars(length(max = LABELS_MAX))]
    pub labels: BTreeMap<String, String>,
    /// How long an alert fires unless it is ended.
    #[serde(default = "lasts")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub lasts: Span,
}

fn lasts() -> Span {
    Span::days(7)
}

/// The section with its secret fetched.
#[derive(Debug, Clone)]
pub struct AlertmanagerSettings {
    pub(super) urls: Vec<BaseUrl>,
    pub(super) token: Option<SecretString>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) lasts: Span,
}

impl AlertmanagerPagerConfig {
    /// Fetches the secret and checks the labels.
    pub fn settings(&self) -> Result<AlertmanagerSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let token = read.take("token", self.token.as_ref().map(SecretRef::resolve).transpose());
        let are_names = self.labels.keys().all(|name| is_label(name));
        read.require("labels", are_names, "a label has letters, digits and _, and no digit first");
        let are_free = self.labels.keys().all(|name| !OWN_LABELS.contains(&name.as_str()));
        read.require("labels", are_free, "alertname and incident are ours");
        read.require("lasts", self.lasts > Span::ZERO, "must be longer than nothing");
        read.finish(token.map(|token| AlertmanagerSettings {
            urls: self.urls.clone(),
            token,
            labels: self.labels.clone(),
            lasts: self.lasts,
        }))
    }
}

fn is_label(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_plain) && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}
