//! Tasks, polled one at a time in an order that chance gives, and dropped where they stand when
//! the process dies.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::dice::Chance;

/// The most times that a pause is asked again before it is over.
const PAUSES_MAX: usize = 3;

/// What a task is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doing {
    /// Something that came from outside.
    Act,
    /// A step of a lane.
    Lane(String),
    /// A step of the timers.
    Timers,
}

struct Task {
    doing: Doing,
    work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// The tasks of one process.
#[derive(Default)]
pub(super) struct Executor {
    tasks: Vec<Task>,
}

impl Executor {
    pub(super) fn spawn(&mut self, doing: Doing, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(Task { doing, work: Box::pin(work) });
    }

    /// Polls one task once. Wake-ups are ignored: whoever waits is simply asked again.
    pub(super) fn poll_one(&mut self, chance: &Chance) {
        if self.tasks.is_empty() {
            return;
        }
        let index = chance.below(self.tasks.len());
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(()) = self.tasks[index].work.as_mut().poll(&mut context) {
            drop(self.tasks.swap_remove(index));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// How many tasks are doing this.
    pub(super) fn count(&self, doing: &Doing) -> usize {
        self.tasks.iter().filter(|task| task.doing == *doing).count()
    }

    /// The process dies: every task ends where it stands.
    pub(super) fn kill(&mut self) {
        self.tasks.clear();
    }
}

/// A point where another task may run, or the process may die.
pub(super) async fn pause(chance: &Chance) {
    let mut left = 1 + chance.below(PAUSES_MAX);
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        // Whoever waits for several things at once asks only those again that call.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
