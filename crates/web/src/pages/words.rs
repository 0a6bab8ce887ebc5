//! Time in words, and as machines read it.

use jiff::{SpanRound, Timestamp, Unit, tz::TimeZone};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// From this long on hours read better as days.
const HOURS_SHOWN: i64 = 48 * HOUR;

/// An instant, for a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// As machines read it.
    pub(crate) iso: String,
    /// As people do.
    pub(crate) shown: String,
}

impl When {
    /// The day and the time of day there: "today at 14:05".
    pub(crate) fn said(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Self {
        Self { iso: iso(at), shown: said(at, now, zone) }
    }

    /// How long ago: "12 min".
    pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self { iso: iso(at), shown: length(now.as_second() - at.as_second()) }
    }

    /// The full date and time, with the zone's offset, as a log has it.
    pub(crate) fn exact(at: Timestamp, zone: &TimeZone) -> Self {
        let local = at.to_zoned(zone.clone());
        Self { iso: iso(at), shown: local.strftime("%Y-%m-%d %H:%M:%S").to_string() }
    }
}

fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn said(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (local, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let time = local.strftime("%H:%M");
    let round = SpanRound::new().largest(Unit::Day).days_are_24_hours();
    let days = (local.date() - today.date()).round(round).map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => format!("today at {time}"),
        -1 => format!("yesterday at {time}"),
        1 => format!("tomorrow at {time}"),
        _ if local.year() == today.year() => format!("{} at {time}", local.strftime("%a %-d %b")),
        _ => format!("{} at {time}", local.strftime("%-d %b %Y")),
    }
}

/// A length of time in its one or two greatest units.
pub(crate) fn length(seconds: i64) -> String {
    match seconds.max(0) {
        short if short < MINUTE => "under a minute".to_owned(),
        short if short < HOUR => format!("{} min", short / MINUTE),
        long if long < HOURS_SHOWN => match (long / HOUR, long % HOUR / MINUTE) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        long => format!("{} days", long / DAY),
    }
}

/// How much time is left, as a bar that shrinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// The class that colours it.
    pub(crate) tone: &'static str,
    /// How much of it is left, in hundredths.
    pub(crate) percent: i64,
    /// In words.
    pub(crate) words: String,
}

/// Below these hundredths the bar asks for attention, and then alarms.
const CARE_BELOW: i64 = 50;
const ALARM_BELOW: i64 = 20;

impl Left {
    /// Of the time between the beginning and the deadline.
    pub(crate) fn until(deadline: Timestamp, from: Timestamp, now: Timestamp) -> Self {
        let whole = (deadline.as_second() - from.as_second()).max(1);
        let left = (deadline.as_second() - now.as_second()).clamp(0, whole);
        let percent = left * 100 / whole;
        let tone = match percent {
            low if low < ALARM_BELOW => "tone-alarm",
            low if low < CARE_BELOW => "tone-care",
            _ => "tone-calm",
        };
        let words = if left == 0 { "due now".to_owned() } else { format!("{} left", length(left)) };
        Self { tone, percent, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_day_is_named_as_people_name_it_where_they_are() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let now = at("2026-11-21T11:00:00Z");
        for (instant, words) in [
            ("2026-11-21T13:05:00Z", "today at 14:05"),
            ("2026-11-20T23:30:00Z", "today at 00:30"),
            ("2026-11-20T09:00:00Z", "yesterday at 10:00"),
            ("2026-11-22T09:00:00Z", "tomorrow at 10:00"),
            ("2026-10-20T09:00:00Z", "Tue 20 Oct at 11:00"),
            ("2025-11-21T09:00:00Z", "21 Nov 2025 at 10:00"),
        ] {
            assert_eq!(said(at(instant), now, &berlin), words, "{instant}");
        }
    }

    #[test]
    fn lengths_and_bars_never_go_below_nothing() {
        for (seconds, words) in [
            (-5, "under a minute"),
            (59, "under a minute"),
            (720, "12 min"),
            (7_200, "2 h"),
            (5_400, "1 h 30 min"),
            (300_000, "3 days"),
        ] {
            assert_eq!(length(seconds), words);
        }
        let (from, to) = (at("2026-11-21T11:00:00Z"), at("2026-11-21T12:00:00Z"));
        for (now, percent, tone) in [
            ("2026-11-21T10:00:00Z", 100, "tone-calm"),
            ("2026-11-21T11:40:00Z", 33, "tone-care"),
            ("2026-11-21T11:55:00Z", 8, "tone-alarm"),
            ("2026-11-21T13:00:00Z", 0, "tone-alarm"),
        ] {
            let left = Left::until(to, from, at(now));
            assert_eq!((left.percent, left.tone), (percent, tone), "{now}");
        }
    }
}
