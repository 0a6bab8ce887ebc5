//! `Retry-After`, RFC 9110 section 10.2.3: seconds or a date.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// The longest wait that is taken from another side: a broken or hostile one must not be able to
/// hold a lane for ever.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(10 * 60);

/// The wait that a reply asks for, at most [`RETRY_AFTER_MAX`]. A date counts from the reply's own
/// `Date`, so that clocks that differ do no harm; without one it is not understood.
#[must_use]
pub fn wait_of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that are too many for a number ask for more than the most.
        text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs)
    } else {
        let sent = date(headers.get(header::DATE)?.to_str().ok()?)?;
        Duration::try_from(date(text)?.duration_since(sent)).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_as_seconds_or_a_date_and_never_exceeds_its_limit() {
        let date = "Fri, 20 Nov 2026 08:00:00 GMT";
        let cases = [
            ("0", Some(0)),
            ("30", Some(30)),
            ("99999999999999999999999", Some(600)),
            ("86400", Some(600)),
            ("Fri, 20 Nov 2026 08:00:45 GMT", Some(45)),
            ("Fri, 20 Nov 2026 07:00:00 GMT", Some(0)),
            ("Fri, 20 Nov 2099 07:00:00 GMT", Some(600)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
        ];
        for (text, seconds) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().expect("a header value"));
            headers.insert(header::DATE, date.parse().expect("a header value"));
            assert_eq!(wait_of(&headers), seconds.map(Duration::from_secs), "{text:?}");
        }
        assert_eq!(wait_of(&HeaderMap::new()), None);
    }
}
