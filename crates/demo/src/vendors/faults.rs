//! Bad days on purpose.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// One way for a call to go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429 with this `Retry-After`, and nothing happens.
    Busy(&'static str),
    /// This status, and nothing happens.
    Status(u16),
    /// This whole reply, and nothing happens.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// It takes effect, and the reply is this status with nothing in it.
    After(u16),
    /// Something in between answers with a page for people, and nothing happens.
    Page,
    /// It takes effect, and the second half of the reply is lost on the way.
    Half,
    /// It takes effect, and the reply comes this much later.
    Slow(Duration),
    /// The connection breaks before anything happens.
    Drop,
    /// It takes effect, and the connection breaks before the reply.
    DropAfter,
}

/// What is to go wrong next, by call. A call's name is the last part of its path, such as
/// `chat.postMessage`.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    next: HashMap<String, VecDeque<Fault>>,
    always: HashMap<String, Fault>,
    /// By the number of the call, counted from the first.
    nth: HashMap<usize, Fault>,
    calls: usize,
}

impl Faults {
    /// The next call of that name goes wrong like this; told again, the one after it.
    pub fn next(&self, call: &str, fault: Fault) {
        self.with(|script| script.next.entry(call.to_owned()).or_default().push_back(fault));
    }

    /// The n-th call from now goes wrong like this, whatever its name; 0 is the next.
    pub fn nth(&self, n: usize, fault: Fault) {
        self.with(|script| script.nth.insert(script.calls + n, fault));
    }

    /// How many calls came.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.with(|script| script.calls)
    }

    /// Every call of that name goes wrong like this, until [`Faults::clear`].
    pub fn always(&self, call: &str, fault: Fault) {
        self.with(|script| script.always.insert(call.to_owned(), fault));
    }

    /// Everything works again.
    pub fn clear(&self) {
        self.with(|script| *script = Script { calls: script.calls, ..Script::default() });
    }

    pub(crate) fn take(&self, call: &str) -> Option<Fault> {
        self.with(|script| {
            let number = script.calls;
            script.calls += 1;
            if let Some(fault) = script.nth.remove(&number) {
                return Some(fault);
            }
            let next = script.next.get_mut(call).and_then(VecDeque::pop_front);
            next.or_else(|| script.always.get(call).cloned())
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
