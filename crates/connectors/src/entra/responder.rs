//! The port: acting.

use async_trait::async_trait;
use http::Method;
use model::Timestamp;
use ports::{
    Failure,
    responder::{ActionCall, ActionSpec, Applied, Plan, Responder, Reverted, Seen, Standing},
};
use serde_json::{Value, json};

use super::{
    Entra,
    client::User,
    map::{self, Action, Notes, Prior},
};
use crate::respond::{
    alias, cannot_undo, email, no_such_action, no_target, not_theirs, not_there, planned, refused,
    seen, settled, standing,
};

/// What is found before anything is done.
struct Look {
    user: User,
    standing: Standing,
    at: Option<Timestamp>,
}

#[async_trait]
impl Responder for Entra {
    fn actions(&self) -> Vec<ActionSpec> {
        map::actions()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let action = self.action(call)?;
        let Look { user, standing, .. } = self.look(action, call).await?;
        let request = match action {
            Action::RevokeSessions => {
                planned("POST", &self.user_url(&user.id, "/revokeSignInSessions")?, None)
            }
            Action::Disable => {
                let body = json!({ "accountEnabled": false }).to_string();
                planned("PATCH", &self.user_url(&user.id, "")?, Some(body))
            }
        };
        let is_synced = user.on_premises_sync_enabled == Some(true) && action == Action::Disable;
        let remarks = is_synced.then(|| {
            "the account is synchronised from elsewhere: the next synchronisation enables it \
             again, so disable it there too"
                .to_owned()
        });
        let prior =
            Prior { user: user.id, is_enabled: user.account_enabled, valid_from: user.valid_from };
        Ok(Plan {
            requests: vec![request],
            standing,
            prior: serde_json::to_value(prior).unwrap_or_default(),
            people: Some(1),
            remarks: remarks.into_iter().collect(),
        })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let action = self.action(call)?;
        let Look { user, standing, at } = self.look(action, call).await?;
        let prior = self.prior(plan)?;
        if prior.user != user.id {
            return Ok(Applied::Protected("the plan was made for another account".to_owned()));
        }
        if let Some(applied) = settled(call, standing) {
            return Ok(applied);
        }
        let mut noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        if call.is_retry && action == Action::RevokeSessions && is_revoked(&user, &prior, &noted) {
            return Ok(Applied::Done);
        }
        noted.since = noted.since.or(at);
        noted.valid_from = noted.valid_from.or(user.valid_from);
        *notes = serde_json::to_value(&noted).unwrap_or_default();
        match action {
            Action::RevokeSessions => {
                let url = self.user_url(&user.id, "/revokeSignInSessions")?;
                self.act(Method::POST, url, None).await?;
                Ok(Applied::Accepted)
            }
            Action::Disable => {
                self.set_enabled(&user.id, false).await?;
                Ok(Applied::Done)
            }
        }
    }

    async fn verify(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let (action, prior) = (self.action(call)?, self.prior(plan)?);
        let noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        let Some((user, _)) = self.user(&prior.user).await? else {
            return Ok(Seen::Changed("the account is gone".to_owned()));
        };
        Ok(seen(match action {
            Action::RevokeSessions => is_revoked(&user, &prior, &noted),
            Action::Disable => !user.account_enabled,
        }))
    }

    async fn revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        let (action, prior) = (self.action(call)?, self.prior(plan)?);
        if action != Action::Disable {
            return Err(cannot_undo(&self.who));
        }
        let Some((user, _)) = self.user(&prior.user).await? else {
            return Ok(refused("the account is gone"));
        };
        if user.account_enabled {
            return Ok(Reverted::AlreadySo);
        }
        let noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        let since = noted.since.unwrap_or(call.decided_at);
        if self.is_disabled_by_another(&prior.user, since).await? {
            return Ok(refused("disabled by somebody else too"));
        }
        self.set_enabled(&prior.user, true).await?;
        Ok(Reverted::Done)
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let (action, prior) = (self.action(call)?, self.prior(plan)?);
        if action != Action::Disable {
            return Err(cannot_undo(&self.who));
        }
        match self.user(&prior.user).await? {
            Some((user, _)) => Ok(seen(user.account_enabled)),
            None => Ok(Seen::Changed("the account is gone".to_owned())),
        }
    }

    async fn check(&self) -> Result<String, Failure> {
        self.sign_in().await?;
        let host = self.settings.base_url.host();
        Ok(format!("acts at {host}; the app's permissions were not tried"))
    }
}

/// Whether sessions from before the act are void.
fn is_revoked(user: &User, prior: &Prior, notes: &Notes) -> bool {
    let before = notes.valid_from.max(prior.valid_from);
    user.valid_from.is_some() && user.valid_from > before
}

impl Entra {
    fn action(&self, call: &ActionCall) -> Result<Action, Failure> {
        Action::named(&call.action).ok_or_else(|| no_such_action(&self.who))
    }

    fn prior(&self, plan: &Plan) -> Result<Prior, Failure> {
        crate::respond::prior(&self.who, plan)
    }

    async fn set_enabled(&self, user: &str, is_enabled: bool) -> Result<(), Failure> {
        let body = json!({ "accountEnabled": is_enabled });
        self.act(Method::PATCH, self.user_url(user, "")?, Some(&body)).await.map(|_| ())
    }

    async fn look(&self, action: Action, call: &ActionCall) -> Result<Look, Failure> {
        let target = &call.target;
        let name = target.value.as_deref().or_else(|| alias(target, "entra"));
        let name = name.or_else(|| email(target));
        let name = name.ok_or_else(|| no_target(&self.who, "an account"))?;
        let found = self.user(name).await?;
        let (user, at) = found.ok_or_else(|| not_there(&self.who, "account"))?;
        if action == Action::RevokeSessions && user.user_type.as_deref() == Some("Guest") {
            let what = "a guest is signed out by their own tenant only";
            return Err(Failure::permanent(format!("{}: {what}", self.who)));
        }
        let protection = self.protection(action, call, &user).await?;
        let is_so = action == Action::Disable && !user.account_enabled;
        Ok(Look { standing: standing(protection, is_so), user, at })
    }

    async fn protection(
        &self,
        action: Action,
        call: &ActionCall,
        user: &User,
    ) -> Result<Option<String>, Failure> {
        let mail = user.mail.as_deref().unwrap_or_default();
        let names = [user.id.as_str(), &user.user_principal_name, mail];
        let person = call.target.person.as_ref();
        let listed = self.settings.protected.reason(person, &names);
        if let Some(why) = listed.or_else(|| not_theirs(person, "entra", &names)) {
            return Ok(Some(why));
        }
        let is_admin = action == Action::Disable && self.is_global_admin(&user.id).await?;
        Ok(is_admin.then(|| "it is a global administrator, perhaps the last one".to_owned()))
    }
}
