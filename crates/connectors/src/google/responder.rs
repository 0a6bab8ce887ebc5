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
use serde_json::{Value, json};
use url::Url;

use super::{
    Google,
    client::User,
    map::{self, Action, App, Notes, Prior},
};
use crate::{
    http::segment,
    respond::{
        alias, cannot_undo, email, no_such_action, no_target, not_theirs, not_there, planned,
        refused, seen, settled, standing, word,
    },
};

/// How many names a remark holds.
const NAMES_MAX: usize = 20;
/// Why an account is suspended that an administrator suspended.
const BY_ADMIN: &str = "ADMIN";

/// What is found before anything is done.
struct Look {
    user: User,
    app: Option<App>,
    standing: Standing,
    at: Option<Timestamp>,
}

#[async_trait]
impl Responder for Google {
    fn actions(&self) -> Vec<ActionSpec> {
        map::actions()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let action = self.action(call)?;
        let Look { user, app, standing, .. } = self.look(action, call).await?;
        let (method, url, body) = self.request(action, call, &user.id)?;
        let request: PlannedRequest =
            planned(method.as_str(), &url, body.map(|body| body.to_string()));
        let remarks = self.remarks(action, &user, app.as_ref()).await?;
        let prior = Prior { user: user.id, email: user.primary_email, app };
        Ok(Plan {
            requests: vec![request],
            standing,
            prior: serde_json::to_value(prior).unwrap_or_default(),
            people: Some(1),
            remarks,
        })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let action = self.action(call)?;
        let Look { user, standing, at, .. } = self.look(action, call).await?;
        let prior = self.prior(plan)?;
        if prior.user != user.id {
            return Ok(Applied::Protected("the plan was made for another account".to_owned()));
        }
        if let Some(applied) = settled(call, standing) {
            return Ok(applied);
        }
        let mut noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        let since = noted.since.unwrap_or(call.decided_at);
        if call.is_retry
            && action == Action::SignOut
            && self.is_signed_out(&prior.email, since).await? == Some(true)
        {
            return Ok(Applied::Done);
        }
        noted.since = noted.since.or(at);
        *notes = serde_json::to_value(&noted).unwrap_or_default();
        let (method, url, body) = self.request(action, call, &user.id)?;
        match (self.act(method, url, body.as_ref()).await?, action) {
            (Some(_), Action::SignOut) => Ok(Applied::Accepted),
            (Some(_), _) => Ok(Applied::Done),
            (None, Action::RevokeToken) if call.is_retry => Ok(Applied::Done),
            (None, Action::RevokeToken) => Ok(Applied::AlreadySo),
            (None, _) => Err(not_there(&self.who, "account any more")),
        }
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
            Action::SignOut => {
                let since = noted.since.unwrap_or(call.decided_at);
                Ok(match self.is_signed_out(&prior.email, since).await? {
                    Some(is_out) => seen(is_out),
                    None => Seen::Unseeable("the service account may not read reports".to_owned()),
                })
            }
            Action::RevokeToken => {
                let client = self.client(call)?;
                let apps = self.apps(&prior.user).await?;
                Ok(seen(!apps.iter().any(|app| app.client_id == client)))
            }
            Action::Suspend => {
                let Some((user, _)) = self.user(&prior.user).await? else {
                    return Ok(Seen::Changed("the account is gone".to_owned()));
                };
                if user.suspended {
                    noted.reason = noted.reason.or(user.suspension_reason);
                    *notes = serde_json::to_value(&noted).unwrap_or_default();
                }
                Ok(seen(user.suspended))
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
        let Some((user, _)) = self.user(&prior.user).await? else {
            return Ok(refused("the account is gone"));
        };
        if !user.suspended {
            return Ok(Reverted::AlreadySo);
        }
        let noted: Notes = serde_json::from_value(notes.clone()).unwrap_or_default();
        let ours = noted.reason.as_deref().unwrap_or(BY_ADMIN);
        let now = user.suspension_reason.as_deref().unwrap_or(ours);
        if now != ours {
            return Ok(refused(format!("suspended for another reason by now: {}", word(now))));
        }
        let body = json!({ "suspended": false });
        let done = self.act(Method::PATCH, self.user_url(&prior.user, "")?, Some(&body)).await?;
        Ok(done.map_or_else(|| refused("the account is gone"), |_| Reverted::Done))
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
        match self.user(&prior.user).await? {
            Some((user, _)) => Ok(seen(!user.suspended)),
            None => Ok(Seen::Changed("the account is gone".to_owned())),
        }
    }

    async fn check(&self) -> Result<String, Failure> {
        let found = self.user(&self.settings.admin).await?;
        let (admin, _) = found.ok_or_else(|| not_there(&self.who, "account as admin names"))?;
        Ok(format!(
            "acts as the administrator {} at {}",
            word(&admin.id),
            self.settings.base_url.host()
        ))
    }
}

impl Google {
    fn action(&self, call: &ActionCall) -> Result<Action, Failure> {
        Action::named(&call.action).ok_or_else(|| no_such_action(&self.who))
    }

