//! Vendors: one folder each, which turns a vendor's protocol into our ports.
//!
//! A folder holds `config.rs` (its section of the configuration), `client.rs` (the calls), `map.rs`
//! (pure: what is shown and what is read), one file for each port it fills, `tests.rs` and
//! `fixtures/`. A connector never sees a case, a store or another connector; never believes a
//! payload before its signature was checked; and never puts a secret or a person's data into an
//! error or a log. Every call goes out through [`http`], every secret comes in through [`secret`].
//! Start with [`pagerduty`], the smallest, then [`slack`]; a new vendor is a folder beside them.

pub mod alertmanager;
pub mod aws;
pub mod blocklist;
mod ceremony;
pub mod chat_pager;
pub mod compliance;
pub mod devices;
pub mod directory_file;
pub mod duo;
pub mod email;
pub mod entra;
pub mod events;
pub mod feeds;
#[cfg(test)]
mod fixtures;
pub mod github;
pub mod goalert;
pub mod google;
pub mod http;
pub mod http_enricher;
pub mod networks;
mod oauth;
pub mod ocsf;
pub mod oidc;
pub mod okta;
pub mod pagerduty;
pub mod passkey;
mod respond;
pub mod seal;
pub mod secret;
pub mod slack;
pub mod source;
pub mod standard_webhooks;
mod text;
pub mod totp;
pub mod webhook;
pub mod writeback;
