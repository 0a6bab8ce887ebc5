//! A stand-in for Microsoft Entra: its token endpoint and what of Graph responders use.

mod api;

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use ports::Clock;
use serde_json::Value;

use super::{Faults, RequestLog, server::Server};

/// The tenant, the app and its secret. Made up.
pub const TENANT: &str = "11111111-2222-4333-8444-555555555555";
/// The app's id.
pub const CLIENT_ID: &str = "66666666-7777-4888-9999-000000000000";
/// The app's secret.
pub const CLIENT_SECRET: &str = "made-up-entra-secret";
/// The access token that is given out.
pub const ACCESS_TOKEN: &str = "eyMADEUP.entra.token";

/// A running tenant. Dropping it closes the server.
#[derive(Debug)]
pub struct EntraWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    tenant: Arc<Mutex<Tenant>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[entra]")
    }
}

#[derive(Debug, Default)]
struct Tenant {
    users: BTreeMap<String, EntraUser>,
    audits: Vec<Value>,
    /// Revocations that were taken and are not finished.
    pending: Vec<(String, Timestamp)>,
    is_slow: bool,
    are_audits_forbidden: bool,
    effects: usize,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraUser {
    /// Its object id.
    pub id: String,
    /// Its principal name, which is also its mail address.
    pub name: String,
    /// Whether it may sign in.
    pub is_enabled: bool,
    /// Whether it is a guest's.
    pub is_guest: bool,
    /// Whether it is synchronised from elsewhere.
    pub is_synced: bool,
    /// Whether it is a global administrator's.
    pub is_global_admin: bool,
    /// Sessions from before are void.
    pub valid_from: Timestamp,
}

impl EntraUser {
    /// A member in use.
    #[must_use]
    pub fn member(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            is_enabled: true,
            is_guest: false,
            is_synced: false,
            is_global_admin: false,
            valid_from: Timestamp::UNIX_EPOCH,
        }
    }
}

impl EntraWorld {
    /// Starts an empty tenant.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { tenant: Arc::default(), clock: Arc::clone(&clock) };
        let server = Server::start_dated(api::routes(shared.clone()), clock).await?;
        Ok(Self { server, shared })
    }

    /// The address of Graph, for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}/v1.0", self.server.origin())
    }

    /// The address for the connector's `login_url`.
    #[must_use]
    pub fn login_url(&self) -> String {
        self.server.origin()
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

    /// Adds an account.
    pub fn add(&self, user: EntraUser) {
        self.shared.lock().users.insert(user.id.clone(), user);
    }

    /// An account as it is.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<EntraUser> {
        self.shared.lock().users.get(id).cloned()
    }

    /// Somebody else changes an account.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut EntraUser)) {
        if let Some(user) = self.shared.lock().users.get_mut(id) {
            change(user);
        }
    }

    /// Another administrator disables an account, which the audit log shows.
    pub fn disable(&self, id: &str) {
        self.change(id, |user| user.is_enabled = false);
        let now = self.shared.clock.now();
        self.shared.lock().audit("Disable account", id, "an-administrators-app", now);
    }

    /// Somebody deletes an account.
    pub fn delete(&self, id: &str) {
        self.shared.lock().users.remove(id);
    }

    /// Whether the app may not read the audit log.
    pub fn forbid_audits(&self, is_forbidden: bool) {
        self.shared.lock().are_audits_forbidden = is_forbidden;
    }

    /// Whether revocations are finished only in [`EntraWorld::finish`].
    pub fn finish_later(&self, is_slow: bool) {
        self.shared.lock().is_slow = is_slow;
    }

    /// Finishes what was taken.
    pub fn finish(&self) {
        let tenant = &mut *self.shared.lock();
        for (id, at) in std::mem::take(&mut tenant.pending) {
            if let Some(user) = tenant.users.get_mut(&id) {
                user.valid_from = at;
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
    fn lock(&self) -> MutexGuard<'_, Tenant> {
        self.tenant.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
