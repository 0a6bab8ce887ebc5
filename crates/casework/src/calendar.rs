//! Working hours, in somebody's own zone, and the deadlines that are counted in them.
//!
//! A day's hours run from the instant its opening time first comes to the instant its closing time
//! first comes, by the clock on that person's wall. So a day with a change of the clock inside its
//! hours is longer or shorter by that change, as the day itself is.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{
    SignedDuration,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use model::{Span, Timestamp};

use crate::treatment::AskClock;

/// For how many days working time is looked for. What is left of a span after them counts every
/// hour, so that a deadline exists whatever the calendar says: one of holidays only, too.
pub const MAX_DAYS_WALKED: u32 = 3 * 366;

/// The working days, hours and holidays of an organisation, in one zone. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Calendar {
    hours: Arc<Hours>,
    zone: TimeZone,
}

#[derive(Debug)]
struct Hours {
    /// By the number of the day, Monday first.
    days: [bool; 7],
    start: Time,
    end: Time,
    holidays: BTreeSet<Date>,
}

/// Why working hours cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No day of the week is named.
    #[error("working hours need at least one day")]
    NoDays,
    /// The day is over before it begins.
    #[error("working hours must end after they start, on the same day: {start} to {end}")]
    EndsBeforeStart {
        /// When it begins.
        start: Time,
        /// When it ends.
        end: Time,
    },
}

/// One day's working time, from an instant up to another that is not part of it.
struct Opening {
    from: Timestamp,
    to: Timestamp,
}

impl Calendar {
    /// The calendar of an organisation.
    ///
    /// # Errors
    ///
    /// When no day is named, or the hours do not end after they start.
    pub fn new(
        days: impl IntoIterator<Item = Weekday>,
        start: Time,
        end: Time,
        zone: TimeZone,
        holidays: BTreeSet<Date>,
    ) -> Result<Self, CalendarError> {
        let mut is_worked = [false; 7];
        for day in days {
            is_worked[index(day)] = true;
        }
        if !is_worked.contains(&true) {
            return Err(CalendarError::NoDays);
        }
        if start >= end {
            return Err(CalendarError::EndsBeforeStart { start, end });
        }
        Ok(Self { hours: Arc::new(Hours { days: is_worked, start, end, holidays }), zone })
    }

    /// The same days, hours and holidays on the clocks of another zone.
    #[must_use]
    pub fn for_zone(&self, zone: TimeZone) -> Self {
        Self { hours: Arc::clone(&self.hours), zone }
    }

    /// The zone whose clocks count.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether this instant is working time: the first instant of the hours is, the last is not.
    #[must_use]
    pub fn is_working(&self, at: Timestamp) -> bool {
        let date = self.zone.to_datetime(at).date();
        self.opening(date).is_some_and(|opening| opening.from <= at && at < opening.to)
    }

    /// The end of a span that begins at `from`, by the given clock. Always exists: see
    /// [`MAX_DAYS_WALKED`]. No time at all ends where it begins, on every clock.
    #[must_use]
    pub fn add(&self, clock: AskClock, from: Timestamp, span: Span) -> Timestamp {
        match clock {
            AskClock::Wall => span.after(from),
            AskClock::Working if span == Span::ZERO => from,
            AskClock::Working => self.add_working(from, span),
        }
    }

    fn add_working(&self, from: Timestamp, span: Span) -> Timestamp {
        let mut left = span.as_signed();
        let mut date = self.zone.to_datetime(from).date();
        for _ in 0..MAX_DAYS_WALKED {
            if let Some(opening) = self.opening(date) {
                let begin = opening.from.max(from);
                let open = opening.to.duration_since(begin).max(SignedDuration::ZERO);
                if left <= open {
                    return later(begin, left);
                }
                left -= open;
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        later(self.midnight(date).max(from), left)
    }

    /// The working time of a day; none on a day that is not worked, or that the zone skipped.
    fn opening(&self, date: Date) -> Option<Opening> {
        let hours = &self.hours;
        if !hours.days[index(date.weekday())] || hours.holidays.contains(&date) {
            return None;
        }
        let from = self.first(date, hours.start)?;
        let to = self.first(date, hours.end)?;
        // A zone that moved over the date line has no such day: its hours would be the next day's,
        // counted twice.
        let is_in_the_zone = self.zone.to_datetime(from).date() == date;
        (is_in_the_zone && from < to).then_some(Opening { from, to })
    }

    /// The instant at which the wall first shows this time, or would have but for a gap.
    fn first(&self, date: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
    }

    fn midnight(&self, date: Date) -> Timestamp {
        self.first(date, Time::midnight()).unwrap_or(Timestamp::MAX)
    }
}

fn index(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
