//! A stand-in for AWS IAM's query API: access keys, behind signatures that are really checked.

mod api;
mod signature;

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ports::Clock;

use super::server::{Server, stand_in};

/// The key that calls are signed with. The documentation's own example.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Whose it is.
pub const OWN_USER: &str = "countersign";

/// A running account. Dropping it closes the server.
#[derive(Debug)]
pub struct AwsWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    account: Arc<Mutex<Account>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[aws]")
    }
}

#[derive(Debug, Default)]
struct Account {
    keys: BTreeMap<String, AccessKey>,
    /// What was taken and is not seen everywhere yet: the status by key.
    pending: BTreeMap<String, bool>,
    is_slow: bool,
    effects: usize,
}

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Whose it is.
    pub user: String,
    /// Whether it works.
    pub is_active: bool,
}

stand_in! {
    AwsWorld,
    "The address for the connector's `base_url`.",
    "What goes wrong on purpose. All calls have the same empty name."
}

impl AwsWorld {
    /// Starts it with our own key and no others.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { account: Arc::default(), clock: Arc::clone(&clock) };
        let server = Server::start_dated(api::routes(shared.clone()), clock).await?;
        let world = Self { server, shared };
        world.add(ACCESS_KEY_ID, OWN_USER);
        Ok(world)
    }

    /// Adds an active key.
    pub fn add(&self, id: &str, user: &str) {
        let key = AccessKey { user: user.to_owned(), is_active: true };
        self.shared.lock().keys.insert(id.to_owned(), key);
    }

    /// Somebody else changes a key, at once and everywhere.
    pub fn set_active(&self, id: &str, is_active: bool) {
        if let Some(key) = self.shared.lock().keys.get_mut(id) {
            key.is_active = is_active;
        }
    }

    /// Somebody deletes a key.
    pub fn delete(&self, id: &str) {
        self.shared.lock().keys.remove(id);
    }

    /// A key as it is seen.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<AccessKey> {
        self.shared.lock().keys.get(id).cloned()
    }

    /// Whether changes are seen only after [`AwsWorld::spread`].
    pub fn spread_later(&self, is_slow: bool) {
        self.shared.lock().is_slow = is_slow;
    }

    /// What was taken is seen everywhere.
    pub fn spread(&self) {
        let account = &mut *self.shared.lock();
        for (id, is_active) in std::mem::take(&mut account.pending) {
            if let Some(key) = account.keys.get_mut(&id) {
                key.is_active = is_active;
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
    fn lock(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
