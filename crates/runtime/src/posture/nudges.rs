//! What is to be mended, told to the person in one digest: at most one a day, in their working
//! hours, never while they rest from reminders or while somebody waits for an answer of theirs.
//!
//! It goes where a question would: to the first chat whose account is the person's and not a young
//! one, and where it cannot be said there, to the next.
//!
//! The message says how much there is and where to read it; which device it is stands on their
//! page only, so that a chat that others can see names nothing.

use std::collections::{BTreeMap, BTreeSet};

use model::{DeliveryId, DeviceId, Person, Span, device::Practice};
use ports::store::{Commit, Record, RecordOp, Space, StoreError};

use super::{
    Fleet, Posture,
    settle::{Change, Edit},
};
use crate::{
    ahead::Counting,
    engine::EngineError,
    lanes::LaneKind,
    pause::give_way,
    task::{Task, new_row},
};

/// So long after a digest no other comes.
const DIGEST_EVERY: Span = Span::hours(20);
/// How long a digest is worth sending.
const DIGEST_LIFE: Span = Span::hours(12);
/// The template of the message.
const TEMPLATE: &str = "devices";

impl Posture {
    /// Tells everybody who is to be told something now. Says how many people that were.
    pub async fn nudge_once(&self) -> Result<usize, EngineError> {
        let mut told = 0;
        for person in self.fleet.0.directory.people() {
            if person.active && self.may_be_told(&person).await? {
                told += usize::from(self.nudge(&person).await?);
            }
            give_way().await;
        }
        Ok(told)
    }

    /// Whether a digest is welcome now.
    async fn may_be_told(&self, person: &Person) -> Result<bool, EngineError> {
        let settings = &self.engine.parts.settings;
        let now = self.now();
        let zone = person.zone(settings.calendar.zone());
        let is_at_work = settings.calendar.for_zone(zone).is_working(now);
        if settings.is_observed || !is_at_work || person.away_until(now).is_some() {
            return Ok(false);
        }
        let Some(desk) = self.engine.desk(person.id).await? else { return Ok(true) };
        let rests = [desk.muted_until, desk.paused_until].into_iter().flatten();
        Ok(desk.asked.is_empty() && !rests.into_iter().any(|until| now < until))
    }

    /// One digest. That there was one is stored with it, so that no other comes soon; what it was
    /// about is noted afterwards. After a stop in between, the next digest is about the same again:
    /// better told twice than never.
    async fn nudge(&self, person: &Person) -> Result<bool, EngineError> {
        let due = self.fleet.due_of(person).await?;
        if due.is_empty() || self.engine.parts.chats.is_empty() {
            return Ok(false);
        }
        let reach = self.engine.reach(person, None).await?;
        let Some((chat, then)) = reach.channels.split_first() else { return Ok(false) };
        let now = self.now();
        let things: usize = due.values().map(Vec::len).sum();
        let task = Task::Tell {
            delivery: DeliveryId::from_parts(now, self.engine.parts.entropy.bits()),
            person: person.id,
            template: TEMPLATE.to_owned(),
            values: BTreeMap::from([
                ("count".to_owned(), things.to_string()),
                ("devices".to_owned(), due.len().to_string()),
            ]),
            then: then.to_vec(),
        };
        let lane = LaneKind::Chat(chat.clone()).name();
        let row = new_row(&lane, None, task, now, DIGEST_LIFE.after(now));
        let record = Record {
            space: Space::Replay,
            key: format!("digest {}", person.id),
            owner: None,
            value: Vec::new(),
            expires_at: Some(DIGEST_EVERY.after(now)),
        };
        let digest = RecordOp::Insert { record, now };
        let records = [digest].into_iter().chain(reach.records).collect();
        let commit = Commit { records, outbox: vec![row], ..Commit::default() };
        let ids = [Some(person.id.bits()), None];
        let counting = Counting { writes: &self.engine.inner.writes, ids };
        let stored = self.engine.parts.store.commit(commit).await;
        drop(counting);
        match stored {
            Ok(()) => {}
            // One was sent a short while ago.
            Err(StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if let Some(lane) = self.engine.inner.lanes.get(&lane) {
            lane.waiting.notify_one();
        }
        for (device, practices) in due {
            let edit = Some((device, Edit::Told(practices)));
            self.fleet.settle(Change { edit, devices: vec![device], ..Change::default() }).await?;
        }
        Ok(true)
    }
}

impl Fleet {
    /// What a person is to be told now, by device.
    async fn due_of(
        &self,
        person: &Person,
    ) -> Result<BTreeMap<DeviceId, Vec<Practice>>, EngineError> {
        let kept = self.0.store.person(&Self::owner(person)).await?;
        let mut due = BTreeMap::new();
        if kept.devices.is_empty() {
            return Ok(due);
        }
        let context = self.context_with(kept.sources).await?;
        for dossier in &kept.devices {
            let judged = self.judge(dossier, &kept.exemptions, &context)?;
            let checks = &context.content.checks;
            let own = judged.track.due(&judged.evaluation, checks, judged.groups(), context.now);
            let own: BTreeSet<Practice> = own.iter().map(|it| it.practice.clone()).collect();
            let is_mine = judged.owner.as_ref().is_none_or(|owner| owner.id == person.id);
            if is_mine && !own.is_empty() && self.is_current(&judged, context.now) {
                due.insert(judged.device.id, own.into_iter().collect());
            }
        }
        Ok(due)
    }
}
