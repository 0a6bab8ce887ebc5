//! What goes on all the time: people and machines at work, as six vendors tell it. Every day is like
//! any other, so that nobody is asked because of it, and baselines know what is usual.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use ::demo::life::{Life, Plan, Record};
use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use serde_json::Value;

use super::{cast::PEOPLE, sender::Sender};

/// Weeks of which the vendors tell at the start: more than baselines learn for.
const HISTORY_WEEKS: i64 = 3;
/// For how long it can go on; nobody looks at a demo for longer.
const DAYS: u32 = 84;
/// Records of one request.
const BATCH: usize = 500;
/// How many records of different vendors are gathered before they are sent.
const GATHERED: usize = 4 * BATCH;

/// The company's everyday life.
pub(super) struct Background<'a> {
    life: Life,
    /// The first record that is still to come.
    next: Option<Record>,
    sender: &'a Sender<'a>,
}

impl<'a> Background<'a> {
    /// That of the company with this seed, some weeks in.
    pub(super) fn new(seed: u64, sender: &'a Sender<'a>) -> Self {
        let mut life = Life::new(plan(seed, Timestamp::now()));
        let next = life.next();
        Self { life, next, sender }
    }

    /// Tells what was, and then each thing when it happens.
    pub(super) async fn go_on(mut self) -> Infallible {
        while let Some(due) = self.next.as_ref().map(|record| record.at) {
            let wait = Timestamp::now().duration_until(due);
            if let Ok(wait) = Duration::try_from(wait) {
                tokio::time::sleep(wait).await;
            }
            self.tell(Timestamp::now()).await;
        }
        std::future::pending().await
    }

    /// Tells what has happened by now, up to some records.
    async fn tell(&mut self, now: Timestamp) {
        let mut told: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
        for _ in 0..GATHERED {
            let Some(record) = self.next.take_if(|record| record.at <= now) else { break };
            self.next = self.life.next();
            let body = serde_json::from_str(&record.body).expect("we write JSON");
            told.entry(record.source).or_default().push(body);
        }
        for (source, records) in told {
            for some in records.chunks(BATCH) {
                self.sender.send(source, some).await;
            }
        }
    }
}

/// A quiet life that began on a Monday, some weeks ago.
fn plan(seed: u64, now: Timestamp) -> Plan {
    let today = now.to_zoned(TimeZone::UTC).date();
    let since_monday = today.weekday().since(Weekday::Monday);
    let days = HISTORY_WEEKS * 7 + i64::from(since_monday);
    let midnight = today.to_zoned(TimeZone::UTC).map_or(now, |it| it.timestamp());
    Plan {
        seed,
        people: PEOPLE,
        start: midnight - SignedDuration::from_hours(24 * days),
        days: DAYS,
        attacks_from: 0,
        attacks_each: 0,
        is_eventful: false,
        ..Plan::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_weeks_behind_it_and_weeks_to_come_and_tells_of_this_very_day() {
        for now in ["2026-11-22T03:00:00Z", "2026-11-23T00:00:00Z", "2026-11-25T15:00:00Z"] {
            let now: Timestamp = now.parse().expect("a time");
            let plan = plan(7, now);
            let start = plan.start.to_zoned(TimeZone::UTC);
            assert_eq!(start.weekday(), Weekday::Monday, "{now}");
            let days = (now.as_second() - plan.start.as_second()) / 86_400;
            assert!((21..28).contains(&days), "{now}: {days}");
            let today = Life::new(plan).find(|record| record.at > now);
            let next = today.expect("life goes on").at.as_second() - now.as_second();
            assert!(next < 86_400, "{now}: nothing for {next} s");
        }
    }
}
