//! A stand-in for Google Workspace: its token endpoint, and what of the Directory and Reports APIs
//! responders use.

mod api;
pub(super) mod grant;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ports::Clock;
use serde_json::{Value, json};

use super::{
    keys,
    server::{Server, stand_in},
};

/// A service account's key file. Its key is made for this process and opens nothing anywhere else.
#[must_use]
pub fn service_account() -> String {
    json!({
        "type": "service_account", "project_id": "made-up",
        "private_key_id": "made-up-for-the-demo",
        "private_key": keys::SERVICE_ACCOUNT.private_pem,
        "client_email": "countersign@made-up.example", "client_id": "100000000000000000000",
        "token_uri": "https://oauth2.example/never-used",
    })
    .to_string()
}
/// The administrator that the service account acts as.
pub const ADMIN: &str = "countersign@example.com";
/// The access token that is given out.
pub const ACCESS_TOKEN: &str = "ya29.made-up-for-the-demo";

/// A running domain. Dropping it closes the server.
#[derive(Debug)]
pub struct GoogleWorld {
    server: Server,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    domain: Arc<Mutex<Domain>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared[google]")
    }
}

#[derive(Debug, Default)]
struct Domain {
    users: BTreeMap<String, GoogleUser>,
    reports: Vec<Value>,
    /// Reports that are not published yet.
    late: Vec<Value>,
    are_reports_late: bool,
    are_reports_forbidden: bool,
    effects: usize,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleUser {
    /// Its id.
    pub id: String,
    /// Its address.
    pub email: String,
    /// Whether it is a super administrator's.
    pub is_admin: bool,
    /// Why it is suspended, if it is: `ADMIN`, `ABUSE` and so on.
    pub suspended: Option<String>,
    /// How many sessions it has.
    pub sessions: u32,
    /// The apps that hold a token.
    pub apps: BTreeSet<String>,
    /// The names of its app passwords.
    pub app_passwords: Vec<String>,
}

impl GoogleUser {
    /// A member with two sessions, two apps and an app password.
    #[must_use]
    pub fn member(id: &str, email: &str) -> Self {
        let apps = ["mail.apps.googleusercontent.com", "notes.apps.googleusercontent.com"];
        Self {
            id: id.to_owned(),
            email: email.to_owned(),
            is_admin: false,
            suspended: None,
            sessions: 2,
            apps: apps.map(str::to_owned).into(),
            app_passwords: vec!["Old phone".to_owned()],
        }
    }
}

stand_in! {
    GoogleWorld,
    "The address of the APIs, for the connector's `base_url`.",
    "What goes wrong on purpose."
}

impl GoogleWorld {
    /// Starts it with the administrator whom we act as and nobody else.
    pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Shared { domain: Arc::default(), clock: Arc::clone(&clock) };
        let server = Server::start_dated(api::routes(shared.clone()), clock).await?;
        let world = Self { server, shared };
        world.add(GoogleUser::member("100", ADMIN));
        Ok(world)
    }

    /// The address for the connector's `token_url`.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/token", self.server.origin())
    }

    /// Adds an account.
    pub fn add(&self, user: GoogleUser) {
        self.shared.lock().users.insert(user.id.clone(), user);
    }

    /// An account as it is.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<GoogleUser> {
        self.shared.lock().users.get(id).cloned()
    }

    /// Somebody else changes an account.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut GoogleUser)) {
        if let Some(user) = self.shared.lock().users.get_mut(id) {
            change(user);
        }
    }

    /// Whether reports are published only in [`GoogleWorld::publish`].
    pub fn delay_reports(&self, are_late: bool) {
        self.shared.lock().are_reports_late = are_late;
    }

    /// The reports catch up.
    pub fn publish(&self) {
        let domain = &mut *self.shared.lock();
        domain.reports.append(&mut domain.late);
    }

    /// Whether the service account may not read reports.
    pub fn forbid_reports(&self, are_forbidden: bool) {
        self.shared.lock().are_reports_forbidden = are_forbidden;
    }

    /// How often the API changed something.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.shared.lock().effects
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Domain> {
        self.domain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
