//! "Look again": the sources of a device are asked about it, and agents that speak with us are told
//! to answer anew. The state is what they then say.

use model::{DeviceId, Span, device::Practice};
use ports::{
    devices::{
        Rechecked,
        agents::{AgentProtocol, Recheck},
    },
    store::{Commit, Record, RecordOp, Space, StoreError},
};
use posture::track::{Answer, Request};

use super::{Fleet, Posture, context::Judged, settle::Change};
use crate::{
    engine::EngineError,
    people::{Authority, Viewer},
};

/// A device is asked about again at most this often.
const RECHECK_EVERY: Span = Span::minutes(1);
/// How many records lie at most on the way to an agent; one that was written meanwhile is looked at
/// again.
const LOOKS_MAX: usize = 6;

impl Posture {
    /// "I fixed it", or "look again": the sources are asked about this device, once a minute at
    /// most. The state is what they then say. Gives how many answered or were told.
    pub async fn recheck(
        &self,
        viewer: &Viewer,
        id: DeviceId,
        practice: Option<&Practice>,
    ) -> Result<usize, EngineError> {
        let (judged, _) = self.own(viewer, id).await?;
        self.ask_again(&judged, practice).await
    }

    /// The same for an analyst.
    pub async fn recheck_by(&self, by: &Authority<'_>, id: DeviceId) -> Result<usize, EngineError> {
        by.require_analyst()?;
        let (_, judged, _) = self.fleet.kept(id).await?;
        self.ask_again(&judged, None).await
    }

    async fn ask_again(
        &self,
        judged: &Judged,
        practice: Option<&Practice>,
    ) -> Result<usize, EngineError> {
        self.once_a_while(judged.device.id).await?;
        let result = practice.and_then(|practice| judged.evaluation.result(practice));
        let request = Answer::Fixed.request(&judged.device, result);
        let Request::Recheck { sources, .. } = request else { return Ok(0) };
        let asked = self.fleet.ask_sources(judged, &sources).await?;
        Ok(asked + self.ask_agents(judged, &sources).await?)
    }

    /// Tells the agents of a device to answer when they next speak. Says how many were told.
    async fn ask_agents(&self, judged: &Judged, sources: &[String]) -> Result<usize, EngineError> {
        let mut told = 0;
        for record in &judged.device.records {
            let key = &record.key;
            let protocol = self.fleet.0.agents.get(&key.source);
            let Some(protocol) = protocol.filter(|_| sources.contains(&key.source)) else {
                continue;
            };
            told += usize::from(self.ask_agent(&**protocol, &key.id).await?);
        }
        Ok(told)
    }

    async fn ask_agent(&self, protocol: &dyn AgentProtocol, id: &str) -> Result<bool, EngineError> {
        let (now, store) = (self.now(), &self.engine.parts.store);
        let mut found = None;
        for _ in 0..LOOKS_MAX {
            match protocol.recheck(id, found.as_ref(), now) {
                None => return Ok(false),
                Some(Recheck::Look(space, key)) => {
                    found = store.record(space, &key, now).await?;
                    if found.is_none() {
                        return Ok(false);
                    }
                }
                Some(Recheck::Write(op)) => match self.write(vec![op]).await {
                    Ok(()) => return Ok(true),
                    // It answered, or enrolled anew, at this moment.
                    Err(StoreError::Conflict) => found = None,
                    Err(error) => return Err(error.into()),
                },
            }
        }
        Ok(false)
    }

    async fn once_a_while(&self, device: DeviceId) -> Result<(), EngineError> {
        let now = self.now();
        let record = Record {
            space: Space::Replay,
            key: format!("recheck {device}"),
            owner: None,
            value: Vec::new(),
            expires_at: Some(RECHECK_EVERY.after(now)),
        };
        let records = vec![RecordOp::Insert { record, now }];
        match self.engine.parts.store.commit(Commit { records, ..Commit::default() }).await {
            Ok(()) => Ok(()),
            Err(StoreError::Conflict) => Err(EngineError::Invalid(
                "it was asked about a moment ago: wait a minute".to_owned(),
            )),
            Err(error) => Err(error.into()),
        }
    }
}

impl Fleet {
    /// Asks the sources of a device about it again. Says how many answered or were told.
    async fn ask_sources(&self, judged: &Judged, sources: &[String]) -> Result<usize, EngineError> {
        let (now, mut change, mut asked) = (self.now(), Change::default(), 0);
        for record in &judged.device.records {
            let key = &record.key;
            let Some(source) = self.0.sources.get(&key.source) else { continue };
            if !sources.contains(&key.source) {
                continue;
            }
            match source.recheck(&key.id, now).await {
                Ok(Rechecked::Record(read)) => change.records.push(read.record),
                Ok(Rechecked::Asked) => {}
                // Whether it is gone is the sweep's to say, which sees all of the source.
                Ok(Rechecked::Gone) => {}
                Err(failure) => {
                    tracing::info!(source = key.source, %failure, "a device was not asked about");
                    continue;
                }
            }
            asked += 1;
        }
        if !change.records.is_empty() {
            self.settle(change).await?;
        }
        Ok(asked)
    }
}
