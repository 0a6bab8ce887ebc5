//! A stand-in for Duo: the Auth API v2 with its signatures and Verified Push, and the phones of its
//! people, which a test scripts and a visitor of the demo plays at `/`.

mod api;
mod phone;
mod pushes;
mod signature;

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    routing::{get, post},
};
use model::{Span, Timestamp};
use ports::{Clock, Entropy};
use tokio::sync::Notify;

use super::{
    faults::Faults,
    server::{RequestLog, Server},
};
use pushes::Pushes;

/// How long a push waits on the phone, and how long a code may be used.
pub const PUSH_LIFETIME: Span = Span::seconds(60);
/// How long a look at a waiting push is held.
pub const POLL_HOLD: Duration = Duration::from_millis(500);

/// How a stand-in is set up.
pub struct DuoWorldConfig {
    /// The loopback port; 0 for a free one.
    pub port: u16,
    /// The integration key it knows.
    pub integration_key: String,
    /// The secret key that signs.
    pub secret_key: String,
    /// How many digits a Verified Push asks for; `None` where the tenant has only plain pushes.
    pub code_digits: Option<usize>,
    /// Who has an account.
    pub people: Vec<DuoPerson>,
    /// For dates of requests and lifetimes of pushes.
    pub clock: Arc<dyn Clock>,
    /// For ids and codes.
    pub entropy: Arc<dyn Entropy>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct DuoPerson {
    /// The name that the connector sends.
    pub username: String,
    /// What Duo's policies make of them.
    pub standing: Standing,
    /// Their devices, the preferred one first.
    pub devices: Vec<DuoDevice>,
}

/// What `preauth` answers for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Must authenticate: `auth`.
    Enrolled,
    /// Is let in without a second factor: `allow`.
    Bypass,
    /// Has no device yet: `enroll`.
    Unenrolled,
    /// Is not let in: `deny`.
    Disabled,
}

/// A device.
#[derive(Debug, Clone)]
pub struct DuoDevice {
    /// Duo's id of it.
    pub id: String,
    /// Whether it is a phone that takes pushes; else a token.
    pub takes_pushes: bool,
}

/// What a person does with a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Types the code that our page shows and approves; taps "approve" where there is no code.
    Approve,
    /// Types another code; the push goes on waiting.
    WrongCode,
    /// Refuses.
    Deny,
    /// Refuses and reports a fraud.
    Fraud,
    /// Does nothing until it runs out.
    Timeout,
    /// Is let pass by a policy that changed meanwhile.
    Bypass,
    /// Is locked out.
    LockedOut,
}

/// A push as the phone got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuoPush {
    /// Its transaction.
    pub txid: String,
    /// Whose.
    pub username: String,
    /// On which device.
    pub device: String,
    /// Its headline.
    pub title: String,
    /// What the phone shows.
    pub shown: BTreeMap<String, String>,
    /// Where the person's browser is, as the connector says.
    pub address: Option<IpAddr>,
    /// Whether a code must be typed.
    pub wants_code: bool,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// `waiting`, `allow` or `deny`.
    pub result: &'static str,
    /// Duo's finer word for it.
    pub status: &'static str,
}

/// A running stand-in. Dropping it stops it.
pub struct DuoWorld {
    server: Server,
    world: Arc<World>,
}

/// What the handlers share.
struct World {
    integration_key: String,
    secret_key: String,
    code_digits: Option<usize>,
    people: HashMap<String, DuoPerson>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    pushes: Mutex<Pushes>,
    /// Told whenever a push changes.
    changed: Notify,
}

impl DuoWorld {
    /// Starts a stand-in.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(config: DuoWorldConfig) -> io::Result<Self> {
        let people = config.people.into_iter();
        let world = Arc::new(World {
            integration_key: config.integration_key,
            secret_key: config.secret_key,
            code_digits: config.code_digits,
            people: people.map(|person| (person.username.clone(), person)).collect(),
            clock: config.clock,
            entropy: config.entropy,
            pushes: Mutex::default(),
            changed: Notify::new(),
        });
        let routes = Router::new()
            .route("/auth/v2/preauth", post(api::preauth))
            .route("/auth/v2/auth", post(api::auth))
            .route("/auth/v2/auth_status", get(api::auth_status))
            .route("/", get(phone::show))
            .route("/phone", post(phone::act))
            .with_state(Arc::clone(&world));
        Ok(Self { server: Server::start(routes, config.port).await?, world })
    }

    /// What to set as `base_url`; the phones are on its front page.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// What is to go wrong: `preauth`, `auth`, `auth_status`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls so far.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        &self.server.log
    }

    /// Lets a person react to the push that waits, or else to the next one.
    pub fn react(&self, username: &str, reaction: Reaction) {
        let now = self.world.clock.now();
        self.world.pushes().react(username, reaction, now);
        self.world.changed.notify_waiters();
    }

    /// Types a code into the phone; whether it was the right one.
    #[must_use]
    pub fn type_code(&self, txid: &str, code: &str) -> bool {
        self.world.type_code(txid, code)
    }

    /// All pushes so far, oldest first.
    #[must_use]
    pub fn pushes(&self) -> Vec<DuoPush> {
        self.world.pushes().all(self.world.clock.now())
    }
}

impl World {
    fn pushes(&self) -> MutexGuard<'_, Pushes> {
        self.pushes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn type_code(&self, txid: &str, code: &str) -> bool {
        let is_right = self.pushes().type_code(txid, code, self.clock.now());
        self.changed.notify_waiters();
        is_right
    }

    /// A random transaction id.
    fn txid(&self) -> String {
        format!("{:032x}", self.entropy.bits())
    }

    /// A random code of so many digits.
    fn code(&self, digits: usize) -> String {
        let mut bits = self.entropy.bits();
        let mut digit = || {
            let digit = char::from(b'0' + (bits % 10) as u8);
            bits /= 10;
            digit
        };
        (0..digits).map(|_| digit()).collect()
    }
}

impl std::fmt::Debug for DuoWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DuoWorld").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
