//! Times as vendors write them. Pure.
//!
//! Which form a source uses is said by its map. Only where a vendor mixes units is the unit told
//! by the size of the number: below 10¹¹ are seconds, below 10¹⁴ milliseconds, below 10¹⁷
//! microseconds, and beyond nanoseconds. That is right from 1973 on for each unit.

use event::Node;
use jiff::{civil::DateTime, tz::TimeZone};
use model::Timestamp;

/// The longest text that is looked at, in bytes.
const WORD_BYTES_MAX: usize = 64;

/// A time as ISO 8601 writes it. One without a zone is UTC: all vendors here mean that.
pub(super) fn iso(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > WORD_BYTES_MAX {
        return None;
    }
    text.parse().ok().or_else(|| {
        let time: DateTime = text.parse().ok()?;
        // A date alone is not the time of an event.
        let has_time = text.bytes().any(|byte| byte == b':');
        has_time.then(|| time.to_zoned(TimeZone::UTC).ok()).flatten().map(|zoned| zoned.timestamp())
    })
}

/// A number of seconds, milliseconds, microseconds or nanoseconds since 1970, as a number or as a
/// text of one.
pub(super) fn epoch(node: Node<'_>) -> Option<Timestamp> {
    match node.as_int() {
        Some(number) => whole(number),
        None => node.as_float().and_then(seconds),
    }
}

/// Either of the two.
pub(super) fn any(node: Node<'_>) -> Option<Timestamp> {
    epoch(node).or_else(|| node.as_text().and_then(iso))
}

/// A time as vendors' parameters want it, in milliseconds.
pub(super) fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// The same in whole seconds.
pub(super) fn written_seconds(time: Timestamp) -> String {
    format!("{time:.0}")
}

fn whole(number: i64) -> Option<Timestamp> {
    match number.unsigned_abs() {
        0..100_000_000_000 => Timestamp::from_second(number),
        100_000_000_000..100_000_000_000_000 => Timestamp::from_millisecond(number),
        100_000_000_000_000..100_000_000_000_000_000 => Timestamp::from_microsecond(number),
        _ => Timestamp::from_nanosecond(i128::from(number)),
    }
    .ok()
}

/// Parts of a second are written for seconds and milliseconds only.
fn seconds(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() < 1e11 { number } else { number / 1e3 };
    // Beyond the range of times this saturates, and is refused.
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok().filter(|_| number.is_finite())
}

#[cfg(test)]
mod tests {
    use event::Doc;

    use super::*;

    fn read(json: &str) -> Option<String> {
        let text = format!("{{\"t\":{json}}}");
        let (doc, _) = Doc::parse(text.as_bytes()).expect("a document");
        any(doc.at(&["t"]).expect("there")).map(|time| time.to_string())
    }

    #[test]
    fn a_time_is_read_in_every_unit_and_form() {
        let whole = Some("2026-05-04T09:12:33Z".to_owned());
        for json in [
            "1777885953",
            "1777885953000",
            "1777885953000000",
            "1777885953000000000",
            "\"1777885953\"",
            "\" 2026-05-04T09:12:33Z\"",
            "\"2026-05-04T11:12:33+02:00\"",
            "\"2026-05-04 09:12:33\"",
            "\"2026-05-04T09:12:33.0000000Z\"",
            "1777885953.0",
            "1777885953000.0",
        ] {
            assert_eq!(read(json), whole, "{json}");
        }
        let parts = Some("2026-05-04T09:12:33.114Z".to_owned());
        for json in ["1777885953114", "1777885953.114", "\"2026-05-04T09:12:33.1140000Z\""] {
            assert_eq!(read(json), parts, "{json}");
        }
        assert_eq!(read("0").as_deref(), Some("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        let long = format!("\"{}\"", "2".repeat(100));
        for json in [
            "null",
            "true",
            "{}",
            "[]",
            "\"\"",
            "\"soon\"",
            "\"2026-05-04\"",
            "\"2026-13-04T09:12:33Z\"",
            "9223372036854775807.5",
            "1e300",
            "-1e300",
            &long,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
