//! The same signed request twice: it is answered as it was, and nothing is done again.
//!
//! A sender that has lost our answer sends again, with the same message id; so does somebody who
//! has overheard it. Neither may bring old content back over newer, and the first must not be told
//! that its alert was refused.

use data_encoding::HEXLOWER;
use ports::source::{ReplayKey, Source};
use runtime::{
    Engine,
    replay::{Book, Turn},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Problem, problem::Kind};

/// A request that must not be taken twice.
pub(super) struct Replay {
    key: String,
    until: model::Timestamp,
    body: String,
}

/// What is remembered of it.
#[derive(Serialize, Deserialize)]
struct Answered {
    body: String,
    receipt: String,
}

impl Replay {
    /// The request with this key of this source.
    pub(super) fn of(source: &Source, once: ReplayKey, body: &[u8]) -> Self {
        let hex = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
        let key = format!("source/{}/{}", source.name, hex(once.key.as_bytes()));
        Self { key, until: once.until, body: hex(body) }
    }

    /// The turn of this request: the same one at the same time waits for what comes of this. To be
    /// held until the answer is remembered.
    pub(super) async fn turn<'e>(replay: Option<&Self>, engine: &'e Engine) -> Option<Turn<'e>> {
        match replay {
            Some(replay) => Some(engine.turn_of(&replay.key).await),
            None => None,
        }
    }

    /// What was answered to it before.
    pub(super) async fn answer_before(
        replay: Option<&Self>,
        engine: &Engine,
    ) -> Result<Option<String>, Problem> {
        let Some(replay) = replay else { return Ok(None) };
        let Some(known) = engine.recall(Book::Replay, &replay.key).await? else { return Ok(None) };
        let known: Answered =
            serde_json::from_slice(&known).map_err(|_| Problem::of(Kind::Internal))?;
        if known.body != replay.body {
            return Err(Problem::of(Kind::KeyReused));
        }
        Ok(Some(known.receipt))
    }

    /// Remembers the answer for as long as the request's time would let it pass again.
    pub(super) async fn remember(self, engine: &Engine, receipt: &str) -> Result<(), Problem> {
        let receipt = receipt.to_owned();
        let answered = serde_json::to_vec(&Answered { body: self.body, receipt });
        let answered = answered.map_err(|_| Problem::of(Kind::Internal))?;
        Ok(engine.remember(Book::Replay, &self.key, answered, self.until).await?)
    }
}
