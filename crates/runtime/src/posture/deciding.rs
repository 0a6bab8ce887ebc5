//! What analysts decide about devices: exemptions, and which records are one device. Each act
//! wants a fresh proof of whoever is signed in, and stands in the audit trail.

use std::collections::BTreeSet;

use model::{DeviceId, Personal, RulingId, Timestamp, device::RecordKey};
use ports::devices::store::DecisionRow;
use posture::{
    Decision, Exemption,
    exemption::{ExemptionError, ExemptionState},
    merge::Ruling,
};

use super::{
    ExemptionView, Posture,
    context::{Context, Judged},
    mine::{is_own, short},
    rows::{Kept, KeptExemption},
    settle::Change,
};
use crate::{engine::EngineError, people::Authority};

/// The most records that one act brings together or keeps apart.
pub const MERGED_MAX: usize = 100;

/// What somebody decides about an exemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is granted until then.
    Grant(Timestamp),
    /// It is refused.
    Refuse,
}

/// What somebody decided about records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulingView {
    /// Its key, for taking it back.
    pub key: String,
    /// Whether they are one device.
    pub is_together: bool,
    /// Pairs of records.
    pub records: Vec<(RecordKey, RecordKey)>,
    /// Who.
    pub by: Personal,
    /// Why.
    pub reason: Personal,
    /// When.
    pub at: Timestamp,
}

impl Posture {
    /// Exemptions, the newest first: those that wait or are in force, or all.
    pub async fn exemptions(
        &self,
        by: &Authority<'_>,
        only_open: bool,
    ) -> Result<Vec<ExemptionView>, EngineError> {
        by.require_analyst()?;
        let context = self.fleet.context().await?;
        let mut views = Vec::new();
        for row in self.fleet.0.store.exemptions(None, only_open).await? {
            let view = ExemptionView::of(&KeptExemption::of(&row)?, &context);
            views.extend((!(only_open && view.is_over)).then_some(view));
        }
        views.sort_by_key(|view| std::cmp::Reverse(view.requested_at));
        Ok(views)
    }

    pub(super) async fn exemptions_waiting(&self) -> Result<u64, EngineError> {
        let rows = self.fleet.0.store.exemptions(None, true).await?;
        let mut count = 0;
        for row in &rows {
            let state = KeptExemption::of(row)?.exemption.state;
            count += u64::from(state == ExemptionState::Requested);
        }
        Ok(count)
    }

    /// Grants or refuses an exemption. Nobody decides about what they asked for, or about their
    /// own device; a key decides nothing, for nobody stands behind it.
    pub async fn decide_exemption(
        &self,
        by: &Authority<'_>,
        key: &str,
        verdict: Verdict,
    ) -> Result<(), EngineError> {
        by.require_deciding(self.now())?;
        let who = by.person().ok_or(EngineError::Forbidden("a person must decide about it"))?;
        let _alone = self.fleet.0.deciding.lock().await;
        let (mut kept, judged) = self.exemption(key).await?;
        let owner = judged.as_ref().and_then(|it| it.owner.as_ref()).map(|owner| owner.id);
        let (exemption, now) = (&mut kept.exemption, self.now());
        match verdict {
            Verdict::Grant(until) => exemption.approve(who, owner, until, now),
            Verdict::Refuse => exemption.deny(who, owner, now),
        }
        .map_err(refused)?;
        let kind = match verdict {
            Verdict::Grant(_) => "exemption.granted",
            Verdict::Refuse => "exemption.refused",
        };
        self.write_exemption(by, kind, kept).await
    }

    /// Takes back an exemption that is in force.
    pub async fn revoke_exemption(&self, by: &Authority<'_>, key: &str) -> Result<(), EngineError> {
        by.require_deciding(self.now())?;
        let who = by.person().ok_or(EngineError::Forbidden("a person must decide about it"))?;
        let _alone = self.fleet.0.deciding.lock().await;
        let (mut kept, _) = self.exemption(key).await?;
        kept.exemption.revoke(who, self.now()).map_err(refused)?;
        self.write_exemption(by, "exemption.revoked", kept).await
    }

