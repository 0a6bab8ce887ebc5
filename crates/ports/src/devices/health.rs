//! How a source stands: what is told to everyone whose devices it knows. Pure.

use std::{collections::BTreeMap, time::Duration};

use model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Excess, Finished, Pace};
use crate::{Decision, Failure};

/// The wait after the first failure; it doubles up to the source's own interval.
const FIRST_WAIT: Span = Span::seconds(30);
/// A wait is made longer by up to this part of it, so that sources do not fall into step.
const JITTER_PARTS: u64 = 10;
/// A sweep that finds less than half of what the one before found is believed only when the next
/// one finds as little.
const SHRUNKEN_DIVISOR: u64 = 2;
/// Below so many records a source may shrink as it likes.
const SHRINKS_FREELY: u64 = 10;

/// How a source stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// Its name in the configuration.
    pub source: String,
    /// Whether it works.
    pub standing: Standing,
    /// When it was last asked, or last sent something.
    pub last_try_at: Option<Timestamp>,
    /// When that last went well to the end.
    pub last_success_at: Option<Timestamp>,
    /// How many records the last whole sweep found, or the last push held.
    pub records: u64,
    /// How many of them could not be read.
    pub unread: u64,
    /// How many problems there were with the rest.
    pub problems: u64,
    /// The first of them.
    pub told: Vec<model::Problem>,
    /// What was dropped at the door, ever, by what it was.
    pub dropped: BTreeMap<Excess, u64>,
    /// When it is to be asked next; nothing for one that sends.
    pub next_at: Option<Timestamp>,
    /// What the last sweep found, when that was too little to be believed at once.
    pub shrunken_to: Option<u64>,
}

/// Whether a source works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// Nobody knows yet.
    New,
    /// It does.
    Ok,
    /// It does not.
    Failing {
        /// Since when.
        since: Timestamp,
        /// How often in a row.
        tries: u32,
        /// What kind of trouble.
        trouble: Trouble,
        /// In one line, for an operator. Holds neither secrets nor personal data.
        what: String,
    },
}

/// What kind of trouble a source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It does not answer, or not sensibly: it may by itself.
    Outage,
    /// It refuses us.
    Denied,
    /// Our settings are wrong.
    Misconfigured,
    /// It answers, and lists far fewer devices than before.
    Shrunken,
}

impl SourceHealth {
    /// A source that was never asked.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            standing: Standing::New,
            last_try_at: None,
            last_success_at: None,
            records: 0,
            unread: 0,
            problems: 0,
            told: Vec::new(),
            dropped: BTreeMap::new(),
            next_at: None,
            shrunken_to: None,
        }
    }

    /// Whether it is failing, so that what it said may be old.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        matches!(self.standing, Standing::Failing { .. })
    }

    /// A sweep came to its end. Says whether what it did not see is no longer listed. `random`
    /// spreads the next one.
    pub fn swept(&mut self, finished: &Finished, pace: Pace, random: u64, now: Timestamp) -> bool {
        self.last_try_at = Some(now);
        self.next_at = Some(spread(pace.every, random).after(finished.began_at).max(now));
        self.took(finished);
        let is_shrunken = finished.is_whole
            && self.records >= SHRINKS_FREELY
            && finished.records < self.records / SHRUNKEN_DIVISOR
            && self.shrunken_to.is_none_or(|before| finished.records < before / SHRUNKEN_DIVISOR);
        if is_shrunken {
            self.shrunken_to = Some(finished.records);
            let what = format!("lists {} devices, {} before", finished.records, self.records);
            self.fail(Trouble::Shrunken, what, now);
            return false;
        }
        self.shrunken_to = None;
        self.standing = Standing::Ok;
        self.last_success_at = Some(now);
        if finished.is_whole {
            self.records = finished.records;
        }
        finished.is_whole
    }

    /// Something was sent.
    pub fn received(&mut self, finished: &Finished, now: Timestamp) {
        self.last_try_at = Some(now);
        self.last_success_at = Some(now);
        self.standing = Standing::Ok;
        self.records = finished.records;
        self.took(finished);
    }

    /// A call failed. The sweep goes on where it was, later.
    pub fn failed(&mut self, failure: &Failure, pace: Pace, random: u64, now: Timestamp) {
        let (trouble, asked) = match failure.decision {
            Decision::Retry { after } => (Trouble::Outage, after),
            Decision::Permanent => (Trouble::Outage, None),
            Decision::Denied => (Trouble::Denied, None),
            Decision::Misconfigured => (Trouble::Misconfigured, None),
        };
        self.last_try_at = Some(now);
        self.fail(trouble, failure.what.clone(), now);
        let tries = match &self.standing {
            Standing::Failing { tries, .. } => *tries,
            Standing::New | Standing::Ok => 1,
        };
        let own = back_off(tries, pace.every);
        let wait = asked.map_or(own, |asked| own.max(whole_seconds(asked)));
        self.next_at = Some(spread(wait, random).after(now));
    }

    fn took(&mut self, finished: &Finished) {
        self.unread = finished.unread;
        self.problems = finished.problems.count;
        self.told.clone_from(&finished.problems.told);
        for (excess, count) in &finished.problems.dropped {
            *self.dropped.entry(*excess).or_default() += count;
        }
    }

    fn fail(&mut self, trouble: Trouble, what: String, now: Timestamp) {
        let (since, tries) = match &self.standing {
            Standing::Failing { since, tries, .. } => (*since, tries.saturating_add(1)),
            Standing::New | Standing::Ok => (now, 1),
        };
        self.standing = Standing::Failing { since, tries, trouble, what };
    }
}

