//! The provider, as a port.

use async_trait::async_trait;
use data_encoding::BASE64URL_NOPAD;
use model::Timestamp;
use ports::{
    Failure,
    identity::{Binding, Identity, IdentityProvider, Returned},
};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::{
    WHO,
    claims::{Untrue, Wanted},
    client::Client,
    metadata::PKCE,
    settings::OidcSettings,
    token::Token,
};
use crate::http::HttpClient;

/// A provider that speaks OpenID Connect.
pub struct Oidc {
    settings: OidcSettings,
    client: Client,
}

impl Oidc {
    /// Asks nobody anything yet: a provider that is down keeps no server from starting.
    #[must_use]
    pub fn new(settings: OidcSettings, http: HttpClient) -> Self {
        Self { settings, client: Client::new(http) }
    }
}

#[async_trait]
impl IdentityProvider for Oidc {
    fn host(&self) -> &str {
        &self.settings.host
    }

    fn vouches_afresh(&self) -> bool {
        !self.settings.acr.is_empty()
    }

    async fn check(&self, now: Timestamp) -> Result<String, Failure> {
        let metadata = self.client.metadata(&self.settings, now).await?;
        self.client.keys(&metadata, |_| true, now).await?;
        Ok(format!("the provider answers; it must know {}", self.settings.redirect_uri))
    }

    async fn address(&self, binding: &Binding) -> Result<String, Failure> {
        let metadata = self.client.metadata(&self.settings, binding.asked_at).await?;
        let challenge = Sha256::digest(binding.verifier.expose_secret().as_bytes());
        let mut url = metadata.authorization.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("scope", &self.settings.scope)
            .append_pair("state", &binding.state)
            .append_pair("nonce", &binding.nonce)
            .append_pair("code_challenge", &BASE64URL_NOPAD.encode(&challenge))
            .append_pair("code_challenge_method", PKCE);
        if binding.is_fresh {
            query
                .append_pair("prompt", "login")
                .append_pair("max_age", "0")
                .append_pair("acr_values", &self.settings.acr.join(" "));
        }
        drop(query);
        Ok(url.into())
    }

    async fn identity(
        &self,
        returned: Returned<'_>,
        binding: &Binding,
        now: Timestamp,
    ) -> Result<Identity, Failure> {
        let settings = &self.settings;
        let metadata = self.client.metadata(settings, now).await?;
        // Before the code is shown to anybody: it may be another provider's.
        match returned.issuer {
            Some(issuer) if issuer != settings.issuer => return Err(denied(Untrue::Issuer)),
            None if metadata.names_itself => return Err(denied(Untrue::Issuer)),
            _ => {}
        }
        let with = (settings, &*metadata);
        let tokens = self.client.exchange(with, returned.code, &binding.verifier).await?;
        let token = Token::read(&tokens.id_token, &settings.algorithms).map_err(denied)?;
        let keys = self.client.keys(&metadata, |keys| token.is_of(keys), now).await?;
        let claims = token.claims(&keys).map_err(denied)?;
        let access_token = tokens.access_token.as_deref();
        let wanted = Wanted { settings, binding, algorithm: token.algorithm, access_token, now };
        wanted.check(&claims).map_err(denied)
    }
}

fn denied(why: Untrue) -> Failure {
    Failure::denied(format!("{WHO}: what came back proves nothing: {why}"))
}
