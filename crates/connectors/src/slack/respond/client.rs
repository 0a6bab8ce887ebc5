//! The calls.

use std::collections::BTreeSet;

use ports::Failure;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{
    SlackAdmin,
    map::{self, Refusal},
};
use crate::respond::PAGES_MAX;

/// How many sessions are asked for at once.
const PAGE_SESSIONS: &str = "200";

/// What we read of the answers of all methods.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer {
    ok: bool,
    pub error: Option<String>,
    pub needed: Option<String>,
    pub user_id: Option<String>,
    pub user: Option<User>,
    #[serde(default)]
    active_sessions: Vec<Session>,
    #[serde(default)]
    response_metadata: Metadata,
}

/// What we read of an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub id: String,
    pub is_bot: bool,
    pub is_primary_owner: bool,
    pub profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Profile {
    pub email: String,
}

#[derive(Debug, Default, Deserialize)]
struct Session {
    #[serde(deserialize_with = "number_or_text")]
    session_id: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    next_cursor: String,
}

/// A session's id is a number here and a text in audit entries.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("not a session's id"))
}

impl SlackAdmin {
    /// Whom the token belongs to.
    pub(super) async fn own_id(&self) -> Result<String, Failure> {
        Ok(self.read("auth.test", &[]).await?.user_id.unwrap_or_default())
    }

    /// The account with this address.
    pub(super) async fn by_email(&self, email: &str) -> Result<User, Failure> {
        let answer = self.read("users.lookupByEmail", &[("email", email)]).await?;
        Ok(answer.user.unwrap_or_default())
    }

    /// The account with this id.
    pub(super) async fn user(&self, id: &str) -> Result<User, Failure> {
        Ok(self.read("users.info", &[("user", id)]).await?.user.unwrap_or_default())
    }

    /// The ids of all sessions of an account.
    pub(super) async fn sessions(&self, user: &str) -> Result<BTreeSet<u64>, Failure> {
        let (mut sessions, mut cursor) = (BTreeSet::new(), String::new());
        for _ in 0..PAGES_MAX {
            let mut arguments = vec![
                ("user_id", user),
                ("team_id", self.settings.team_id.as_str()),
                ("limit", PAGE_SESSIONS),
            ];
            if !cursor.is_empty() {
                arguments.push(("cursor", &cursor));
            }
            let answer = self.read("admin.users.session.list", &arguments).await?;
            sessions.extend(answer.active_sessions.iter().map(|session| session.session_id));
            cursor = answer.response_metadata.next_cursor;
            if cursor.is_empty() {
                return Ok(sessions);
            }
        }
        Err(Failure::permanent(format!("{}: more sessions than can be listed", self.who)))
    }

    /// Calls a method that ends something.
    pub(super) async fn end(&self, method: &str, arguments: &Value) -> Result<Answer, Refusal> {
        let request = self
            .request(method)
            .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(arguments.to_string());
        self.answer(request).await
    }

    async fn read(&self, method: &str, arguments: &[(&str, &str)]) -> Result<Answer, Failure> {
        match self.answer(self.request(method).form(arguments)).await {
            Ok(answer) => Ok(answer),
            Err(Refusal::Failed(failure)) => Err(failure.certain()),
            Err(Refusal::Protected(_) | Refusal::Gone) => {
                Err(Failure::permanent(format!("{}: refused to look", self.who)))
            }
        }
    }

    fn request(&self, method: &str) -> reqwest::RequestBuilder {
        let url = self.settings.base_url.join(method);
        self.http.post(url).bearer_auth(self.settings.token.expose_secret())
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, Refusal> {
        let reply = self.http.send(&self.who, request).await.map_err(Refusal::Failed)?;
        let reply = reply.success(&self.who).map_err(Refusal::Failed)?;
        let answer: Answer = reply.json(&self.who).map_err(Refusal::Failed)?;
        if answer.ok { Ok(answer) } else { Err(map::refusal(&self.who, &answer, &reply)) }
    }
}
