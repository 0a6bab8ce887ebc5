//! Stand-in vendors: small servers on a loopback port that speak a vendor's protocol strictly and
//! keep what they were told.
//!
//! They are written from the vendors' documents and share no code with the connectors, so that a
//! mistake made on one side is not made on both. A stand-in refuses what its vendor would refuse,
//! can be made to fail on purpose ([`Faults`]), and lets a test, the simulator or a browser act
//! as the people on the other side. Start with [`slack::SlackWorld`].

pub mod actions;
pub mod alertmanager;
pub mod aws;
mod callback;
pub mod codes;
pub mod desks;
pub mod devices;
pub mod duo;
pub mod entra;
pub mod faults;
pub mod feeds;
pub mod github;
pub mod github_audit;
pub mod goalert;
pub mod google;
pub mod google_reports;
pub mod intel;
mod keys;
pub mod lists;
mod log;
pub mod oidc;
pub mod okta;
pub mod okta_log;
mod page;
pub mod pagerduty;
mod percent;
mod server;
pub mod slack;
pub mod slack_admin;
pub mod slack_audit;
pub mod smtp;
pub mod ssf;
pub mod webhook;

#[cfg(test)]
mod tests;

pub use actions::ActionSink;
pub use alertmanager::AlertmanagerWorld;
pub use aws::AwsWorld;
pub use callback::{Answer, SignedCall};
pub use codes::CodesPage;
pub use duo::{DuoWorld, DuoWorldConfig};
pub use entra::EntraWorld;
pub use faults::{Fault, Faults};
pub use github::GitHubWorld;
pub use github_audit::GitHubAuditLog;
pub use goalert::GoAlertWorld;
pub use google::GoogleWorld;
pub use google_reports::GoogleReports;
pub use intel::IntelWorld;
pub use lists::ListHost;
pub use oidc::{OidcAccount, OidcWorld, OidcWorldConfig};
pub use okta::OktaWorld;
pub use okta_log::OktaLog;
pub use pagerduty::PagerDutyWorld;
pub use server::{Request, RequestLog};
pub use slack::{SlackWorld, SlackWorldConfig};
pub use slack_admin::SlackAdminWorld;
pub use slack_audit::SlackAuditLog;
pub use smtp::SmtpWorld;
pub use webhook::WebhookSink;
