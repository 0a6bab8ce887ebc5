//! What every step of enrichment must keep. Each claim gets a fresh stage.

use std::sync::Arc;

use model::{Alert, Facts, Person, Span};

use super::Mishap;
use crate::enricher::{About, Enricher};

/// The other side of an enricher under test.
pub trait EnricherStage: Send + Sync {
    /// The enricher that asks it.
    fn enricher(&self) -> Arc<dyn Enricher>;
    /// An alert of which it knows something.
    fn known(&self) -> Alert;
    /// Whom that alert is about, where the enricher looks at that.
    fn person(&self) -> Option<Person> {
        None
    }
    /// How many requests came so far.
    fn requests(&self) -> usize;
    /// The n-th request from now, counted from 0, goes wrong.
    fn fail(&self, nth: usize, mishap: Mishap);
    /// Texts that must not be told.
    fn secrets(&self) -> Vec<String>;
}

/// The stage of an enricher to which everything that it looks at is at hand, and no request is made.
pub struct AtHand {
    /// The enricher.
    pub enricher: Arc<dyn Enricher>,
    /// An alert of which it knows something.
    pub known: Alert,
    /// Whom it is about.
    pub person: Option<Person>,
}

impl EnricherStage for AtHand {
    fn enricher(&self) -> Arc<dyn Enricher> {
        Arc::clone(&self.enricher)
    }

    fn known(&self) -> Alert {
        self.known.clone()
    }

    fn person(&self) -> Option<Person> {
        self.person.clone()
    }

    fn requests(&self) -> usize {
        0
    }

    fn fail(&self, _nth: usize, _mishap: Mishap) {}

    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs every claim, each on a stage of its own. Panics where one is not kept.
pub async fn enricher(make: impl AsyncFn() -> Box<dyn EnricherStage>) {
    the_same_key_has_the_same_answer(&*make().await).await;
    an_alert_that_says_nothing_is_not_asked_about(&*make().await).await;
    no_more_is_answered_than_was_said(&*make().await).await;
    failing_at_any_request_harms_nothing(&make).await;
    checking_asks_nothing(&*make().await).await;
}

fn about<'a>(alert: &'a Alert, person: &'a Option<Person>) -> About<'a> {
    About { alert, person: person.as_ref() }
}

async fn the_same_key_has_the_same_answer(stage: &dyn EnricherStage) {
    let (enricher, alert, person) = (stage.enricher(), stage.known(), stage.person());
    let mut other = alert.clone();
    other.facts.insert("something-else".to_owned(), "x".into());
    let key = enricher.key(&about(&alert, &person));
    assert!(key.is_some());
    assert_eq!(enricher.key(&about(&other, &person)), key);
    let answer = enricher.enrich(&about(&alert, &person)).await.expect("an answer");
    assert!(answer.is_some());
    let again = enricher.enrich(&about(&other, &person)).await.expect("an answer");
    assert_eq!(again, answer);
    assert_eq!(enricher.enrich(&about(&alert, &person)).await, Ok(again), "however often");
    assert!(enricher.life() > Span::ZERO);
}

async fn an_alert_that_says_nothing_is_not_asked_about(stage: &dyn EnricherStage) {
    let alert = Alert { facts: Facts::new(), ..stage.known() };
    let (enricher, person) = (stage.enricher(), stage.person());
    if enricher.key(&about(&alert, &person)).is_none() {
        assert_eq!(enricher.enrich(&about(&alert, &person)).await, Ok(None));
        assert_eq!(stage.requests(), 0);
    }
}

async fn no_more_is_answered_than_was_said(stage: &dyn EnricherStage) {
    let (enricher, alert, person) = (stage.enricher(), stage.known(), stage.person());
    let Some(fields) = enricher.fields() else { return };
    let answer =
        enricher.enrich(&about(&alert, &person)).await.expect("an answer").unwrap_or_default();
    let unsaid: Vec<_> = answer.keys().filter(|key| !fields.contains(&key.as_str())).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}

async fn failing_at_any_request_harms_nothing(make: &impl AsyncFn() -> Box<dyn EnricherStage>) {
    let stage = make().await;
    let (alert, person) = (stage.known(), stage.person());
    let answer = stage.enricher().enrich(&about(&alert, &person)).await.expect("an answer");
    for nth in 0..stage.requests() {
        for mishap in
            [Mishap::Busy, Mishap::Lost, Mishap::ReplyLost, Mishap::FailsAfter, Mishap::Denied]
        {
            let stage = make().await;
            let enricher = stage.enricher();
            stage.fail(nth, mishap);
            let failure = enricher.enrich(&about(&alert, &person)).await.expect_err("the mishap");
            assert!(!failure.uncertain, "nothing comes of a look: {failure:?}");
            assert_eq!(failure.is_retryable(), mishap != Mishap::Denied, "{mishap:?}");
            let told = format!("{failure} {failure:?}");
            for secret in stage.secrets() {
                assert!(!told.contains(&secret), "a secret was told");
            }
            assert_eq!(
                enricher.enrich(&about(&alert, &person)).await,
                Ok(answer.clone()),
                "the next look"
            );
        }
    }
}

async fn checking_asks_nothing(stage: &dyn EnricherStage) {
    stage.enricher().check().await.expect("good");
}
