//! `Link` (RFC 8288), and following it without leaving the vendor.

use http::{HeaderMap, header};
use ports::Failure;
use url::Url;

use crate::http::BaseUrl;

/// The longest link that is followed, in bytes: it is kept as a cursor.
const LINK_BYTES_MAX: usize = 8 * 1_024;

/// The address of the next page, where the reply names one.
pub(in crate::events) fn next_link(headers: &HeaderMap) -> Option<Url> {
    let lines = headers.get_all(header::LINK).iter().filter_map(|line| line.to_str().ok());
    let link = lines.flat_map(Links).find(|(_, parameters)| is_next(parameters))?.0;
    (link.len() <= LINK_BYTES_MAX).then(|| Url::parse(link).ok()).flatten()
}

/// The path and query of a link, or why it is not followed: our credential goes along.
pub(in crate::events) fn followed(
    who: &str,
    base: &BaseUrl,
    link: &Url,
) -> Result<String, Failure> {
    if link.origin() != base.join("").origin() {
        return Err(Failure::misconfigured(format!(
            "{who}: its pages lead to another host; set base_url to the address that it calls itself"
        )));
    }
    let query = link.query().unwrap_or_default();
    Ok(format!("{}?{query}", link.path()))
}

/// The address of such a path and query. They are set as parts: joined, a path that begins with
/// two slashes would be read as another host.
pub(in crate::events) fn address(base: &BaseUrl, path_and_query: &str) -> Url {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let mut url = base.join("");
    url.set_path(path);
    url.set_query(Some(query));
    url
}

/// The links of a line with their parameters. Commas inside of brackets or quotes do not part them.
struct Links<'l>(&'l str);

impl<'l> Iterator for Links<'l> {
    type Item = (&'l str, &'l str);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, rest) = self.0.split_once('<')?;
        let (link, rest) = rest.split_once('>')?;
        let mut is_quoted = false;
        let end = rest.find(|each| {
            is_quoted ^= each == '"';
            each == ',' && !is_quoted
        });
        let (parameters, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.0 = rest;
        Some((link, parameters))
    }
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let mut relations = value.trim().trim_matches('"').split_whitespace();
        name.trim().eq_ignore_ascii_case("rel")
            && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::LINK, line.parse().expect("a header value"));
        }
        next_link(&headers).map(String::from)
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let (this, next_one) = ("<https://a.example/l?x=1,2>", "<https://a.example/l?after=b,c>");
        let found = Some("https://a.example/l?after=b,c".to_owned());
        let both = format!("{this}; rel=\"self\", {next_one}; title=\"a, b\"; rel=\"next\"");
        assert_eq!(next(&[&both]), found);
        let parts = [format!("{this}; rel=self"), format!("{next_one}; rel=next")];
        assert_eq!(next(&[&parts[0], &parts[1]]), found);
        assert_eq!(next(&[&format!("{next_one};REL=\"last next\"")]), found);
        for none in ["", "<", "<>; rel=next", "</relative>; rel=next", &parts[0]] {
            assert_eq!(next(&[none]), None, "{none}");
        }
        let long = format!("<https://a.example/{}>; rel=next", "x".repeat(10_000));
        assert_eq!(next(&[&long]), None);
    }

    #[test]
    fn a_link_to_another_host_is_never_followed() {
        let base: BaseUrl = "https://a.example".parse().expect("an address");
        let follow = |link: &str| followed("sources.a", &base, &Url::parse(link).expect("a link"));
        assert_eq!(follow("https://a.example/l?x=1").as_deref(), Ok("/l?x=1"));
        let odd = follow("https://a.example//b.example/l?x=1").expect("the same host");
        assert_eq!(address(&base, &odd).host_str(), Some("a.example"));
        for other in ["https://b.example/l", "http://a.example/l", "https://a.example:8443/l"] {
            assert!(follow(other).is_err(), "{other}");
        }
    }
}
