//! The fake: knows what it is told about addresses, and fails as it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::{FactValue, Facts, Span};

use super::{About, Enricher};
use crate::Failure;

/// Knows of the address in the fact `ip`.
#[derive(Debug)]
pub struct FakeEnricher {
    fields: Vec<String>,
    is_local: bool,
    world: Mutex<World>,
}

#[derive(Debug, Default)]
struct World {
    known: BTreeMap<String, Facts>,
    failures: VecDeque<(usize, Failure)>,
    requests: usize,
}

impl FakeEnricher {
    /// It may give these fields.
    #[must_use]
    pub fn new(fields: &[&str], is_local: bool) -> Self {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Self { fields, is_local, world: Mutex::default() }
    }

    /// This is known of an address.
    pub fn know(&self, ip: &str, facts: Facts) {
        self.lock().known.insert(ip.to_owned(), facts);
    }

    /// The n-th look from now, counted from 0, fails so.
    pub fn fail(&self, nth: usize, failure: Failure) {
        let world = &mut *self.lock();
        world.failures.push_back((world.requests + nth, failure));
    }

    /// How often it was asked.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Enricher for FakeEnricher {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(self.fields.iter().map(String::as_str).collect())
    }

    fn is_local(&self) -> bool {
        self.is_local
    }

    fn key(&self, about: &About<'_>) -> Option<String> {
        match about.alert.facts.get("ip") {
            Some(FactValue::Text(ip)) => Some(ip.clone()),
            _ => None,
        }
    }

    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        let Some(key) = self.key(about) else { return Ok(None) };
        let world = &mut *self.lock();
        let number = world.requests;
        world.requests += 1;
        let failure = world.failures.iter().position(|(at, _)| *at == number);
        match failure.and_then(|at| world.failures.remove(at)) {
            Some((_, failure)) => Err(failure),
            None => Ok(world.known.get(&key).cloned()),
        }
    }

    fn life(&self) -> Span {
        Span::hours(1)
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("the fake".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::executor::block_on;
    use model::{Alert, AlertId, Severity, Timestamp};

    use super::*;
    use crate::conformance::{self, EnricherStage, Mishap};

    struct Setting(Arc<FakeEnricher>);

    impl EnricherStage for Setting {
        fn enricher(&self) -> Arc<dyn Enricher> {
            Arc::clone(&self.0) as Arc<dyn Enricher>
        }
        fn known(&self) -> Alert {
            let at = Timestamp::from_second(1_795_000_000).expect("in range");
            Alert {
                id: AlertId::from_parts(at, 1),
                source: "siem".to_owned(),
                external_id: None,
                rule: "r".to_owned(),
                title: "t".to_owned(),
                description: String::new(),
                severity: Severity::High,
                time: at,
                person: None,
                url: None,
                facts: Facts::from([("ip".to_owned(), "203.0.113.7".into())]),
                received_at: at,
                problems: Vec::new(),
            }
        }
        fn requests(&self) -> usize {
            self.0.requests()
        }
        fn fail(&self, nth: usize, mishap: Mishap) {
            self.0.fail(
                nth,
                match mishap {
                    Mishap::Denied => Failure::denied("no"),
                    _ => Failure::retry("not now"),
                },
            );
        }
        fn secrets(&self) -> Vec<String> {
            vec!["a secret".to_owned()]
        }
    }

    #[test]
    fn the_fake_keeps_what_every_enricher_must_keep() {
        for is_local in [false, true] {
            block_on(conformance::enricher(async || {
                let fake = FakeEnricher::new(&["score"], is_local);
                let facts = Facts::from([("score".to_owned(), FactValue::Int(87))]);
                fake.know("203.0.113.7", facts);
                Box::new(Setting(Arc::new(fake))) as Box<dyn EnricherStage>
            }));
        }
    }
}
