//! The calls.

use http::{Method, StatusCode};
use model::Timestamp;
use ports::Failure;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::Entra;
use crate::{
    http::{Reply, segment, sent_at},
    respond::{no_target, word},
};

/// The template of the role of global administrators, the same in every tenant.
const GLOBAL_ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
/// What we read of an account.
const FIELDS: &str = "id,userPrincipalName,mail,accountEnabled,userType,onPremisesSyncEnabled,\
                      signInSessionsValidFromDateTime";

/// What we read of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub id: String,
    #[serde(default)]
    pub user_principal_name: String,
    #[serde(default)]
    pub mail: Option<String>,
    pub account_enabled: bool,
    #[serde(default)]
    pub user_type: Option<String>,
    #[serde(default)]
    pub on_premises_sync_enabled: Option<bool>,
    #[serde(default, rename = "signInSessionsValidFromDateTime")]
    pub valid_from: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    role_template_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Audit {
    #[serde(default)]
    initiated_by: Value,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: RefusedWhy,
}

#[derive(Default, Deserialize)]
struct RefusedWhy {
    #[serde(default)]
    code: String,
}

impl Entra {
    /// The address of a user's thing.
    pub(super) fn user_url(&self, user: &str, rest: &str) -> Result<Url, Failure> {
        let user = segment(user).ok_or_else(|| no_target(&self.who, "an account"))?;
        Ok(self.settings.base_url.join(&format!("users/{user}{rest}")))
    }

    /// An account by id or principal name, and when Entra says so; `None` where there is none.
    pub(super) async fn user(
        &self,
        name: &str,
    ) -> Result<Option<(User, Option<Timestamp>)>, Failure> {
        let mut url = self.user_url(name, "")?;
        url.query_pairs_mut().append_pair("$select", FIELDS);
        let reply = self.send(Method::GET, url, None).await.map_err(Failure::certain)?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let user = self.success(reply.clone()).await.and_then(|reply| reply.json(&self.who));
        Ok(Some((user.map_err(Failure::certain)?, sent_at(&reply.headers))))
    }

    /// Whether an account is a global administrator's.
    pub(super) async fn is_global_admin(&self, user: &str) -> Result<bool, Failure> {
        let path = "/transitiveMemberOf/microsoft.graph.directoryRole";
        let mut url = self.user_url(user, path)?;
        url.query_pairs_mut().append_pair("$select", "roleTemplateId");
        let roles: Page<Role> = self.read(url).await?;
        let is_it = |role: &Role| role.role_template_id.as_deref() == Some(GLOBAL_ADMIN);
        Ok(roles.value.iter().any(is_it))
    }

    /// Whether somebody else has disabled an account since an instant; unknown counts as no where
    /// the app may not read the audit log.
    pub(super) async fn is_disabled_by_another(
        &self,
        user: &str,
        since: Timestamp,
    ) -> Result<bool, Failure> {
        let mut url = self.settings.base_url.join("auditLogs/directoryAudits");
        let filter = format!(
            "activityDisplayName eq 'Disable account' and activityDateTime ge {since} and \
             targetResources/any(t:t/id eq '{user}')"
        );
        url.query_pairs_mut().append_pair("$filter", &filter);
        let reply = self.send(Method::GET, url, None).await.map_err(Failure::certain)?;
        if reply.status == StatusCode::FORBIDDEN {
            return Ok(false);
        }
        let page = self.success(reply).await.and_then(|reply| reply.json::<Page<Audit>>(&self.who));
        let audits = page.map_err(Failure::certain)?.value;
        let own = self.settings.client_id.as_str();
        Ok(audits.iter().any(|audit| audit.initiated_by["app"]["appId"] != *own))
    }

    /// A call that changes something.
    pub(super) async fn act(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Reply, Failure> {
        let reply = self.send(method, url, body).await?;
        self.success(reply).await
    }

    /// Fetches a token, which checks the credentials.
    pub(super) async fn sign_in(&self) -> Result<(), Failure> {
        self.tokens.token(|| self.token_request()).await.map(|_| ())
    }

    fn token_request(&self) -> Result<reqwest::RequestBuilder, Failure> {
        let settings = &self.settings;
        let path = format!("{}/oauth2/v2.0/token", settings.tenant_id);
        let scope =
            format!("{}/.default", settings.base_url.join("").origin().ascii_serialization());
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &settings.client_id),
            ("client_secret", settings.client_secret.expose_secret()),
            ("scope", &scope),
        ];
        Ok(self.http.post(settings.login_url.join(&path)).form(&form))
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

    /// Entra's own code for what it refuses goes into the text.
    async fn success(&self, reply: Reply) -> Result<Reply, Failure> {
        let status = reply.status.as_u16();
        if status == 401 {
            self.tokens.forget().await;
        }
        if !matches!(status, 400 | 403 | 404) {
            return reply.success(&self.who);
        }
        let code = serde_json::from_slice::<Refused>(&reply.body).unwrap_or_default().error.code;
        let code = if code.is_empty() { status.to_string() } else { word(&code) };
        let who = &self.who;
        Err(match status {
            403 => Failure::denied(format!("{who}: the app lacks a permission for this ({code})")),
            404 => Failure::permanent(format!("{who}: it is not there any more ({code})")),
            _ => Failure::permanent(format!("{who}: refused the request ({code})")),
        })
    }
}
