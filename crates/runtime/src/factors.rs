//! What a person can prove with here: factors enrolled with us, and factors of the directory.
//!
//! Material lies sealed in the store, under a name that binds it to its factor and its owner, so
//! that a row that was copied to another person's opens for nobody.

use model::{FactorId, Person, PersonId};
use ports::{
    store::{Record, RecordOp, Space},
    verifier::{Factor, Proven},
};
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, EngineError};

/// How many factors of one person are read.
const FACTORS_READ: u32 = 40;

/// A factor with its material open and its counter as it is now.
pub(crate) struct HeldFactor {
    /// The factor.
    pub(crate) factor: Factor,
    /// The counter's bytes as they were read: it moves only from there.
    counter: Option<Vec<u8>>,
    /// Its row's bytes as they were read; a factor of the directory has none.
    row: Option<Vec<u8>>,
}

/// A counter as stored, apart from its factor: those of the directory have no row of their own.
#[derive(Debug, Serialize, Deserialize)]
struct Counter {
    value: u64,
}

impl Engine {
    /// The factors of a person, those of the directory included.
    pub(crate) async fn factors_of(&self, person: &Person) -> Result<Vec<HeldFactor>, EngineError> {
        let now = self.now();
        let store = &self.parts.store;
        let rows = store.records(Space::Factor, Some(person.id), "", now, FACTORS_READ).await?;
        let enrolled = rows.into_iter().filter_map(|row| {
            let factor = self.open_factor(person.id, &row)?;
            Some((factor, Some(row.value)))
        });
        let known = self.parts.directory.factors(person.id).into_iter().map(|known| (known, None));
        let mut held = Vec::new();
        for (mut factor, row) in enrolled.chain(known) {
            let key = factor.id.to_string();
            let record = store.record(Space::FactorCounter, &key, now).await?;
            let counter = record.map(|record| record.value);
            if let Some(bytes) = &counter {
                let stored: Counter = crate::bytes::read(bytes)?;
                factor.counter = factor.counter.max(stored.value);
            }
            held.push(HeldFactor { factor, counter, row });
        }
        Ok(held)
    }

    /// What a proof spends: the counter moves, on condition that nobody has moved it since it was
    /// read, so that a code or a signature counts once, whoever asks and for whatever. And the
    /// factor must still be there as it was read: one that was removed meanwhile proves nothing,
    /// and is not brought back by the proof.
    pub(crate) fn spending(&self, held: &HeldFactor, proven: &Proven) -> Vec<RecordOp> {
        let factor = &held.factor;
        let now = self.now();
        let mut ops = Vec::new();
        if let Some(value) = proven.counter {
            let record = Record {
                space: Space::FactorCounter,
                key: factor.id.to_string(),
                owner: Some(factor.person),
                value: crate::bytes::write(&Counter { value }),
                expires_at: None,
            };
            ops.push(RecordOp::Swap { expected: held.counter.clone(), record, now });
        }
        if let Some(row) = &held.row {
            let material = proven.material.clone().unwrap_or_else(|| factor.material.clone());
            let record = self.factor_record(&Factor { material, ..factor.clone() });
            ops.push(RecordOp::Swap { expected: Some(row.clone()), record, now });
        }
        ops
    }

    /// The row of an enrolled factor, its material sealed.
    pub(crate) fn factor_record(&self, factor: &Factor) -> Record {
        let material = self.parts.seal.seal(&about(factor.id, factor.person), &factor.material);
        Record {
            space: Space::Factor,
            key: factor.id.to_string(),
            owner: Some(factor.person),
            value: crate::bytes::write(&Factor { material, ..factor.clone() }),
            expires_at: None,
        }
    }

    /// A factor's row opened; one that does not open proves nothing and is left out.
    fn open_factor(&self, person: PersonId, row: &Record) -> Option<Factor> {
        let sealed: Factor = crate::bytes::read(&row.value).ok()?;
        let is_theirs = sealed.person == person && sealed.id.to_string() == row.key;
        let opened = self.parts.seal.open(&about(sealed.id, person), &sealed.material);
        match opened.filter(|_| is_theirs) {
            Some(material) => Some(Factor { material, ..sealed }),
            None => {
                tracing::error!(factor.id = %row.key, "a factor's record does not open");
                None
            }
        }
    }
}

fn about(factor: FactorId, person: PersonId) -> String {
    format!("factor {factor} of {person}")
}
