//! The section `[respond.NAME]` with `kind = "aws"`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    http::BaseUrl,
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRef, SettingProblem, Settings},
};

/// An AWS account. The credentials need `iam:GetAccessKeyLastUsed`, `iam:ListAccessKeys` and
/// `iam:UpdateAccessKey`. People are known by the alias `aws:USERNAME` of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsConfig {
    /// Where IAM is, in another partition than the usual one.
    #[serde(default = "base_url")]
    pub base_url: BaseUrl,
    /// The region that IAM is signed for there.
    #[serde(default = "region")]
    pub region: String,
    /// The id of the key that calls are signed with.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: SecretRef,
    /// The session token of temporary credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<SecretRef>,
    /// What is never touched, by user name or key id.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

fn base_url() -> BaseUrl {
    "https://iam.amazonaws.com".parse().expect("the vendor's address is one")
}

fn region() -> String {
    "us-east-1".to_owned()
}

/// The section with its secrets fetched.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    pub(super) base_url: BaseUrl,
    pub(super) region: String,
    pub(super) access_key_id: String,
    pub(super) secret_access_key: SecretString,
    pub(super) session_token: Option<SecretString>,
    pub(super) protected: Protected,
}

impl AwsConfig {
    /// Fetches the secrets and checks the id.
    pub fn settings(&self) -> Result<AwsSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let secret = read.take("secret_access_key", self.secret_access_key.resolve());
        let token = self.session_token.as_ref().map(SecretRef::resolve).transpose();
        let token = read.take("session_token", token);
        let is_id = is_key_id(&self.access_key_id);
        read.require("access_key_id", is_id, "is a key's id: 16 to 128 capital letters and digits");
        let is_temporary = self.access_key_id.starts_with("ASIA");
        let why = "an id that begins with ASIA belongs to temporary credentials: add their token";
        read.require("session_token", !is_temporary || self.session_token.is_some(), why);
        read.finish(secret.zip(token).map(|(secret_access_key, session_token)| AwsSettings {
            base_url: self.base_url.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key,
            session_token,
            protected: Protected::new(&self.protected),
        }))
    }
}

/// Whether a text is the id of an access key.
pub(super) fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
