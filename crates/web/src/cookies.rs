//! The one cookie.

use http::{HeaderMap, HeaderValue, header};

use crate::Site;

/// Its name wherever there is TLS: browsers take it from this very host only, over TLS only.
pub const SESSION_COOKIE: &str = "__Host-countersign_session";
/// Its name on a plain-http loopback, where browsers refuse the other.
pub const SESSION_COOKIE_PLAIN: &str = "countersign_session";
/// The longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

impl Site {
    /// The name of the session's cookie here.
    #[must_use]
    pub fn session_cookie(&self) -> &'static str {
        if self.is_https() { SESSION_COOKIE } else { SESSION_COOKIE_PLAIN }
    }

    /// The token of the session's cookie. A cookie that is there twice is none: which of them a
    /// browser was given by us cannot be told.
    #[must_use]
    pub fn session_token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.session_cookie();
        let pairs = headers.get_all(header::COOKIE).iter();
        let pairs = pairs.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
        let mut tokens = pairs.filter_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        });
        let token = tokens.next()?;
        let is_usable = (1..=TOKEN_BYTES_MAX).contains(&token.len()) && tokens.next().is_none();
        is_usable.then_some(token)
    }

    /// The header that gives a browser its session.
    #[must_use]
    pub fn set_session(&self, token: &str) -> HeaderValue {
        self.cookie(token, "")
    }

    /// The header that takes it away.
    #[must_use]
    pub fn clear_session(&self) -> HeaderValue {
        self.cookie("", "; Max-Age=0")
    }

    fn cookie(&self, value: &str, more: &str) -> HeaderValue {
        let name = self.session_cookie();
        let secure = if self.is_https() { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        HeaderValue::from_str(&line).expect("tokens are of the characters of a header")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> Site {
        Site::new(url, Vec::new()).expect("an address")
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts() {
        let https = site("https://countersign.example.com");
        assert_eq!(
            https.set_session("abc"),
            "__Host-countersign_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        let plain = site("http://localhost:8400");
        assert_eq!(
            plain.clear_session(),
            "countersign_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }

    #[test]
    fn a_cookie_that_is_missing_empty_or_doubled_is_none() {
        let site = site("https://countersign.example.com");
        let name = SESSION_COOKIE;
        for (lines, token) in [
            (vec![format!("a=b; {name}=good; c=d")], Some("good")),
            (vec![], None),
            (vec![format!("{name}=")], None),
            (vec![format!("countersign_session=plain")], None),
            (vec![format!("{name}=one; {name}=two")], None),
            (vec![format!("{name}=one"), format!("{name}=one")], None),
            (vec![format!("{name}={}", "x".repeat(TOKEN_BYTES_MAX + 1))], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(header::COOKIE, line.parse().expect("a header"));
            }
            assert_eq!(site.session_token(&headers), token, "{lines:?}");
        }
    }
}
