//! What is held about a person's devices, as data for them, and what is left once it was erased.
//!
//! While a person is active their devices stay: sources would tell us the same again at once, and
//! others rely on how they stand. What goes then is the past: what was found on them, and
//! exemptions that are over. Of somebody who has left, all of it goes, and what relying parties would
//! still be told of it.

use model::{DeviceId, PersonId, Personal, Timestamp};
use ports::{
    compliance::ComplianceSignal,
    devices::store::{DeviceCommit, DeviceQuery, Dossier, Owned, Owner, SignalOp},
    store::{Commit, StoreError},
};
use posture::exemption::ExemptionState;
use serde_json::{Value, json};

use super::{
    Fleet, Posture,
    rows::{KeptExemption, entries_of, record_of},
};
use crate::engine::EngineError;

/// How many devices, rows of history or signals are read at once.
const PAGE: u32 = 100;
/// How often an erasure is tried again because somebody else wrote.
const ATTEMPTS: usize = 8;

/// What of somebody's devices is erased, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceErasure {
    /// Their devices.
    pub devices: Vec<DeviceId>,
    /// Whether the devices themselves stay, and only their past goes.
    pub are_kept: bool,
    /// Exemptions that go, by key.
    pub exemptions: Vec<String>,
    /// Notes that a device is not somebody's that go, by key.
    pub notes: Vec<String>,
    /// How many signals that wait for relying parties are withdrawn.
    pub signals: usize,
}

/// What goes, with all that it is found by.
struct Going {
    erasure: DeviceErasure,
    /// Every id that the devices had.
    known_as: Vec<DeviceId>,
    signals: Vec<SignalOp>,
}

impl Posture {
    /// Whose devices are a person's: by id, by the directory's addresses, and by `addresses`, for
    /// somebody whom the directory no longer knows. An address of somebody else is refused.
    fn owner_known_as(&self, person: PersonId, addresses: &[String]) -> Result<Owner, EngineError> {
        let directory = &self.fleet.0.directory;
        let mut owner = match directory.person(person).as_deref() {
            Some(person) => Fleet::owner(person),
            None => Owner { person: Some(person), emails: Vec::new() },
        };
        for address in addresses {
            if directory.find(address).is_some_and(|other| other.id != person) {
                return Err(EngineError::Invalid("an address is somebody else's".to_owned()));
            }
            owner.emails.push(Personal::new(address.trim().to_lowercase()));
        }
        Ok(owner)
    }

    /// The devices of a person, in the order of their ids.
    pub async fn device_ids_of(
        &self,
        person: PersonId,
        addresses: &[String],
    ) -> Result<Vec<DeviceId>, EngineError> {
        let owner = self.owner_known_as(person, addresses)?;
        Ok(self.fleet.dossiers_of(owner).await?.iter().map(|dossier| dossier.id).collect())
    }

    /// A device as it is held: what sources said, what was found and when, exemptions, and who said
    /// that it is not theirs.
    pub async fn device_held(&self, id: DeviceId) -> Result<Value, EngineError> {
        let dossier = self.fleet.0.store.device(id).await?.ok_or(EngineError::NotFound)?;
        let ids = ids_of(&dossier);
        let records: Vec<_> = dossier.records.iter().map(record_of).collect::<Result<_, _>>()?;
        let exemptions = self.fleet.exemptions_of(&ids).await?;
        let exemptions: Vec<Value> = exemptions
            .iter()
            .map(|it| json!({ "key": it.key, "exemption": it.exemption }))
            .collect();
        let context = self.fleet.context().await?;
        let not_mine = context.not_mine.values().filter(|it| ids.contains(&it.device));
        Ok(json!({
            "id": dossier.id,
            "aliases": dossier.aliases,
            "owner": dossier.owner,
            "email": dossier.email,
            "grade": dossier.grade,
            "checks": dossier.checks,
            "last_seen": dossier.last_seen,
            "records": records,
            "history": self.fleet.history_held(&ids).await?,
            "exemptions": exemptions,
            "said_not_mine": not_mine.collect::<Vec<_>>(),
        }))
    }

    /// What [`Posture::erase`] would erase now.
    pub async fn erasable(
        &self,
        person: PersonId,
        addresses: &[String],
    ) -> Result<DeviceErasure, EngineError> {
        let owner = self.owner_known_as(person, addresses)?;
        Ok(self.fleet.erasure(person, owner).await?.erasure)
    }

