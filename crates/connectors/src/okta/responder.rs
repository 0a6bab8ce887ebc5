//! The port: acting.

use async_trait::async_trait;
use http::Method;
use model::Timestamp;
use ports::{
    Failure,
    responder::{
        ActionCall, ActionSpec, Applied, Plan, PlannedRequest, Responder, Reverted, Seen, Standing,
    },
};
use serde_json::Value;
use url::Url;

use super::{
    Okta,
    client::User,
    map::{self, ACTIVE, Action, DEPROVISIONED, Notes, Prior, SUSPENDED},
};
use crate::respond::{
    alias, cannot_undo, email, no_such_action, no_target, not_theirs, not_there, planned, refused,
    seen, settled, standing, word,
};

/// What is found before anything is done.
struct Look {
    user: User,
    clients: Vec<String>,
    standing: Standing,
    at: Option<Timestamp>,
}

#[async_trait]
impl Responder for Okta {
    fn actions(&self) -> Vec<ActionSpec> {
        map::actions()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let action = self.action(call)?;
        let look = self.look(action, call, self.account(call)?).await?;
        let requests = self.requests(action, &look.user.id, &look.clients)?;
        let requests = requests.iter().map(|(method, url)| planned(method.as_str(), url, None));
        let requests: Vec<PlannedRequest> = requests.collect();
        let remarks = match action {
            Action::RevokeGrants if !look.clients.is_empty() => {
                let clients: Vec<_> = look.clients.iter().map(|client| word(client)).collect();
                vec![format!("apps to consent to again: {}", clients.join(", "))]
            }
            Action::ClearSessions if self.settings.forget_devices => {
                vec!["the person is asked for a factor again on every device".to_owned()]
            }
            _ => Vec::new(),
        };
        let prior = Prior { user: look.user.id, status: look.user.status, clients: look.clients };
        let prior = serde_json::to_value(prior).unwrap_or_default();
        Ok(Plan { requests, standing: look.standing, prior, people: Some(1), remarks })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let action = self.action(call)?;
        // A plan is for one account: what the call names now decides, and it must be that one.
        let look = self.look(action, call, self.account(call)?).await?;
        let prior = self.prior(plan)?;
        if prior.user != look.user.id {
            return Ok(Applied::Protected("the plan was made for another account".to_owned()));
        }
        if let Some(applied) = settled(call, look.standing) {
            return Ok(applied);
        }
        let mut noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        if call.is_retry && self.is_cleared(action, call, &prior, &noted).await? {
            return Ok(Applied::Done);
        }
        noted.since = noted.since.or(look.at);
        *notes = serde_json::to_value(&noted).unwrap_or_default();
        let mut is_begun = false;
        for (method, url) in self.requests(action, &look.user.id, &look.clients)? {
            self.act(method, url).await.map_err(|failure| match is_begun {
                true => failure.uncertain(),
                false => failure,
            })?;
            is_begun = true;
        }
        Ok(Applied::Done)
    }

    async fn verify(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let (action, prior) = (self.action(call)?, self.prior(plan)?);
        let mut noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        match action {
            Action::ClearSessions => Ok(seen(self.is_cleared(action, call, &prior, &noted).await?)),
            Action::RevokeGrants => {
                let left = self.clients(&prior.user).await?;
                Ok(seen(!prior.clients.iter().any(|client| left.contains(client))))
            }
            Action::Suspend => {
                let user = self.known(&prior).await?;
                match user.status.as_str() {
                    SUSPENDED => {
                        noted.suspended = noted.suspended.or(user.status_changed);
                        *notes = serde_json::to_value(&noted).unwrap_or_default();
                        Ok(Seen::Holds)
                    }
                    status if status == prior.status => Ok(Seen::NotYet),
                    status => Ok(Seen::Changed(word(status))),
                }
            }
        }
    }

    async fn revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        let (action, prior) = (self.action(call)?, self.prior(plan)?);
        if action != Action::Suspend {
            return Err(cannot_undo(&self.who));
        }
        let user = self.known(&prior).await?;
        let noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        match user.status.as_str() {
            ACTIVE => return Ok(Reverted::AlreadySo),
            SUSPENDED => {}
            status => return Ok(refused(format!("the account is {}", word(status)))),
        }
        // Lifted and suspended anew since: that is not ours to lift.
        if noted.suspended.is_some() && noted.suspended != user.status_changed {
            return Ok(refused("suspended anew by somebody else"));
        }
        self.act(Method::POST, self.user_url(&prior.user, "/lifecycle/unsuspend")?).await?;
        Ok(Reverted::Done)
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let (action, prior) = (self.action(call)?, self.prior(plan)?);
        if action != Action::Suspend {
            return Err(cannot_undo(&self.who));
        }
        match self.known(&prior).await?.status.as_str() {
            ACTIVE => Ok(Seen::Holds),
            SUSPENDED => Ok(Seen::NotYet),
            status => Ok(Seen::Changed(word(status))),
        }
    }

    async fn check(&self) -> Result<String, Failure> {
        let base = self.settings.base_url.host();
        match self.own_id().await? {
            Some(id) => Ok(format!("acts as {} at {base}", word(&id))),
            None => Ok(format!("acts at {base} as an app")),
        }
    }
}

