//! Audit events from vendors: how each record becomes an [`event::Event`], and how a vendor's log
//! is fetched.
//!
//! One folder a source: its map (pure, with most of the tests), its section of the configuration,
//! and its puller where the vendor is asked. The maps are forgiving: a field that cannot be read
//! is absent and becomes a [`model::Problem`]; only a record without a time or an action is
//! refused, and never costs its neighbours. Nothing of a record is thrown away: the whole of it is
//! in the event's document, where rules read it by the vendor's names.
//!
//! A time is taken as the vendor tells it, however wrong: maps have no clock, since a replay of
//! the log must read the same. Whoever takes events in settles them against the time of arrival.
//!
//! Start with [`okta`] for the shape; the traps of each vendor are tests beside its map.

pub mod auth0;
pub mod cloudtrail;
mod country;
pub mod entra;
pub mod github;
pub mod google_workspace;
#[cfg(test)]
mod hostile;
mod json;
pub mod json_events;
pub mod okta;
#[cfg(test)]
mod probe;
mod pull;
mod reading;
mod section;
#[cfg(test)]
mod sigma;
pub mod slack_audit;
mod time;

pub use auth0::Auth0Config;
pub use cloudtrail::CloudTrailConfig;
pub use entra::EntraConfig;
pub use github::GitHubConfig;
pub use google_workspace::GoogleWorkspaceConfig;
pub use json_events::JsonEventsConfig;
pub use okta::OktaConfig;
pub use section::Outside;
pub use slack_audit::SlackAuditConfig;
