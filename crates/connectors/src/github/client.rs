//! The calls.

use http::{Method, StatusCode};
use ports::Failure;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::Url;

use super::{
    GitHub,
    map::{self, Credential},
};
use crate::{
    http::{Reply, next_page},
    respond::PAGES_MAX,
};

/// The version of the API that we were written for.
const API_VERSION: &str = "2022-11-28";

#[derive(Deserialize)]
struct User {
    login: String,
}

impl GitHub {
    /// The account that the token acts as; an app has none.
    pub(super) async fn own_login(&self) -> Result<Option<String>, Failure> {
        let reply = self.send(Method::GET, self.settings.base_url.join("user")).await;
        let reply = reply.map_err(Failure::certain)?;
        if reply.status == StatusCode::FORBIDDEN && !is_limit(&reply) {
            return Ok(None);
        }
        let user = self.success(reply).and_then(|reply| reply.json::<User>(&self.who));
        user.map(|user| Some(user.login)).map_err(Failure::certain)
    }

    /// The credentials of an account that the organisation has authorised, or of all.
    pub(super) async fn credentials(
        &self,
        login: Option<&str>,
    ) -> Result<Vec<Credential>, Failure> {
        let mut url = self.credentials_url("");
        url.query_pairs_mut().append_pair("per_page", "100");
        if let Some(login) = login {
            url.query_pairs_mut().append_pair("login", login);
        }
        let mut credentials = Vec::new();
        for _ in 0..PAGES_MAX {
            let reply = self.send(Method::GET, url.clone()).await.map_err(Failure::certain)?;
            let reply = self.success(reply).map_err(Failure::certain)?;
            let page: Vec<Credential> = reply.json(&self.who).map_err(Failure::certain)?;
            credentials.extend(page);
            match next_page(&reply.headers, &url) {
                Some(next) => url = next,
                None => return Ok(credentials),
            }
        }
        Err(Failure::permanent(format!("{}: more credentials than can be listed", self.who)))
    }

    /// The address of the organisation's authorisations.
    pub(super) fn credentials_url(&self, rest: &str) -> Url {
        let org = &self.settings.org;
        self.settings.base_url.join(&format!("orgs/{org}/credential-authorizations{rest}"))
    }

    /// Takes an authorisation away; one that is gone is what was wanted.
    pub(super) async fn revoke(&self, id: u64) -> Result<(), Failure> {
        let reply = self.send(Method::DELETE, self.credentials_url(&format!("/{id}"))).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        self.success(reply).map(|_| ())
    }

    /// Where leaked tokens are handed in.
    pub(super) fn hand_in_url(&self) -> Url {
        self.settings.base_url.join("credentials/revoke")
    }

    /// Hands a leaked token in. GitHub refuses whoever says who they are.
    pub(super) async fn hand_in(&self, token: &str) -> Result<(), Failure> {
        let request = self
            .http
            .post(self.hand_in_url())
            .header(http::header::ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", API_VERSION)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(map::hand_in(token).to_string());
        let request = match self.settings.is_enterprise_server {
            true => request.bearer_auth(self.settings.token.expose_secret()),
            false => request,
        };
        let reply = self.http.send(&self.who, request).await?;
        match reply.status.as_u16() {
            422 => Err(Failure::permanent(format!("{}: not taken as a token (422)", self.who))),
            403 if !is_limit(&reply) => Err(Failure::misconfigured(format!(
                "{}: leaked tokens are not taken so (403); check enterprise_server",
                self.who
            ))),
            _ => self.success(reply).map(|_| ()),
        }
    }

    async fn send(&self, method: Method, url: Url) -> Result<Reply, Failure> {
        let request = self
            .http
            .request(method, url)
            .bearer_auth(self.settings.token.expose_secret())
            .header(http::header::ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", API_VERSION);
        self.http.send(&self.who, request).await
    }

    fn success(&self, reply: Reply) -> Result<Reply, Failure> {
        match reply.status.as_u16() {
            403 if is_limit(&reply) => {
                Err(reply.busy(format!("{}: asked to wait (403)", self.who)))
            }
            404 => Err(Failure::misconfigured(format!(
                "{}: no such organisation, or the token may not see its credentials (404)",
                self.who
            ))),
            _ => reply.success(&self.who),
        }
    }
}

/// GitHub says "too many" with a 403, too: the second limit with `Retry-After`, the first with
/// nothing remaining.
fn is_limit(reply: &Reply) -> bool {
    let is_empty = reply.headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    is_empty || reply.headers.contains_key(http::header::RETRY_AFTER)
}
