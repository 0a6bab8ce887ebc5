//! The calls.

use ports::Failure;
use secrecy::ExposeSecret as _;

use super::{
    Aws,
    sigv4::{self, Signed, Signer},
    xml,
};
use crate::{
    http::{Reply, query},
    respond::{PAGES_MAX, word},
};

const VERSION: &str = "2010-05-08";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

impl Aws {
    /// Whose a key is; `None` where there is no such key.
    pub(super) async fn owner(&self, key: &str) -> Result<Option<String>, Failure> {
        let reply = self.call("GetAccessKeyLastUsed", &[("AccessKeyId", key)]).await;
        match reply {
            Ok(reply) => Ok(xml::text(&reply, "UserName").filter(|name| !name.is_empty())),
            Err(Refused::NoSuchEntity) => Ok(None),
            Err(Refused::Failed(failure)) => Err(failure.certain()),
        }
    }

    /// Whether a user's key works; `None` where there is no such key.
    pub(super) async fn is_active(&self, user: &str, key: &str) -> Result<Option<bool>, Failure> {
        let mut marker = String::new();
        for _ in 0..PAGES_MAX {
            let mut fields = vec![("UserName", user)];
            if !marker.is_empty() {
                fields.push(("Marker", &marker));
            }
            let reply = match self.call("ListAccessKeys", &fields).await {
                Ok(reply) => reply,
                Err(Refused::NoSuchEntity) => return Ok(None),
                Err(Refused::Failed(failure)) => return Err(failure.certain()),
            };
            let found = xml::each(&reply, "member")
                .find(|member| xml::text(member, "AccessKeyId").as_deref() == Some(key));
            if let Some(member) = found {
                return Ok(Some(xml::text(member, "Status").as_deref() == Some("Active")));
            }
            let is_more = xml::text(&reply, "IsTruncated").as_deref() == Some("true");
            match xml::text(&reply, "Marker").filter(|_| is_more) {
                Some(next) => marker = next,
                None => return Ok(None),
            }
        }
        Err(Failure::permanent(format!("{}: more keys than can be listed", self.who)))
    }

    /// The fields of the call that changes a key.
    pub(super) fn update<'a>(
        user: &'a str,
        key: &'a str,
        status: &'a str,
    ) -> [(&'a str, &'a str); 3] {
        [("UserName", user), ("AccessKeyId", key), ("Status", status)]
    }

    /// Changes a key; `false` where there is no such key any more.
    pub(super) async fn set_status(
        &self,
        user: &str,
        key: &str,
        status: &str,
    ) -> Result<bool, Failure> {
        match self.call("UpdateAccessKey", &Self::update(user, key, status)).await {
            Ok(_) => Ok(true),
            Err(Refused::NoSuchEntity) => Ok(false),
            Err(Refused::Failed(failure)) => Err(failure),
        }
    }

    /// A call's form.
    pub(super) fn form(action: &str, fields: &[(&str, &str)]) -> String {
        query(&[&[("Action", action), ("Version", VERSION)], fields].concat())
    }

    async fn call(&self, action: &str, fields: &[(&str, &str)]) -> Result<String, Refused> {
        let reply = self.send(Self::form(action, fields)).await.map_err(Refused::Failed)?;
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        if !reply.status.is_success() {
            return Err(self.refused(&reply, &body));
        }
        if !body.contains(&format!("<{action}Response")) {
            let what = format!("{}: the reply is not what IAM answers; check base_url", self.who);
            return Err(Refused::Failed(Failure::retry(what).uncertain()));
        }
        Ok(body)
    }

    async fn send(&self, body: String) -> Result<Reply, Failure> {
        let settings = &self.settings;
        let (url, host) = (settings.base_url.join(""), settings.base_url.host());
        let date = sigv4::date(self.clock.now());
        let mut headers =
            vec![("content-type", FORM), ("host", host.as_str()), ("x-amz-date", date.as_str())];
        if let Some(token) = &settings.session_token {
            headers.push(("x-amz-security-token", token.expose_secret()));
        }
        let signer = Signer {
            access_key_id: &settings.access_key_id,
            secret: &settings.secret_access_key,
            region: &settings.region,
            service: "iam",
        };
        let signed = Signed {
            method: "POST",
            path: url.path(),
            query: "",
            headers: &headers,
            body: body.as_bytes(),
        };
        let authorization = signer.authorization(&signed, &date);
        let mut request = self
            .http
            .post(url)
            .header(http::header::AUTHORIZATION, authorization)
            .body(body.clone());
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request = request.header(*name, *value);
        }
        self.http.send(&self.who, request).await
    }

    /// IAM's codes, as decisions. "Slow down" is a 400.
    fn refused(&self, reply: &Reply, body: &str) -> Refused {
        let code = xml::text(body, "Code").unwrap_or_default();
        let told = |what: &str| format!("{}: {what} ({})", self.who, word(&code));
        Refused::Failed(match code.as_str() {
            "NoSuchEntity" => return Refused::NoSuchEntity,
            "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "LimitExceeded"
            | "EntityTemporarilyUnmodifiable" => reply.busy(told("asked to wait")),
            "AccessDenied"
            | "AccessDeniedException"
            | "InvalidClientTokenId"
            | "ExpiredToken"
            | "UnrecognizedClientException"
            | "MissingAuthenticationToken" => Failure::denied(told("our key may not do this")),
            "SignatureDoesNotMatch" | "RequestExpired" | "IncompleteSignature" => {
                let what =
                    "the signature is not accepted; check the secret, and this server's clock";
                Failure::misconfigured(told(what))
            }
            "" => reply.failure(&self.who),
            _ if reply.status.is_server_error() => reply.failure(&self.who),
            _ => Failure::permanent(told("refused the request")),
        })
    }
}

/// Why a call came to nothing.
enum Refused {
    /// What it is about is not there.
    NoSuchEntity,
    Failed(Failure),
}
