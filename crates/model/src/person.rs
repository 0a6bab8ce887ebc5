//! A person of the company's directory.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{PersonId, Personal, Timestamp};

/// Somebody who can be asked. Found by id, e-mail or alias; never by display name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Ours: derived from the directory's name and the subject there, so the same on every start.
    pub id: PersonId,
    /// The directory's own immutable id (an identity provider's subject).
    pub subject: Personal,
    /// Where mail reaches them; may change, so it is never the identity.
    pub email: Personal,
    /// The name shown to others.
    pub name: Personal,
    /// IANA zone, such as `Europe/Berlin`; the organisation's when absent.
    pub time_zone: Option<String>,
    /// Preferred language, such as `en`; the organisation's first when absent.
    pub language: Option<String>,
    /// The manager's subject.
    pub manager: Option<Personal>,
    /// Groups, by name.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether this person's account can do great harm.
    #[serde(default)]
    pub privileged: bool,
    /// Chat accounts by the name of the configured chat: `slack` to `U…`.
    #[serde(default)]
    pub chat: BTreeMap<String, String>,
    /// Other names under which tools know this person, such as `aws:mia`.
    #[serde(default)]
    pub aliases: Vec<Personal>,
    /// When they are away.
    #[serde(default)]
    pub away: Vec<Away>,
    /// Whether the account is active; nobody else is asked.
    #[serde(default = "yes")]
    pub active: bool,
}

/// A time away from work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// From this instant.
    pub from: Timestamp,
    /// Until this one.
    pub to: Timestamp,
}

impl Person {
    /// How a message greets them: the first name when there is one, else the account's name.
    #[must_use]
    pub fn greeting(&self) -> &str {
        let first = self.name.reveal().split_whitespace().next();
        first.unwrap_or_else(|| self.email.reveal().split('@').next().unwrap_or_default())
    }

    /// Until when they are away, where they are at this instant.
    #[must_use]
    pub fn away_until(&self, at: Timestamp) -> Option<Timestamp> {
        let away = self.away.iter().filter(|away| away.from <= at && at < away.to);
        away.map(|away| away.to).max()
    }

    /// The zone of this person's days, or the fallback.
    #[must_use]
    pub fn zone(&self, fallback: &TimeZone) -> TimeZone {
        let named = self.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        named.unwrap_or_else(|| fallback.clone())
    }
}

fn yes() -> bool {
    true
}
