//! A browser of a made-up person: addresses, forms and one cookie. It sees only what a browser
//! sees, so that these people can do nothing that real ones cannot.

use anyhow::{Context as _, bail};
use connectors::http::{BaseUrl, HttpClient, Reply};

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 5;

/// One person's browser.
pub(super) struct Browser {
    http: HttpClient,
    base: BaseUrl,
    origin: String,
    cookie: Option<String>,
}

/// A page that was opened.
pub(super) struct Page(String);

/// A form of a page: where it goes, and what it carries by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Browser {
    /// A browser that has never been at `origin`.
    pub(super) fn new(http: HttpClient, origin: &str) -> anyhow::Result<Self> {
        Ok(Self { http, base: origin.parse()?, origin: origin.to_owned(), cookie: None })
    }

    /// Another one for the same pages, on a machine that has never been there.
    pub(super) fn another(&self) -> Self {
        let (http, base, origin) = (self.http.clone(), self.base.clone(), self.origin.clone());
        Self { http, base, origin, cookie: None }
    }

    /// Opens a page.
    pub(super) async fn open(&mut self, path: &str) -> anyhow::Result<Page> {
        let mut path = path.to_owned();
        for _ in 0..REDIRECTS_MAX {
            let mut request = self.http.get(self.url(&path)?);
            if let Some(cookie) = &self.cookie {
                request = request.header("cookie", cookie);
            }
            let reply = self.http.send("the page", request).await?;
            match self.take(reply)? {
                Ok(page) => return Ok(page),
                Err(next) => path = next,
            }
        }
        bail!("{path} leads in circles")
    }

    /// Sends a form with what was typed and pressed, and opens what it leads to.
    pub(super) async fn submit(
        &mut self,
        form: Form,
        typed: &[(&str, &str)],
    ) -> anyhow::Result<Page> {
        let mut fields = form.fields;
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut request = self.http.post(self.url(&form.action)?).form(&fields);
        request = request.header("origin", &self.origin);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let reply = self.http.send("the page", request).await?;
        match self.take(reply)? {
            Ok(page) => Ok(page),
            Err(next) => self.open(&next).await,
        }
    }

    /// A page, or where it leads.
    fn take(&mut self, reply: Reply) -> anyhow::Result<Result<Page, String>> {
        for cookie in reply.headers.get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if pair.contains("session=") {
                self.cookie = Some(pair.to_owned());
            }
        }
        if reply.status.is_redirection() {
            let next = reply.headers.get("location").context("a redirect to nowhere")?;
            return Ok(Err(next.to_str()?.to_owned()));
        }
        if !reply.status.is_success() {
            bail!("a page answered {}", reply.status.as_u16());
        }
        Ok(Ok(Page(String::from_utf8_lossy(&reply.body).into_owned())))
    }

    /// The address of a path of our own, its question mark included.
    fn url(&self, path: &str) -> anyhow::Result<url::Url> {
        let path = path.strip_prefix(&self.origin).unwrap_or(path);
        let (path, query) = path.split_once('?').map_or((path, None), |(a, b)| (a, Some(b)));
        let mut url = self.base.join(path.trim_start_matches('/'));
        url.set_query(query);
        Ok(url)
    }
}

impl Page {
    /// The first form whose address ends so.
    pub(super) fn form(&self, action_end: &str) -> anyhow::Result<Form> {
        let forms = self.0.split("<form").skip(1);
        let mut forms = forms.map(|text| text.split("</form>").next().unwrap_or_default());
        let form = forms.find_map(|text| {
            let tag = text.split('>').next().unwrap_or_default();
            let action = attribute(tag, "action").filter(|action| action.ends_with(action_end))?;
            let inputs = text.split("<input").skip(1);
            let inputs = inputs.map(|input| input.split('>').next().unwrap_or_default());
            let hidden = inputs.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
            let fields = hidden.filter_map(|tag| {
                Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
            });
            Some(Form { action, fields: fields.collect() })
        });
        form.with_context(|| format!("there is no form to {action_end} on this page"))
    }

    /// The first link whose address begins so.
    pub(super) fn link(&self, beginning: &str) -> Option<String> {
        let tags = self.0.split("<a").skip(1).filter_map(|text| text.split('>').next());
        let mut links = tags.filter_map(|tag| attribute(tag, "href"));
        links.find(|link| link.starts_with(beginning))
    }

    /// The part of a list that holds this text, which needs no escape.
    pub(super) fn item_with(&self, text: &str) -> Option<Self> {
        let items = self.0.split("<li").skip(1);
        let mut items = items.map(|item| item.split("</li>").next().unwrap_or_default());
        items.find(|item| item.contains(text)).map(|item| Self(item.to_owned()))
    }

    /// Whether it offers such a form.
    pub(super) fn has_form(&self, action_end: &str) -> bool {
        self.form(action_end).is_ok()
    }
}

/// An attribute's value, in double quotes as our own templates write them.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_in_the_part_of_a_list_that_holds_a_text() {
        let item = |key: &str, text: &str| {
            format!("<li class=\"row\"><p>{text}</p><form action=\"/{key}/decide\"></form></li>")
        };
        let page = Page(format!("<ul>{}{}</ul>", item("a", "one"), item("b", "two")));
        let form = page.item_with("two").expect("it is there").form("/decide").expect("a form");
        assert_eq!(form.action, "/b/decide");
        assert!(page.item_with("three").is_none());
    }

    #[test]
    fn a_form_is_found_by_its_address_with_what_it_carries() {
        let page = Page(
            "<form method=\"post\" action=\"/out\"><input type=\"hidden\" name=\"csrf\" \
             value=\"a\"></form><form method=\"post\" action=\"/ask/case_1/prove\">\n<input \
             type=\"hidden\" name=\"csrf\" value=\"b\"><input name=\"comment\"><button \
             name=\"method\" value=\"totp\">Go</button></form>"
                .to_owned(),
        );
        let form = page.form("/prove").expect("a form");
        assert_eq!(form.action, "/ask/case_1/prove");
        assert_eq!(form.fields, [("csrf".to_owned(), "b".to_owned())]);
        assert!(page.has_form("/out") && !page.has_form("/proof"));
    }
}
