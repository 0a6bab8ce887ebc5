//! x

mod ceremony;
pub mod directory_file;
pub mod duo;
#[cfg(test)]
mod fixtures;
pub mod http;
pub mod pagerduty;
pub mod passkey;
pub mod seal;
pub mod secret;
pub mod slack;
pub mod source;
pub mod standard_webhooks;
mod text;
pub mod totp;
pub mod webhook;
