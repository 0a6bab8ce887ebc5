//! The section `[enrich.NAME]` with `kind = "http"`.

use std::{collections::BTreeMap, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use model::Span;
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::template::Template;
use crate::secret::{SecretRef, SettingProblem, Settings};

/// How many headers and fields a section may have.
const HEADERS_MAX: usize = 16;
const FIELDS_MAX: usize = 64;
/// How long a pointer may be, in bytes.
const POINTER_MAX_BYTES: usize = 256;
/// The longest wait for an answer.
const TIMEOUT_MAX: Span = Span::seconds(10);

/// A JSON API that is asked about an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpEnricherConfig {
    /// What is asked, by GET, with `{facts.NAME}`, `{person.id}` and `{person.email}` in the path
    /// or the query: `https://api.example.com/v2/check?ip={facts.ip}`.
    #[schemars(length(min = 1, max = 2_000))]
    pub url: String,
    /// Headers, each a secret: keys and tokens.
    #[serde(default)]
    #[schemars(length(max = HEADERS_MAX))]
    pub headers: BTreeMap<String, SecretRef>,
    /// What is read from the answer, as JSON pointers by name: conditions read a name as
    /// `enrich.NAME.field`.
    #[schemars(length(min = 1, max = FIELDS_MAX))]
    pub fields: BTreeMap<String, String>,
    /// What 404 means.
    #[serde(default)]
    pub not_found: NotFound,
    /// Whether addresses of private networks are asked about too.
    #[serde(default)]
    pub internal: bool,
    /// How long an answer may take, at most 10 seconds.
    #[serde(default = "timeout")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub timeout: Span,
    /// How long an answer is good.
    #[serde(default = "life")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub life: Span,
}

fn timeout() -> Span {
    Span::seconds(2)
}

fn life() -> Span {
    Span::hours(6)
}

/// What 404 means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotFound {
    /// Something is wrong.
    #[default]
    Failure,
    /// Nothing is known, which is an answer.
    Nothing,
}

/// The section with its secrets fetched.
#[derive(Debug, Clone)]
pub struct HttpEnricherSettings {
    pub(super) template: Template,
    /// Marked as sensitive, so that none of them is shown.
    pub(super) headers: HeaderMap,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) is_unknown_an_answer: bool,
    pub(super) asks_about_inner: bool,
    pub(super) timeout: Duration,
    pub(super) life: Span,
}

impl HttpEnricherConfig {
    /// Fetches the secrets, reads the template and checks the pointers.
    pub fn settings(&self) -> Result<HttpEnricherSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let template = read.take("url", Template::read(&self.url));
        let headers = read.take("headers", self.sensitive_headers());
        let is_name = |name: &str| {
            let is_plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            (1..=63).contains(&name.len()) && name.bytes().all(is_plain)
        };
        let are_names = self.fields.keys().all(|name| is_name(name));
        read.require("fields", are_names, "a name has lower-case letters, digits and _");
        let is_pointer = |text: &str| {
            text.len() <= POINTER_MAX_BYTES && (text.is_empty() || text.starts_with('/'))
        };
        let are_pointers = self.fields.values().all(|pointer| is_pointer(pointer));
        read.require("fields", are_pointers, "a JSON pointer begins with /");
        let is_time = Span::ZERO < self.timeout && self.timeout <= TIMEOUT_MAX;
        read.require("timeout", is_time, "is between 1s and 10s");
        read.finish(template.zip(headers).map(|(template, headers)| HttpEnricherSettings {
            template,
            headers,
            fields: self.fields.clone(),
            is_unknown_an_answer: self.not_found == NotFound::Nothing,
            asks_about_inner: self.internal,
            timeout: self.timeout.as_duration(),
            life: self.life,
        }))
    }

    fn sensitive_headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for (name, secret) in &self.headers {
            let known = HeaderName::try_from(name.as_str());
            let known = known.map_err(|_| "a header's name has letters, digits and -")?;
            let secret = secret.resolve().map_err(|error| error.to_string())?;
            let value = HeaderValue::from_str(secret.expose_secret());
            let mut value = value.map_err(|_| "a value does not fit into a header")?;
            value.set_sensitive(true);
            headers.insert(known, value);
        }
        Ok(headers)
    }
}