    async fn write_exemption(
        &self,
        by: &Authority<'_>,
        kind: &str,
        kept: KeptExemption,
    ) -> Result<(), EngineError> {
        let Exemption { device, practice, .. } = &kept.exemption;
        let text = format!("{practice} of device:{device}");
        let (exemptions, devices) = (vec![kept.row()], vec![*device]);
        self.audit(kind, &by.name(), text).await?;
        self.fleet.settle(Change { exemptions, devices, ..Change::default() }).await?;
        Ok(())
    }

    async fn exemption(&self, key: &str) -> Result<(KeptExemption, Option<Judged>), EngineError> {
        let rows = self.fleet.0.store.exemptions(None, false).await?;
        let row = rows.iter().find(|row| row.key == key).ok_or(EngineError::NotFound)?;
        let kept = KeptExemption::of(row)?;
        match self.fleet.kept(kept.exemption.device).await {
            Ok((_, judged, _)) => Ok((kept, Some(judged))),
            Err(EngineError::NotFound) => Ok((kept, None)),
            Err(error) => Err(error),
        }
    }

    /// Brings two devices together by hand, whatever their records say, until that is taken back.
    pub async fn put_together(
        &self,
        by: &Authority<'_>,
        one: DeviceId,
        other: DeviceId,
        reason: &str,
    ) -> Result<String, EngineError> {
        let (left, context) = self.to_decide(by, one).await?;
        let (right, _) = self.to_decide(by, other).await?;
        if left.device.id == right.device.id {
            return Err(EngineError::Invalid("they are one device".to_owned()));
        }
        let (left, right) = (keys(&left), keys(&right));
        let first = |keys: &[RecordKey]| keys.first().cloned().ok_or(EngineError::NotFound);
        let pin = Decision {
            ruling: Ruling::Together,
            left: first(&left)?,
            right: first(&right)?,
            by: by.name().into(),
            reason: short(reason)?,
            at: context.now,
        };
        self.rule(by, &context, vec![pin], (&left, &right)).await
    }

    /// Keeps records from others by hand, whatever they have in common, until that is taken back:
    /// some of a device's from the rest, or those of two devices that look like one.
    pub async fn keep_apart(
        &self,
        by: &Authority<'_>,
        taken: &[RecordKey],
        left: &[RecordKey],
        reason: &str,
    ) -> Result<String, EngineError> {
        by.require_deciding(self.now())?;
        let is_sound =
            !taken.is_empty() && !left.is_empty() && !taken.iter().any(|it| left.contains(it));
        if !is_sound {
            return Err(EngineError::Invalid("name records on both sides, each once".to_owned()));
        }
        if taken.len() + left.len() > MERGED_MAX {
            return Err(EngineError::Invalid(format!("at most {MERGED_MAX} records")));
        }
        let around = Change { about: [taken, left].concat(), ..Change::default() };
        let around = self.fleet.look_around(&around).await?;
        let mut context = self.fleet.context().await?;
        for key in taken.iter().chain(left) {
            let device = around.device_of(key).ok_or(EngineError::NotFound)?;
            (_, context) = self.to_decide(by, device).await?;
        }
        let reason = short(reason)?;
        let split = Decision::split(taken, left, &by.name(), reason.reveal(), context.now);
        self.rule(by, &context, split, (taken, left)).await
    }

    /// What people decided about records, newest first.
    pub async fn rulings(&self, by: &Authority<'_>) -> Result<Vec<RulingView>, EngineError> {
        by.require_analyst()?;
        let context = self.fleet.context().await?;
        let mut views: Vec<RulingView> = Vec::new();
        for (key, decision) in &context.decisions {
            let ruling = key.split('/').next().unwrap_or_default();
            let pair = (decision.left.clone(), decision.right.clone());
            match views.iter_mut().find(|view| view.key == ruling) {
                Some(view) => view.records.push(pair),
                None => views.push(RulingView {
                    key: ruling.to_owned(),
                    is_together: decision.ruling == Ruling::Together,
                    records: vec![pair],
                    by: decision.by.clone(),
                    reason: decision.reason.clone(),
                    at: decision.at,
                }),
            }
        }
        views.sort_by_key(|view| std::cmp::Reverse(view.at));
        Ok(views)
    }