    fn prior(&self, plan: &Plan) -> Result<Prior, Failure> {
        crate::respond::prior(&self.who, plan)
    }

    /// The app of a call about one.
    fn client<'c>(&self, call: &'c ActionCall) -> Result<&'c str, Failure> {
        call.target.value.as_deref().ok_or_else(|| no_target(&self.who, "an app's client id"))
    }

    fn request(
        &self,
        action: Action,
        call: &ActionCall,
        user: &str,
    ) -> Result<(Method, Url, Option<Value>), Failure> {
        Ok(match action {
            Action::SignOut => (Method::POST, self.user_url(user, "/signOut")?, None),
            Action::Suspend => {
                let body = json!({ "suspended": true });
                (Method::PATCH, self.user_url(user, "")?, Some(body))
            }
            Action::RevokeToken => {
                let client = segment(self.client(call)?)
                    .ok_or_else(|| no_target(&self.who, "an app's client id"))?;
                let url = self.user_url(user, &format!("/tokens/{client}"))?;
                (Method::DELETE, url, None)
            }
        })
    }

    async fn look(&self, action: Action, call: &ActionCall) -> Result<Look, Failure> {
        let target = &call.target;
        let named = target.value.as_deref().filter(|_| action != Action::RevokeToken);
        let name = named.or_else(|| alias(target, "google")).or_else(|| email(target));
        let name = name.ok_or_else(|| no_target(&self.who, "an account"))?;
        let found = self.user(name).await?;
        let (user, at) = found.ok_or_else(|| not_there(&self.who, "account"))?;
        let protection = self.protection(action, call, &user);
        let mut app = None;
        if action == Action::RevokeToken {
            let client = self.client(call)?;
            let mut apps = self.apps(&user.id).await?.into_iter();
            app = apps.find(|app| app.client_id == client);
        }
        let is_so = match action {
            Action::SignOut => false,
            Action::RevokeToken => app.is_none(),
            Action::Suspend => user.suspended,
        };
        Ok(Look { standing: standing(protection, is_so), user, app, at })
    }

    fn protection(&self, action: Action, call: &ActionCall, user: &User) -> Option<String> {
        let names = [user.id.as_str(), user.primary_email.as_str()];
        let person = call.target.person.as_ref();
        let listed = self.settings.protected.reason(person, &names);
        let is_ours = user.primary_email.eq_ignore_ascii_case(&self.settings.admin);
        let is_admin = action == Action::Suspend && user.is_admin;
        listed
            .or_else(|| not_theirs(person, "google", &names))
            .or_else(|| is_ours.then(|| "it is the account that Countersign acts as".to_owned()))
            .or_else(|| {
                is_admin.then(|| "it is a super administrator, perhaps the last one".to_owned())
            })
    }

    /// What survives, and what the person has to do again.
    async fn remarks(
        &self,
        action: Action,
        user: &User,
        app: Option<&App>,
    ) -> Result<Vec<String>, Failure> {
        let shown = |names: Vec<String>| {
            let names: Vec<_> = names.iter().take(NAMES_MAX).map(|name| word(name)).collect();
            names.join(", ")
        };
        Ok(match (action, app) {
            (Action::RevokeToken, Some(app)) => {
                let (name, scopes) = (word(&app.display_text), shown(app.scopes.clone()));
                vec![format!("the person has to allow {name} again: {scopes}")]
            }
            (Action::SignOut, _) => {
                let passwords = self.app_passwords(&user.id).await?;
                let remark = format!("app passwords live on: {}", shown(passwords.clone()));
                (!passwords.is_empty()).then_some(remark).into_iter().collect()
            }
            _ => Vec::new(),
        })
    }
}
