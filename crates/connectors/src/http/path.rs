//! Addresses below a configured one, made from hostile values. Pure.

use http::{HeaderMap, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What may stand in an address as it is: RFC 3986, unreserved.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// How long a value in an address may be, in bytes.
const VALUE_MAX_BYTES: usize = 512;
/// How long the header with the next page may be, in bytes.
const LINK_MAX_BYTES: usize = 8 * 1024;

/// A value as one segment of a path, or `None` where it would be more than that: empty, too long,
/// or a step up.
pub(crate) fn segment(value: &str) -> Option<String> {
    let is_step = matches!(value, "" | "." | "..");
    (!is_step && value.len() <= VALUE_MAX_BYTES)
        .then(|| utf8_percent_encode(value, UNRESERVED).to_string())
}

/// Pairs as a query or a form, all of them encoded.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let pairs: Vec<_> =
        pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    pairs.join("&")
}

/// The page that a reply's `Link` header (RFC 8288) calls the next, where it is on the same server
/// as the page before: our credential goes nowhere else.
pub(crate) fn next_page(headers: &HeaderMap, before: &Url) -> Option<Url> {
    let links = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
    let links = links.filter(|text| text.len() <= LINK_MAX_BYTES).flat_map(|text| text.split(','));
    let next = links.filter_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next =
            parameters.split(';').any(|each| matches!(each.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| before.join(target).ok())?
    });
    next.into_iter().find(|next| next.origin() == before.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_segment_of_a_path() {
        for (value, expected) in [
            ("mia@example.com", Some("mia%40example.com")),
            ("a/../b?c#d", Some("a%2F..%2Fb%3Fc%23d")),
            ("100%", Some("100%25")),
            ("", None),
            (".", None),
            ("..", None),
        ] {
            assert_eq!(segment(value).as_deref(), expected, "{value}");
        }
        assert_eq!(segment(&"x".repeat(513)), None);
        assert_eq!(query(&[("a", "b&c=d"), ("e f", "é")]), "a=b%26c%3Dd&e%20f=%C3%A9");
    }

    #[test]
    fn the_next_page_is_followed_on_the_same_server_only() {
        let before: Url = "https://api.example/v1/things?limit=2".parse().expect("a url");
        for (link, expected) in [
            (r#"<https://api.example/v1/things?after=a>; rel="next""#, Some("after=a")),
            (
                r#"<https://api.example/v1/things>; rel="self", </v1/things?after=b>; rel="next""#,
                Some("after=b"),
            ),
            (r#"<https://evil.example/v1/things?after=a>; rel="next""#, None),
            (r#"<http://api.example/v1/things?after=a>; rel="next""#, None),
            (r#"<https://api.example:8443/?after=a>; rel="next""#, None),
            (r#"<https://api.example/v1/things>; rel="prev""#, None),
            ("nonsense", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LINK, link.parse().expect("a header value"));
            let next = next_page(&headers, &before);
            assert_eq!(next.as_ref().and_then(Url::query), expected, "{link}");
        }
    }
}
