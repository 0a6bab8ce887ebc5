//! Posting to every member.

use http::Method;
use ports::Failure;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Alertmanager;
use crate::http::BaseUrl;

impl Alertmanager {
    /// Posts to one member.
    pub(super) async fn post(&self, member: &BaseUrl, alerts: &Value) -> Result<(), Failure> {
        let request = self.request(Method::POST, member, "api/v2/alerts");
        let request =
            request.header(http::header::CONTENT_TYPE, "application/json").body(alerts.to_string());
        let reply = self.http.send(&self.who, request).await?;
        match reply.status.as_u16() {
            400 => {
                let what = "the alert was refused as invalid (400)";
                Err(Failure::permanent(format!("{}: {what}", self.who)))
            }
            _ => reply.success(&self.who).map(|_| ()),
        }
    }

    /// Asks one member how it is.
    pub(super) async fn status(&self, member: &BaseUrl) -> Result<(), Failure> {
        let reply = self.http.send(&self.who, self.request(Method::GET, member, "api/v2/status"));
        let _: Value = reply.await?.success(&self.who)?.json(&self.who)?;
        Ok(())
    }

    fn request(&self, method: Method, member: &BaseUrl, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, member.join(path));
        match &self.settings.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }
}
