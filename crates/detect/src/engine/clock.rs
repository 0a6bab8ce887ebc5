//! The time of events, as far as it can be believed, and whether they come too late for windows.

use event::{Event, Logsource};
use model::Timestamp;

use super::{input::SKEW_MAX, ready::Ready};
use crate::code::{Reader, Writer};

/// How many logs are kept apart.
const LOGS_MAX: usize = 256;

/// The newest time of each log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clocks {
    /// By the log's name.
    logs: Vec<(Box<str>, u32)>,
}

/// The time of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    /// In seconds since 1970: when it happened, or when it arrived, if it says that it happened
    /// well after that.
    pub(crate) second: u32,
    /// Whether it comes so long after newer ones that it counts in no window.
    pub(crate) is_late: bool,
}

impl Clocks {
    /// The times of a batch's events, in order; the clocks move on.
    pub(crate) fn times(
        &mut self,
        events: &[Event],
        received_at: Timestamp,
        ready: &Ready,
    ) -> Vec<Time> {
        events.iter().map(|event| self.time(event, received_at, ready)).collect()
    }

    fn time(&mut self, event: &Event, received_at: Timestamp, ready: &Ready) -> Time {
        let is_ahead = event.time > SKEW_MAX.after(received_at);
        let second = second(if is_ahead { received_at } else { event.time });
        let lateness = ready.log(event.logsource).map_or(0, |log| log.lateness.as_seconds());
        let lateness = u32::try_from(lateness).unwrap_or(u32::MAX);
        let newest = self.newest(event.logsource);
        let is_late = second.saturating_add(lateness) < *newest;
        *newest = second.max(*newest);
        Time { second, is_late }
    }

    fn newest(&mut self, log: Logsource) -> &mut u32 {
        let is_it = |name: &str| {
            name.strip_prefix(log.product).and_then(|rest| rest.strip_prefix('/'))
                == Some(log.service)
        };
        let known = self.logs.iter().position(|(name, _)| is_it(name));
        let at = known.unwrap_or_else(|| {
            // The names of logs are ours and few.
            self.logs.truncate(LOGS_MAX - 1);
            self.logs.push((format!("{}/{}", log.product, log.service).into(), 0));
            self.logs.len() - 1
        });
        &mut self.logs[at].1
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.logs.len() as u64);
        for (name, newest) in &self.logs {
            to.text(name).number(u64::from(*newest));
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let log = |from: &mut Reader<'_>| {
            Some((from.text()?.into(), u32::try_from(from.number()?).ok()?))
        };
        let logs = (0..from.count()?).map(|_| log(from)).collect::<Option<_>>()?;
        Some(Self { logs })
    }
}

/// Seconds since 1970, held at the ends of what 32 bits can say.
pub(crate) fn second(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}
