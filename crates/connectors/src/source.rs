//! Alerts from other tools: how a sender proves itself, and how what it sent is read.
//!
//! The maps are pure and forgiving: a bad optional field becomes a [`model::Problem`] of its
//! record, a bad record becomes a [`ports::source::Rejected`] and never costs its neighbours. The
//! authenticators are the opposite: whatever is odd about a credential refuses the request.
//!
//! Start with [`json`] for the shape, [`limits`] for what is cut, and [`auth`] for who may send.

pub mod alertmanager;
pub mod auth;
pub mod config;
mod facts;
pub mod json;
pub mod limits;
pub(crate) mod notes;
mod text;

pub use config::{AlertmanagerConfig, JsonConfig};
