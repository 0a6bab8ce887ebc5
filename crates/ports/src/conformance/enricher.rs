//! What every step of enrichment must keep. Each claim gets a fresh stage.

use std::sync::Arc;

use model::{Alert, Facts, Span};

use super::Mishap;
use crate::enricher::{About, Enricher};

/// The other side of an enricher under test.
pub trait EnricherStage: Send + Sync {
    /// The enricher that asks it.
    fn enricher(&self) -> Arc<dyn Enricher>;
    /// An alert of which it knows something.
    fn known(&self) -> Alert;
    /// How many requests came so far.
    fn requests(&self) -> usize;
    /// The n-th request from now, counted from 0, goes wrong.
    fn fail(&self, nth: usize, mishap: Mishap);
    /// Texts that must not be told.
    fn secrets(&self) -> Vec<String>;
}

/// Runs every claim, each on a stage of its own. Panics where one is not kept.
pub async fn enricher(make: impl AsyncFn() -> Box<dyn EnricherStage>) {
    the_same_key_has_the_same_answer(&*make().await).await;
    an_alert_that_says_nothing_is_not_asked_about(&*make().await).await;
    no_more_is_answered_than_was_said(&*make().await).await;
    failing_at_any_request_harms_nothing(&make).await;
    checking_asks_nothing(&*make().await).await;
}

fn about(alert: &Alert) -> About<'_> {
    About { alert, person: None }
}

async fn the_same_key_has_the_same_answer(stage: &dyn EnricherStage) {
    let (enricher, alert) = (stage.enricher(), stage.known());
    let mut other = alert.clone();
    other.facts.insert("something-else".to_owned(), "x".into());
    let key = enricher.key(&about(&alert));
    assert!(key.is_some());
    assert_eq!(enricher.key(&about(&other)), key);
    let answer = enricher.enrich(&about(&alert)).await.expect("an answer");
    assert!(answer.is_some());
    assert_eq!(enricher.enrich(&about(&other)).await, Ok(answer));
    assert!(enricher.life() > Span::ZERO);
}

async fn an_alert_that_says_nothing_is_not_asked_about(stage: &dyn EnricherStage) {
    let (enricher, alert) = (stage.enricher(), Alert { facts: Facts::new(), ..stage.known() });
    if enricher.key(&about(&alert)).is_none() {
        assert_eq!(enricher.enrich(&about(&alert)).await, Ok(None));
        assert_eq!(stage.requests(), 0);
    }
}

async fn no_more_is_answered_than_was_said(stage: &dyn EnricherStage) {
    let (enricher, alert) = (stage.enricher(), stage.known());
    let Some(fields) = enricher.fields() else { return };
    let answer = enricher.enrich(&about(&alert)).await.expect("an answer").unwrap_or_default();
    let unsaid: Vec<_> = answer.keys().filter(|key| !fields.contains(&key.as_str())).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}

async fn failing_at_any_request_harms_nothing(make: &impl AsyncFn() -> Box<dyn EnricherStage>) {
    let stage = make().await;
    let alert = stage.known();
    let answer = stage.enricher().enrich(&about(&alert)).await.expect("an answer");
    for nth in 0..stage.requests() {
        for mishap in
            [Mishap::Busy, Mishap::Lost, Mishap::ReplyLost, Mishap::FailsAfter, Mishap::Denied]
        {
            let stage = make().await;
            let enricher = stage.enricher();
            stage.fail(nth, mishap);
            let failure = enricher.enrich(&about(&alert)).await.expect_err("the mishap");
            assert!(!failure.uncertain, "nothing comes of a look: {failure:?}");
            assert_eq!(failure.is_retryable(), mishap != Mishap::Denied, "{mishap:?}");
            let told = format!("{failure} {failure:?}");
            for secret in stage.secrets() {
                assert!(!told.contains(&secret), "a secret was told");
            }
            assert_eq!(enricher.enrich(&about(&alert)).await, Ok(answer.clone()), "the next look");
        }
    }
}

async fn checking_asks_nothing(stage: &dyn EnricherStage) {
    stage.enricher().check().await.expect("good");
}
