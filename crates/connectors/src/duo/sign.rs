//! Signature version 5 of Duo's APIs, for calls without `x-duo-*` headers.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::fmt::rfc2822::DateTimePrinter;
use model::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha512};

/// What Duo leaves as it is in parameters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is signed of a call.
pub(super) struct Call<'a> {
    /// As in the `Date` header, byte for byte.
    pub date: &'a str,
    /// Upper case.
    pub method: &'a str,
    /// As in the `Host` header, but lower case.
    pub host: &'a str,
    /// With its leading slash.
    pub path: &'a str,
    /// As [`query`] writes it; empty for a POST.
    pub query: &'a str,
    /// Exactly the bytes sent.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// The text under the signature.
    fn canonical(&self) -> String {
        let (host, body) = (self.host.to_ascii_lowercase(), hash(self.body));
        [self.date, self.method, &host, self.path, self.query, &body, &hash(b"")].join("\n")
    }

    /// The signature, in lower-case hex.
    pub(super) fn signature(&self, secret_key: &SecretString) -> String {
        let mut mac = Hmac::<Sha512>::new_from_slice(secret_key.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(self.canonical().as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    /// The `Authorization` header.
    pub(super) fn authorization(&self, integration_key: &str, secret_key: &SecretString) -> String {
        let pair = format!("{integration_key}:{}", self.signature(secret_key));
        format!("Basic {}", BASE64.encode(pair))
    }
}

/// The `Date` header: RFC 2822.
pub(super) fn date(now: Timestamp) -> Option<String> {
    DateTimePrinter::new().timestamp_to_string(&now).ok()
}

/// Parameters in Duo's canonical form: encoded, then sorted by key, then by value.
pub(super) fn query(parameters: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut pairs: Vec<_> =
        parameters.iter().map(|(key, value)| (encode(key), encode(value))).collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join("&")
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha512::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Fri, 20 Nov 2026 09:30:00 -0000";

    fn check(call: &Call<'_>, expected: &str) {
        let key = SecretString::from("examplesecretexamplesecretexamplesecret0");
        assert_eq!(call.signature(&key), expected);
    }

    fn call<'a>(method: &'a str, path: &'a str, query: &'a str, body: &'a [u8]) -> Call<'a> {
        Call { date: DATE, method, host: "api-Example.duosecurity.com", path, query, body }
    }

    #[test]
    fn a_post_is_signed_as_the_official_client_does() {
        let body = br#"{"async":"1","device":"auto","factor":"push","username":"zoe"}"#;
        check(
            &call("POST", "/auth/v2/auth", "", body),
            "6b99a341aca919977f6f61d7c6d4ed615c28340ded014e9c027538eae1856e87\
             ab056ffddca86307af6534478617db0d06e56794785fa9ddd41611e093e83b7a",
        );
    }

    #[test]
    fn a_get_is_signed_as_the_official_client_does() {
        let query = query(&[("txid", "66fa9fcc-8a31-4f9b-9f0a-0a2a9a6c8d11")]);
        check(
            &call("GET", "/auth/v2/auth_status", &query, b""),
            "fed1577d484e300139c7cb5b7d0a83a6c6f0568867a6ff081c13aef6c711308e\
             38c3caa422b8b5dbcce8eca3092f70ac1251b4110aecfb3c62511dc6b80794c9",
        );
    }

    #[test]
    fn parameters_are_encoded_and_sorted_as_duo_does() {
        let parameters =
            [("x", "a+b/c~d"), ("username", "zoë@example.com"), ("realname", "First Last")];
        assert_eq!(
            query(&parameters),
            "realname=First%20Last&username=zo%C3%AB%40example.com&x=a%2Bb%2Fc~d"
        );
        assert_eq!(query(&[("a", "2"), ("b", "1"), ("a", "1")]), "a=1&a=2&b=1");
        assert_eq!(query(&[]), "");
    }

    #[test]
    fn the_date_is_written_as_in_mail() {
        let now = "2026-11-20T09:30:00.75Z".parse().expect("an instant");
        assert_eq!(date(now).as_deref(), Some(DATE));
    }
}
