//! The calls.

use http::{Method, StatusCode};
use model::Timestamp;
use ports::Failure;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{Okta, config::TokenScheme};
use crate::{
    http::{Reply, next_page, segment, sent_at},
    respond::{PAGES_MAX, no_target, word},
};

/// What we read of an account.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub id: String,
    pub status: String,
    /// When it got this status: of two suspensions, which.
    #[serde(rename = "statusChanged")]
    pub status_changed: Option<String>,
    #[serde(default)]
    pub profile: Profile,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Profile {
    pub login: String,
    pub email: String,
}

#[derive(Deserialize)]
struct Role {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Client {
    client_id: String,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(rename = "errorCode", default)]
    code: String,
}

impl Okta {
    /// The address of a user's thing.
    pub(super) fn user_url(&self, user: &str, rest: &str) -> Result<Url, Failure> {
        let user = segment(user).ok_or_else(|| no_target(&self.who, "an account"))?;
        Ok(self.settings.base_url.join(&format!("api/v1/users/{user}{rest}")))
    }

    /// An account by id or login, and when Okta says so; `None` where there is none.
    pub(super) async fn user(
        &self,
        name: &str,
    ) -> Result<Option<(User, Option<Timestamp>)>, Failure> {
        let reply = self.send(Method::GET, self.user_url(name, "")?).await;
        let reply = reply.map_err(Failure::certain)?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let user = self.success(reply.clone()).and_then(|reply| reply.json(&self.who));
        Ok(Some((user.map_err(Failure::certain)?, sent_at(&reply.headers))))
    }

    /// The id of the account that the token acts as; a service app has none.
    pub(super) async fn own_id(&self) -> Result<Option<String>, Failure> {
        let reply = self.send(Method::GET, self.user_url("me", "")?).await;
        let reply = reply.map_err(Failure::certain)?;
        match reply.status.as_u16() {
            400 | 403 | 404 => Ok(None),
            _ => {
                let user = self.success(reply).and_then(|reply| reply.json::<User>(&self.who));
                user.map(|user| Some(user.id)).map_err(Failure::certain)
            }
        }
    }

    /// Whether an account is a super administrator's.
    pub(super) async fn is_super_admin(&self, user: &str) -> Result<bool, Failure> {
        let roles: Vec<Role> = self.read(self.user_url(user, "/roles")?).await?;
        Ok(roles.iter().any(|role| role.kind == "SUPER_ADMIN"))
    }

    /// The clients that hold a grant or tokens of an account.
    pub(super) async fn clients(&self, user: &str) -> Result<Vec<String>, Failure> {
        let mut url = self.user_url(user, "/clients")?;
        let mut clients = Vec::new();
        for _ in 0..PAGES_MAX {
            let reply = self.send(Method::GET, url.clone()).await.map_err(Failure::certain)?;
            let reply = self.success(reply).map_err(Failure::certain)?;
            let page: Vec<Client> = reply.json(&self.who).map_err(Failure::certain)?;
            clients.extend(page.into_iter().map(|client| client.client_id));
            match next_page(&reply.headers, &url) {
                Some(next) => url = next,
                None => return Ok(clients),
            }
        }
        Err(Failure::permanent(format!("{}: more clients than can be listed", self.who)))
    }

    /// Whether the System Log has an act of this kind on an account since an instant.
    pub(super) async fn is_logged(
        &self,
        kind: &str,
        user: &str,
        since: Timestamp,
    ) -> Result<bool, Failure> {
        let mut url = self.settings.base_url.join("api/v1/logs");
        let filter = format!("eventType eq \"{kind}\" and target.id eq \"{user}\"");
        url.query_pairs_mut()
            .append_pair("since", &since.to_string())
            .append_pair("filter", &filter)
            .append_pair("limit", "1");
        let events: Vec<serde_json::Value> = self.read(url).await?;
        Ok(!events.is_empty())
    }

    /// A call that changes something.
    pub(super) async fn act(&self, method: Method, url: Url) -> Result<(), Failure> {
        self.success(self.send(method, url).await?).map(|_| ())
    }

    async fn read<T: DeserializeOwned>(&self, url: Url) -> Result<T, Failure> {
        let reply = self.send(Method::GET, url).await.and_then(|reply| self.success(reply));
        reply.and_then(|reply| reply.json(&self.who)).map_err(Failure::certain)
    }

    async fn send(&self, method: Method, url: Url) -> Result<Reply, Failure> {
        let scheme = match self.settings.scheme {
            TokenScheme::Ssws => "SSWS",
            TokenScheme::Bearer => "Bearer",
        };
        let token = format!("{scheme} {}", self.settings.token.expose_secret());
        let request = self
            .http
            .request(method, url)
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::AUTHORIZATION, token);
        self.http.send(&self.who, request).await
    }

    /// Okta's own code for what it refuses goes into the text.
    fn success(&self, reply: Reply) -> Result<Reply, Failure> {
        let status = reply.status.as_u16();
        if !matches!(status, 400 | 403 | 404) {
            return reply.success(&self.who);
        }
        let code = serde_json::from_slice::<Refused>(&reply.body).unwrap_or_default().code;
        let code = if code.is_empty() { status.to_string() } else { word(&code) };
        let who = &self.who;
        Err(match status {
            403 => Failure::denied(format!("{who}: the token lacks a right for this ({code})")),
            404 => Failure::permanent(format!("{who}: it is not there any more ({code})")),
            _ => Failure::permanent(format!("{who}: refused in its present state ({code})")),
        })
    }
}
