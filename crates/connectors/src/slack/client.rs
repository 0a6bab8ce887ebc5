//! Calls of the Web API.

use std::time::Duration;

use ports::Failure;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::{Slack, refusal};
use crate::http::Reply;

/// How long opening a form may take: its trigger is worth nothing afterwards.
const FORM_TIMEOUT: Duration = Duration::from_secs(3);

/// What we read of the answers of all methods.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer {
    ok: bool,
    /// Why not.
    pub(super) error: Option<String>,
    /// The scope that is missing.
    pub(super) needed: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) ts: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) user: Option<User>,
}

/// What we read of an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) team_id: String,
    pub(super) deleted: bool,
    pub(super) is_bot: bool,
    pub(super) is_workflow_bot: bool,
    pub(super) is_restricted: bool,
    pub(super) is_ultra_restricted: bool,
    pub(super) is_stranger: bool,
    pub(super) is_invited_user: bool,
    pub(super) is_email_confirmed: Option<bool>,
    pub(super) profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Profile {
    pub(super) email: Option<String>,
}

impl Slack {
    /// Calls a method that writes.
    pub(super) async fn write(&self, method: &str, arguments: &Value) -> Result<Answer, Failure> {
        let request = self
            .request(method)
            .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(arguments.to_string());
        self.answer(self.http.send(&self.who, request).await?)
    }

    /// Calls `views.open` within the life of its trigger.
    pub(super) async fn open(&self, arguments: &Value) -> Result<Answer, Failure> {
        let request = self
            .request("views.open")
            .timeout(FORM_TIMEOUT)
            .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(arguments.to_string());
        self.answer(self.http.send(&self.who, request).await?)
    }

    /// Calls a method that reads: these take forms only.
    pub(super) async fn read_method(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Answer, Failure> {
        let request = self.request(method).form(arguments);
        self.answer(self.http.send(&self.who, request).await?)
    }

    fn request(&self, method: &str) -> reqwest::RequestBuilder {
        let url = self.settings.base_url.join(method);
        self.http.post(url).bearer_auth(self.settings.bot_token.expose_secret())
    }

    fn answer(&self, reply: Reply) -> Result<Answer, Failure> {
        let reply = reply.success(&self.who)?;
        let answer: Answer = reply.json(&self.who)?;
        if answer.ok { Ok(answer) } else { Err(refusal::failure(&self.who, &answer, &reply)) }
    }
}
