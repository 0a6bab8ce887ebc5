//! Signature version 5, as the server checks it.

use std::fmt::Write as _;

use axum::http::{HeaderMap, Method, Uri};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::fmt::rfc2822::DateTimeParser;
use model::{Span, Timestamp};
use sha2::{Digest as _, Sha512};

use super::{World, api::Refusal};
use crate::vendors::percent::{decoded, encoded};

/// How far a request's date may be from the server's time.
const SKEW_MAX: Span = Span::minutes(5);

/// Checks who sent a call, and when.
pub(super) fn check(
    world: &World,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refusal> {
    let (integration_key, signature) =
        credentials(headers).ok_or(Refusal(40_101, "Missing request credentials"))?;
    if integration_key != world.integration_key {
        return Err(Refusal(40_102, "Invalid integration key in request credentials"));
    }
    let date = text(headers, "date").ok_or(Refusal(40_104, "Missing request date"))?;
    let is_close = |sent: Timestamp| {
        let now = world.clock.now();
        SKEW_MAX.before(now) <= sent && sent <= SKEW_MAX.after(now)
    };
    if !DateTimeParser::new().parse_timestamp(date).is_ok_and(is_close) {
        return Err(Refusal(40_105, "Bad request timestamp"));
    }
    if method == Method::POST && text(headers, "content-type") != Some("application/json") {
        return Err(Refusal(40_106, "Invalid content type"));
    }
    let host = text(headers, "host").unwrap_or_default().to_lowercase();
    let lines = [
        date.to_owned(),
        method.to_string(),
        host,
        uri.path().to_owned(),
        canonical_query(uri.query().unwrap_or_default()),
        hash(body),
        hash(&duo_headers(headers)),
    ];
    if signature == sign(&world.secret_key, &lines.join("\n")) {
        Ok(())
    } else {
        Err(Refusal(40_103, "Invalid signature in request credentials"))
    }
}

/// The parameters of a query, decoded; a malformed one is left out and so fails the signature.
pub(super) fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .filter_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            Some((decoded(key)?, decoded(value)?))
        })
        .collect()
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<_> =
        parameters(query).iter().map(|(key, value)| (encoded(key), encoded(value))).collect();
    pairs.sort();
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

fn duo_headers(headers: &HeaderMap) -> Vec<u8> {
    let mut found: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-duo-"))
        .map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()].join(&0))
        .collect();
    found.sort();
    found.join(&0)
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = text(headers, "authorization")?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let (key, signature) = pair.split_once(':')?;
    Some((key.to_owned(), signature.to_owned()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn sign(key: &str, text: &str) -> String {
    let mut mac =
        Hmac::<Sha512>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_signature_is_that_of_the_official_client() {
        let lines = [
            "Fri, 20 Nov 2026 09:30:00 -0000",
            "GET",
            "api-example.duosecurity.com",
            "/auth/v2/auth_status",
            &canonical_query("txid=66fa9fcc-8a31-4f9b-9f0a-0a2a9a6c8d11"),
            &hash(b""),
            &hash(b""),
        ];
        assert_eq!(
            sign("examplesecretexamplesecretexamplesecret0", &lines.join("\n")),
            "fed1577d484e300139c7cb5b7d0a83a6c6f0568867a6ff081c13aef6c711308e\
             38c3caa422b8b5dbcce8eca3092f70ac1251b4110aecfb3c62511dc6b80794c9"
        );
    }

    #[test]
    fn headers_of_duo_are_signed_sorted() {
        let mut headers = HeaderMap::new();
        headers.insert("X-Duo-B", HeaderValue::from_static("two"));
        headers.insert("x-duo-a", HeaderValue::from_static("one"));
        headers.insert("accept", HeaderValue::from_static("*/*"));
        assert!(hash(&duo_headers(&headers)).starts_with("3b712a13bc8523cfa87f81d7f1ce3729"));
    }

    #[test]
    fn a_query_is_read_in_any_order_and_encoding() {
        assert_eq!(canonical_query("b=x%2fy&a=1+2"), "a=1%202&b=x%2Fy");
        assert_eq!(parameters("a=%zz&b=%e2&c"), []);
    }
}
