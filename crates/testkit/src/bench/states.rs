//! The states of a million entities of about 500 bytes: written for the first time, changed and
//! loaded, by those that are often seen and by any.

use std::{collections::BTreeSet, time::Instant};

use ports::{
    Entropy as _,
    entropy::SeededEntropy,
    event_log::Position,
    states::{Checkpoint, StateKey, StateSave, States as _},
};
use store_sqlite::{Options, SqliteStates};

use super::table::{Met, Table, median};

const ENTITIES: u64 = 1_000_000;
/// Entities in one save, or one load.
const BATCH: usize = 20_000;
/// Saves and loads of each kind.
const ROUNDS: usize = 10;
const SEED: u64 = 3;
const PER_SECOND_MIN: f64 = 50_000.0;

pub(super) async fn of_a_million(table: &mut Table) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("detection.db");
    let states = SqliteStates::open(&path, Options::default())?;
    let mut dice = Dice(SeededEntropy::new(SEED));
    let mut first = Vec::new();
    let all: Vec<u64> = (0..ENTITIES).collect();
    for entities in all.chunks(BATCH) {
        first.push(save(&states, &mut dice, entities).await?);
    }
    row(table, "states of a million entities saved for the first time", first);
    for (which, draw) in [("often seen", Dice::zipf as fn(&mut Dice) -> u64), ("any", Dice::any)] {
        let (mut saves, mut loads) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let entities = dice.entities(draw);
            saves.push(save(&states, &mut dice, &entities).await?);
            let entities = dice.entities(draw);
            loads.push(load(&states, &entities).await?);
        }
        row(table, &format!("of them saved again, {which}"), saves);
        row(table, &format!("of them loaded, {which}"), loads);
    }
    Ok(())
}

fn row(table: &mut Table, what: &str, rates: Vec<f64>) {
    let slowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let rate = median(rates);
    table.row(
        what,
        format!("{rate:.0}/s, in the slowest batch {slowest:.0}/s"),
        format!("at least {PER_SECOND_MIN:.0}/s"),
        Met::when(rate >= PER_SECOND_MIN),
    );
}

async fn save(states: &SqliteStates, dice: &mut Dice, entities: &[u64]) -> anyhow::Result<f64> {
    let values = entities.iter().map(|entity| (key(*entity), Some(dice.value()))).collect();
    let parts = vec![("windows".to_owned(), vec![1; 10_000])];
    let checkpoint = Some(Checkpoint { position: Position(1), rules: "rules".to_owned(), parts });
    let start = Instant::now();
    states.save(StateSave { values, checkpoint }).await?;
    Ok(entities.len() as f64 / start.elapsed().as_secs_f64())
}

async fn load(states: &SqliteStates, entities: &[u64]) -> anyhow::Result<f64> {
    let keys: Vec<_> = entities.iter().map(|entity| key(*entity)).collect();
    let start = Instant::now();
    let found = states.load(&keys).await?;
    let seconds = start.elapsed().as_secs_f64();
    anyhow::ensure!(found.iter().all(Option::is_some), "an entity is missing");
    Ok(entities.len() as f64 / seconds)
}

/// Keys are spread as digests are.
fn key(entity: u64) -> StateKey {
    StateKey(u128::from(entity + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

struct Dice(SeededEntropy);

impl Dice {
    fn fraction(&mut self) -> f64 {
        const BITS: u32 = 53;
        (self.0.bits() >> (128 - BITS)) as f64 / (1_u64 << BITS) as f64
    }

    /// An entity; those of low number, which were seen first, come up most.
    fn zipf(&mut self) -> u64 {
        (ENTITIES as f64).powf(self.fraction()) as u64 % ENTITIES
    }

    fn any(&mut self) -> u64 {
        (ENTITIES as f64 * self.fraction()) as u64 % ENTITIES
    }

    /// Different ones, until most draws are of one that is among them.
    fn entities(&mut self, draw: fn(&mut Self) -> u64) -> Vec<u64> {
        let drawn: BTreeSet<u64> = (0..3 * BATCH).map(|_| draw(self)).collect();
        drawn.into_iter().take(BATCH).collect()
    }

    fn value(&mut self) -> Vec<u8> {
        let mut value = vec![0; 400 + (self.0.bits() % 200) as usize];
        self.0.fill(&mut value);
        value
    }
}
