//! Time in words, and as machines read it.

use jiff::{SpanRound, Timestamp, Unit, Zoned, tz::TimeZone};

use super::language::Language;

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
        Self::said_in(Language::English, at, now, zone)
    }

    /// The same in a language.
    pub(crate) fn said_in(
        language: Language,
        at: Timestamp,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        Self { iso: iso(at), shown: said(language, at, now, zone) }
    }

    /// How long ago, as a part of a sentence: "3 days ago".
    pub(crate) fn past_in(language: Language, at: Timestamp, now: Timestamp) -> Self {
        let seconds = now.as_second() - at.as_second();
        let length = length_in(language, seconds);
        let shown = match language {
            _ if seconds < MINUTE => language.say("just now", "gerade eben").to_owned(),
            Language::English => format!("{length} ago"),
            Language::German => format!("vor {length}"),
        };
        Self { iso: iso(at), shown }
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

const DAYS_DE: [&str; 7] = ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."];
const MONTHS_DE: [&str; 12] =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."];

fn said(language: Language, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (local, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let round = SpanRound::new().largest(Unit::Day).days_are_24_hours();
    let days = (local.date() - today.date()).round(round).map_or(i32::MAX, |span| span.get_days());
    let day = match days {
        0 => language.say("today", "heute").to_owned(),
        -1 => language.say("yesterday", "gestern").to_owned(),
        1 => language.say("tomorrow", "morgen").to_owned(),
        _ => date(language, &local, local.year() == today.year()),
    };
    format!("{day} {} {}", language.say("at", "um"), local.strftime("%H:%M"))
}

fn date(language: Language, local: &Zoned, is_this_year: bool) -> String {
    let format = if is_this_year { "%a %-d %b" } else { "%-d %b %Y" };
    if language == Language::English {
        return local.strftime(format).to_string();
    }
    let of = |names: &[&'static str], index: i8| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
    };
    let weekday = of(&DAYS_DE, local.weekday().to_monday_zero_offset());
    let month = of(&MONTHS_DE, local.month() - 1);
    match is_this_year {
        true => format!("{weekday}, {}. {month}", local.day()),
        false => format!("{}. {month} {}", local.day(), local.year()),
    }
}

/// A length of time in its one or two greatest units.
pub(crate) fn length(seconds: i64) -> String {
    length_in(Language::English, seconds)
}

/// The same in a language; in German as it stands after "vor" and "noch".
pub(crate) fn length_in(language: Language, seconds: i64) -> String {
    let say = |english, german| language.say(english, german);
    let (hour, minute) = (say("h", "Std."), say("min", "Min."));
    match seconds.max(0) {
        short if short < MINUTE => say("under a minute", "unter einer Minute").to_owned(),
        short if short < HOUR => format!("{} {minute}", short / MINUTE),
        long if long < HOURS_SHOWN => match (long / HOUR, long % HOUR / MINUTE) {
            (hours, 0) => format!("{hours} {hour}"),
            (hours, minutes) => format!("{hours} {hour} {minutes} {minute}"),
        },
        long => format!("{} {}", long / DAY, say("days", "Tagen")),
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
        Self::until_in(Language::English, deadline, from, now)
    }

    /// The same in a language.
    pub(crate) fn until_in(
        language: Language,
        deadline: Timestamp,
        from: Timestamp,
        now: Timestamp,
    ) -> Self {
        let whole = (deadline.as_second() - from.as_second()).max(1);
        let left = (deadline.as_second() - now.as_second()).clamp(0, whole);
        let percent = left * 100 / whole;
        let tone = match percent {
            low if low < ALARM_BELOW => "tone-alarm",
            low if low < CARE_BELOW => "tone-care",
            _ => "tone-calm",
        };
        let words = match (left, language) {
            (0, _) => language.say("due now", "jetzt fällig").to_owned(),
            (left, Language::English) => format!("{} left", length(left)),
            (left, Language::German) => format!("endet in {}", length_in(language, left)),
        };
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
            assert_eq!(said(Language::English, at(instant), now, &berlin), words, "{instant}");
        }
    }

    #[test]
    fn german_speaks_of_days_and_lengths_in_german() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let now = at("2026-11-21T11:00:00Z");
        for (instant, words, past) in [
            ("2026-11-21T09:05:00Z", "heute um 10:05", "vor 1 Std. 55 Min."),
            ("2026-11-20T09:00:00Z", "gestern um 10:00", "vor 26 Std."),
            ("2026-10-20T09:00:00Z", "Di., 20. Okt. um 11:00", "vor 32 Tagen"),
            ("2025-03-21T09:00:00Z", "21. März 2025 um 10:00", "vor 610 Tagen"),
        ] {
            assert_eq!(said(Language::German, at(instant), now, &berlin), words, "{instant}");
            assert_eq!(When::past_in(Language::German, at(instant), now).shown, past);
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
