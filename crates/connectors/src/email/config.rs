//! The section `[chat.NAME]` or `[escalate.NAME]` with `kind = "email"`.

use std::{fs, net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::map::is_address;
use crate::secret::{SecretRef, SettingProblem, Settings};

/// How many addresses a section may report to.
const TO_MAX: usize = 50;
/// How long a mail may take, from connecting to the last answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server to send through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// The mail server's name, which its certificate has to have.
    pub host: String,
    /// Its port; 587, or 465 with `tls = "implicit"`, unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: MailTls,
    /// A file with certificates (PEM) that are trusted beside those of this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The name to sign in with, where one is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// The address that mails come from.
    pub from: String,
    /// Where pages and reports to the security team go. People are written to at their own.
    #[serde(default)]
    #[schemars(length(max = TO_MAX))]
    pub to: Vec<String>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// It begins in the clear and must turn to TLS before anything is said.
    #[default]
    Starttls,
    /// TLS from its beginning.
    Implicit,
    /// Not at all, which is for this very machine only.
    None,
}

/// The section with its secret fetched.
#[derive(Clone)]
pub struct EmailSettings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: MailTls,
    pub(super) name: ServerName<'static>,
    pub(super) client: Arc<ClientConfig>,
    pub(super) sign_in: Option<(String, SecretString)>,
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) timeout: Duration,
}

impl std::fmt::Debug for EmailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EmailSettings[{}:{}]", self.host, self.port)
    }
}

impl EmailConfig {
    /// Fetches the secret, reads the certificates and checks the addresses.
    pub fn settings(&self) -> Result<EmailSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let password = self.password.as_ref().map(SecretRef::resolve).transpose();
        let password = read.take("password", password);
        let is_pair = self.username.is_some() == self.password.is_some();
        read.require("username", is_pair, "goes with a password, and a password with it");
        let is_word = |text: &str| text.bytes().all(|byte| byte != 0);
        read.require("username", self.username.as_deref().is_none_or(is_word), "has a NUL in it");
        let why = "must be starttls or implicit, unless the mail server is on this very machine";
        let is_safe = self.tls != MailTls::None || is_loopback(&self.host);
        read.require("tls", is_safe, why);
        read.require("from", is_address(&self.from), "is not an e-mail address");
        let why = "holds something that is not an e-mail address";
        read.require("to", self.to.iter().all(|to| is_address(to)), why);
        let name = ServerName::try_from(self.host.clone()).map_err(|_| "is not a host's name");
        let name = read.take("host", name);
        let client = read.take("ca", self.client());
        let usual = if self.tls == MailTls::Implicit { 465 } else { 587 };
        let whole = password.zip(name).zip(client);
        read.finish(whole.map(|((password, name), client)| EmailSettings {
            host: self.host.clone(),
            port: self.port.unwrap_or(usual),
            tls: self.tls,
            name,
            client: Arc::new(client),
            sign_in: self.username.clone().zip(password),
            from: self.from.clone(),
            to: self.to.clone(),
            timeout: TIMEOUT,
        }))
    }

    /// Trusts what this machine trusts, and the certificates of the section.
    fn client(&self) -> Result<ClientConfig, String> {
        let mut extra = Vec::new();
        if let Some(path) = &self.ca {
            let pem = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            extra = all.map_err(|_| format!("{}: not certificates in PEM", path.display()))?;
            if extra.is_empty() {
                return Err(format!("{}: no certificate in it", path.display()));
            }
        }
        let provider = Arc::new(default_provider());
        let unusable = |error: rustls::Error| format!("certificates cannot be used: {error}");
        let verifier =
            Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(unusable)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
    }
}

fn is_loopback(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.parse();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |it| it.is_loopback())
}
