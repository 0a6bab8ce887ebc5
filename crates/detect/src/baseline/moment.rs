//! When an event happened, as far as it can be believed, and what hour that was for the person.

use jiff::tz::TimeZone;
use model::{Span, Timestamp};

/// How far the clock of a source may be ahead of ours. An event from beyond that is taken to have
/// happened when it arrived: one wrong clock must not make a state forget everything as outdated.
pub const SKEW_MAX: Span = Span::minutes(10);
/// How much later than a newer one an event may come and still count as in time, where the source
/// says nothing else.
pub const LATENESS: Span = Span::minutes(15);

const DAY_S: i64 = 86_400;
const HOUR_S: u32 = 3_600;
/// 1970 began on a Thursday; weeks here begin on Monday.
const FIRST_WEEKDAY: u32 = 3;

/// The time of an event.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'z> {
    pub(super) seconds: u32,
    pub(super) local: Local,
    /// Whether its clock was ahead of ours by more than [`SKEW_MAX`].
    pub(super) is_misdated: bool,
    lateness_s: u32,
    zone: Option<&'z TimeZone>,
}

/// A second on the wall clock of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Local {
    /// Days of the calendar there since 1970.
    pub(super) day: u16,
    /// Since midnight there, by the clock on the wall.
    pub(super) second_of_day: u32,
}

impl<'z> Moment<'z> {
    /// The time of an event that arrived then, in the zone of the person it is about; UTC where
    /// none is known. `lateness` is how far its source may lag behind itself.
    #[must_use]
    pub fn new(
        time: Timestamp,
        arrived: Timestamp,
        zone: Option<&'z TimeZone>,
        lateness: Span,
    ) -> Self {
        let is_misdated = time > SKEW_MAX.after(arrived);
        let believed = if is_misdated { arrived } else { time };
        let seconds = clamped(believed.as_second());
        let lateness_s = u32::try_from(lateness.as_seconds()).unwrap_or(u32::MAX);
        Self { seconds, local: Local::at(seconds, zone), is_misdated, lateness_s, zone }
    }

    /// The wall clock at another second, in the same zone.
    pub(super) fn local_at(&self, seconds: u32) -> Local {
        Local::at(seconds, self.zone)
    }

    /// Whether it comes after one that is newer by more than the source may lag.
    pub(super) fn is_late(&self, newest: u32) -> bool {
        self.seconds.saturating_add(self.lateness_s) < newest
    }

    pub(super) fn lateness_s(&self) -> u32 {
        self.lateness_s
    }

    /// The time that is believed.
    #[must_use]
    pub fn believed(&self) -> Timestamp {
        timestamp(self.seconds)
    }
}

impl Local {
    fn at(seconds: u32, zone: Option<&TimeZone>) -> Self {
        let offset = zone.map_or(0, |zone| zone.to_offset(timestamp(seconds)).seconds());
        let wall = (i64::from(seconds) + i64::from(offset)).max(0);
        Self {
            day: u16::try_from(wall / DAY_S).unwrap_or(u16::MAX),
            second_of_day: u32::try_from(wall % DAY_S).unwrap_or(0),
        }
    }

    /// 0 to 23.
    pub(super) fn hour(self) -> u8 {
        u8::try_from(self.second_of_day / HOUR_S).unwrap_or(0)
    }

    /// 0 to 167, from midnight on Monday.
    pub(super) fn hour_of_week(self) -> u8 {
        let weekday = (u32::from(self.day) + FIRST_WEEKDAY) % 7;
        u8::try_from(weekday * 24).unwrap_or(0) + self.hour()
    }
}

pub(super) fn timestamp(seconds: u32) -> Timestamp {
    Timestamp::from_second(i64::from(seconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn clamped(seconds: i64) -> u32 {
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::example::{MONDAY, at};

    #[test]
    fn an_event_from_the_future_happened_when_it_arrived() {
        for (ahead_s, is_misdated) in [(0, false), (600, false), (601, true), (400_000_000, true)] {
            let moment = Moment::new(at(MONDAY + ahead_s), at(MONDAY), None, LATENESS);
            assert_eq!(moment.is_misdated, is_misdated, "{ahead_s}");
            let believed = if is_misdated { MONDAY } else { MONDAY + ahead_s };
            assert_eq!(moment.believed(), at(believed));
        }
    }

    #[test]
    fn an_hour_of_the_week_is_that_of_the_wall_clock_on_both_sides_of_a_change() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        for (time, hour_of_week) in [
            ("2026-10-19T09:30:00[Europe/Berlin]", 9),
            ("2026-10-26T09:30:00[Europe/Berlin]", 9),
            ("2026-03-23T09:30:00[Europe/Berlin]", 9),
            ("2026-03-30T09:30:00[Europe/Berlin]", 9),
            ("2026-10-25T23:59:59[Europe/Berlin]", 167),
        ] {
            let zoned: jiff::Zoned = time.parse().expect("a time");
            let moment = Moment::new(zoned.timestamp(), zoned.timestamp(), Some(&berlin), LATENESS);
            assert_eq!(moment.local.hour_of_week(), hour_of_week, "{time}");
        }
    }

    #[test]
    fn times_before_1970_and_after_2106_are_held_at_the_ends() {
        let zone = TimeZone::fixed(jiff::tz::offset(-12));
        for time in [Timestamp::MIN, Timestamp::MAX] {
            let moment = Moment::new(time, time, Some(&zone), LATENESS);
            assert!(moment.local.hour_of_week() < 168);
        }
    }
}
