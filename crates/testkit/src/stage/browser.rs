//! A browser without scripts: follows redirects, keeps cookies, sends forms as they stand in the page.

use std::collections::BTreeMap;

use anyhow::Context as _;
use reqwest::{
    Client, Response,
    header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE},
    redirect::Policy,
};

const REDIRECTS_MAX: usize = 5;
/// How the session's cookie is called on loopback.
const SESSION: &str = "countersign_session";

/// A browser, and whose session it has.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status of the last answer.
    pub status: u16,
    /// The path that led here.
    pub path: String,
    /// The HTML.
    pub body: String,
}

impl Browser {
    /// A fresh one for a server.
    pub fn at(origin: &str) -> anyhow::Result<Self> {
        let client = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { client, origin: origin.to_owned(), cookies: BTreeMap::new() })
    }

    /// Opens a path.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Page> {
        let mut path = path.to_owned();
        for _ in 0..REDIRECTS_MAX {
            let request = self.client.get(format!("{}{path}", self.origin));
            let request = request.header(COOKIE, self.cookies());
            let reply = request.header("accept", "text/html").send().await?;
            self.keep_cookies(&reply);
            match redirect(&reply) {
                Some(next) => path = next,
                None => return page(reply, path).await,
            }
        }
        anyhow::bail!("redirected without end to {path}")
    }

    /// Sends the form of a page whose action begins so, with its hidden fields and these.
    pub async fn submit(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<Page> {
        let form = page.form(action).with_context(|| format!("no form {action} in {page:?}"))?;
        let hidden = hidden_fields(form);
        let hidden =
            hidden.iter().filter(|(name, _)| fields.iter().all(|(given, _)| given != name));
        let all: Vec<(&str, &str)> = hidden.copied().chain(fields.iter().copied()).collect();
        let path = attribute(form, "action").context("the form has no action")?;
        let request = self.client.post(format!("{}{path}", self.origin)).form(&all);
        let request = request.header(ORIGIN, &self.origin).header("accept", "text/html");
        let reply = request.header(COOKIE, self.cookies()).send().await?;
        self.keep_cookies(&reply);
        match redirect(&reply) {
            Some(next) => self.get(&next).await,
            None => self::page(reply, path.to_owned()).await,
        }
    }

    /// The session's token, which belongs in no log.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.cookies.get(SESSION).map(String::as_str)
    }

    fn cookies(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, reply: &Response) {
        for line in reply.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().ok().and_then(|line| line.split(';').next());
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// The form whose action begins so, as it stands in the page.
    #[must_use]
    pub fn form(&self, action: &str) -> Option<&str> {
        let forms = self.body.split("<form ").skip(1);
        let mut forms = forms.map(|form| form.split("</form>").next().unwrap_or(form));
        forms.find(|form| attribute(form, "action").is_some_and(|path| path.starts_with(action)))
    }

    /// The text of the element with this class.
    #[must_use]
    pub fn text_of(&self, class: &str) -> Option<&str> {
        let (_, after) = self.body.split_once(&format!("class=\"{class}\">"))?;
        after.split('<').next()
    }
}

fn redirect(reply: &Response) -> Option<String> {
    let is_redirect = reply.status().is_redirection();
    let place = reply.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    place.filter(|_| is_redirect).map(str::to_owned)
}

async fn page(reply: Response, path: String) -> anyhow::Result<Page> {
    Ok(Page { status: reply.status().as_u16(), path, body: reply.text().await? })
}

fn hidden_fields(form: &str) -> Vec<(&str, &str)> {
    let inputs = form.split("<input ").skip(1).filter(|input| input.starts_with("type=\"hidden\""));
    let field = |input| Some((attribute(input, "name")?, attribute(input, "value")?));
    inputs.filter_map(field).collect()
}

/// An attribute of the tag that the text begins in.
fn attribute<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let tag = text.split('>').next()?;
    let (_, after) = tag.split_once(&format!("{name}=\""))?;
    after.split('"').next()
}
