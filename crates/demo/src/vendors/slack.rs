//! A stand-in for Slack: its Web API at `/api`, its people, and its signed callbacks.
//!
//! Strict where the real one forgives: every argument must be known, every limit on blocks is
//! enforced, a trigger opens one form within three seconds. What the server under test did wrong
//! in answering callbacks is kept in [`SlackWorld::complaints`].

mod api;
mod blocks;
mod pages;
mod people;
mod state;

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    routing::{get, post},
};
use ports::Clock;

use super::{Faults, RequestLog, server::Server};
use state::Workspace;
pub use state::{Message, OpenForm};

/// How many messages are kept unless the configuration says otherwise.
pub const MESSAGES_KEPT: usize = 10_000;

/// The workspace to stand in for. All secrets in it are made up.
#[derive(Clone)]
pub struct SlackWorldConfig {
    /// The workspace's id.
    pub team: String,
    /// The app's id.
    pub app: String,
    /// The only token that is accepted.
    pub bot_token: String,
    /// What callbacks are signed with.
    pub signing_secret: String,
    /// Who is in the workspace.
    pub people: Vec<SlackUser>,
    /// Channels that the app is in, by id and name.
    pub channels: Vec<(String, String)>,
    /// Where callbacks go, without the last part: `http://127.0.0.1:8400/callbacks/slack`.
    pub callbacks: Option<String>,
    /// The port to serve on; 0 for any.
    pub port: u16,
    /// How many messages to keep; the oldest are forgotten, and the count goes on.
    pub keep_messages: usize,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl SlackWorldConfig {
    /// An empty workspace with one channel, `C0SECURITY`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            team: "T0DEMO".to_owned(),
            app: "A0DEMO".to_owned(),
            bot_token: "xoxb-made-up-for-the-demo".to_owned(),
            signing_secret: "made-up-signing-secret-for-the-demo".to_owned(),
            people: Vec::new(),
            channels: vec![("C0SECURITY".to_owned(), "security".to_owned())],
            callbacks: None,
            port: 0,
            keep_messages: MESSAGES_KEPT,
            clock,
        }
    }
}

/// Somebody in the workspace.
#[derive(Debug, Clone)]
pub struct SlackUser {
    /// The account, such as `U0MIA`.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// The name shown.
    pub name: String,
    /// The IANA time zone.
    pub time_zone: String,
    /// What kind of account it is.
    pub standing: Standing,
}

impl SlackUser {
    /// A full member.
    #[must_use]
    pub fn member(id: &str, email: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            email: email.to_owned(),
            name: name.to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            standing: Standing::Member,
        }
    }

    /// The same with another standing.
    #[must_use]
    pub fn with(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }
}

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A full member.
    Member,
    /// A guest in several channels.
    Guest,
    /// A guest in one channel.
    SingleChannelGuest,
    /// Of another company, through a shared channel.
    Stranger,
    /// Invited and never came.
    Invited,
    /// A bot.
    Bot,
    /// Deactivated.
    Deleted,
}

/// A running workspace. Dropping it closes the server.
pub struct SlackWorld {
    server: Server,
    shared: Shared,
}

impl fmt::Debug for SlackWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlackWorld[{}]", self.server.origin())
    }
}

/// What the server's handlers and the world's owner share.
#[derive(Clone)]
pub(crate) struct Shared {
    workspace: Arc<Mutex<Workspace>>,
    config: Arc<SlackWorldConfig>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlackWorld {
    /// Starts the workspace on the caller's runtime.
    pub async fn start(config: SlackWorldConfig) -> io::Result<Self> {
        let workspace = Arc::new(Mutex::new(Workspace::new(&config)));
        let (port, shared) = (config.port, Shared { workspace, config: Arc::new(config) });
        let routes = Router::new()
            .route("/", get(pages::index))
            .route("/people/{user}", get(pages::person))
            .route("/people/{user}/press", post(pages::press))
            .route("/people/{user}/submit", post(pages::submit))
            .route("/people/{user}/say", post(pages::say))
            .route("/channels/{channel}", get(pages::channel))
            .route("/api/{method}", post(api::call))
            .with_state(shared.clone());
        Ok(Self { server: Server::start(routes, port).await?, shared })
    }

    /// The address of the API, for the connector's `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}/api", self.server.origin())
    }

    /// The address of the pages where the workspace can be looked at.
    #[must_use]
    pub fn pages_url(&self) -> String {
        self.server.origin()
    }

    /// The workspace's settings: ids, token, signing secret.
    #[must_use]
    pub fn config(&self) -> &SlackWorldConfig {
        &self.shared.config
    }

    /// Sets where callbacks go, once that is known.
    pub fn set_callbacks(&self, base: &str) {
        self.shared.lock().callbacks = Some(base.to_owned());
    }

    /// Adds a person.
    pub fn add(&self, user: SlackUser) {
        self.shared.lock().add(user);
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

    /// The app's direct messages to a person, oldest first.
    #[must_use]
    pub fn messages(&self, user: &str) -> Vec<Message> {
        self.shared.lock().messages(&state::dm_of(user))
    }

    /// The messages of a channel, oldest first.
    #[must_use]
    pub fn channel(&self, channel: &str) -> Vec<Message> {
        self.shared.lock().messages(channel)
    }

    /// What was shown to a person only, oldest first.
    #[must_use]
    pub fn whispers(&self, user: &str) -> Vec<String> {
        self.shared.lock().whispers.get(user).cloned().unwrap_or_default()
    }

    /// The forms that are open before a person, oldest first.
    #[must_use]
    pub fn forms(&self, user: &str) -> Vec<OpenForm> {
        self.shared.lock().forms(user)
    }

    /// How many messages were ever posted.
    #[must_use]
    pub fn posted(&self) -> u64 {
        self.shared.lock().posted
    }

    /// What the server under test answered that the real Slack would show as an error.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.shared.lock().complaints.clone()
    }
}
