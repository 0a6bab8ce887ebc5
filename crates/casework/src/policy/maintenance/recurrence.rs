//! When something repeats: the part of RFC 5545's recurrence rules that whole days need.
//!
//! `FREQ=DAILY|WEEKLY|MONTHLY`, with `INTERVAL`, `UNTIL=YYYYMMDD`, `BYDAY` (with a number before the
//! day in a month, counted from its end where negative), and `BYMONTHDAY` (negative from the end).
//! Weeks begin on Monday. `COUNT` and everything below a day are refused.

use std::str::FromStr;

use jiff::civil::{Date, Weekday};

/// The longest rule, in bytes.
const BYTES_MAX: usize = 256;
/// The largest interval.
const INTERVAL_MAX: i32 = 1_000;

/// A recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    every: Every,
    interval: i32,
    until: Option<Date>,
    days: Vec<(Option<i8>, Weekday)>,
    month_days: Vec<i8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
}

/// Why a text is no recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a recurrence rule: {0}")]
pub struct RecurrenceError(String);

impl Recurrence {
    /// Whether it falls on a day, counted from the first one, which always counts.
    #[must_use]
    pub fn is_on(&self, first: Date, day: Date) -> bool {
        if day < first || self.until.is_some_and(|until| day > until) {
            return false;
        }
        let is_in_turn = match self.every {
            Every::Day => days_between(first, day) % i64::from(self.interval) == 0,
            Every::Week => {
                let weeks = days_between(monday_of(first), monday_of(day)) / 7;
                weeks % i64::from(self.interval) == 0
            }
            Every::Month => {
                let months = (i32::from(day.year()) - i32::from(first.year())) * 12
                    + i32::from(day.month())
                    - i32::from(first.month());
                months % self.interval == 0
            }
        };
        is_in_turn && self.is_named(first, day)
    }

    fn is_named(&self, first: Date, day: Date) -> bool {
        let by_day = self.days.iter().any(|(number, weekday)| {
            *weekday == day.weekday() && number.is_none_or(|number| is_nth(number, day))
        });
        let by_month_day = self.month_days.iter().any(|wanted| {
            let (of_month, length) = (day.day(), day.days_in_month());
            if *wanted > 0 { of_month == *wanted } else { of_month == length + wanted + 1 }
        });
        match (self.days.is_empty(), self.month_days.is_empty()) {
            (true, true) => match self.every {
                Every::Day => true,
                Every::Week => day.weekday() == first.weekday(),
                Every::Month => day.day() == first.day(),
            },
            (false, true) => by_day,
            (true, false) => by_month_day,
            (false, false) => by_day && by_month_day,
        }
    }
}

/// Whether a day is the nth of its weekday in its month; from the end where negative.
fn is_nth(number: i8, day: Date) -> bool {
    let from_start = (day.day() - 1) / 7 + 1;
    let from_end = (day.days_in_month() - day.day()) / 7 + 1;
    if number > 0 { from_start == number } else { from_end == -number }
}

fn monday_of(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(jiff::Span::new().days(back)).unwrap_or(day)
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

impl FromStr for Recurrence {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, RecurrenceError> {
        if text.len() > BYTES_MAX {
            return Err(wrong(format!("longer than {BYTES_MAX} bytes")));
        }
        let mut rule = Self {
            every: Every::Day,
            interval: 1,
            until: None,
            days: Vec::new(),
            month_days: Vec::new(),
        };
        let mut every = None;
        for part in text.trim().trim_start_matches("RRULE:").split(';') {
            let (name, value) =
                part.split_once('=').ok_or_else(|| wrong(format!("`{part}` is not NAME=VALUE")))?;
            match name {
                "FREQ" => every = Some(frequency(value)?),
                "INTERVAL" => rule.interval = interval(value)?,
                "UNTIL" => rule.until = Some(until(value)?),
                "BYDAY" => rule.days = value.split(',').map(day).collect::<Result<_, _>>()?,
                "BYMONTHDAY" => {
                    rule.month_days = value.split(',').map(month_day).collect::<Result<_, _>>()?;
                }
                "WKST" if value == "MO" => {}
                _ => return Err(wrong(format!("{name} is not understood here"))),
            }
        }
        rule.every = every.ok_or_else(|| wrong("FREQ is missing"))?;
        let is_numbered = rule.days.iter().any(|(number, _)| number.is_some());
        if is_numbered && rule.every != Every::Month {
            return Err(wrong("a number before a day needs FREQ=MONTHLY"));
        }
        Ok(rule)
    }
}

fn wrong(text: impl Into<String>) -> RecurrenceError {
    RecurrenceError(text.into())
}

fn frequency(value: &str) -> Result<Every, RecurrenceError> {
    match value {
        "DAILY" => Ok(Every::Day),
        "WEEKLY" => Ok(Every::Week),
        "MONTHLY" => Ok(Every::Month),
        _ => Err(wrong("FREQ must be DAILY, WEEKLY or MONTHLY")),
    }
}

fn interval(value: &str) -> Result<i32, RecurrenceError> {
    let number = value.parse().ok().filter(|number| (1..=INTERVAL_MAX).contains(number));
    number.ok_or_else(|| wrong(format!("INTERVAL must be 1 to {INTERVAL_MAX}")))
}

fn until(value: &str) -> Result<Date, RecurrenceError> {
    let day = value.get(..8).unwrap_or(value);
    Date::strptime("%Y%m%d", day).map_err(|_| wrong("UNTIL must be a day, such as 20270301"))
}

fn day(value: &str) -> Result<(Option<i8>, Weekday), RecurrenceError> {
    let bad = || wrong("BYDAY must be days such as MO, 1SA or -1FR");
    let at = value.len().checked_sub(2).filter(|at| value.is_char_boundary(*at)).ok_or_else(bad)?;
    let (number, name) = value.split_at(at);
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return Err(bad()),
    };
    if number.is_empty() {
        return Ok((None, weekday));
    }
    let number: i8 = number.parse().map_err(|_| bad())?;
    if number == 0 || number.abs() > 5 {
        return Err(bad());
    }
    Ok((Some(number), weekday))
}

fn month_day(value: &str) -> Result<i8, RecurrenceError> {
    let number: Option<i8> = value.parse().ok();
    let number = number.filter(|number| *number != 0 && number.abs() <= 31);
    number.ok_or_else(|| wrong("BYMONTHDAY must be days from 1 to 31, or -1 to -31 from the end"))
}
