//! The computers of the made-up company, as three systems that manage them tell of them, and a
//! page on which what is wrong with one can be mended.

mod written;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use ports::Clock;
use serde_json::json;

use super::{
    Fault,
    devices::{FleetWorld, IntuneWorld, JamfWorld},
    page::{escape, page},
    server::Server,
};

/// Which system tells of a computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Jamf alone.
    Jamf,
    /// Jamf, and Fleet beside it.
    JamfAndFleet,
    /// Intune.
    Intune,
}

/// What is wrong with a computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing.
    Nothing,
    /// Its disk is open.
    Disk,
    /// Its firewall is off.
    Firewall,
    /// Its screen does not lock.
    Lock,
    /// Its updates wait for somebody.
    Updates,
    /// Its system is years old.
    System,
    /// Nobody heard from it for weeks.
    Silent,
    /// Its system tells nothing of what protects it.
    Untold,
}

/// A computer.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whose it is, by name; empty for nobody's.
    pub owner: String,
    /// Their address; empty for nobody's.
    pub email: String,
    /// Which system tells of it.
    pub told: Told,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// The running systems and the page. Dropping it closes their ports.
pub struct DesksWorld {
    /// Jamf.
    pub jamf: JamfWorld,
    /// Intune.
    pub intune: IntuneWorld,
    /// Fleet.
    pub fleet: FleetWorld,
    page: Server,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Held>>);

struct Held {
    desks: Vec<Desk>,
    clock: Arc<dyn Clock>,
    jamf: super::devices::Shelf,
    intune: super::devices::Shelf,
    fleet: super::devices::Shelf,
}

impl DesksWorld {
    /// Starts all of it with these computers, the page on this port; 0 for any.
    pub async fn start(desks: Vec<Desk>, clock: Arc<dyn Clock>, port: u16) -> io::Result<Self> {
        let (jamf, intune) = (JamfWorld::start().await?, IntuneWorld::start().await?);
        let fleet = FleetWorld::start().await?;
        let held = Held {
            desks,
            clock,
            jamf: jamf.shelf().clone(),
            intune: intune.shelf().clone(),
            fleet: fleet.shelf().clone(),
        };
        (0..held.desks.len()).for_each(|n| held.tell(n));
        let shared = Shared(Arc::new(Mutex::new(held)));
        let routes = Router::new()
            .route("/", get(show))
            .route("/mend/{number}", post(mend))
            .with_state(shared);
        Ok(Self { jamf, intune, fleet, page: Server::start(routes, port).await? })
    }

    /// Where the page is.
    #[must_use]
    pub fn url(&self) -> String {
        self.page.origin()
    }

    /// Fleet answers nobody any more.
    pub fn take_fleet_down(&self) {
        for call in ["hosts", "count"] {
            self.fleet.faults().always(call, Fault::Status(503));
        }
    }
}

impl std::fmt::Debug for DesksWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DesksWorld")
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Lets its systems tell of a computer as it is now.
    fn tell(&self, n: usize) {
        let desk = &self.desks[n];
        let now = self.clock.now();
        match desk.told {
            Told::Intune => {
                let id = json!(format!("intune-{n}"));
                self.intune.remove("id", &id);
                self.intune.add("devices", written::intune(n, desk, now));
            }
            Told::Jamf | Told::JamfAndFleet => {
                self.jamf.remove("id", &json!(n.to_string()));
                self.jamf.add("computers", written::jamf(n, desk, now));
            }
        }
        if desk.told == Told::JamfAndFleet {
            self.fleet.remove("id", &json!(n));
            self.fleet.add("hosts", written::fleet(n, desk, now));
        }
    }
}

impl Wrong {
    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "all is well",
            Self::Disk => "the disk is not encrypted",
            Self::Firewall => "the firewall is off",
            Self::Lock => "the screen does not lock",
            Self::Updates => "updates do not install themselves",
            Self::System => "the system is years old",
            Self::Silent => "it has been in a drawer for weeks",
            Self::Untold => "nobody asked it anything",
        }
    }
}

/// What a computer is called.
fn name(n: usize, desk: &Desk) -> String {
    let whose = desk.email.split(['.', '@']).next().filter(|name| !name.is_empty());
    format!("{}-{}", whose.unwrap_or("spare"), n)
}

async fn show(State(shared): State<Shared>) -> Html<String> {
    let held = shared.lock();
    let mut body = "<p>What is mended here is seen when the system is asked again: within a \
                    minute, or at once by “recheck” on the device's page.</p>"
        .to_owned();
    for (n, desk) in held.desks.iter().enumerate() {
        let owner = if desk.owner.is_empty() { "nobody" } else { &desk.owner };
        let button = match desk.wrong {
            Wrong::Nothing => String::new(),
            _ => format!("<form method=post action='/mend/{n}'><button>Mend it</button></form>"),
        };
        body += &format!(
            "<article><p><b>{}</b> of {}: {}</p>{button}</article>",
            escape(&name(n, desk)),
            escape(owner),
            desk.wrong.words(),
        );
    }
    page("The company's computers, played", false, &body)
}

async fn mend(State(shared): State<Shared>, Path(number): Path<usize>) -> Response {
    let mut held = shared.lock();
    let Some(desk) = held.desks.get_mut(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    desk.wrong = Wrong::Nothing;
    held.tell(number);
    Redirect::to("/").into_response()
}

/// An instant as these systems write it.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
