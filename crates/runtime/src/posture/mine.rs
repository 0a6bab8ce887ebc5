//! A person and their own devices.

use model::{DeviceId, ExemptionId, Person, PersonId, Personal, Timestamp, device::Practice};
use ports::{
    devices::store::{Dossier, Owner},
    store::Commit,
};
use posture::{Exemption, device::suggestions, evaluate::next_steps};

use super::{
    Fleet, MyDevices, NextStep, Posture,
    context::{Context, Judged},
    fleet_view::SourceView,
    rows::{Kept, KeptExemption, NotMine, entries_of},
    settle::{Change, Edit},
    view::{DeviceView, Eyes},
    view_check::HistoryView,
};
use crate::{engine::EngineError, people::Viewer};

/// The longest note on a device, in bytes.
pub const NOTE_BYTES_MAX: usize = 2_000;
/// How many changes of one device are shown.
const HISTORY_MAX: u32 = 100;

impl Fleet {
    /// Whose devices a person's are: theirs by id, and by every address they are known by.
    pub(super) fn owner(person: &Person) -> Owner {
        let aliases = person.aliases.iter().filter(|alias| alias.reveal().contains('@'));
        let emails = [&person.email].into_iter().chain(aliases);
        let emails = emails.map(|it| Personal::new(it.reveal().trim().to_lowercase())).collect();
        Owner { person: Some(person.id), emails }
    }

    /// The devices of a person, judged now.
    pub(super) async fn devices_of(
        &self,
        person: &Person,
        eyes: Eyes,
        language: &str,
    ) -> Result<MyDevices, EngineError> {
        let kept = self.0.store.person(&Self::owner(person)).await?;
        let context = self.context_with(kept.sources).await?;
        let mut judged: Vec<Judged> = Vec::new();
        for dossier in &kept.devices {
            judged.push(self.judge(dossier, &kept.exemptions, &context)?);
        }
        let first = |a: &Judged, b: &Judged| {
            let gravity = a.evaluation.shown_grade().cmp(&b.evaluation.shown_grade());
            gravity
                .then(b.device.last_seen.cmp(&a.device.last_seen))
                .then(a.device.id.cmp(&b.device.id))
        };
        judged.sort_by(first);
        let (current, older): (Vec<Judged>, Vec<Judged>) =
            judged.into_iter().partition(|it| self.is_current(it, context.now));
        let next = current.iter().find_map(|it| {
            let step = next_steps(&it.evaluation, &it.track).into_iter().next()?;
            Some(NextStep { device: it.device.id, practice: step.practice.clone() })
        });
        let view = |it: &Judged| DeviceView::of(it, &context, eyes, language);
        let devices: Vec<DeviceView> = current.iter().map(view).collect();
        let older: Vec<DeviceView> =
            older.iter().map(|it| DeviceView { is_older: true, ..view(it) }).collect();
        let troubles = troubles(&devices, &context);
        Ok(MyDevices { devices, older, next, troubles, has_more: kept.has_more })
    }

    pub(super) fn is_current(&self, judged: &Judged, now: Timestamp) -> bool {
        let device = &judged.device;
        let is_listed = device.records.iter().any(|record| !record.is_gone);
        let since = self.0.settings.older_after.before(now);
        is_listed && device.last_seen.is_some_and(|seen| seen >= since)
    }

    /// A device as it is kept, with what it is judged by.
    pub(super) async fn kept(
        &self,
        id: DeviceId,
    ) -> Result<(Dossier, Judged, Context), EngineError> {
        let dossier = self.0.store.device(id).await?.ok_or(EngineError::NotFound)?;
        let context = self.context().await?;
        let ids: Vec<DeviceId> =
            [dossier.id, id].into_iter().chain(dossier.aliases.iter().copied()).collect();
        let exemptions = self.0.store.exemptions(Some(&ids), false).await?;
        let judged = self.judge(&dossier, &exemptions, &context)?;
        Ok((dossier, judged, context))
    }

    /// One device, with its history.
    pub(super) async fn device_view(
        &self,
        judged: &Judged,
        context: &Context,
        eyes: Eyes,
        language: &str,
    ) -> Result<DeviceView, EngineError> {
        let mut view = DeviceView::of(judged, context, eyes, language);
        view.is_older = !self.is_current(judged, context.now);
        let ids: Vec<DeviceId> =
            [judged.device.id].into_iter().chain(judged.device.aliases.iter().copied()).collect();
        for row in self.0.store.history(&ids, None, HISTORY_MAX).await? {
            let entries = entries_of(&row)?.into_iter().rev();
            view.history.extend(entries.map(HistoryView::from));
        }
        if eyes == Eyes::Owner {
            let shown: Vec<Practice> = view.checks.iter().map(|it| it.practice.clone()).collect();
            view.history.retain(|entry| shown.contains(&entry.practice));
        }
        Ok(view)
    }

    /// Which of a person's devices one of theirs may be that nothing tells from others.
    async fn perhaps(
        &self,
        person: &Person,
        judged: &Judged,
        context: &Context,
    ) -> Result<Vec<DeviceId>, EngineError> {
        let kept = self.0.store.person(&Self::owner(person)).await?;
        let device = |dossier| Ok(self.judge(dossier, &[], context)?.device);
        let all: Result<Vec<_>, EngineError> = kept.devices.iter().map(device).collect();
        Ok(suggestions(&judged.device, &all?))
    }
}

/// The sources that fail and know one of these devices; any that fails where there is none.
fn troubles(devices: &[DeviceView], context: &Context) -> Vec<SourceView> {
    let knows = |name: &str| {
        devices.is_empty()
            || devices.iter().any(|it| it.records.iter().any(|record| record.key.source == name))
    };
    let failing = context.health.values().filter(|it| it.is_failing() && knows(&it.source));
    failing.map(SourceView::of).collect()
}

