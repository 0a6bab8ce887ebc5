//! What every target of escalation must keep. Each claim gets a fresh stage.

use std::sync::Arc;

use model::{DeliveryId, Severity, Timestamp};

use super::Mishap;
use crate::{
    Decision,
    pager::{Page, PageKind, Pager},
};

/// The other side of a pager under test.
pub trait PagerStage: Send + Sync {
    /// The pager that pages it.
    fn pager(&self) -> Arc<dyn Pager>;
    /// The keys of incidents that are open.
    fn open(&self) -> Vec<String>;
    /// How many incidents, or messages, ever came to be.
    fn opened(&self) -> usize;
    /// How many requests came so far.
    fn requests(&self) -> usize;
    /// The n-th request from now, counted from 0, goes wrong.
    fn fail(&self, nth: usize, mishap: Mishap);
    /// Whether it has incidents, by their keys; a mail box only has messages.
    fn has_incidents(&self) -> bool;
    /// Texts that must not be told.
    fn secrets(&self) -> Vec<String>;
}

/// Runs every claim, each on a stage of its own. Panics where one is not kept.
pub async fn pager(make: impl AsyncFn() -> Box<dyn PagerStage>) {
    the_same_page_twice_is_one_incident(&*make().await).await;
    an_incident_ends_by_its_own_key(&*make().await).await;
    ending_what_never_was_does_nothing(&*make().await).await;
    checking_pages_nobody(&*make().await).await;
    hostile_text_arrives_as_text(&*make().await).await;
    failing_at_any_request_pages_once(&make).await;
    a_refused_credential_is_told_without_it(&*make().await).await;
}

/// A page of an incident.
#[must_use]
pub fn page(kind: PageKind, dedup: &str, number: u128) -> Page {
    let at = Timestamp::from_second(1_795_000_000).expect("in range");
    Page {
        delivery: DeliveryId::from_parts(at, number),
        dedup: dedup.to_owned(),
        kind,
        summary: "Mia says: not me (K7Q-4M2)".to_owned(),
        severity: Severity::Critical,
        at,
        details: vec![("Rule".to_owned(), "new-network".to_owned())],
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    }
}

async fn the_same_page_twice_is_one_incident(stage: &dyn PagerStage) {
    let pager = stage.pager();
    pager.page(&page(PageKind::Trigger, "cs-case_1", 1)).await.expect("paged");
    pager.page(&page(PageKind::Trigger, "cs-case_1", 1)).await.expect("paged");
    pager.page(&page(PageKind::Acknowledge, "cs-case_1", 2)).await.expect("acknowledged");
    if stage.has_incidents() {
        assert_eq!(stage.open(), ["cs-case_1"]);
        let mut graver = page(PageKind::Trigger, "cs-case_1", 3);
        (graver.summary, graver.severity) = ("It is worse".to_owned(), Severity::High);
        pager.page(&graver).await.expect("paged");
        assert_eq!((stage.open(), stage.opened()), (vec!["cs-case_1".to_owned()], 1));
    }
}

async fn an_incident_ends_by_its_own_key(stage: &dyn PagerStage) {
    let pager = stage.pager();
    pager.page(&page(PageKind::Trigger, "cs-case_1", 1)).await.expect("paged");
    pager.page(&page(PageKind::Trigger, "cs-case_2", 2)).await.expect("paged");
    assert_eq!(stage.opened(), 2);
    let mut end = page(PageKind::Resolve, "cs-case_1", 3);
    (end.summary, end.severity) = ("It is over".to_owned(), Severity::Low);
    pager.page(&end).await.expect("resolved");
    if stage.has_incidents() {
        assert_eq!((stage.open(), stage.opened()), (vec!["cs-case_2".to_owned()], 2));
    }
}

async fn ending_what_never_was_does_nothing(stage: &dyn PagerStage) {
    stage.pager().page(&page(PageKind::Resolve, "cs-case_1", 1)).await.expect("taken");
    assert!(stage.open().is_empty());
    if stage.has_incidents() {
        assert_eq!(stage.opened(), 0);
    }
}

async fn checking_pages_nobody(stage: &dyn PagerStage) {
    stage.pager().check().await.expect("good");
    assert_eq!((stage.open(), stage.opened()), (Vec::new(), 0));
}

async fn hostile_text_arrives_as_text(stage: &dyn PagerStage) {
    let endless = "🦀\"\\".repeat(100_000);
    let texts = ["", "\u{0}\u{202e}", "a\r\nBcc: x@evil.example\r\n\r\n", "<script>", &endless];
    for (number, text) in texts.into_iter().enumerate() {
        let mut hostile = page(PageKind::Trigger, &format!("cs-{number}"), number as u128);
        hostile.summary = text.to_owned();
        hostile.details = vec![(text.to_owned(), text.to_owned()); 100];
        hostile.url = text.to_owned();
        stage.pager().page(&hostile).await.expect("strict and still accepted");
    }
    assert_eq!(stage.opened(), texts.len());
}

async fn failing_at_any_request_pages_once(make: &impl AsyncFn() -> Box<dyn PagerStage>) {
    let stage = make().await;
    stage.pager().page(&page(PageKind::Trigger, "cs-case_1", 1)).await.expect("paged");
    for nth in 0..stage.requests() {
        for mishap in [Mishap::Busy, Mishap::Lost, Mishap::ReplyLost, Mishap::FailsAfter] {
            let stage = make().await;
            let pager = stage.pager();
            stage.fail(nth, mishap);
            let page = page(PageKind::Trigger, "cs-case_1", 1);
            // A target that others stand in for may well have been paged.
            if let Err(failure) = pager.page(&page).await {
                assert!(failure.is_retryable(), "request {nth}, {mishap:?}: {failure:?}");
                assert!(failure.uncertain || stage.opened() == 0, "request {nth}, {mishap:?}");
                pager.page(&page).await.expect("the next try");
            }
            if stage.has_incidents() {
                assert_eq!((stage.open().len(), stage.opened()), (1, 1), "{nth}, {mishap:?}");
            }
        }
    }
}

async fn a_refused_credential_is_told_without_it(stage: &dyn PagerStage) {
    let pager = stage.pager();
    stage.fail(0, Mishap::Denied);
    let told = match pager.page(&page(PageKind::Trigger, "cs-case_1", 1)).await {
        Ok(()) => String::new(),
        Err(failure) => {
            assert!(!matches!(failure.decision, Decision::Retry { .. }), "{failure:?}");
            format!("{failure} {failure:?}")
        }
    };
    let checked = pager.check().await.unwrap_or_default();
    for secret in stage.secrets() {
        assert!(!told.contains(&secret) && !checked.contains(&secret), "a secret was told");
    }
}
