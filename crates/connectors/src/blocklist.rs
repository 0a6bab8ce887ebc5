//! Our own block lists: firewalls fetch them, every entry ends by itself, and some networks are
//! never in one.
//!
//! Start with `responder.rs`; `map.rs` is pure.

pub mod config;
mod map;
mod responder;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::{Clock, blocklist::Blocklist};

pub use config::{BlocklistConfig, BlocklistSettings, Readers};

/// A list of addresses: one `[respond.NAME]` of kind `blocklist`, which is also the list's name.
pub struct BlocklistResponder {
    who: String,
    list: String,
    settings: BlocklistSettings,
    lists: Arc<dyn Blocklist>,
    clock: Arc<dyn Clock>,
}

impl BlocklistResponder {
    /// The list under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: BlocklistSettings,
        lists: Arc<dyn Blocklist>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { who: format!("respond.{name}"), list: name.to_owned(), settings, lists, clock }
    }
}

impl std::fmt::Debug for BlocklistResponder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlocklistResponder[{}]", self.who)
    }
}
