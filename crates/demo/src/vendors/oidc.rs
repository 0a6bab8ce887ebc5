//! A stand-in for an OpenID provider: the code flow with PKCE, by OpenID Connect Core, RFC 6749,
//! RFC 7636 and RFC 9207, and the people who sign in there.
//!
//! It refuses every request that is not right to the letter, and answers a right one rightly unless
//! it was told to lie ([`Lie`]): a client that takes a lie has a hole. A person signs in through
//! [`OidcWorld::sign_in`], or with a browser on the page behind the same address.

mod authorize;
mod discovery;
mod form;
mod id_token;
mod keyring;
mod lie;
mod page;
mod token;

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    routing::{get, post},
};
use jiff::Timestamp;
use ports::Clock;
use serde_json::{Map, Value};

use super::server::{Server, stand_in};
use authorize::Grant;
use keyring::Keyring;

pub use keyring::Algorithm;
pub use lie::Lie;

/// The classes of authentication that the metadata names. An account may have any other.
pub const ACR_VALUES: [&str; 3] = ["mfa", "phr", "phrh"];

/// The one client that is registered.
#[derive(Clone)]
pub struct OidcWorldConfig {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Where people are sent back to; see [`OidcWorld::set_redirect_uri`].
    pub redirect_uri: String,
}

/// How the client shows itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// By HTTP Basic: `client_secret_basic`.
    Basic,
    /// In the form: `client_secret_post`.
    Post,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq)]
pub struct OidcAccount {
    /// The provider's id of the person: `sub`.
    pub subject: String,
    /// How they authenticate: `acr`.
    pub acr: Option<String>,
    /// What else tokens say, such as `groups`. It cannot stand in for a claim of the protocol.
    pub claims: Map<String, Value>,
    /// Since when they have a session here.
    pub signed_in_at: Timestamp,
    /// Whether that session is used even where the client asked for a fresh sign-in.
    pub ignores_freshness: bool,
}

impl OidcAccount {
    /// Somebody with a session, of whom nothing else is told.
    #[must_use]
    pub fn new(subject: &str, signed_in_at: Timestamp) -> Self {
        Self {
            subject: subject.to_owned(),
            acr: None,
            claims: Map::new(),
            signed_in_at,
            ignores_freshness: false,
        }
    }
}

/// A running provider. Dropping it closes the server.
#[derive(Debug)]
pub struct OidcWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    provider: Arc<Mutex<Provider>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[oidc]")
    }
}

struct Provider {
    issuer: String,
    client: OidcWorldConfig,
    client_auth: ClientAuth,
    algorithm: Algorithm,
    keys: Keyring,
    accounts: BTreeMap<String, OidcAccount>,
    /// What was given out and not yet redeemed, by the code.
    grants: BTreeMap<String, Grant>,
    lie: Option<Lie>,
}

stand_in! {
    OidcWorld,
    "The issuer, which is also the address that everything is under.",
    "What goes wrong on purpose: `openid-configuration`, `jwks`, `authorize`, `token`."
}

impl OidcWorld {
    /// Starts it with that client and nobody who could sign in on its page.
    pub async fn start(config: OidcWorldConfig, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let provider = Provider {
            issuer: String::new(),
            client: config,
            client_auth: ClientAuth::Basic,
            algorithm: Algorithm::Rs256,
            keys: Keyring::new(1),
            accounts: BTreeMap::new(),
            grants: BTreeMap::new(),
            lie: None,
        };
        let shared = Shared { provider: Arc::new(Mutex::new(provider)), clock: Arc::clone(&clock) };
        let server = Server::start_dated(routes(shared.clone()), clock).await?;
        shared.lock().issuer = server.origin();
        Ok(Self { server, shared })
    }

    /// Registers another address for people to be sent back to, instead of the one before.
    pub fn set_redirect_uri(&self, uri: &str) {
        self.shared.lock().client.redirect_uri = uri.to_owned();
    }

    /// How the client must show itself from now on, and no other way; at first [`ClientAuth::Basic`].
    pub fn set_client_auth(&self, client_auth: ClientAuth) {
        self.shared.lock().client_auth = client_auth;
    }

    /// What tokens are signed with from now on; at first [`Algorithm::Rs256`].
    pub fn set_algorithm(&self, algorithm: Algorithm) {
        self.shared.lock().algorithm = algorithm;
    }

    /// Every key gives way to a new one with a new id. The set holds the new ones only.
    pub fn rotate_key(&self) {
        let provider = &mut *self.shared.lock();
        provider.keys = provider.keys.successor();
    }

    /// What is wrong from now on, if anything.
    pub fn lie(&self, lie: Option<Lie>) {
        self.shared.lock().lie = lie;
    }

    /// Adds an account to the page, or replaces the one of that subject.
    pub fn add_account(&self, account: OidcAccount) {
        self.shared.lock().accounts.insert(account.subject.clone(), account);
    }

    /// Somebody follows the client's link and signs in, whether or not the page knows them. Answers
    /// where they are sent back to.
    ///
    /// # Errors
    /// Why this provider refuses the request.
    pub fn sign_in(&self, authorize_url: &str, who: &OidcAccount) -> Result<String, String> {
        let (now, provider) = (self.shared.clock.now(), &mut *self.shared.lock());
        let asked = provider.asked(provider.query_of(authorize_url)?)?;
        Ok(provider.let_in(&asked, who, now))
    }

    /// Somebody follows the client's link and is sent back with an error, such as `access_denied`.
    ///
    /// # Errors
    /// Why this provider refuses the request.
    pub fn deny(&self, authorize_url: &str, error: &str) -> Result<String, String> {
        let provider = self.shared.lock();
        let asked = provider.asked(provider.query_of(authorize_url)?)?;
        Ok(provider.turn_away(&asked, error))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Provider> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/jwks", get(discovery::jwks))
        .route("/authorize", get(page::show).post(page::choose))
        .route("/token", post(token::token))
        .with_state(shared)
}
