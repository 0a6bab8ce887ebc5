//! The port: acting.

use async_trait::async_trait;
use ports::{
    Decision, Failure,
    responder::{ActionCall, ActionSpec, Applied, Plan, Responder, Reverted, Seen, Standing},
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{
    GitHub,
    map::{self, Action, Credential, Prior},
};
use crate::respond::{
    alias, cannot_undo, no_such_action, no_target, not_theirs, planned, seen, settled, standing,
    word,
};

/// How much of the end of a token GitHub tells.
const TOLD_CHARACTERS: usize = 8;
const OURS: &str = "it is the credential or the account that Countersign acts with";

#[async_trait]
impl Responder for GitHub {
    fn actions(&self) -> Vec<ActionSpec> {
        map::actions()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        match self.action(call)? {
            Action::RevokeLeaked => self.plan_leaked(call),
            Action::RevokeAuthorization => {
                let (credentials, standing) = self.look(call).await?;
                let requests = credentials.iter().map(|credential| {
                    let url = self.credentials_url(&format!("/{}", credential.id));
                    planned("DELETE", &url, None)
                });
                let remarks = credentials.iter().map(|credential| {
                    let end = credential.token_last_eight.as_deref().unwrap_or_default();
                    format!("{} …{}", word(&credential.kind), word(end))
                });
                Ok(Plan {
                    requests: requests.collect(),
                    standing,
                    remarks: remarks.collect(),
                    prior: json!(Prior { credentials }),
                    people: Some(1),
                })
            }
        }
    }

    async fn apply(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Applied, Failure> {
        match self.action(call)? {
            Action::RevokeLeaked => {
                let token = self.leaked(call)?;
                if self.is_own(token) {
                    return Ok(Applied::Protected(OURS.to_owned()));
                }
                self.hand_in(token).await.map(|()| Applied::Accepted)
            }
            Action::RevokeAuthorization => {
                let (credentials, standing) = self.look(call).await?;
                // What was authorised after the plan is left: nobody approved it.
                let prior = self.prior(plan)?.credentials;
                let ids = credentials.iter().filter(|it| prior.contains(it)).map(|it| it.id);
                let ids: Vec<u64> = ids.collect();
                let standing = match standing {
                    Standing::Ready if ids.is_empty() => Standing::AlreadySo,
                    standing => standing,
                };
                match settled(call, standing) {
                    Some(applied) => Ok(applied),
                    None => self.revoke_all(&ids).await,
                }
            }
        }
    }

    async fn verify(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        match self.action(call)? {
            Action::RevokeLeaked => {
                let why = "GitHub tells only the token's owner";
                Ok(Seen::Unseeable(why.to_owned()))
            }
            Action::RevokeAuthorization => {
                let prior = self.prior(plan)?.credentials;
                let login = prior.first().map(|credential| credential.login.clone());
                let left = self.credentials(login.as_deref()).await?;
                let is_left = |it: &Credential| left.iter().any(|left| left.id == it.id);
                Ok(seen(!prior.iter().any(is_left)))
            }
        }
    }

    async fn revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        self.action(call)?;
        Err(cannot_undo(&self.who))
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        self.action(call)?;
        Err(cannot_undo(&self.who))
    }

    async fn check(&self) -> Result<String, Failure> {
        let own = self.own_login().await?;
        self.credentials(own.as_deref()).await?;
        let own = own.as_deref().map_or_else(|| "an app".to_owned(), word);
        Ok(format!("acts as {own} in {}", self.settings.org))
    }
}

impl GitHub {
    fn action(&self, call: &ActionCall) -> Result<Action, Failure> {
        Action::named(&call.action).ok_or_else(|| no_such_action(&self.who))
    }

    fn prior(&self, plan: &Plan) -> Result<Prior, Failure> {
        crate::respond::prior(&self.who, plan)
    }

    fn leaked<'c>(&self, call: &'c ActionCall) -> Result<&'c str, Failure> {
        let token = call.target.value.as_deref().and_then(map::leaked);
        token.ok_or_else(|| no_target(&self.who, "a token of GitHub's"))
    }

    fn is_own(&self, token: &str) -> bool {
        token == self.settings.token.expose_secret()
    }

    fn plan_leaked(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let token = self.leaked(call)?;
        let protection = self.is_own(token).then(|| OURS.to_owned());
        let body = map::hand_in_shown(token);
        Ok(Plan {
            requests: vec![planned("POST", &self.hand_in_url(), Some(body))],
            standing: standing(protection, false),
            prior: Value::Null,
            people: None,
            remarks: vec!["GitHub tells the token's owner by e-mail".to_owned()],
        })
    }

    /// The credentials that are meant.
    async fn look(&self, call: &ActionCall) -> Result<(Vec<Credential>, Standing), Failure> {
        let target = &call.target;
        let login = alias(target, "github");
        if target.person.is_some() && login.is_none() {
            let what = "a login: give the person the alias github:LOGIN";
            return Err(no_target(&self.who, what));
        }
        let id = match target.value.as_deref().map(str::parse::<u64>) {
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return Err(no_target(&self.who, "a credential's id, a number")),
            None if login.is_none() => {
                return Err(no_target(&self.who, "a credential or a person"));
            }
            None => None,
        };
        // All of them are read where only an id is known: whose it is decides.
        let mut credentials = self.credentials(login).await?;
        credentials.retain(|credential| id.is_none_or(|id| id == credential.id));
        let protection = self.protection(call, &credentials).await?;
        let standing = standing(protection, credentials.is_empty());
        Ok((credentials, standing))
    }

    async fn protection(
        &self,
        call: &ActionCall,
        credentials: &[Credential],
    ) -> Result<Option<String>, Failure> {
        let person = call.target.person.as_ref();
        let own_token = self.settings.token.expose_secret();
        let own_end = own_token.len().checked_sub(TOLD_CHARACTERS);
        let own_end = own_end.and_then(|at| own_token.get(at..));
        for credential in credentials {
            let names = [credential.login.as_str(), &credential.id.to_string()];
            let listed = self.settings.protected.reason(person, &names);
            let not_theirs = not_theirs(person, "github", &names[..1]);
            let is_own = own_end.is_some() && credential.token_last_eight.as_deref() == own_end;
            let why = listed.or(not_theirs).or_else(|| is_own.then(|| OURS.to_owned()));
            if why.is_some() {
                return Ok(why);
            }
        }
        let Some(login) = credentials.first().map(|it| &it.login) else {
            return Ok(self.settings.protected.reason(person, &[]));
        };
        let own = self.own_login().await?;
        let is_own = own.is_some_and(|own| own.eq_ignore_ascii_case(login));
        Ok(is_own.then(|| OURS.to_owned()))
    }

    /// One that is refused for good does not keep the others.
    async fn revoke_all(&self, ids: &[u64]) -> Result<Applied, Failure> {
        let (mut done, mut refused) = (0, None);
        for id in ids {
            match self.revoke(*id).await {
                Ok(()) => done += 1,
                Err(failure) if failure.decision == Decision::Permanent => {
                    refused = Some(failure);
                }
                Err(failure) if done > 0 => return Err(failure.uncertain()),
                Err(failure) => return Err(failure),
            }
        }
        match refused {
            None => Ok(Applied::Done),
            Some(failure) if done == 0 => Err(failure),
            Some(_) => Ok(Applied::Partly(format!(
                "{} of {} credentials keep their authorisation",
                ids.len() - done,
                ids.len()
            ))),
        }
    }
}
