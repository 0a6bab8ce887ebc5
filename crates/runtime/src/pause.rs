//! Waiting without an executor of its own: by the clock that the engine is given.

use std::{future::Future, pin::pin, task::Poll, time::Duration};

use futures::future::{Either, select};
use model::{Span, Timestamp};
use ports::{Clock, Failure};

/// Lets others run once.
pub(crate) async fn give_way() {
    let mut has_yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits until an instant. The clock may wake us early.
pub(crate) async fn until(clock: &dyn Clock, at: Timestamp) {
    loop {
        let left = left(clock.now(), at);
        if left.is_zero() {
            return;
        }
        clock.sleep(left).await;
    }
}

/// A call with a limit. One that is cut off may have taken effect all the same.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    limit: Span,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let end = limit.after(clock.now());
    match select(pin!(call), pin!(until(clock, end))).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Failure::retry(format!("no reply within {limit}")).uncertain()),
    }
}

fn left(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
