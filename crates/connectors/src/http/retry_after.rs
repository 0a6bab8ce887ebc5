//! `Retry-After`, RFC 9110 section 10.2.3: seconds or a date.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// The longest wait that is taken from another side: a broken or hostile one must not be able to
/// hold a lane for ever.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(10 * 60);

/// Headers with the instant at which a vendor takes requests again, or the seconds until then.
const RESET_HEADERS: [&str; 2] = ["x-rate-limit-reset", "x-ratelimit-reset"];
/// From this number on it is an instant in seconds since 1970, below it a wait.
const EPOCH_MIN: u64 = 1_000_000_000;

/// The wait that a reply asks for, at most [`RETRY_AFTER_MAX`], by `Retry-After` or by a vendor's
/// own header. An instant counts from the reply's own `Date`, so that clocks that differ do no
/// harm; without one it is not understood.
#[must_use]
pub fn wait_of(headers: &HeaderMap) -> Option<Duration> {
    let wait = retry_after(headers).or_else(|| reset(headers))?;
    Some(wait.min(RETRY_AFTER_MAX))
}

/// When the other side sent a reply, by its own clock.
#[must_use]
pub fn sent_at(headers: &HeaderMap) -> Option<Timestamp> {
    date(headers.get(header::DATE)?.to_str().ok()?)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that are too many for a number ask for more than the most.
        return Some(text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs));
    }
    let until = date(text)?.duration_since(sent_at(headers)?);
    Some(Duration::try_from(until).unwrap_or(Duration::ZERO))
}

fn reset(headers: &HeaderMap) -> Option<Duration> {
    let text = RESET_HEADERS.iter().find_map(|name| headers.get(*name))?.to_str().ok()?.trim();
    let number: u64 = text.parse().ok()?;
    if number < EPOCH_MIN {
        return Some(Duration::from_secs(number));
    }
    let sent = u64::try_from(sent_at(headers)?.as_second()).ok()?;
    Some(Duration::from_secs(number.saturating_sub(sent)))
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

    #[test]
    fn a_wait_is_also_read_from_the_headers_of_vendors() {
        let date = Some("Fri, 20 Nov 2026 08:00:00 GMT");
        let epoch = "1795161645";
        for (name, text, date, seconds) in [
            ("x-rate-limit-reset", epoch, date, Some(45)),
            ("X-RateLimit-Reset", epoch, date, Some(45)),
            ("x-ratelimit-reset", epoch, None, None),
            ("x-ratelimit-reset", "1795161000", date, Some(0)),
            ("x-ratelimit-reset", "1995161000", date, Some(600)),
            ("x-ratelimit-reset", "17", None, Some(17)),
            ("x-ratelimit-reset", "soon", date, None),
            ("x-ratelimit-reset", "-1", date, None),
        ] {
            let mut headers = HeaderMap::new();
            let name: header::HeaderName = name.parse().expect("a header name");
            headers.insert(name, text.parse().expect("a header value"));
            if let Some(date) = date {
                headers.insert(header::DATE, date.parse().expect("a header value"));
            }
            assert_eq!(wait_of(&headers), seconds.map(Duration::from_secs), "{text}");
            headers.insert(header::RETRY_AFTER, "3".parse().expect("a header value"));
            assert_eq!(wait_of(&headers), Some(Duration::from_secs(3)), "the standard wins");
        }
    }
}
