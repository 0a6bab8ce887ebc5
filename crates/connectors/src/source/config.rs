//! The sections `[sources.NAME]` of these kinds.

use ports::source::{Reads, Source, SourceAuth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    alertmanager::AlertmanagerMap,
    auth::{Bearer, GitHub, Header, SecretsError, Standard, Timestamped},
    json::JsonMap,
};
use crate::secret::{SecretRefs, SettingProblem};

/// `kind = "json"`: generic alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
}

/// `kind = "alertmanager"`: Prometheus Alertmanager's webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerConfig {
    /// How the sender proves itself.
    pub auth: AuthConfig,
    /// Which labels say whom it is about, what it is and how grave.
    #[serde(default)]
    pub labels: AlertmanagerLabels,
}

/// How a sender proves itself: `{ bearer = … }`, `{ header = … }` or `{ hmac = … }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthConfig {
    /// The token in `Authorization: Bearer`; of a list, each is taken.
    Bearer(SecretRefs),
    /// A header with a fixed value, for vendors that let one choose both.
    Header(HeaderConfig),
    /// A signature over the body.
    Hmac(HmacConfig),
}

/// A header with a fixed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderConfig {
    /// The header's name, such as `Authorization`.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Its whole value; of a list, each is taken.
    pub value: SecretRefs,
}

/// A signature over the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HmacConfig {
    /// The shared secret; of a list, each verifies.
    pub secret: SecretRefs,
    /// What is signed and where the signature is.
    #[serde(default)]
    pub scheme: Scheme,
}

/// What is signed and where the signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    #[default]
    StandardWebhooks,
    /// `X-Timestamp` and `X-Signature-256` over time and body.
    Timestamped,
    /// `X-Hub-Signature-256` over the body.
    Github,
}

/// The labels of an alert that say more than a fact. Each may be another than usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertmanagerLabels {
    /// Whom it is about: the first of these labels that is there.
    pub person: OneOrMore,
    /// The rule.
    pub rule: String,
    /// How grave it is.
    pub severity: String,
}

/// One name, or several in the order of preference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "NameOrNames", into = "Vec<String>")]
#[schemars(with = "NameOrNames")]
pub struct OneOrMore(pub Vec<String>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum NameOrNames {
    One(String),
    More(Vec<String>),
}

impl From<NameOrNames> for OneOrMore {
    fn from(names: NameOrNames) -> Self {
        match names {
            NameOrNames::One(name) => Self(vec![name]),
            NameOrNames::More(names) => Self(names),
        }
    }
}

impl From<OneOrMore> for Vec<String> {
    fn from(names: OneOrMore) -> Self {
        names.0
    }
}

impl OneOrMore {
    /// The names in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, String> {
        self.0.iter()
    }
}

impl Default for AlertmanagerLabels {
    fn default() -> Self {
        Self {
            person: OneOrMore(["person", "user", "email"].map(str::to_owned).to_vec()),
            rule: "alertname".to_owned(),
            severity: "severity".to_owned(),
        }
    }
}

impl JsonConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// A secret is not there, is empty, or is not what the scheme wants.
    pub fn build(&self, name: &str) -> Result<Source, SettingProblem> {
        source(name, &self.auth, Reads::Alerts(Box::new(JsonMap)))
    }
}

impl AlertmanagerConfig {
    /// The source of this name. Fetches its secrets.
    ///
    /// # Errors
    /// A secret is not there, is empty, or is not what the scheme wants.
    pub fn build(&self, name: &str) -> Result<Source, SettingProblem> {
        let map = AlertmanagerMap::new(self.labels.clone());
        source(name, &self.auth, Reads::Alerts(Box::new(map)))
    }
}

fn source(name: &str, auth: &AuthConfig, reads: Reads) -> Result<Source, SettingProblem> {
    Ok(Source { name: name.to_owned(), auth: auth.build()?, reads, puller: None })
}

impl AuthConfig {
    /// The authenticator. Fetches its secrets.
    ///
    /// # Errors
    /// A secret is not there, is empty, or is not what the scheme wants.
    pub fn build(&self) -> Result<Box<dyn SourceAuth>, SettingProblem> {
        let (key, refs) = match self {
            Self::Bearer(tokens) => ("auth.bearer", tokens),
            Self::Header(header) => ("auth.header.value", &header.value),
            Self::Hmac(hmac) => ("auth.hmac.secret", &hmac.secret),
        };
        let secrets = refs.resolve().map_err(|why| SettingProblem::new(key, why))?;
        let wrong = |why: SecretsError| SettingProblem::new(key, why);
        Ok(match self {
            Self::Bearer(_) => Box::new(Bearer::new(secrets).map_err(wrong)?),
            Self::Header(header) => {
                let name = header.name.parse().map_err(|_| {
                    SettingProblem::new("auth.header.name", "is not the name of a header")
                })?;
                Box::new(Header::new(name, secrets).map_err(wrong)?)
            }
            Self::Hmac(hmac) => match hmac.scheme {
                Scheme::StandardWebhooks => Box::new(Standard::new(secrets).map_err(wrong)?),
                Scheme::Timestamped => Box::new(Timestamped::new(secrets).map_err(wrong)?),
                Scheme::Github => Box::new(GitHub::new(secrets).map_err(wrong)?),
            },
        })
    }
}