    /// Takes back what somebody decided about records.
    pub async fn take_back(&self, by: &Authority<'_>, ruling: &str) -> Result<(), EngineError> {
        by.require_deciding(self.now())?;
        let context = self.fleet.context().await?;
        let prefix = format!("{ruling}/");
        let own = context.decisions.iter().filter(|(key, _)| key.starts_with(&prefix));
        let mut change = Change::default();
        for (key, decision) in own {
            change.withdrawn.push(key.clone());
            change.about.extend([decision.left.clone(), decision.right.clone()]);
        }
        if change.withdrawn.is_empty() {
            return Err(EngineError::NotFound);
        }
        let around = self.fleet.look_around(&change).await?;
        for device in change.about.iter().filter_map(|key| around.device_of(key)) {
            self.to_decide(by, device).await?;
        }
        self.audit("device.ruling_taken_back", &by.name(), ruling.to_owned()).await?;
        self.fleet.settle(change).await?;
        Ok(())
    }

    /// Ends the review of a device that somebody said is not theirs.
    pub async fn close_review(
        &self,
        by: &Authority<'_>,
        device: DeviceId,
    ) -> Result<(), EngineError> {
        let (judged, context) = self.to_decide(by, device).await?;
        let own =
            context.not_mine.iter().filter(|(_, said)| judged.device.is_known_as(said.device));
        let withdrawn: Vec<String> = own.map(|(key, _)| key.clone()).collect();
        if withdrawn.is_empty() {
            return Err(EngineError::NotFound);
        }
        self.audit("device.review_closed", &by.name(), format!("device:{device}")).await?;
        self.fleet.settle(Change { withdrawn, ..Change::default() }).await?;
        Ok(())
    }

    /// A device that somebody may decide about: never one of their own.
    async fn to_decide(
        &self,
        by: &Authority<'_>,
        id: DeviceId,
    ) -> Result<(Judged, Context), EngineError> {
        by.require_deciding(self.now())?;
        let (_, judged, context) = self.fleet.kept(id).await?;
        match by.person() {
            Some(person) if is_own(&judged, person) => {
                Err(EngineError::Forbidden("nobody decides about their own device"))
            }
            _ => Ok((judged, context)),
        }
    }

    /// Writes decisions about two sides, in place of earlier ones about the same.
    async fn rule(
        &self,
        by: &Authority<'_>,
        context: &Context,
        decisions: Vec<Decision>,
        (left, right): (&[RecordKey], &[RecordKey]),
    ) -> Result<String, EngineError> {
        let ruling = RulingId::from_parts(context.now, self.fleet.0.entropy.bits()).to_string();
        let is_between = |it: &Decision| {
            let joins = |a: &RecordKey, b: &RecordKey| left.contains(a) && right.contains(b);
            joins(&it.left, &it.right) || joins(&it.right, &it.left)
        };
        let earlier = context.decisions.iter().filter(|(_, it)| is_between(it));
        let withdrawn = earlier.map(|(key, _)| key.clone()).collect();
        let (count, kind) = match decisions.first().map(|it| it.ruling) {
            Some(Ruling::Together) => (decisions.len(), "device.put_together"),
            _ => (decisions.len(), "device.kept_apart"),
        };
        let rows = decisions.into_iter().enumerate();
        let row = |(n, it): (usize, Decision)| Kept::Decision(it).row(format!("{ruling}/{n}"));
        let rows: Vec<DecisionRow> = rows.map(row).collect();
        let about: BTreeSet<RecordKey> = left.iter().chain(right).cloned().collect();
        self.audit(kind, &by.name(), format!("{ruling}: {count} pairs of records")).await?;
        let about = about.into_iter().collect();
        let change = Change { decisions: rows, withdrawn, about, ..Change::default() };
        self.fleet.settle(change).await?;
        Ok(ruling)
    }
}

fn keys(judged: &Judged) -> Vec<RecordKey> {
    judged.device.records.iter().map(|record| record.key.clone()).collect()
}

fn refused(error: ExemptionError) -> EngineError {
    match error {
        ExemptionError::OwnCase => EngineError::Forbidden("nobody decides about their own"),
        other => EngineError::Invalid(other.to_string()),
    }
}
