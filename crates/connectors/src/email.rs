//! E-mail: people are told, and the security team is paged. Never an answer, and never a proof.
//!
//! A mail is plain text with one link, to our own page: nothing in it answers, since whatever reads
//! mail also follows links. `smtp.rs` speaks to the mail server, over TLS unless that is this very
//! machine; `map.rs` (pure) writes the mail, so that no text can become a header. Why there is no
//! crate for it: after the end of a mail a lost reply means that nobody knows, before it that
//! nothing was sent, and only our own conversation tells the two apart.

mod chat;
pub mod config;
mod map;
mod pager;
mod smtp;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ports::{Clock, Failure};

pub use config::{EmailConfig, EmailSettings};

use map::Mail;

/// A mail server to send through: one `[chat.NAME]` or `[escalate.NAME]` of kind `email`.
pub struct Email {
    who: String,
    settings: EmailSettings,
    clock: Arc<dyn Clock>,
}

impl Email {
    /// The mail server under its section's name, such as `chat.mail` or `escalate.mail`.
    #[must_use]
    pub fn new(section: &str, settings: EmailSettings, clock: Arc<dyn Clock>) -> Self {
        Self { who: section.to_owned(), settings, clock }
    }

    /// Sends a mail to everybody who is named in it.
    async fn send(&self, mail: &Mail<'_>) -> Result<(), Failure> {
        let message = map::message(&self.settings, mail, self.clock.now());
        smtp::send(&self.who, &self.settings, mail.to, &message).await
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Email[{}]", self.who)
    }
}
