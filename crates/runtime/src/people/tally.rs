//! How often somebody may try. A try is counted before it is looked at, so that many at once
//! cannot pass together; one that succeeds is taken back.

use std::net::{IpAddr, Ipv6Addr};

use data_encoding::HEXLOWER;
use model::{Person, PersonId, Span, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space, StoreError};
use serde::{Deserialize, Serialize};

use super::seals::keyed_bytes;
use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// Wrong codes in an hour: of everybody unknown for each person and for each address, of each
/// browser that is known, and of a person who is signed in.
pub const CODE_TRIES_MAX: usize = 5;
/// Ceremonies begun in an hour, for each address or known browser, or a person who is signed in:
/// each writes a record.
pub const CEREMONIES_MAX: usize = 60;
/// How long a try counts.
const WINDOW: Span = Span::hours(1);
/// How often a count is tried again when another request was first.
const RACES_MAX: u32 = 16;

/// Sign-ins at the identity provider begun in an hour and not ended, for each address from which
/// come browsers that nobody has signed in with before: a whole office may be behind one.
pub const PROVIDER_TRIES_MAX: usize = 600;

/// Tries that were counted, to be taken back.
#[must_use]
#[derive(Serialize, Deserialize)]
pub(crate) struct Counted {
    keys: Vec<String>,
    at: Timestamp,
    window: Span,
}

/// What tries are counted by: a person we know.
pub(crate) fn by_person(what: &str, person: PersonId) -> String {
    format!("{what}/person/{person}")
}

/// What tries are counted by: a browser that is known, by its hash.
pub(super) fn by_browser(what: &str, hash: &str) -> String {
    format!("{what}/browser/{hash}")
}

/// What tries are counted by: where they come from. An IPv6 customer has a whole /64.
pub(super) fn by_address(what: &str, address: IpAddr) -> String {
    let address = match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    };
    format!("{what}/address/{address}")
}

impl Engine {
    /// What sign-ins from unknown browsers are counted by. Unknown e-mail addresses are counted
    /// like known ones, so that a limit does not tell them apart; they are kept only as a keyed
    /// hash.
    pub(super) fn strangers_keys(
        &self,
        what: &str,
        email: &str,
        person: Option<&Person>,
        from: Option<IpAddr>,
    ) -> Vec<String> {
        let by_whom = match person {
            Some(person) => by_person(what, person.id),
            None => {
                let key = &self.parts.settings.token_key;
                let hash = keyed_bytes(key, "email", &[&email.trim().to_lowercase()]);
                format!("{what}/email/{}", HEXLOWER.encode(&hash))
            }
        };
        std::iter::once(by_whom).chain(from.map(|from| by_address(what, from))).collect()
    }

    /// Counts a try under each key, or refuses it with [`EngineError::Limited`].
    pub(crate) async fn count_try(
        &self,
        keys: Vec<String>,
        limit: usize,
    ) -> Result<Counted, EngineError> {
        self.count_try_within(keys, limit, WINDOW).await
    }

    /// Counts a try under each key, for another time than [`WINDOW`].
    pub(crate) async fn count_try_within(
        &self,
        keys: Vec<String>,
        limit: usize,
        window: Span,
    ) -> Result<Counted, EngineError> {
        let at = self.now();
        let count = |mut tries: Vec<Timestamp>| {
            tries.push(at);
            (tries.len() <= limit).then_some(tries)
        };
        self.change_tallies(&keys, at, window, count).await?;
        Ok(Counted { keys, at, window })
    }

    /// Takes a counted try back: it succeeded. Where that fails it goes on counting for an hour,
    /// which is no reason to take the success back.
    pub(super) async fn uncount(&self, counted: Counted) {
        let forgive = |mut tries: Vec<Timestamp>| {
            if let Some(place) = tries.iter().position(|at| *at == counted.at) {
                tries.remove(place);
            }
            Some(tries)
        };
        let (keys, now) = (&counted.keys, self.now());
        if let Err(error) = self.change_tallies(keys, now, counted.window, forgive).await {
            tracing::debug!(%error, "a successful try goes on counting");
        }
    }

    async fn change_tallies(
        &self,
        keys: &[String],
        now: Timestamp,
        window: Span,
        change: impl Fn(Vec<Timestamp>) -> Option<Vec<Timestamp>>,
    ) -> Result<(), EngineError> {
        for _ in 0..RACES_MAX {
            let mut records = Vec::new();
            for key in keys {
                records.push(self.changing_tally(key, now, window, &change).await?);
            }
            match self.parts.store.commit(Commit { records, ..Commit::default() }).await {
                Err(StoreError::Conflict) => {}
                other => return Ok(other?),
            }
        }
        // So many at once is itself too many.
        Err(EngineError::Limited)
    }

    async fn changing_tally(
        &self,
        key: &str,
        now: Timestamp,
        window: Span,
        change: &impl Fn(Vec<Timestamp>) -> Option<Vec<Timestamp>>,
    ) -> Result<RecordOp, EngineError> {
        let found = self.parts.store.record(Space::SignInFailure, key, now).await?;
        let expected = found.map(|record| record.value);
        let mut tries: Vec<Timestamp> =
            expected.as_deref().map(read).transpose()?.unwrap_or_default();
        tries.retain(|at| now < window.after(*at));
        let tries = change(tries).ok_or(EngineError::Limited)?;
        let record = Record {
            space: Space::SignInFailure,
            key: key.to_owned(),
            owner: None,
            value: write(&tries),
            expires_at: Some(window.after(now)),
        };
        Ok(RecordOp::Swap { expected, record, now })
    }
}
