//! What people have proven or denied about findings, back to detection: as events of the log, so
//! that whoever reads the log again learns the same.
//!
//! The audit chain says which cases had a step. Where the person of one has proven a finding to be
//! their own, or has denied it, a verdict is appended for each thing that its alerts were about;
//! then the place in the chain is kept. A verdict that is appended again is known by its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use bytes::Bytes;
use casework::{Case, case::State};
use detect::baseline::{Subject, VERDICT_PRODUCT, VERDICT_SERVICE, Verdict};
use event::{Actor, Client, Doc, Event, Logsource, Origin, Outcome, Uid};
use model::{Answer, CaseId, FactValue, Problem, Reason, Span, Timestamp, alert::SUBJECT_FACT};
use ports::{
    events::{BodyError, EventMap},
    source::Rejected,
    store::{Commit, Record, RecordOp, Space},
};
use tokio::sync::watch;

use super::{Detection, Inner, OWN_SOURCE};
use crate::{engine::EngineError, pause};

/// How often the chain is looked at.
const EVERY: Span = Span::seconds(1);
/// Rows of the chain that are looked at at once.
const ROWS: u32 = 1_000;
/// Where the place in the chain is kept.
const PLACE: &str = "events.verdicts";
/// The steps after which a case may have a verdict.
const STEPS: [&str; 5] =
    ["case.answer", "case.proof", "case.seconded", "case.decided", "case.factor_revoked"];
/// The steps that may take back what was proven.
const TAKING_BACK: [&str; 2] = ["case.seconded", "case.factor_revoked"];

/// Looks until told to stop.
pub(super) async fn run(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut place = None;
    while !*stop.borrow() {
        match inner.look_for_verdicts(place).await {
            Ok(at) => place = Some(at),
            Err(error) => tracing::warn!(%error, "verdicts wait"),
        }
        let clock = &*inner.engine.parts.clock;
        let at = EVERY.after(clock.now());
        tokio::select! {
            _ = stop.changed() => {}
            () = pause::until(clock, at) => {}
        }
    }
}

impl Inner {
    /// Appends the verdicts of the steps after a place in the chain; returns how far it came.
    pub(super) async fn look_for_verdicts(
        self: &Arc<Self>,
        place: Option<u64>,
    ) -> Result<u64, EngineError> {
        let kept = match place {
            Some(place) => place,
            None => self.verdict_place().await?,
        };
        let mut place = kept;
        loop {
            let rows = self.engine.audit(place, ROWS).await?;
            let Some(last) = rows.last() else { break };
            let mut cases: BTreeMap<CaseId, bool> = BTreeMap::new();
            for row in rows.iter().filter(|row| STEPS.contains(&row.kind.as_str())) {
                let Some(case) = row.case else { continue };
                *cases.entry(case).or_default() |= TAKING_BACK.contains(&row.kind.as_str());
            }
            let mut records = Vec::new();
            for (case, may_be_taken_back) in cases {
                records.extend(verdicts(&self.engine.case(case).await?, may_be_taken_back));
            }
            if !records.is_empty() {
                let taken = Detection(Arc::clone(self)).take_records(OWN_SOURCE, records).await;
                taken.map_err(|error| EngineError::Unavailable(error.to_string()))?;
                self.keep_verdict_place(last.seq).await?;
            }
            place = last.seq;
        }
        if place >= kept + u64::from(ROWS) {
            self.keep_verdict_place(place).await?;
        }
        Ok(place)
    }

    /// Where to go on; from the end where nothing was kept, as what came before is not known to
    /// detection.
    async fn verdict_place(&self) -> Result<u64, EngineError> {
        let store = &self.engine.parts.store;
        let record = store.record(Space::Meta, PLACE, self.engine.now()).await?;
        let place = record.and_then(|it| String::from_utf8(it.value).ok()?.parse().ok());
        match place {
            Some(place) => Ok(place),
            None => {
                let (head, _) = self.engine.audit_head().await?;
                self.keep_verdict_place(head).await?;
                Ok(head)
            }
        }
    }

    async fn keep_verdict_place(&self, place: u64) -> Result<(), EngineError> {
        let record = Record {
            space: Space::Meta,
            key: PLACE.to_owned(),
            owner: None,
            value: place.to_string().into_bytes(),
            expires_at: None,
        };
        let records = vec![RecordOp::Put(record)];
        self.engine.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(())
    }
}

/// Whether a case says anything about what its alerts were about: true where the person has proven
/// it to be their own, false where they have denied it, or where what proved it was not theirs. A
/// denial is final.
fn verdict(case: &Case, may_be_taken_back: bool) -> Option<bool> {
    let is_taken_back = may_be_taken_back && case.reason() == Some(Reason::Conflict);
    if case.has_said(Answer::NotMe) || is_taken_back {
        return Some(false);
    }
    let is_proven =
        matches!(&case.state, State::Closed { reason: Reason::Verified, proof: Some(_), .. });
    is_proven.then_some(true)
}

/// The records of a case's verdicts, one for each thing.
fn verdicts(case: &Case, may_be_taken_back: bool) -> Vec<Bytes> {
    let Some(is_confirmed) = verdict(case, may_be_taken_back) else { return Vec::new() };
    let subjects = case.alerts.iter().filter_map(|alert| match alert.facts.get(SUBJECT_FACT) {
        Some(FactValue::Text(word)) => Some(word.as_str()),
        _ => None,
    });
    let subjects: BTreeSet<&str> = subjects.collect();
    let read = subjects.into_iter().filter_map(Subject::from_word);
    read.map(|subject| record(case.id, &subject, is_confirmed).into()).collect()
}

/// A verdict's record, with the case that it belongs to: another case may come to the same again.
fn record(case: CaseId, subject: &Subject, is_confirmed: bool) -> String {
    let verdict = Verdict::record(subject, is_confirmed);
    let rest = verdict.strip_prefix('{').unwrap_or(&verdict);
    format!(r#"{{"case":"{case}",{rest}"#)
}

/// Reads verdicts. They are never sent: no body holds any.
#[derive(Debug, Clone, Copy)]
pub struct VerdictMap;

impl EventMap for VerdictMap {
    fn records(&self, _body: &[u8], _max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Err(BodyError::Shape)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let event = Event {
            uid: Uid::of_record(OWN_SOURCE, &doc),
            // It happened when it was appended.
            time: Timestamp::MAX,
            logsource: Logsource { product: VERDICT_PRODUCT, service: VERDICT_SERVICE },
            actor: Actor::default(),
            action: VERDICT_SERVICE.into(),
            targets: Vec::new(),
            origin: Origin::default(),
            client: Client::default(),
            session: None,
            outcome: Outcome::Success,
            reason: None,
            doc,
        };
        if Verdict::read(&event).is_none() {
            return Err(Rejected { problem: "no verdict".to_owned() });
        }
        take(event);
        Ok(Vec::new())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn logsources(&self) -> &'static [Logsource] {
        &[]
    }
}
