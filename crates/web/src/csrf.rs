//! Whether an act of a browser comes from our own pages: it must name our origin, and carry the
//! token of its session.

use http::{HeaderMap, header};
use runtime::people::Viewer;
use url::form_urlencoded;

use crate::{Problem, Site, problem::Kind};

/// The field of a form that carries the session's token.
pub const FIELD: &str = "csrf";
/// The header that carries it where a script sends something other than a form.
pub const HEADER: &str = "x-csrf-token";

/// Refuses what a browser sends from elsewhere. Every browser names the origin of a form; whatever
/// does not is refused, `null` too.
pub fn require_own_origin(site: &Site, headers: &HeaderMap) -> Result<(), Problem> {
    let is_own = match only(headers, header::ORIGIN.as_str()) {
        Header::One(origin) => origin == site.base(),
        Header::Unusable => false,
        Header::None => only(headers, "sec-fetch-site") == Header::One("same-origin"),
    };
    if is_own { Ok(()) } else { Err(elsewhere(site)) }
}

/// Refuses a request with a body that does not carry the token of this session.
pub fn require_token(viewer: &Viewer, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let is_own = match only(headers, HEADER) {
        Header::One(token) => viewer.is_own_form(token),
        Header::Unusable => false,
        Header::None => {
            is_form(headers) && field(body).is_some_and(|token| viewer.is_own_form(&token))
        }
    };
    if is_own { Ok(()) } else { Err(Problem::of(Kind::ForeignForm)) }
}

fn elsewhere(site: &Site) -> Problem {
    let base = site.base();
    Problem::new(Kind::ForeignForm, format!("Open the page at {base} and repeat this there."))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The token in a form, if it is there once.
fn field(body: &[u8]) -> Option<String> {
    let mut found = form_urlencoded::parse(body).filter(|(name, _)| name == FIELD);
    let token = found.next()?.1.into_owned();
    found.next().is_none().then_some(token)
}

#[derive(PartialEq)]
enum Header<'h> {
    None,
    One(&'h str),
    Unusable,
}

fn only<'h>(headers: &'h HeaderMap, name: &str) -> Header<'h> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Header::None,
        (Some(value), None) => value.to_str().map_or(Header::Unusable, Header::One),
        (Some(_), Some(_)) => Header::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_must_come_from_our_own_origin() {
        let site = Site::new("https://countersign.example.com", Vec::new()).expect("an address");
        let own = "https://countersign.example.com";
        for (headers, is_taken) in [
            (vec![("origin", own)], true),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("origin", own), ("sec-fetch-site", "cross-site")], true),
            (vec![], false),
            (vec![("origin", "null")], false),
            (vec![("origin", "null"), ("sec-fetch-site", "same-origin")], false),
            (vec![("origin", "https://countersign.example.com.evil.example")], false),
            (vec![("origin", "http://countersign.example.com")], false),
            (vec![("origin", "https://countersign.example.com:444")], false),
            (vec![("origin", own), ("origin", "https://evil.example")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("referer", "https://countersign.example.com/")], false),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(*name, value.parse().expect("a header"));
            }
            assert_eq!(require_own_origin(&site, &map).is_ok(), is_taken, "{headers:?}");
        }
    }

    #[test]
    fn a_token_that_is_there_twice_is_none() {
        assert_eq!(field(b"a=b&csrf=x%2By").as_deref(), Some("x+y"));
        assert_eq!(field(b"csrf=x&csrf=x"), None);
        assert_eq!(field(b"a=b"), None);
    }
}
