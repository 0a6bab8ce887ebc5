//! Steps of enrichment: one that answers from memory, and one far away that is slow, silent, or
//! answers what nobody can read.

use std::future::pending;

use async_trait::async_trait;
use model::{FactValue, Facts, Span};
use ports::{
    Clock as _, Failure,
    clock::ManualClock,
    enricher::{About, Enricher},
};

use super::Weather;
use crate::sim::executor::pause;

/// What every step gives.
const FIELDS: [&str; 2] = ["score", "zone"];
/// How often a look is never answered, in a thousand.
const NEVER: usize = 40;
/// How often it is answered long after anybody waits for it.
const SLOW: usize = 60;
/// How often the answer is longer than what is read.
const HUGE: usize = 30;
/// How often the answer is a page for people.
const GARBAGE: usize = 30;

/// A step of enrichment.
pub(in crate::sim) struct SimEnricher {
    weather: Weather,
    clock: ManualClock,
    is_local: bool,
}

impl SimEnricher {
    pub(in crate::sim) fn new(weather: Weather, clock: &ManualClock, is_local: bool) -> Self {
        Self { weather, clock: clock.clone(), is_local }
    }

    pub(in crate::sim) fn weather(&self) -> &Weather {
        &self.weather
    }

    async fn mishap(&self) -> Result<(), Failure> {
        let chance = &self.weather.chance;
        match chance.below(1_000) {
            roll if roll < NEVER => pending().await,
            roll if roll < NEVER + SLOW => {
                let end = Span::seconds(1 + chance.below(20) as u64).after(self.clock.now());
                while self.clock.now() < end {
                    pause(chance).await;
                }
                Ok(())
            }
            roll if roll < NEVER + SLOW + HUGE => {
                Err(Failure::permanent("the answer is longer than 1 MiB"))
            }
            roll if roll < NEVER + SLOW + HUGE + GARBAGE => {
                Err(Failure::permanent("the answer is no JSON"))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Enricher for SimEnricher {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(FIELDS.to_vec())
    }

    fn is_local(&self) -> bool {
        self.is_local
    }

    fn key(&self, about: &About<'_>) -> Option<String> {
        about.alert.facts.get("host").map(FactValue::shown)
    }

    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        let Some(key) = self.key(about) else { return Ok(None) };
        if !self.is_local {
            self.weather.before().await?;
            if self.weather.is_bad() {
                self.mishap().await?;
            }
            self.weather.after().await?;
        }
        let sum: i64 = key.bytes().map(i64::from).sum();
        if sum % 5 == 0 {
            return Ok(None);
        }
        let zone = FactValue::Text("far".to_owned());
        let score = FactValue::Int(sum * 37 % 100);
        Ok(Some(Facts::from([("score".to_owned(), score), ("zone".to_owned(), zone)])))
    }

    fn life(&self) -> Span {
        Span::minutes(10)
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("simulated".to_owned())
    }
}
