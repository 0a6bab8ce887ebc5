//! The port: acting.

use async_trait::async_trait;
use model::Span;
use ports::{
    Failure,
    responder::{
        ActionCall, ActionSpec, Applied, Plan, Radius, Responder, Reverted, Seen, Standing,
        TargetKind, Undo,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Aws, config::is_key_id};
use crate::respond::{
    alias, no_such_action, no_target, not_theirs, not_there, planned, refused, seen, settled,
    standing,
};

const DEACTIVATE_KEY: &str = "deactivate_key";

/// What a plan remembers of before.
#[derive(Serialize, Deserialize)]
struct Prior {
    user: String,
    key: String,
    is_active: bool,
}

#[async_trait]
impl Responder for Aws {
    fn actions(&self) -> Vec<ActionSpec> {
        vec![ActionSpec {
            name: DEACTIVATE_KEY.into(),
            what: "makes an access key inactive".into(),
            limits: "IAM takes seconds to minutes to do it everywhere. Temporary credentials made \
                     from the key live on until they expire."
                .into(),
            target: TargetKind::Key,
            undo: Undo::Reversible,
            radius: Radius::Shared,
            verify_within: Span::minutes(5),
        }]
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let (prior, standing) = self.look(call).await?;
        let form =
            Self::form("UpdateAccessKey", &Self::update(&prior.user, &prior.key, "Inactive"));
        Ok(Plan {
            requests: vec![planned("POST", &self.settings.base_url.join(""), Some(form))],
            standing,
            prior: json!(prior),
            people: None,
            remarks: vec!["temporary credentials made from the key live on".to_owned()],
        })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let (now, standing) = self.look(call).await?;
        if let Some(applied) = settled(call, standing) {
            return Ok(applied);
        }
        let prior = self.prior(plan)?;
        if (&prior.user, &prior.key) != (&now.user, &now.key) {
            return Ok(Applied::Protected("the plan was made for another key".to_owned()));
        }
        match self.set_status(&prior.user, &prior.key, "Inactive").await? {
            true => Ok(Applied::Accepted),
            false => Err(not_there(&self.who, "key any more")),
        }
    }

    async fn verify(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        self.expect_action(call)?;
        let prior = self.prior(plan)?;
        Ok(match self.is_active(&prior.user, &prior.key).await? {
            Some(is_active) => seen(!is_active),
            None => Seen::Changed("the key is gone".to_owned()),
        })
    }

    async fn revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        self.expect_action(call)?;
        let prior = self.prior(plan)?;
        match self.is_active(&prior.user, &prior.key).await? {
            None => return Ok(refused("the key is gone")),
            Some(true) => return Ok(Reverted::AlreadySo),
            Some(false) => {}
        }
        match self.set_status(&prior.user, &prior.key, "Active").await? {
            true => Ok(Reverted::Accepted),
            false => Ok(refused("the key is gone")),
        }
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        self.expect_action(call)?;
        let prior = self.prior(plan)?;
        Ok(match self.is_active(&prior.user, &prior.key).await? {
            Some(is_active) => seen(is_active),
            None => Seen::Changed("the key is gone".to_owned()),
        })
    }

    async fn check(&self) -> Result<String, Failure> {
        let (host, own) = (self.settings.base_url.host(), &self.settings.access_key_id);
        match self.owner(own).await? {
            Some(user) => Ok(format!("acts as {} at {host}", crate::respond::word(&user))),
            None => Ok(format!("acts at {host} with temporary credentials")),
        }
    }
}

impl Aws {
    fn expect_action(&self, call: &ActionCall) -> Result<(), Failure> {
        if call.action == DEACTIVATE_KEY { Ok(()) } else { Err(no_such_action(&self.who)) }
    }

    fn prior(&self, plan: &Plan) -> Result<Prior, Failure> {
        crate::respond::prior(&self.who, plan)
    }

    async fn look(&self, call: &ActionCall) -> Result<(Prior, Standing), Failure> {
        self.expect_action(call)?;
        let key = call.target.value.as_deref().filter(|text| is_key_id(text));
        let key = key.ok_or_else(|| no_target(&self.who, "an access key's id (AKIA…)"))?;
        if key.starts_with("ASIA") {
            let what = "temporary credentials (ASIA…) cannot be made inactive by their key";
            return Err(Failure::permanent(format!("{}: {what}", self.who)));
        }
        let user = self.owner(key).await?.ok_or_else(|| not_there(&self.who, "key"))?;
        let protection = self.protection(call, &user, key).await?;
        let is_active = self.is_active(&user, key).await?;
        let is_active = is_active.ok_or_else(|| not_there(&self.who, "key"))?;
        let standing = standing(protection, !is_active);
        Ok((Prior { user, key: key.to_owned(), is_active }, standing))
    }

    async fn protection(
        &self,
        call: &ActionCall,
        user: &str,
        key: &str,
    ) -> Result<Option<String>, Failure> {
        let person = call.target.person.as_ref();
        let own = &self.settings.access_key_id;
        let is_known = alias(&call.target, "aws").is_some();
        let listed = self.settings.protected.reason(person, &[user, key]);
        // Where the directory knows no user of theirs, users may well be named by their address.
        let why = listed.or_else(|| not_theirs(person, "aws", &[user])).map(|why| match is_known {
            true => why,
            false => format!("{why}; give the person the alias aws:USERNAME"),
        });
        if why.is_some() {
            return Ok(why);
        }
        let is_own = key == own || self.owner(own).await?.as_deref() == Some(user);
        Ok(is_own.then(|| "it is the key or the user that Countersign acts with".to_owned()))
    }
}
