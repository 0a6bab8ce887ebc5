//! A stand-in for GitHub: an organisation's credential authorisations, and the place where anybody
//! hands in leaked credentials.

mod api;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::server::{Server, stand_in};

/// The owner's token that is accepted. Made up.
pub const TOKEN: &str = "ghp_madeupownertokenforthedemo00OWNTOKEN";
/// The account that the token acts as.
pub const OWN_LOGIN: &str = "countersign-bot";
/// The organisation.
pub const ORG: &str = "example";

/// A running GitHub. Dropping it closes the server.
#[derive(Debug)]
pub struct GitHubWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Hub>>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[github]")
    }
}

#[derive(Debug, Default)]
struct Hub {
    credentials: BTreeMap<u64, Credential>,
    /// Tokens that are alive somewhere.
    live: BTreeSet<String>,
    effects: usize,
}

/// A credential that the organisation has authorised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub login: String,
    /// The end of its token.
    pub last_eight: String,
}

stand_in! {
    GitHubWorld,
    "The address for the connector's `base_url`.",
    "What goes wrong on purpose."
}

impl GitHubWorld {
    /// Starts it with our own credential and no others.
    pub async fn start() -> io::Result<Self> {
        let shared = Shared(Arc::default());
        let server = Server::start(api::routes(shared.clone()), 0).await?;
        let world = Self { server, shared };
        world.authorise(1, OWN_LOGIN, "OWNTOKEN");
        Ok(world)
    }

    /// The organisation authorises a credential.
    pub fn authorise(&self, id: u64, login: &str, last_eight: &str) {
        let (login, last_eight) = (login.to_owned(), last_eight.to_owned());
        self.shared.lock().credentials.insert(id, Credential { id, login, last_eight });
    }

    /// Somebody takes the authorisations of an account away.
    pub fn revoke(&self, login: &str) {
        self.shared.lock().credentials.retain(|_, credential| credential.login != login);
    }

    /// The authorised credentials, by id.
    #[must_use]
    pub fn credentials(&self) -> Vec<Credential> {
        self.shared.lock().credentials.values().cloned().collect()
    }

    /// A token comes into being.
    pub fn issue(&self, token: &str) {
        self.shared.lock().live.insert(token.to_owned());
    }

    /// Whether a token works.
    #[must_use]
    pub fn is_live(&self, token: &str) -> bool {
        self.shared.lock().live.contains(token)
    }

    /// How often the API changed something.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.shared.lock().effects
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Hub> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
