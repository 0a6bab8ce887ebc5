//! How many streams there are, in all and of one caller.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::{Problem, limits, problem::Kind};

/// The streams that are open.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<BTreeMap<String, usize>>>);

/// Room for one, given back when dropped.
#[derive(Debug)]
pub struct Seat {
    streams: Streams,
    caller: String,
}

impl Streams {
    /// Room for one more of this caller.
    ///
    /// # Errors
    /// There are too many of theirs, or in all.
    pub fn seat(&self, caller: &str) -> Result<Seat, Problem> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= limits::STREAMS {
            return Err(Problem::of(Kind::Overloaded));
        }
        let own = open.entry(caller.to_owned()).or_default();
        if *own >= limits::STREAMS_PER_CALLER {
            let advice = "There are too many streams with this credential: close one.";
            let retry_after = Some(limits::RETRY_AFTER_SECONDS);
            return Err(Problem { retry_after, ..Problem::new(Kind::Limited, advice) });
        }
        *own += 1;
        Ok(Seat { streams: self.clone(), caller: caller.to_owned() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

/// Told to each request: the server is to stop, and an answer that has no end is to end.
#[derive(Debug, Clone)]
pub(crate) struct Closing(pub(crate) watch::Receiver<bool>);

impl Closing {
    /// Resolves when the server is to stop.
    pub(crate) async fn told(&mut self) {
        // Where nobody is left who could say it, it is so.
        let _ = self.0.wait_for(|is_closing| *is_closing).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_few_for_each_caller_and_in_all_and_room_comes_back() {
        let streams = Streams::default();
        let seat = |caller: usize| streams.seat(&caller.to_string()).map_err(|why| why.kind);
        let mut seats: Vec<Seat> = (0..limits::STREAMS)
            .map(|n| seat(n / limits::STREAMS_PER_CALLER).expect("room"))
            .collect();
        assert_eq!(seat(1_000).err(), Some(Kind::Overloaded));
        seats.pop();
        assert_eq!(seat(0).err(), Some(Kind::Limited));
        let last = seat(1_000).expect("room");
        drop((seats, last));
        assert!(streams.0.lock().expect("whole").is_empty());
    }
}
