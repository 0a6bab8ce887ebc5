//! The port: acting.

use async_trait::async_trait;
use ports::{
    Failure,
    responder::{ActionCall, ActionSpec, Applied, Plan, Responder, Reverted, Seen, Standing},
};
use serde_json::{Value, json};

use super::{
    SlackAdmin,
    client::User,
    map::{self, Action, Refusal, Sessions},
};
use crate::{
    respond::{
        alias, cannot_undo, email, no_such_action, no_target, not_theirs, not_there, planned, seen,
        settled, standing, word,
    },
    slack::config::is_id,
};

/// What is found before anything is done.
struct Look {
    target: Sessions,
    standing: Standing,
}

#[async_trait]
impl Responder for SlackAdmin {
    fn actions(&self) -> Vec<ActionSpec> {
        map::actions()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let action = self.action(call)?;
        let look = self.look(action, call).await?;
        let url = self.settings.base_url.join(action.method());
        let body = self.arguments(action, &look.target).to_string();
        let remarks = match action {
            Action::ResetSessions => vec![format!("{} sessions end", look.target.sessions.len())],
            Action::InvalidateSession => Vec::new(),
        };
        Ok(Plan {
            requests: vec![planned("POST", &url, Some(body))],
            standing: look.standing,
            prior: serde_json::to_value(look.target).unwrap_or_default(),
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
        let look = self.look(action, call).await?;
        let meant = self.meant(plan, notes)?;
        if meant.user != look.target.user {
            return Ok(Applied::Protected("the plan was made for another account".to_owned()));
        }
        let is_ended = look.target.sessions.is_disjoint(&meant.sessions);
        if let Standing::Ready = look.standing
            && call.is_retry
            && is_ended
        {
            // What is there now came after us.
            return Ok(Applied::Done);
        }
        if let Some(applied) = settled(call, look.standing) {
            return Ok(applied);
        }
        *notes = serde_json::to_value(&look.target).unwrap_or_default();
        let arguments = self.arguments(action, &look.target);
        match self.end(action.method(), &arguments).await {
            Ok(_) => Ok(Applied::Accepted),
            Err(Refusal::Protected(why)) => Ok(Applied::Protected(why.to_owned())),
            Err(Refusal::Gone) if call.is_retry => Ok(Applied::Done),
            Err(Refusal::Gone) => Ok(Applied::AlreadySo),
            Err(Refusal::Failed(failure)) => Err(failure),
        }
    }

    async fn verify(
        &self,
        call: &ActionCall,
        plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure> {
        self.action(call)?;
        let meant = self.meant(plan, notes)?;
        Ok(seen(self.sessions(&meant.user).await?.is_disjoint(&meant.sessions)))
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
        let own = self.own_id().await?;
        // Reading our own sessions shows whether the token administers.
        self.sessions(&own).await?;
        Ok(format!("acts as {} in {}", word(&own), self.settings.team_id))
    }
}

impl SlackAdmin {
    fn action(&self, call: &ActionCall) -> Result<Action, Failure> {
        Action::named(&call.action).ok_or_else(|| no_such_action(&self.who))
    }

    /// Whose sessions are to end, and which: by the plan, or as they were right before the act.
    fn meant(&self, plan: &Plan, notes: &Value) -> Result<Sessions, Failure> {
        let meant: Option<Sessions> = serde_json::from_value(plan.prior.clone()).ok();
        let mut meant =
            meant.ok_or_else(|| Failure::permanent(format!("{}: not a plan of ours", self.who)))?;
        if let Ok(noted) = serde_json::from_value::<Sessions>(notes.clone()) {
            meant.sessions.extend(noted.sessions);
        }
        Ok(meant)
    }

    async fn look(&self, action: Action, call: &ActionCall) -> Result<Look, Failure> {
        let session = match action {
            Action::ResetSessions => None,
            Action::InvalidateSession => Some(self.session(call)?),
        };
        let user = self.account(action, call).await?;
        let protection = self.protection(call, &user).await?;
        let mut sessions = self.sessions(&user.id).await?;
        sessions.retain(|id| session.is_none_or(|session| session == *id));
        let standing = standing(protection, sessions.is_empty());
        Ok(Look { target: Sessions { user: user.id, sessions }, standing })
    }

    fn session(&self, call: &ActionCall) -> Result<u64, Failure> {
        let session = call.target.value.as_deref().and_then(|text| text.parse().ok());
        session.ok_or_else(|| no_target(&self.who, "a session's id, a number"))
    }

    /// The account: the target itself, or that of the person.
    async fn account(&self, action: Action, call: &ActionCall) -> Result<User, Failure> {
        let target = &call.target;
        let in_chat = target
            .person
            .as_ref()
            .and_then(|person| person.chat.get(&self.settings.chat).map(String::as_str));
        let named = target.value.as_deref().filter(|_| action == Action::ResetSessions);
        let user = match named.or(in_chat).or_else(|| alias(target, "slack")) {
            Some(id) if is_id(id, &['U', 'W']) => self.user(id).await?,
            Some(_) => return Err(no_target(&self.who, "an account's id (U… or W…)")),
            None => {
                let email = email(target).ok_or_else(|| no_target(&self.who, "an account"))?;
                let found = self.by_email(email).await?;
                self.user(&found.id).await?
            }
        };
        let is_account = is_id(&user.id, &['U', 'W']);
        if is_account { Ok(user) } else { Err(not_there(&self.who, "account")) }
    }

    async fn protection(&self, call: &ActionCall, user: &User) -> Result<Option<String>, Failure> {
        let names = [user.id.as_str(), user.profile.email.as_str()];
        let person = call.target.person.as_ref();
        let known = self.settings.protected.reason(person, &names);
        let known = known.or_else(|| not_theirs(person, "slack", &names));
        let known = known.or_else(|| user.is_bot.then(|| "it is a bot".to_owned())).or_else(|| {
            let why = "it is the organisation's primary owner";
            user.is_primary_owner.then(|| why.to_owned())
        });
        if known.is_some() {
            return Ok(known);
        }
        let is_ours = self.own_id().await? == user.id;
        Ok(is_ours.then(|| "it is the account that Countersign acts as".to_owned()))
    }

    fn arguments(&self, action: Action, target: &Sessions) -> Value {
        match action {
            Action::ResetSessions => json!({ "user_id": target.user }),
            // Slack's documents differ about what names a session: all of it does.
            Action::InvalidateSession => json!({
                "session_id": target.sessions.first(),
                "user_id": target.user,
                "team_id": self.settings.team_id,
            }),
        }
    }
}
