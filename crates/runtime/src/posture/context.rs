//! What devices are judged by: one path for pages and for batches.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{DeviceId, Person, Timestamp, device::SourceRecord};
use ports::devices::{
    SourceHealth,
    store::{DecisionRow, Dossier, ExemptionRow},
};
use posture::{
    Circumstances, Currency, Decision, Device, Evaluation, Exemption, Track, evaluate,
    merge::{Cluster, merge},
};

use super::{
    Fleet, PostureContent,
    rows::{Kept, KeptExemption, NotMine, record_of, track_of},
};
use crate::engine::EngineError;

/// What holds for all devices at an instant.
pub(super) struct Context {
    pub(super) now: Timestamp,
    pub(super) content: Arc<PostureContent>,
    pub(super) currency: Arc<Currency>,
    /// How people brought records together, by key.
    pub(super) decisions: BTreeMap<String, Decision>,
    /// What people say is not theirs, by key.
    pub(super) not_mine: BTreeMap<String, NotMine>,
    pub(super) health: BTreeMap<String, SourceHealth>,
    pub(super) failing: BTreeSet<String>,
    /// The sources whose devices prove themselves, each by a key of its own.
    pub(super) keyed: BTreeSet<String>,
}

/// A device, judged.
pub(super) struct Judged {
    pub(super) device: Device,
    pub(super) evaluation: Evaluation,
    pub(super) track: Track,
    pub(super) owner: Option<Arc<Person>>,
    pub(super) exemptions: Vec<KeptExemption>,
}

impl Context {
    pub(super) fn decisions(&self) -> Vec<Decision> {
        self.decisions.values().cloned().collect()
    }

    /// Lays what is being changed over what is kept.
    pub(super) fn lay_over(
        &mut self,
        decisions: &[DecisionRow],
        withdrawn: &[String],
    ) -> Result<(), EngineError> {
        for key in withdrawn {
            self.decisions.remove(key);
            self.not_mine.remove(key);
        }
        for row in decisions {
            match Kept::of(row)? {
                Kept::Decision(decision) => {
                    self.decisions.insert(row.key.clone(), decision);
                }
                Kept::NotMine(said) => {
                    self.not_mine.insert(row.key.clone(), said);
                }
            }
        }
        Ok(())
    }
}

impl Fleet {
    /// What holds now.
    pub(super) async fn context(&self) -> Result<Context, EngineError> {
        let health = self.0.store.sources().await?;
        self.context_with(health).await
    }

    pub(super) async fn context_with(
        &self,
        health: Vec<SourceHealth>,
    ) -> Result<Context, EngineError> {
        let failing = health.iter().filter(|it| it.is_failing()).map(|it| it.source.clone());
        let mut context = Context {
            now: self.now(),
            content: self.0.content.load_full(),
            currency: self.0.currency.load_full(),
            decisions: BTreeMap::new(),
            not_mine: BTreeMap::new(),
            failing: failing.collect(),
            keyed: self.0.agents.keys().cloned().collect(),
            health: health.into_iter().map(|it| (it.source.clone(), it)).collect(),
        };
        context.lay_over(&self.0.store.decisions().await?, &[])?;
        Ok(context)
    }

    /// The exemptions of devices, under any of their ids.
    pub(super) async fn exemptions_of(
        &self,
        devices: &[DeviceId],
    ) -> Result<Vec<KeptExemption>, EngineError> {
        if devices.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.0.store.exemptions(Some(devices), false).await?;
        rows.iter().map(KeptExemption::of).collect()
    }

    /// A device as it is kept, judged now. It changes nothing.
    pub(super) fn judge(
        &self,
        dossier: &Dossier,
        exemptions: &[ExemptionRow],
        context: &Context,
    ) -> Result<Judged, EngineError> {
        let records: Vec<SourceRecord> =
            dossier.records.iter().map(record_of).collect::<Result<_, _>>()?;
        let device = self.device_of(dossier, &records, context);
        let track = track_of(dossier)?;
        let own = exemptions.iter().filter(|row| device.is_known_as(row.device));
        let exemptions: Vec<_> = own.map(KeptExemption::of).collect::<Result<_, _>>()?;
        Ok(self.judged(device, track, exemptions, context))
    }

    /// Judges a device.
    pub(super) fn judged(
        &self,
        device: Device,
        track: Track,
        exemptions: Vec<KeptExemption>,
        context: &Context,
    ) -> Judged {
        let owner = self.owner_of(&device);
        let excused: Vec<Exemption> =
            exemptions.iter().map(|kept| kept.exemption.clone()).collect();
        let circumstances = Circumstances {
            now: context.now,
            groups: owner.as_ref().map_or(&[], |owner| &owner.groups),
            exemptions: &excused,
            failing_sources: &context.failing,
            choice: self.0.settings.choice,
        };
        let checks = &context.content.checks;
        let evaluation = evaluate(&device, checks, &context.currency, &circumstances);
        Judged { device, evaluation, track, owner, exemptions }
    }

    /// Whose a device is, where the directory knows them.
    pub(super) fn owner_of(&self, device: &Device) -> Option<Arc<Person>> {
        let email = device.owner.as_ref()?.email.as_ref()?;
        self.0.directory.find(email.reveal())
    }

    /// The device of kept records. They were brought together with others beside them, so that
    /// what is kept together stays so here.
    fn device_of(&self, dossier: &Dossier, records: &[SourceRecord], context: &Context) -> Device {
        let rules = &self.0.settings.rules;
        let mut clusters = merge(records, &context.decisions(), rules);
        let cluster = match clusters.len() {
            1 => clusters.remove(0),
            _ => Cluster {
                id: dossier.id,
                aliases: dossier.aliases.clone(),
                members: (0..records.len()).collect(),
                links: clusters.into_iter().flat_map(|it| it.links).collect(),
                flags: Vec::new(),
            },
        };
        Device::derive(cluster, records, rules)
    }
}

impl Judged {
    /// The groups of its owner.
    pub(super) fn groups(&self) -> &[String] {
        self.owner.as_ref().map_or(&[], |owner| &owner.groups)
    }
}
