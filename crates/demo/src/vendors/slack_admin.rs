//! A stand-in for Slack's administration of sessions, which wants another token than the chat and
//! has no messages.

mod api;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Faults, RequestLog, server::Server};

/// The organisation owner's token that is accepted. Made up.
pub const TOKEN: &str = "xoxp-made-up-for-the-demo";
/// The account that the token acts as.
pub const OWN_ACCOUNT: &str = "U0COUNTERSIGN";
/// The workspace.
pub const TEAM: &str = "T0DEMO";

/// A running workspace. Dropping it closes the server.
#[derive(Debug)]
pub struct SlackAdminWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Workspace>>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[slack]")
    }
}

#[derive(Debug, Default)]
struct Workspace {
    people: BTreeMap<String, SlackAccount>,
    /// What was accepted and is not finished: sessions to end, by account.
    pending: Vec<(String, BTreeSet<u64>)>,
    is_slow: bool,
    last_session: u64,
    effects: usize,
}

/// An account with its sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlackAccount {
    /// Its id.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// Whether it is a bot's.
    pub is_bot: bool,
    /// Whether it owns the whole organisation.
    pub is_primary_owner: bool,
    /// The sessions by their ids.
    pub sessions: BTreeSet<u64>,
}

impl SlackAdminWorld {
    /// Starts it with our own account and nobody else.
    pub async fn start() -> io::Result<Self> {
        let shared = Shared(Arc::default());
        let server = Server::start(api::routes(shared.clone()), 0).await?;
        let world = Self { server, shared };
        world.add(OWN_ACCOUNT, "countersign@example.com", |_| {});
        Ok(world)
    }

    /// The address for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}/api", self.server.origin())
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls that came.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.server.log
    }

    /// Adds an account with three sessions, changed as told.
    pub fn add(&self, id: &str, email: &str, change: impl FnOnce(&mut SlackAccount)) {
        let mut account =
            SlackAccount { id: id.to_owned(), email: email.to_owned(), ..SlackAccount::default() };
        change(&mut account);
        self.shared.lock().people.insert(id.to_owned(), account);
        for _ in 0..3 {
            self.sign_in(id);
        }
    }

    /// Somebody signs in: the new session's id.
    pub fn sign_in(&self, id: &str) -> u64 {
        let workspace = &mut *self.shared.lock();
        workspace.last_session += 1;
        let session = 8_000_000_000_000 + workspace.last_session;
        if let Some(account) = workspace.people.get_mut(id) {
            account.sessions.insert(session);
        }
        session
    }

    /// The person signs out everywhere.
    pub fn sign_out(&self, id: &str) {
        if let Some(account) = self.shared.lock().people.get_mut(id) {
            account.sessions.clear();
        }
    }

    /// An account as it is.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<SlackAccount> {
        self.shared.lock().people.get(id).cloned()
    }

    /// Whether what is accepted is finished only in [`SlackAdminWorld::finish`].
    pub fn finish_later(&self, is_slow: bool) {
        self.shared.lock().is_slow = is_slow;
    }

    /// Finishes what was accepted.
    pub fn finish(&self) {
        let workspace = &mut *self.shared.lock();
        for (id, sessions) in std::mem::take(&mut workspace.pending) {
            if let Some(account) = workspace.people.get_mut(&id) {
                account.sessions.retain(|session| !sessions.contains(session));
            }
        }
    }

    /// How often the API changed something.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.shared.lock().effects
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Workspace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
