//! `history`: what became of the cases of this person, this rule and this address.

use std::sync::Arc;

use async_trait::async_trait;
use casework::count::{self, About};
use model::{FactValue, Facts, Span};
use ports::{
    Clock, Failure, enricher,
    store::{Day, Store, TALLIES_READ_MAX, Tallied, TallyQuery},
};

/// How many days back it looks.
const DAYS: u16 = 90;
/// How long an answer is good: a storm asks once.
const LIFE: Span = Span::seconds(10);
/// What is told of each of the three.
const COUNTERS: [&str; 3] = ["cases", "real", "harmless"];
/// The fields, in the order of person, rule, address.
pub(super) const FIELDS: [&str; 9] = [
    "person_cases",
    "person_real",
    "person_harmless",
    "rule_cases",
    "rule_real",
    "rule_harmless",
    "address_cases",
    "address_real",
    "address_harmless",
];

/// The step.
pub struct HistoryStep {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl HistoryStep {
    /// Over this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn read(&self, prefix: String) -> Result<Vec<Tallied>, Failure> {
        let to = Day::of(self.clock.now());
        let query = TallyQuery { prefix, from: to.before(DAYS - 1), to, limit: TALLIES_READ_MAX };
        let rows = self.store.tallies(&query).await;
        rows.map_err(|error| Failure::retry(format!("the history cannot be read: {error}")))
    }

    /// The counters of everything whose key begins so and fits.
    async fn sums(
        &self,
        prefix: String,
        fits: impl Fn(&str) -> bool,
    ) -> Result<[i64; COUNTERS.len()], Failure> {
        let rows = self.read(prefix).await?;
        let of = |name: &str| {
            let rows = rows.iter().filter(|row| row.name == name && fits(&row.key));
            rows.map(|row| row.n).fold(0_i64, i64::saturating_add).max(0)
        };
        Ok(COUNTERS.map(of))
    }
}

#[async_trait]
impl enricher::Enricher for HistoryStep {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(FIELDS.to_vec())
    }

    fn is_local(&self) -> bool {
        true
    }

    fn key(&self, about: &enricher::About<'_>) -> Option<String> {
        let person = about.person.map_or_else(String::new, |person| person.id.to_string());
        let address = count::address_of(&about.alert.facts).unwrap_or_default();
        Some(format!("{person} {address} {}", about.alert.rule))
    }

    async fn enrich(&self, about: &enricher::About<'_>) -> Result<Option<Facts>, Failure> {
        let mut told = Vec::new();
        if let Some(person) = about.person {
            let key = About::Person(person.id).key();
            told.push(("person", self.sums(key.clone(), |found| found == key).await?));
        }
        let of_rule = count::prefix("rule", &[&about.alert.rule]);
        told.push(("rule", self.sums(of_rule, |_| true).await?));
        if let Some(address) = count::address_of(&about.alert.facts) {
            let key = About::Address(&address).key();
            told.push(("address", self.sums(key.clone(), |found| found == key).await?));
        }
        let facts = told.into_iter().flat_map(|(of, sums)| {
            let named = COUNTERS.into_iter().zip(sums);
            named.map(move |(name, n)| (format!("{of}_{name}"), FactValue::Int(n)))
        });
        Ok(Some(facts.collect()))
    }

    fn life(&self) -> Span {
        LIFE
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(format!("looks at the cases of the last {DAYS} days"))
    }
}
