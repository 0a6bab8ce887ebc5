//! Telling relying parties what waits for them: in order, under one id, until they have it.

use model::{Span, Timestamp};
use ports::{
    Decision,
    compliance::{ComplianceSignal, POLLED_MAX, PollRefused, Polled, RelyingParty},
    devices::store::{DeviceCommit, DeviceStore, SignalOp, SignalRow},
    store::StoreError,
};

/// How many signals are told at a time.
const TOLD_AT_ONCE: u32 = 50;
/// The wait after the first failure; it doubles up to the longest.
const FIRST_WAIT: Span = Span::seconds(10);
const LONGEST_WAIT: Span = Span::hours(1);

/// What came of telling.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// How many signals were taken.
    pub taken: usize,
    /// Those that will never be, each with why, for an operator.
    pub lost: Vec<(SignalRow, String)>,
    /// Why the next one waits.
    pub waits: Option<String>,
}

/// Why a relying party that asks is not answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It is not who it should be, or does not ask.
    #[error(transparent)]
    Refused(#[from] PollRefused),
    /// The store does not answer.
    #[error("the store of devices does not answer")]
    Store(#[from] StoreError),
}

/// Tells a relying party what is due. The first that cannot be told keeps the later ones waiting,
/// so that none overtakes another; one that is refused for good does not.
pub async fn tell_due(
    store: &dyn DeviceStore,
    receiver: &str,
    party: &dyn RelyingParty,
    now: Timestamp,
) -> Result<Told, StoreError> {
    let mut told = Told::default();
    for row in store.signals(receiver, now, TOLD_AT_ONCE).await? {
        let Some(signal) = ComplianceSignal::from_bytes(&row.body) else {
            finish(store, done(&row)).await?;
            told.lost.push((row, "it cannot be read any more".to_owned()));
            continue;
        };
        let Err(failure) = party.tell(&signal).await else {
            finish(store, done(&row)).await?;
            told.taken += 1;
            continue;
        };
        match failure.decision {
            Decision::Permanent => {
                finish(store, done(&row)).await?;
                told.lost.push((row, failure.what));
            }
            Decision::Retry { .. } | Decision::Denied | Decision::Misconfigured => {
                let attempts = row.attempts.saturating_add(1);
                let due = wait(failure.decision, attempts).after(now);
                let (receiver, id) = (row.receiver, row.id);
                finish(store, SignalOp::PutBack { receiver, id, due, attempts }).await?;
                told.waits = Some(failure.what);
                break;
            }
        }
    }
    Ok(told)
}

/// Answers a relying party that asks, and notes what it has.
pub async fn answer(
    store: &dyn DeviceStore,
    receiver: &str,
    party: &dyn RelyingParty,
    headers: &http::HeaderMap,
    body: &[u8],
) -> Result<Polled, AskError> {
    // What it acknowledges is among the first that it was given.
    let limit = u32::try_from(POLLED_MAX * 2).unwrap_or(u32::MAX);
    let rows = store.signals(receiver, Timestamp::MAX, limit).await?;
    let waiting: Vec<ComplianceSignal> =
        rows.iter().filter_map(|row| ComplianceSignal::from_bytes(&row.body)).collect();
    let polled = party.asked(headers, body, &waiting)?;
    let over = polled.done.iter().chain(polled.refused.iter().map(|(id, _)| id));
    let signals = over.map(|id| SignalOp::Done { receiver: receiver.to_owned(), id: *id });
    let signals: Vec<SignalOp> = signals.collect();
    if !signals.is_empty() {
        store.commit(DeviceCommit { signals, ..DeviceCommit::default() }).await?;
    }
    Ok(polled)
}

fn done(row: &SignalRow) -> SignalOp {
    SignalOp::Done { receiver: row.receiver.clone(), id: row.id }
}

async fn finish(store: &dyn DeviceStore, op: SignalOp) -> Result<(), StoreError> {
    store.commit(DeviceCommit { signals: vec![op], ..DeviceCommit::default() }).await.map(|_| ())
}

fn wait(decision: Decision, attempts: u32) -> Span {
    let doubled = FIRST_WAIT.as_seconds().saturating_mul(1 << attempts.saturating_sub(1).min(20));
    let own = Span::seconds(doubled).min(LONGEST_WAIT);
    match decision {
        Decision::Retry { after: Some(asked) } => own.max(Span::seconds(asked.as_secs() + 1)),
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use futures::executor::block_on;
    use model::{DeliveryId, DeviceId};
    use ports::{
        Failure,
        compliance::{Initiator, fake::FakeRelyingParty},
        devices::store::memory::MemoryDeviceStore,
    };

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Span::seconds(seconds).after(Timestamp::UNIX_EPOCH)
    }

    fn signal(n: u128) -> ComplianceSignal {
        ComplianceSignal {
            id: DeliveryId::from_digest(n),
            device: DeviceId::from_digest(n),
            identifiers: BTreeMap::new(),
            email: None,
            was_compliant: true,
            is_compliant: false,
            at: at(0),
            initiator: Initiator::Policy,
        }
    }

    fn row(signal: &ComplianceSignal) -> SignalOp {
        SignalOp::Add(SignalRow {
            id: signal.id,
            receiver: "okta".to_owned(),
            seq: 0,
            due: at(0),
            attempts: 0,
            body: signal.to_bytes(),
        })
    }

    async fn waiting(store: &MemoryDeviceStore, signals: Vec<SignalOp>) {
        store.commit(DeviceCommit { signals, ..DeviceCommit::default() }).await.expect("they wait");
    }

    #[test]
    fn an_outage_is_waited_out_in_order_and_under_the_same_id() {
        let (store, party) = (MemoryDeviceStore::new(), FakeRelyingParty::new());
        block_on(async {
            waiting(&store, (1..=3).map(|n| row(&signal(n))).collect()).await;
            party.fail_next(Failure::retry("down").uncertain());
            party.fail_next(Failure::retry_after(Duration::from_secs(60), "busy"));
            let tell = async |now| tell_due(&store, "okta", &party, at(now)).await.expect("told");
            assert_eq!(tell(0).await.waits.as_deref(), Some("down"));
            assert_eq!(tell(9).await, Told::default(), "nothing is due, and nothing overtakes");
            assert_eq!(tell(10).await.waits.as_deref(), Some("busy"));
            assert_eq!(store.next_signal_at("okta").await, Ok(Some(at(71))));
            assert_eq!(tell(71).await.taken, 3);
            assert_eq!(party.told(), [signal(1), signal(2), signal(3)]);
            assert_eq!(tell(99).await, Told::default());
        });
    }

    #[test]
    fn what_is_refused_for_good_is_told_to_an_operator_and_holds_nobody_up() {
        let (store, party) = (MemoryDeviceStore::new(), FakeRelyingParty::new());
        block_on(async {
            let mut broken = signal(2);
            broken.at = at(7);
            let SignalOp::Add(mut unreadable) = row(&broken) else { panic!("it waits") };
            unreadable.body = vec![9];
            let all = vec![row(&signal(1)), SignalOp::Add(unreadable), row(&signal(3))];
            waiting(&store, all).await;
            party.fail_next(Failure::permanent("invalid_request"));
            let told = tell_due(&store, "okta", &party, at(0)).await.expect("told");
            let lost: Vec<&str> = told.lost.iter().map(|(_, why)| why.as_str()).collect();
            assert_eq!(lost, ["invalid_request", "it cannot be read any more"]);
            assert_eq!((told.taken, told.waits), (1, None));
            assert_eq!(party.told(), [signal(3)]);
        });
    }

    #[test]
    fn wrong_settings_lose_nothing() {
        let (store, party) = (MemoryDeviceStore::new(), FakeRelyingParty::new());
        block_on(async {
            waiting(&store, vec![row(&signal(1))]).await;
            for _ in 0..30 {
                party.fail_next(Failure::misconfigured("invalid_key"));
            }
            let mut now = 0;
            for _ in 0..30 {
                let told = tell_due(&store, "okta", &party, at(now)).await.expect("told");
                assert_eq!(told.waits.as_deref(), Some("invalid_key"));
                now += LONGEST_WAIT.as_seconds();
            }
            let told = tell_due(&store, "okta", &party, at(now)).await.expect("told");
            assert_eq!(told.taken, 1);
        });
    }
}