impl Okta {
    fn action(&self, call: &ActionCall) -> Result<Action, Failure> {
        Action::named(&call.action).ok_or_else(|| no_such_action(&self.who))
    }

    fn prior(&self, plan: &Plan) -> Result<Prior, Failure> {
        crate::respond::prior(&self.who, plan)
    }

    /// The account by its id, by the person's alias here, or by the person's address.
    fn account<'c>(&self, call: &'c ActionCall) -> Result<&'c str, Failure> {
        let target = &call.target;
        let name = target.value.as_deref().or_else(|| alias(target, "okta"));
        name.or_else(|| email(target)).ok_or_else(|| no_target(&self.who, "an account"))
    }

    /// The account of a plan.
    async fn known(&self, prior: &Prior) -> Result<User, Failure> {
        let found = self.user(&prior.user).await?;
        found.map(|(user, _)| user).ok_or_else(|| not_there(&self.who, "account any more"))
    }

    async fn look(&self, action: Action, call: &ActionCall, name: &str) -> Result<Look, Failure> {
        let found = self.user(name).await?;
        let (user, at) = found.ok_or_else(|| not_there(&self.who, "account"))?;
        let protection = self.protection(action, call, &user).await?;
        let mut clients = Vec::new();
        if action == Action::RevokeGrants {
            clients = self.clients(&user.id).await?;
        }
        let is_so = match action {
            Action::ClearSessions => user.status == DEPROVISIONED,
            Action::Suspend => matches!(user.status.as_str(), SUSPENDED | DEPROVISIONED),
            Action::RevokeGrants => clients.is_empty(),
        };
        let standing = standing(protection, is_so);
        let is_wrong = action == Action::Suspend && user.status != ACTIVE;
        if standing == Standing::Ready && is_wrong {
            let status = word(&user.status);
            let what = format!("only an ACTIVE account can be suspended, this one is {status}");
            return Err(Failure::permanent(format!("{}: {what}", self.who)));
        }
        Ok(Look { user, clients, standing, at })
    }

    async fn protection(
        &self,
        action: Action,
        call: &ActionCall,
        user: &User,
    ) -> Result<Option<String>, Failure> {
        let names = [user.id.as_str(), &user.profile.login, &user.profile.email];
        let person = call.target.person.as_ref();
        let listed = self.settings.protected.reason(person, &names);
        if let Some(why) = listed.or_else(|| not_theirs(person, "okta", &names)) {
            return Ok(Some(why));
        }
        if self.own_id().await?.as_deref() == Some(&user.id) {
            return Ok(Some("it is the account that Countersign acts as".to_owned()));
        }
        if action == Action::Suspend && self.is_super_admin(&user.id).await? {
            return Ok(Some("it is a super administrator, perhaps the last one".to_owned()));
        }
        Ok(None)
    }

    /// Whether the System Log has the end of the sessions, since the act began.
    async fn is_cleared(
        &self,
        action: Action,
        call: &ActionCall,
        prior: &Prior,
        notes: &Notes,
    ) -> Result<bool, Failure> {
        if action != Action::ClearSessions {
            return Ok(false);
        }
        let since = notes.since.unwrap_or(call.decided_at);
        self.is_logged(map::SESSIONS_CLEARED, &prior.user, since).await
    }

    /// What is sent, in order.
    fn requests(
        &self,
        action: Action,
        user: &str,
        clients: &[String],
    ) -> Result<Vec<(Method, Url)>, Failure> {
        Ok(match action {
            Action::ClearSessions => {
                let mut url = self.user_url(user, "/sessions")?;
                let forget = if self.settings.forget_devices { "true" } else { "false" };
                // Both defaults surprise: tokens stay, devices are forgotten.
                url.query_pairs_mut()
                    .append_pair("oauthTokens", "true")
                    .append_pair("forgetDevices", forget);
                vec![(Method::DELETE, url)]
            }
            Action::Suspend => {
                vec![(Method::POST, self.user_url(user, "/lifecycle/suspend")?)]
            }
            Action::RevokeGrants => {
                let mut requests = vec![(Method::DELETE, self.user_url(user, "/grants")?)];
                for client in clients {
                    let client = crate::http::segment(client)
                        .ok_or_else(|| not_there(&self.who, "client"))?;
                    let url = self.user_url(user, &format!("/clients/{client}/tokens"))?;
                    requests.push((Method::DELETE, url));
                }
                requests
            }
        })
    }
}
