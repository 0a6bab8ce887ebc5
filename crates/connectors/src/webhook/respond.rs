//! Actions of one's own: a signed webhook that isolates a device, quarantines a mail, blocks a
//! card, with an optional look and an optional way back.
//!
//! Requests are signed as Standard Webhooks are. `webhook-id` is the action's id and what is asked
//! (`act_….execute`, `act_….revert`), the same over retries: a receiver answers a repetition as it
//! answered the first. Each look has an id of its own, since it is answered anew. The body:
//!
//! | `type` | to | other fields |
//! |---|---|---|
//! | `action.execute` | `url` | `id`, `action`, `target` (`{"type","id","person"}`), `case`, `reason`, `requested_at`, `ttl_s` or null, `dry_run` |
//! | `action.verify`, `action.verify_revert` | `verify_url` | the same but `dry_run` |
//! | `action.revert` | `revert_url` | the same, `undo_token`, `prior_state` |
//!
//! | reply | means |
//! |---|---|
//! | 200 `{"status":"done"}` | done; `undo_token` and `prior_state` are kept, and sent with a revert |
//! | 200 `{"status":"ready"}` | to `dry_run`: it would change something |
//! | 200 `{"status":"pending"}` or `"changed"` | to a look: not yet, or something else by now |
//! | 202 `{"status":"accepted","poll":"/jobs/7"}` | taken; asked for by GET, signed, at this path of the same server |
//! | 409 | it is so already |
//! | 422 `{"reason"}` | refused for good |

mod client;
pub mod config;
mod map;
mod responder;

#[cfg(test)]
mod tests;

use std::sync::{Arc, atomic::AtomicU64};

use ports::Clock;

pub use config::{WebhookRespondConfig, WebhookRespondSettings};

use crate::http::HttpClient;

/// A receiver of actions: one `[respond.NAME]` of kind `webhook`.
pub struct WebhookResponder {
    who: String,
    settings: WebhookRespondSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    /// How many looks were made, so that each has an id of its own.
    looks: AtomicU64,
}

impl WebhookResponder {
    /// The receiver under its configured name.
    #[must_use]
    pub fn new(
        name: &str,
        settings: WebhookRespondSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { who: format!("respond.{name}"), settings, http, clock, looks: AtomicU64::new(0) }
    }
}

impl std::fmt::Debug for WebhookResponder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookResponder[{}]", self.who)
    }
}