fn back_off(tries: u32, most: Span) -> Span {
    let doubled = FIRST_WAIT.as_seconds().checked_shl(tries.saturating_sub(1)).unwrap_or(u64::MAX);
    Span::seconds(doubled.min(most.as_seconds()).max(FIRST_WAIT.as_seconds()))
}

fn whole_seconds(wait: Duration) -> Span {
    Span::seconds(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

fn spread(wait: Span, random: u64) -> Span {
    let room = wait.as_seconds() / JITTER_PARTS;
    Span::seconds(wait.as_seconds() + random % (room + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::Problems;

    const PACE: Pace = Pace { every: Span::minutes(15), pause: Duration::ZERO };

    fn at(minutes: u64) -> Timestamp {
        Span::minutes(minutes).after(Timestamp::UNIX_EPOCH)
    }

    fn sweep(began: u64, records: u64) -> Finished {
        let problems = Problems::default();
        Finished { began_at: at(began), is_whole: true, records, unread: 0, problems }
    }

    #[test]
    fn a_failure_is_counted_from_its_beginning_and_waited_out() {
        let mut health = SourceHealth::new("jamf");
        assert!(health.swept(&sweep(0, 7), PACE, 0, at(1)));
        assert_eq!(health.next_at, Some(at(15)));
        let outage = Failure::retry("jamf: failed (500)");
        for (minute, wait) in [(15, 30), (16, 60), (18, 120), (22, 240), (30, 480), (40, 900)] {
            health.failed(&outage, PACE, 0, at(minute));
            assert_eq!(health.next_at, Some(Span::seconds(wait).after(at(minute))), "{minute}");
        }
        let Standing::Failing { since, tries, trouble, .. } = &health.standing else {
            panic!("failing")
        };
        assert_eq!((*since, *tries, *trouble), (at(15), 6, Trouble::Outage));
        assert_eq!((health.last_success_at, health.records), (Some(at(1)), 7));
        assert!(health.swept(&sweep(60, 7), PACE, 0, at(61)));
        assert_eq!(health.standing, Standing::Ok);
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_and_waits_are_spread() {
        let mut health = SourceHealth::new("jamf");
        let busy = Failure::retry_after(Duration::from_millis(89_500), "jamf: 429");
        health.failed(&busy, PACE, 0, at(0));
        assert_eq!(health.next_at, Some(Span::seconds(90).after(at(0))));
        health.failed(&Failure::denied("jamf: 401"), PACE, u64::MAX, at(0));
        let next = health.next_at.expect("a next try");
        assert!((60..=66).contains(&next.as_second()), "{next}");
    }

    #[test]
    fn a_source_that_suddenly_lists_little_is_believed_the_second_time() {
        let mut health = SourceHealth::new("jamf");
        assert!(health.swept(&sweep(0, 400), PACE, 0, at(0)));
        assert!(!health.swept(&sweep(15, 0), PACE, 0, at(15)), "nothing is retired");
        assert!(health.is_failing());
        assert_eq!(health.records, 400);
        assert!(health.swept(&sweep(30, 0), PACE, 0, at(30)), "it says so again");
        assert_eq!((health.standing.clone(), health.records), (Standing::Ok, 0));
        let mut small = SourceHealth::new("lab");
        assert!(small.swept(&sweep(0, 3), PACE, 0, at(0)));
        assert!(small.swept(&sweep(15, 1), PACE, 0, at(15)));
    }

    #[test]
    fn a_sweep_that_is_not_whole_retires_nothing() {
        let mut health = SourceHealth::new("jamf");
        assert!(health.swept(&sweep(0, 400), PACE, 0, at(0)));
        let half = Finished { is_whole: false, ..sweep(15, 100) };
        assert!(!health.swept(&half, PACE, 0, at(15)));
        assert_eq!((health.records, health.is_failing()), (400, false));
    }
}