    /// Erases it. Only whoever holds the store can do that, while nobody serves it.
    pub async fn erase(
        &self,
        person: PersonId,
        addresses: &[String],
    ) -> Result<DeviceErasure, EngineError> {
        for _ in 0..ATTEMPTS {
            let based_on = self.fleet.0.store.revision().await?;
            let owner = self.owner_known_as(person, addresses)?;
            let Going { erasure, known_as, signals } = self.fleet.erasure(person, owner).await?;
            let commit = DeviceCommit {
                based_on: Some(based_on),
                ended: if erasure.are_kept { Vec::new() } else { erasure.devices.clone() },
                forgotten: known_as,
                withdrawn: erasure.notes.clone(),
                erased_exemptions: erasure.exemptions.clone(),
                signals,
                ..DeviceCommit::default()
            };
            match self.fleet.0.store.commit(commit).await {
                Ok(_) => {}
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
            let what = if erasure.are_kept { "the past of " } else { "" };
            let text = format!("erased {what}{} devices of person:{person}", erasure.devices.len());
            let journal = vec![self.engine.entry("device.erased", "host", text)];
            let said = Commit { journal, ..Commit::default() };
            self.engine.parts.store.commit(said).await?;
            return Ok(erasure);
        }
        Err(EngineError::Unavailable("somebody else writes, try again".to_owned()))
    }
}

impl Fleet {
    async fn erasure(&self, person: PersonId, owner: Owner) -> Result<Going, EngineError> {
        let are_kept = self.0.directory.person(person).is_some_and(|it| it.active);
        let dossiers = self.dossiers_of(owner.clone()).await?;
        let known_as: Vec<DeviceId> = dossiers.iter().flat_map(ids_of).collect();
        let context = self.context().await?;
        let exemptions = self.exemptions_of(&known_as).await?;
        let goes = |it: &&KeptExemption| !are_kept || is_past(it, context.now);
        let notes = context.not_mine.iter().filter(|(_, note)| {
            // What somebody says who is still here waits for an answer.
            !are_kept && (note.by == person || known_as.contains(&note.device))
        });
        let signals = match are_kept {
            // Others rely on how their devices stand.
            true => Vec::new(),
            false => self.signals_about(&known_as, &owner.emails).await?,
        };
        let erasure = DeviceErasure {
            signals: signals.len(),
            devices: dossiers.iter().map(|dossier| dossier.id).collect(),
            are_kept,
            exemptions: exemptions.iter().filter(goes).map(|it| it.key.clone()).collect(),
            notes: notes.map(|(key, _)| key.clone()).collect(),
        };
        Ok(Going { erasure, known_as, signals })
    }

    /// What withdraws the signals that wait for whichever relying party and are about one of these
    /// devices, or name one of these addresses.
    async fn signals_about(
        &self,
        devices: &[DeviceId],
        emails: &[Personal],
    ) -> Result<Vec<SignalOp>, EngineError> {
        let is_theirs = |signal: &ComplianceSignal| {
            let email = signal.email.as_ref().map(|email| email.reveal().to_lowercase());
            let is_named = |own: &Personal| Some(own.reveal().to_lowercase()) == email;
            devices.contains(&signal.device) || emails.iter().any(is_named)
        };
        let (mut theirs, mut after) = (Vec::new(), 0);
        loop {
            let page = self.0.store.waiting(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(theirs) };
            after = last.seq;
            let signals = page.iter().filter(|row| {
                ComplianceSignal::from_bytes(&row.body).is_some_and(|signal| is_theirs(&signal))
            });
            theirs.extend(
                signals.map(|row| SignalOp::Done { receiver: row.receiver.clone(), id: row.id }),
            );
        }
    }

    async fn dossiers_of(&self, owner: Owner) -> Result<Vec<Dossier>, EngineError> {
        let person = owner.person;
        let owned = Some(Owned::By(owner));
        let mut all: Vec<Dossier> = Vec::new();
        loop {
            let after = all.last().map(|dossier| dossier.id);
            let query =
                DeviceQuery { owned: owned.clone(), after, limit: PAGE, ..DeviceQuery::default() };
            let page = self.0.store.list(&query).await?;
            if page.is_empty() {
                // An address may have come to belong to somebody else since.
                all.retain(|dossier| dossier.owner.is_none() || dossier.owner == person);
                return Ok(all);
            }
            all.extend(page);
        }
    }

    async fn history_held(&self, ids: &[DeviceId]) -> Result<Vec<Value>, EngineError> {
        let (mut told, mut before) = (Vec::new(), None);
        loop {
            let page = self.0.store.history(ids, before, PAGE).await?;
            let Some(last) = page.last() else { return Ok(told) };
            before = Some(last.seq);
            for row in &page {
                told.push(json!({ "at": row.at, "entries": entries_of(row)? }));
            }
        }
    }
}

fn ids_of(dossier: &Dossier) -> Vec<DeviceId> {
    [dossier.id].into_iter().chain(dossier.aliases.iter().copied()).collect()
}

/// Whether nothing follows from an exemption any more.
fn is_past(kept: &KeptExemption, now: Timestamp) -> bool {
    let is_asked = kept.exemption.state == ExemptionState::Requested;
    !is_asked && kept.exemption.until(now).is_none()
}
