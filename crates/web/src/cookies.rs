//! The cookies: who is signed in, that somebody has been, and that somebody is about to be.

use http::{HeaderMap, HeaderValue, header};
use runtime::people::{BROWSER_LIFE, CEREMONY_LIFE};

use crate::Site;

/// The session's name wherever there is TLS: browsers take it from this very host only, over TLS
/// only.
pub const SESSION_COOKIE: &str = "__Host-countersign_session";
/// Its name on a plain-http loopback, where browsers refuse the other.
pub const SESSION_COOKIE_PLAIN: &str = "countersign_session";
/// The name of what a browser keeps after a sign-in. It opens nothing: it only has tries of its own.
pub const BROWSER_COOKIE: &str = "__Host-countersign_browser";
/// Its name on a plain-http loopback.
pub const BROWSER_COOKIE_PLAIN: &str = "countersign_browser";
/// The name of what a browser keeps while its person is at the identity provider.
pub const SIGN_IN_COOKIE: &str = "__Host-countersign_signin";
/// Its name on a plain-http loopback.
pub const SIGN_IN_COOKIE_PLAIN: &str = "countersign_signin";
/// The longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

impl Site {
    /// The name of the session's cookie here.
    #[must_use]
    pub fn session_cookie(&self) -> &'static str {
        if self.is_https() { SESSION_COOKIE } else { SESSION_COOKIE_PLAIN }
    }

    /// The name of the cookie of a browser that is known here.
    #[must_use]
    pub fn browser_cookie(&self) -> &'static str {
        if self.is_https() { BROWSER_COOKIE } else { BROWSER_COOKIE_PLAIN }
    }

    /// The token of the session's cookie.
    #[must_use]
    pub fn session_token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        token(headers, self.session_cookie())
    }

    /// The token by which the browser may be known.
    #[must_use]
    pub fn browser_token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        token(headers, self.browser_cookie())
    }

    /// What the browser keeps of a sign-in at the identity provider.
    #[must_use]
    pub fn sign_in_token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        token(headers, self.sign_in_cookie())
    }

    /// The header that makes a browser keep it.
    #[must_use]
    pub fn set_sign_in(&self, token: &str) -> HeaderValue {
        let life = format!("; Max-Age={}", CEREMONY_LIFE.as_seconds());
        self.cookie(self.sign_in_cookie(), token, &life)
    }

    /// The header that takes it away.
    #[must_use]
    pub fn clear_sign_in(&self) -> HeaderValue {
        self.cookie(self.sign_in_cookie(), "", "; Max-Age=0")
    }

    fn sign_in_cookie(&self) -> &'static str {
        if self.is_https() { SIGN_IN_COOKIE } else { SIGN_IN_COOKIE_PLAIN }
    }

    /// The header that gives a browser its session.
    #[must_use]
    pub fn set_session(&self, token: &str) -> HeaderValue {
        self.cookie(self.session_cookie(), token, "")
    }

    /// The header that takes it away.
    #[must_use]
    pub fn clear_session(&self) -> HeaderValue {
        self.cookie(self.session_cookie(), "", "; Max-Age=0")
    }

    /// The header by which a browser is known next time.
    #[must_use]
    pub fn set_browser(&self, token: &str) -> HeaderValue {
        let life = format!("; Max-Age={}", BROWSER_LIFE.as_seconds());
        self.cookie(self.browser_cookie(), token, &life)
    }

    fn cookie(&self, name: &str, value: &str, more: &str) -> HeaderValue {
        let secure = if self.is_https() { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        HeaderValue::from_str(&line).expect("tokens are of the characters of a header")
    }
}

/// The value of a cookie. One that is there twice is none: which of them a browser was given by us
/// cannot be told.
fn token<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
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
        assert_eq!(
            https.set_browser("abc"),
            "__Host-countersign_browser=abc; Path=/; HttpOnly; SameSite=Lax; Secure; \
             Max-Age=15552000"
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
