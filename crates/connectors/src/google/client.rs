//! The calls.

use http::{Method, StatusCode};
use model::Timestamp;
use ports::Failure;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::{Google, grant::SCOPES, map::App};
use crate::{
    http::{Reply, segment, sent_at},
    respond::{no_target, word},
};

/// The grant of RFC 7523.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What we read of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub id: String,
    pub primary_email: String,
    #[serde(default)]
    pub is_admin: bool,
    #[serde(default)]
    pub suspended: bool,
    #[serde(default)]
    pub suspension_reason: Option<String>,
}

#[derive(Deserialize)]
struct Listed<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Deserialize)]
struct AppPassword {
    #[serde(default)]
    name: String,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: RefusedWhy,
}

#[derive(Default, Deserialize)]
struct RefusedWhy {
    #[serde(default)]
    errors: Vec<Reason>,
}

#[derive(Default, Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
}

impl Google {
    /// The address of a user's thing.
    pub(super) fn user_url(&self, user: &str, rest: &str) -> Result<Url, Failure> {
        let user = segment(user).ok_or_else(|| no_target(&self.who, "an account"))?;
        Ok(self.settings.base_url.join(&format!("admin/directory/v1/users/{user}{rest}")))
    }

    /// An account by id or address, and when Google says so; `None` where there is none.
    pub(super) async fn user(
        &self,
        name: &str,
    ) -> Result<Option<(User, Option<Timestamp>)>, Failure> {
        let url = self.user_url(name, "")?;
        let reply = self.send(Method::GET, url, None).await.map_err(Failure::certain)?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let user = self.success(reply.clone()).await.and_then(|reply| reply.json(&self.who));
        Ok(Some((user.map_err(Failure::certain)?, sent_at(&reply.headers))))
    }

    /// The apps that have access to an account.
    pub(super) async fn apps(&self, user: &str) -> Result<Vec<App>, Failure> {
        Ok(self.read::<Listed<App>>(self.user_url(user, "/tokens")?).await?.items)
    }

    /// The names of an account's app passwords.
    pub(super) async fn app_passwords(&self, user: &str) -> Result<Vec<String>, Failure> {
        let listed: Listed<AppPassword> = self.read(self.user_url(user, "/asps")?).await?;
        Ok(listed.items.into_iter().map(|each| each.name).collect())
    }

    /// Whether the admin log has a sign-out of an account since an instant; `None` where we may
    /// not read it.
    pub(super) async fn is_signed_out(
        &self,
        email: &str,
        since: Timestamp,
    ) -> Result<Option<bool>, Failure> {
        let path = "admin/reports/v1/activity/users/all/applications/admin";
        let mut url = self.settings.base_url.join(path);
        url.query_pairs_mut()
            .append_pair("eventName", super::map::SIGNED_OUT)
            .append_pair("startTime", &since.to_string())
            .append_pair("filters", &format!("USER_EMAIL=={email}"))
            .append_pair("maxResults", "1");
        let reply = self.send(Method::GET, url, None).await.map_err(Failure::certain)?;
        if reply.status == StatusCode::FORBIDDEN && !is_quota(&reply) {
            return Ok(None);
        }
        let listed = self.success(reply).await;
        let listed = listed.and_then(|reply| reply.json::<Listed<Value>>(&self.who));
        listed.map(|listed| Some(!listed.items.is_empty())).map_err(Failure::certain)
    }

    /// A call that changes something. What is gone already is `None`.
    pub(super) async fn act(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Option<Reply>, Failure> {
        let reply = self.send(method, url, body).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.success(reply).await.map(Some)
    }

    fn token_request(&self) -> Result<reqwest::RequestBuilder, Failure> {
        let settings = &self.settings;
        let audience = settings.token_url.url();
        let assertion = settings.account.assertion(
            &SCOPES,
            &settings.admin,
            audience.as_str(),
            self.clock.now(),
        );
        let assertion = assertion.ok_or_else(|| {
            Failure::misconfigured(format!("{}: the service account's key cannot sign", self.who))
        })?;
        let form = [("grant_type", GRANT), ("assertion", assertion.expose_secret())];
        Ok(self.http.post(audience).form(&form))
    }

    async fn read<T: DeserializeOwned>(&self, url: Url) -> Result<T, Failure> {
        let reply = self.send(Method::GET, url, None).await.map_err(Failure::certain)?;
        let read = self.success(reply).await.and_then(|reply| reply.json(&self.who));
        read.map_err(Failure::certain)
    }

    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Reply, Failure> {
        let token = self.tokens.token(|| self.token_request()).await?;
        let request = self.http.call(method, url, &token, body);
        self.http.send(&self.who, request).await
    }

    /// Google's own reason for what it refuses goes into the text.
    async fn success(&self, reply: Reply) -> Result<Reply, Failure> {
        let status = reply.status.as_u16();
        if status == 401 {
            self.tokens.forget().await;
        }
        if !matches!(status, 400 | 403 | 404) {
            return reply.success(&self.who);
        }
        let (who, reason) = (&self.who, word(&reason(&reply)));
        Err(match status {
            403 if is_quota(&reply) => reply.busy(format!("{who}: asked to wait ({reason})")),
            403 => Failure::denied(format!("{who}: we may not do this ({reason})")),
            404 => Failure::permanent(format!("{who}: it is not there any more ({reason})")),
            _ => Failure::permanent(format!("{who}: refused the request ({reason})")),
        })
    }
}

fn reason(reply: &Reply) -> String {
    let refused: Refused = serde_json::from_slice(&reply.body).unwrap_or_default();
    let first = refused.error.errors.into_iter().next();
    first.map_or_else(|| reply.status.as_u16().to_string(), |first| first.reason)
}

/// Google says "too many" with a 403, too.
fn is_quota(reply: &Reply) -> bool {
    let reasons = ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"];
    reasons.contains(&reason(reply).as_str())
}
