//! A stand-in for Okta's management API: users, their sessions and grants, and the System Log.

mod api;

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use ports::Clock;
use serde_json::Value;

use super::server::{Server, stand_in};

/// The token that is accepted. Made up.
pub const TOKEN: &str = "00madeup-okta-token-for-the-demo";
/// The account that the token acts as.
pub const OWN_ACCOUNT: &str = "00uCOUNTERSIGN";

/// A running organisation at Okta. Dropping it closes the server.
#[derive(Debug)]
pub struct OktaWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    org: Arc<Mutex<Org>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[okta]")
    }
}

#[derive(Debug, Default)]
struct Org {
    users: BTreeMap<String, OktaUser>,
    log: Vec<Value>,
    /// Published only when the log catches up.
    late: Vec<Value>,
    is_log_late: bool,
    effects: usize,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OktaUser {
    /// Its id, such as `00uMIA`.
    pub id: String,
    /// The login, which is also its e-mail address.
    pub login: String,
    /// `ACTIVE`, `SUSPENDED`, `DEPROVISIONED` and so on.
    pub status: String,
    /// When that began.
    pub status_changed: Timestamp,
    /// How many sessions it has.
    pub sessions: u32,
    /// Whether its devices are remembered.
    pub remembers_devices: bool,
    /// By client, whether there are a grant and tokens.
    pub clients: BTreeMap<String, (bool, bool)>,
    /// The administrator's roles, such as `SUPER_ADMIN`.
    pub roles: Vec<String>,
}

impl OktaUser {
    /// An active account with two sessions and three clients.
    #[must_use]
    pub fn active(id: &str, login: &str) -> Self {
        let clients = ["0oaMAIL", "0oaNOTES", "0oaWIKI"];
        Self {
            id: id.to_owned(),
            login: login.to_owned(),
            status: "ACTIVE".to_owned(),
            status_changed: Timestamp::UNIX_EPOCH,
            sessions: 2,
            remembers_devices: true,
            clients: clients.iter().map(|id| ((*id).to_owned(), (true, true))).collect(),
            roles: Vec::new(),
        }
    }
}

stand_in! {
    OktaWorld,
    "The address for the connector's `base_url`; the accounts are shown at `/`.",
    "What goes wrong on purpose."
}

impl OktaWorld {
    /// Starts it with our own account and nobody else.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { org: Arc::default(), clock: Arc::clone(&clock) };
        let server = Server::start_dated(api::routes(shared.clone()), clock).await?;
        let world = Self { server, shared };
        world.add(OktaUser::active(OWN_ACCOUNT, "countersign@example.com"));
        Ok(world)
    }

    /// Adds an account.
    pub fn add(&self, user: OktaUser) {
        self.shared.lock().users.insert(user.id.clone(), user);
    }

    /// An account as it is.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<OktaUser> {
        self.shared.lock().users.get(id).cloned()
    }

    /// Somebody else changes an account.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut OktaUser)) {
        if let Some(user) = self.shared.lock().users.get_mut(id) {
            change(user);
        }
    }

    /// Whether the System Log publishes only in [`OktaWorld::publish`].
    pub fn delay_log(&self, is_late: bool) {
        self.shared.lock().is_log_late = is_late;
    }

    /// The System Log catches up.
    pub fn publish(&self) {
        let org = &mut *self.shared.lock();
        org.log.append(&mut org.late);
    }

    /// How often the API changed something.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.shared.lock().effects
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Org> {
        self.org.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
