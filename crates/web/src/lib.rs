//! Everything that speaks HTTP: alerts in, the API, the answers of chats, the person's page and
//! the console.
//!
//! It reads hostile bytes, finds out who sends them, and calls the engine; it decides nothing
//! about a case, names no vendor and no database, and keeps no state of its own beyond limits.
//!
//! Start with [`routes`]: every route is declared there together with what it [`Needs`], and the
//! declaration is what enforces it. [`server`] serves them; [`intake`] takes alerts, [`api`] is
//! for programs, [`pages`] for people.

mod acts;
pub mod api;
pub mod assets;
pub mod blocklists;
pub mod body;
pub mod callbacks;
pub mod client;
pub mod cookies;
pub mod csrf;
pub mod gate;
pub mod guard;
pub mod head;
pub mod headers;
pub mod intake;
pub mod json;
pub mod keys;
pub mod limits;
pub mod meters;
pub mod pages;
pub mod probes;
pub mod problem;
pub mod routes;
pub mod server;
pub mod state;
pub mod streams;
pub mod viewer;
mod watch;

pub use probes::metrics_router;
pub use problem::Problem;
pub use routes::{Needs, Routes};
pub use server::{router, serve};
pub use state::{AppState, Site};
pub use viewer::Viewer;
