//! The port: acting.

use async_trait::async_trait;
use ipnet::IpNet;
use model::Span;
use ports::{
    Failure,
    blocklist::{Entry, shown},
    responder::{
        ActionCall, ActionSpec, Applied, Plan, PlannedRequest, Radius, Responder, Reverted, Seen,
        TargetKind, Undo,
    },
};
use serde_json::Value;

use super::{BlocklistResponder, map};
use crate::respond::{no_such_action, no_target, seen, standing};

const BLOCK: &str = "block";
/// Whoever has not fetched a list for so long is not waited for.
const READER_IDLE: Span = Span::days(1);

#[async_trait]
impl Responder for BlocklistResponder {
    fn actions(&self) -> Vec<ActionSpec> {
        vec![ActionSpec {
            name: BLOCK.into(),
            what: "puts an address on the list that firewalls fetch".into(),
            limits: "It takes effect when they fetch it, and ends by itself. Everybody behind the \
                     address is refused."
                .into(),
            target: TargetKind::Address,
            undo: Undo::Reversible,
            radius: Radius::Shared,
            verify_within: Span::minutes(15),
        }]
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let network = self.network(call)?;
        let entries = self.entries().await?;
        let entry = self.entry(call, network, &entries);
        let people = self.lists.people(network).await.map_err(Failure::certain)?;
        let crowd = people.filter(|people| *people > self.settings.crowd).map(|people| {
            format!("{people} people were seen there in 30 days: perhaps many share it")
        });
        let others = entries.iter().filter(|other| other.network == network);
        let others = others.filter(|other| other.is_in_force(self.clock.now())).count();
        let others = (others > 0).then(|| format!("{others} other entries block it already"));
        let url = format!("blocklist:{}/{}", self.list, shown(&network));
        let body = Some(format!("until {}", entry.expires_at));
        Ok(Plan {
            requests: vec![PlannedRequest { method: "ADD".to_owned(), url, body }],
            standing: standing(map::protection(&self.settings, &network), false),
            prior: Value::Null,
            people,
            remarks: crowd.into_iter().chain(others).collect(),
        })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let network = self.network(call)?;
        if let Some(why) = map::protection(&self.settings, &network) {
            return Ok(Applied::Protected(why));
        }
        let entries = self.entries().await?;
        if entries.iter().any(|entry| entry.id == call.id) {
            return Ok(Applied::Done);
        }
        self.lists.put(&self.list, self.entry(call, network, &entries)).await?;
        Ok(Applied::Done)
    }

    async fn verify(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        self.network(call)?;
        let (now, entries) = (self.clock.now(), self.entries().await?);
        let Some(entry) = entries.iter().find(|entry| entry.id == call.id) else {
            return Ok(Seen::NotYet);
        };
        if !entry.is_in_force(now) {
            return Ok(Seen::Changed("it has expired".to_owned()));
        }
        let readers = self.lists.readers(&self.list).await.map_err(Failure::certain)?;
        let active =
            readers.iter().filter(|reader| READER_IDLE.after(reader.fetched_at) > now).count();
        if active == 0 {
            let why = "it is on the list, which no firewall has fetched for a day";
            return Ok(Seen::Unseeable(why.to_owned()));
        }
        let fetched = readers.iter().filter(|reader| reader.fetched_at >= entry.added_at).count();
        Ok(seen(fetched >= active))
    }

    async fn revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        self.network(call)?;
        match self.lists.remove(&self.list, call.id).await? {
            true => Ok(Reverted::Done),
            false => Ok(Reverted::AlreadySo),
        }
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        _notes: &mut Value,
    ) -> Result<Seen, Failure> {
        self.network(call)?;
        Ok(seen(!self.entries().await?.iter().any(|entry| entry.id == call.id)))
    }

    async fn check(&self) -> Result<String, Failure> {
        let names = self.settings.readers();
        let names = names.names();
        Ok(match names.is_empty() {
            true => format!("the list {}, which nobody may fetch", self.list),
            false => format!("the list {} for {}", self.list, names.join(", ")),
        })
    }
}

impl BlocklistResponder {
    async fn entries(&self) -> Result<Vec<Entry>, Failure> {
        self.lists.entries(&self.list).await.map_err(Failure::certain)
    }

    fn network(&self, call: &ActionCall) -> Result<IpNet, Failure> {
        if call.action != BLOCK {
            return Err(no_such_action(&self.who));
        }
        let network = call.target.value.as_deref().and_then(map::network);
        network.ok_or_else(|| no_target(&self.who, "an address or a network"))
    }

    fn entry(&self, call: &ActionCall, network: IpNet, entries: &[Entry]) -> Entry {
        let (now, settings) = (self.clock.now(), &self.settings);
        let ttl = map::ttl(settings, &network, entries);
        Entry {
            id: call.id,
            network,
            reason: call.reason.clone(),
            case: call.case,
            added_at: now,
            expires_at: map::expires_at(ttl, settings.ttl_max, call.until, now),
        }
    }
}
