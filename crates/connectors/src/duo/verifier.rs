//! The port, filled.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Method, Person, Timestamp};
use ports::{
    Clock, Failure,
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Verdict, Verifier},
};

use super::{
    DuoConfig, Username,
    client::Client,
    map::{self, Plan, Push},
};
use crate::{
    ceremony,
    http::HttpClient,
    secret::{SettingProblem, Settings},
};

/// What stands over the push on the phone.
const PUSH_TYPE: &str = "Countersign question";

/// Proves by Duo Verified Push.
pub struct Duo {
    pub(super) client: Client,
    pub(super) username: Username,
}

impl Duo {
    /// A verifier for `[verify.NAME]`.
    ///
    /// # Errors
    /// Every key of the section that cannot be used.
    pub fn new(
        name: &str,
        config: &DuoConfig,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Vec<SettingProblem>> {
        let mut settings = Settings::default();
        let secret_key = settings.take("secret_key", config.secret_key.resolve());
        let is_key = !config.integration_key.is_empty()
            && config.integration_key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        settings.require("integration_key", is_key, "must be letters and digits, such as DI…");
        let client = secret_key.map(|secret_key| Client {
            who: format!("verify.{name}"),
            base_url: config.base_url.clone(),
            integration_key: config.integration_key.clone(),
            secret_key,
            http,
            clock,
        });
        settings.finish(client.map(|client| Self { client, username: config.username }))
    }

    /// Asks what the person can do now. The code that comes with it lives for about a minute, so
    /// that this is called after the click and not before.
    async fn plan(
        &self,
        person: &Person,
        address: Option<&str>,
    ) -> Result<Result<Plan, &'static str>, Failure> {
        let mut parameters = vec![
            ("username", map::username(person, self.username)),
            // Without this Duo falls back to a plain push.
            ("client_supports_verified_push", "1"),
        ];
        parameters.extend(address.map(|address| ("ipaddr", address)));
        Ok(map::plan(self.client.preauth(&parameters).await?))
    }

    async fn send_push(
        &self,
        request: &ChallengeRequest<'_>,
        plan: &Plan,
        address: Option<&str>,
    ) -> Result<Push, Failure> {
        let pushinfo = map::pushinfo(request);
        let mut parameters = vec![
            ("username", map::username(request.person, self.username)),
            ("factor", "push"),
            ("device", plan.device.as_str()),
            ("txid", plan.txid.as_str()),
            ("async", "1"),
            ("type", PUSH_TYPE),
            ("pushinfo", pushinfo.as_str()),
        ];
        parameters.extend(address.map(|address| ("ipaddr", address)));
        let started = self.client.auth(&parameters).await?;
        map::sent(started, plan).ok_or_else(|| {
            let what = format!("{}: Duo's answer names no transaction", self.client.who);
            Failure::permanent(what).uncertain()
        })
    }
}

#[async_trait]
impl Verifier for Duo {
    fn method(&self) -> Method {
        Method::Duo
    }

    fn is_local(&self) -> bool {
        false
    }

    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        let address = request.client_ip.map(|address| address.to_string());
        let address = address.as_deref();
        let (push, code) = match self.plan(request.person, address).await? {
            Ok(plan) => (self.send_push(request, &plan, address).await?, Some(plan.code)),
            Err(why) => (Push::Unsent { why: why.to_owned() }, None),
        };
        Ok(Begun { state: ceremony::write_proof(request, push), options: None, code })
    }

    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        _response: Option<&str>,
        _now: Timestamp,
    ) -> Result<Verdict, Failure> {
        let push = match ceremony::read_proof(request, state) {
            Ok(push) => push,
            Err(verdict) => return Ok(verdict),
        };
        match push {
            Push::Unsent { why } => Ok(Verdict::NotEvidence(why)),
            Push::Sent { txid, device, digits } => {
                let status = self.client.auth_status(&txid).await?;
                let verdict = status.map(|status| map::verdict(&status, &device, digits));
                Ok(verdict.unwrap_or(Verdict::Waiting))
            }
        }
    }

    fn begin_enrolment(
        &self,
        _person: &Person,
        _existing: &[Factor],
    ) -> Option<Result<Begun, Failure>> {
        None
    }

    fn finish_enrolment(
        &self,
        _person: &Person,
        _state: &[u8],
        _response: &str,
        _now: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        Err(Verdict::NotEvidence("devices are enrolled with Duo, not here".to_owned()))
    }

    async fn is_available(&self, person: &Person, _factors: &[Factor]) -> Result<bool, Failure> {
        Ok(self.plan(person, None).await?.is_ok())
    }
}

impl std::fmt::Debug for Duo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Duo").field("who", &self.client.who).finish_non_exhaustive()
    }
}
