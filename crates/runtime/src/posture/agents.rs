//! Agents that speak with us: their calls answered in the order that their protocol asks for.

use std::sync::Arc;

use model::device::{RecordKey, SourceRecord};
use ports::{
    devices::agents::{AgentAnswer, AgentAround, AgentCall, AgentProtocol, Revision},
    store::{Commit, RecordOp, StoreError},
};
use secrecy::SecretString;

use super::Posture;
use crate::{engine::EngineError, people::Viewer};

/// The name of our own collector among the sources. No section may have it.
pub const COLLECTOR: &str = "collect";
/// How often a call is answered anew because another was first.
const ATTEMPTS: usize = 3;

impl Posture {
    /// The protocol of a source whose agents speak with us.
    #[must_use]
    pub fn agent(&self, name: &str) -> Option<&Arc<dyn AgentProtocol>> {
        self.fleet.0.agents.get(name)
    }

    /// Answers an agent's call, once what it says is kept.
    pub async fn agent_call(
        &self,
        name: &str,
        call: AgentCall<'_>,
    ) -> Result<AgentAnswer, EngineError> {
        let protocol = self.fleet.0.agents.get(name).ok_or(EngineError::NotFound)?;
        if !protocol.endpoints().contains(&call.endpoint) {
            return Err(EngineError::NotFound);
        }
        for _ in 0..ATTEMPTS {
            let mut answer = self.answer_of(&**protocol, &call).await?;
            match self.write(std::mem::take(&mut answer.before)).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
            if let Some(read) = answer.read.take() {
                self.fleet.receive_one(read).await?;
            }
            if let Some(revision) = answer.revision.take() {
                self.revise(&revision).await?;
            }
            match self.write(std::mem::take(&mut answer.after)).await {
                // What it notes was noted by a call at the same time.
                Ok(()) | Err(StoreError::Conflict) => return Ok(answer),
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Invalid("this was taken already".to_owned()))
    }

    /// A code with which a device of the viewer's enrols, once and within minutes.
    pub async fn collect_code(&self, viewer: &Viewer) -> Result<SecretString, EngineError> {
        let protocol = self.fleet.0.agents.get(COLLECTOR).ok_or(EngineError::NotFound)?;
        let (person, now) = (viewer.person.id, self.now());
        let invited = protocol.invite(person, self.random(), now);
        let (code, op) = invited.ok_or(EngineError::NotFound)?;
        let text = format!("took a code to enrol a device of person:{person}");
        let entry = self.engine.entry("device.code_taken", viewer.actor().to_string(), text);
        let commit = Commit { records: vec![op], journal: vec![entry], ..Commit::default() };
        self.engine.parts.store.commit(commit).await?;
        Ok(code)
    }

    async fn answer_of(
        &self,
        protocol: &dyn AgentProtocol,
        call: &AgentCall<'_>,
    ) -> Result<AgentAnswer, EngineError> {
        let now = self.now();
        let mut found = Vec::new();
        for (space, key) in protocol.wants(call) {
            found.push(self.engine.parts.store.record(space, &key, now).await?);
        }
        let directory = &*self.fleet.0.directory;
        let around = AgentAround { directory, random: self.random(), now };
        Ok(protocol.answer(call, &found, &around))
    }

    pub(super) async fn write(&self, records: Vec<RecordOp>) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        self.engine.parts.store.commit(Commit { records, ..Commit::default() }).await
    }

    async fn revise(&self, revision: &Revision) -> Result<(), EngineError> {
        let fresh = |key: &RecordKey| SourceRecord::new(key.clone(), self.now());
        let kept = self.fleet.record(&revision.key).await?;
        let record = kept.unwrap_or_else(|| fresh(&revision.key));
        self.fleet.receive_one((revision.lay)(record)).await
    }

    fn random(&self) -> [u8; 32] {
        let mut random = [0; 32];
        self.fleet.0.entropy.fill(&mut random);
        random
    }
}
