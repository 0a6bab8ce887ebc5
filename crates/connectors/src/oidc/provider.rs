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
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    WHO,
    claims::{Untrue, Wanted},
    client::Client,
    metadata::PKCE,
    settings::OidcSettings,
    token::Token,
};
use crate::http::HttpClient;

/// How many sign-ins may wait for the provider at a time. One that hangs must not take up all the
/// room that our other pages have.
pub(super) const WAITING_MAX: usize = 32;

/// A provider that speaks OpenID Connect.
pub struct Oidc {
    settings: OidcSettings,
    client: Client,
    waiting: Semaphore,
}

impl Oidc {
    /// Asks nobody anything yet: a provider that is down keeps no server from starting.
    ///
    /// `guarded` asks the addresses that the provider names at other hosts than its own.
    #[must_use]
    pub fn new(settings: OidcSettings, http: HttpClient, guarded: HttpClient) -> Self {
        let waiting = Semaphore::new(WAITING_MAX);
        Self { settings, client: Client::new(http, guarded), waiting }
    }

    fn turn(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let busy = |_| Failure::retry(format!("{WHO}: too many wait for the provider already"));
        self.waiting.try_acquire().map_err(busy)
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
        self.client.keys((&self.settings, &metadata), |_| true, now).await?;
        Ok(format!("the provider answers; it must know {}", self.settings.redirect_uri))
    }

    async fn address(&self, binding: &Binding) -> Result<String, Failure> {
        let _turn = self.turn()?;
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
        let _turn = self.turn()?;
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
        let keys = self.client.keys(with, |keys| token.is_of(keys), now).await?;
        let claims = token.claims(&keys).map_err(denied)?;
        let access_token = tokens.access_token.as_deref();
        let wanted = Wanted { settings, binding, algorithm: token.algorithm, access_token, now };
        wanted.check(&claims).map_err(denied)
    }
}

/// What came back wrong. A sign-in that is only not fresh enough is another matter: it is them.
fn denied(why: Untrue) -> Failure {
    match why {
        Untrue::Stale | Untrue::Weak => {
            Failure::permanent(format!("{WHO}: the sign-in does not do for a first factor: {why}"))
        }
        other => Failure::denied(format!("{WHO}: what came back proves nothing: {other}")),
    }
}