impl Posture {
    /// The viewer's devices.
    pub async fn my_devices(
        &self,
        viewer: &Viewer,
        language: &str,
    ) -> Result<MyDevices, EngineError> {
        self.fleet.devices_of(&viewer.person, Eyes::Owner, language).await
    }

    /// One of the viewer's devices. Anybody else's is not found.
    pub async fn my_device(
        &self,
        viewer: &Viewer,
        id: DeviceId,
        language: &str,
    ) -> Result<DeviceView, EngineError> {
        let (judged, context) = self.own(viewer, id).await?;
        let view = self.fleet.device_view(&judged, &context, Eyes::Owner, language).await?;
        if view.name.is_some() || judged.device.is_identified() {
            return Ok(view);
        }
        let perhaps = self.fleet.perhaps(&viewer.person, &judged, &context).await?;
        Ok(DeviceView { perhaps, ..view })
    }

    /// "Not my device": an analyst looks at whose it is. Removes nothing by itself.
    pub async fn not_mine(
        &self,
        viewer: &Viewer,
        id: DeviceId,
        note: &str,
    ) -> Result<(), EngineError> {
        let (judged, context) = self.own(viewer, id).await?;
        let device = judged.device.id;
        if context.not_mine.values().any(|it| judged.device.is_known_as(it.device)) {
            return Ok(());
        }
        let note = short(note)?;
        let said = NotMine { device, by: viewer.person.id, note, at: context.now };
        let decisions = vec![Kept::NotMine(said).row(format!("not-mine {device}"))];
        self.audit("device.disowned", &viewer.actor().to_string(), format!("device:{device}"))
            .await?;
        self.fleet.settle(Change { decisions, ..Change::default() }).await?;
        Ok(())
    }

    /// Asks for an exemption of a check that fails. Gives its key.
    pub async fn ask_exemption(
        &self,
        viewer: &Viewer,
        id: DeviceId,
        practice: &Practice,
        reason: &str,
    ) -> Result<String, EngineError> {
        let _alone = self.fleet.0.deciding.lock().await;
        let (judged, context) = self.own(viewer, id).await?;
        let result = judged.evaluation.result(practice).filter(|it| it.is_displayed);
        let result = result.ok_or(EngineError::NotFound)?;
        if !result.underlying.is_failing() {
            return Err(EngineError::Invalid("there is nothing to be excused from".to_owned()));
        }
        let is_open = judged.exemptions.iter().any(|kept| {
            kept.exemption.practice == *practice
                && kept.exemption.state == posture::exemption::ExemptionState::Requested
        });
        if is_open {
            return Err(EngineError::Invalid("somebody has asked for it already".to_owned()));
        }
        let device = judged.device.id;
        let (by, reason) = (viewer.person.id, Personal::new(reason.trim()));
        let asked = Exemption::request(device, practice.clone(), by, reason, context.now);
        let exemption = asked.map_err(|error| EngineError::Invalid(error.to_string()))?;
        let bits = self.fleet.0.entropy.bits();
        let key = ExemptionId::from_parts(context.now, bits).to_string();
        let row = KeptExemption { key: key.clone(), exemption }.row();
        let text = format!("{practice} of device:{device}");
        self.audit("exemption.asked", &viewer.actor().to_string(), text).await?;
        let (exemptions, devices) = (vec![row], vec![device]);
        self.fleet.settle(Change { exemptions, devices, ..Change::default() }).await?;
        Ok(key)
    }

    /// Lets reminders of a check rest, for [`SNOOZE_MAX`](posture::track::SNOOZE_MAX) at most and
    /// a few times. The state is what it is.
    pub async fn snooze(
        &self,
        viewer: &Viewer,
        id: DeviceId,
        practice: &Practice,
        until: Timestamp,
    ) -> Result<(), EngineError> {
        let (judged, context) = self.own(viewer, id).await?;
        let mut track = judged.track;
        let rests = track.snooze(practice, until, context.now);
        rests.map_err(|error| EngineError::Invalid(error.to_string()))?;
        let device = judged.device.id;
        let edit = Some((device, Edit::Snooze(practice.clone(), until)));
        self.fleet.settle(Change { edit, devices: vec![device], ..Change::default() }).await?;
        Ok(())
    }

    /// A device of the viewer's.
    pub(super) async fn own(
        &self,
        viewer: &Viewer,
        id: DeviceId,
    ) -> Result<(Judged, Context), EngineError> {
        let (dossier, judged, context) = self.fleet.kept(id).await?;
        let owner = Fleet::owner(&viewer.person);
        let is_person = dossier.owner.is_some() && dossier.owner == owner.person;
        // The address may have come to belong to somebody else since.
        let is_address = dossier.owner.is_none()
            && dossier.email.as_ref().is_some_and(|email| owner.emails.contains(email));
        if is_person || is_address { Ok((judged, context)) } else { Err(EngineError::NotFound) }
    }

    /// A line of the audit trail about devices. The text holds ids, never names.
    pub(super) async fn audit(
        &self,
        kind: &str,
        by: &str,
        text: String,
    ) -> Result<(), EngineError> {
        let journal = vec![self.engine.entry(kind, by, text)];
        Ok(self.engine.parts.store.commit(Commit { journal, ..Commit::default() }).await?)
    }
}

/// A note within its limit.
pub(super) fn short(note: &str) -> Result<Personal, EngineError> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(EngineError::Invalid(format!("at most {NOTE_BYTES_MAX} bytes")));
    }
    Ok(Personal::new(note.trim()))
}

/// Whether a person's own.
pub(super) fn is_own(judged: &Judged, person: PersonId) -> bool {
    judged.owner.as_ref().is_some_and(|owner| owner.id == person)
}
