//! Stand-in vendors: small servers on a loopback port that speak a vendor's protocol strictly and
//! keep what they were told.
//!
//! They are written from the vendors' documents and share no code with the connectors, so that a
//! mistake made on one side is not made on both. A stand-in refuses what its vendor would refuse,
//! can be made to fail on purpose ([`Faults`]), and lets a test, the simulator or a browser act
//! as the people on the other side. Start with [`slack::SlackWorld`].

mod callback;
pub mod codes;
pub mod duo;
pub mod faults;
pub mod github;
pub mod google;
pub mod lists;
mod log;
pub mod okta;
mod page;
pub mod pagerduty;
mod server;
pub mod slack;
pub mod slack_audit;
pub mod webhook;

#[cfg(test)]
mod tests;

pub use callback::{Answer, SignedCall};
pub use codes::CodesPage;
pub use duo::{DuoWorld, DuoWorldConfig};
pub use faults::{Fault, Faults};
pub use github::GitHubAuditLog;
pub use google::GoogleReports;
pub use lists::ListHost;
pub use okta::OktaLog;
pub use pagerduty::PagerDutyWorld;
pub use server::{Request, RequestLog};
pub use slack::{SlackWorld, SlackWorldConfig};
pub use slack_audit::SlackAuditLog;
pub use webhook::WebhookSink;
