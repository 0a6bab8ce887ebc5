//! Agents that speak with us: their calls answered in the order that their protocol asks for.

use std::sync::Arc;

use model::{
    DeliveryId, PersonId, Span,
    device::{RecordKey, SourceRecord},
};
use ports::{
    devices::agents::{AgentAnswer, AgentAround, AgentCall, AgentProtocol, Revision},
    store::{Commit, OutboxRow, RecordOp, StoreError},
};
use secrecy::SecretString;

use super::Posture;
use crate::{
    apply::Draft,
    engine::EngineError,
    lanes::LaneKind,
    people::{Viewer, by_person},
    task::{Task, new_row},
};

/// The name of our own collector among the sources. No section may have it.
pub const COLLECTOR: &str = "collect";
/// Codes that a person may have at once: each is good for this long.
pub const CODES_AT_ONCE_MAX: usize = 3;
const CODE_WINDOW: Span = Span::minutes(15);
/// Codes that a person may take in a day.
pub const CODES_A_DAY_MAX: usize = 10;
const DAY: Span = Span::hours(24);
/// The message to a person of whom a device has enrolled, and how long it is worth sending.
const ENROLLED: &str = "device-enrolled";
const NOTICE_LIFE: Span = Span::days(7);
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
            match self.write_first(&mut answer).await {
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

    /// What is written before anything else. Of a device that enrols its owner is told with it, on
    /// every channel, as of a change of their factors: the code may have been taken by a thief.
    async fn write_first(&self, answer: &mut AgentAnswer) -> Result<(), StoreError> {
        let records = std::mem::take(&mut answer.before);
        let Some(owner) = answer.enrolled else { return self.write(records).await };
        let (engine, by) = (&self.engine, format!("person:{owner}"));
        let text = format!("a device enrolled with a code of person:{owner}");
        let journal = vec![engine.entry("device.enrolled", by, text)];
        let outbox = engine.parts.chats.iter().map(|(chat, _)| self.notice(owner, chat)).collect();
        let commit = Commit { records, journal, outbox, ..Commit::default() };
        engine.commit(Draft::plain(commit)).await
    }

    fn notice(&self, person: PersonId, chat: &str) -> OutboxRow {
        let now = self.now();
        let task = Task::Tell {
            delivery: DeliveryId::from_parts(now, self.engine.parts.entropy.bits()),
            person,
            template: ENROLLED.to_owned(),
            values: Default::default(),
            then: Vec::new(),
        };
        let lane = LaneKind::Chat(chat.to_owned()).name();
        new_row(&lane, None, task, now, NOTICE_LIFE.after(now))
    }

    /// A code with which a device of the viewer's enrols, once and within minutes. What enrols with
    /// it counts as theirs, so that it wants a fresh proof.
    pub async fn collect_code(&self, viewer: &Viewer) -> Result<SecretString, EngineError> {
        let protocol = self.fleet.0.agents.get(COLLECTOR).ok_or(EngineError::NotFound)?;
        let (person, now) = (viewer.person.id, self.now());
        let invited = protocol.invite(person, self.random(), now);
        let (code, op) = invited.ok_or(EngineError::NotFound)?;
        viewer.require_fresh_proof(now)?;
        let (live, daily) = ("collect-codes", "collect-codes-a-day");
        for (what, most, window) in
            [(live, CODES_AT_ONCE_MAX, CODE_WINDOW), (daily, CODES_A_DAY_MAX, DAY)]
        {
            let keys = vec![by_person(what, person)];
            let _counted = self.engine.count_try_within(keys, most, window).await?;
        }
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
