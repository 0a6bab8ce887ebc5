//! Records about which a person is to judge whether they are one device.

use model::{DeviceId, device::RecordKey};
use ports::devices::store::Dossier;
use posture::merge::{Conflict, Flag, FlagKind};

use super::super::{
    Fleet,
    settle::{Around, Change},
};
use crate::engine::EngineError;

/// Records about which it cannot be told whether they are one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// The device of the first record.
    pub device: DeviceId,
    /// What it is called.
    pub name: Option<String>,
    /// What is strange: `serial`, `platform` … for a conflict, `owner` where the first record has
    /// only its own word for it and the second says whose the device is, `ambiguous`, `shared`,
    /// `pin_refused`.
    pub kind: String,
    /// What they have in common: what it is and its value.
    pub matched: Option<(&'static str, String)>,
    /// One record.
    pub left: RecordKey,
    /// The other, where there are two.
    pub right: Option<RecordKey>,
    /// The device of the other.
    pub other: Option<DeviceId>,
}

impl Fleet {
    /// What is strange about the records of a device: it takes those around them to see it.
    pub(super) async fn suspicions(
        &self,
        dossier: &Dossier,
    ) -> Result<Vec<Suspicion>, EngineError> {
        let around = self.around(dossier.id).await?;
        let own = around.clusters.iter().find(|cluster| cluster.id == dossier.id);
        let name = around.name(dossier.id);
        let suspicion = |flag: &Flag| Suspicion {
            device: dossier.id,
            name: name.clone(),
            kind: kind_name(flag.kind),
            matched: flag.matched.as_ref().map(|key| (key.kind_name(), key.to_string())),
            left: flag.left.clone(),
            right: flag.right.clone(),
            other: flag.right.as_ref().and_then(|key| around.device_of(key)),
        };
        Ok(own.map(|cluster| cluster.flags.iter().map(suspicion).collect()).unwrap_or_default())
    }

    /// A device with everything that hangs together with it.
    async fn around(&self, id: DeviceId) -> Result<Around, EngineError> {
        self.look_around(&Change { devices: vec![id], ..Change::default() }).await
    }
}

fn kind_name(kind: FlagKind) -> String {
    match kind {
        FlagKind::Conflict(conflict) => conflict_name(conflict),
        FlagKind::Ambiguous => "ambiguous".to_owned(),
        FlagKind::Shared => "shared".to_owned(),
        FlagKind::PinRefused => "pin_refused".to_owned(),
    }
}

fn conflict_name(conflict: Conflict) -> String {
    match conflict {
        Conflict::Apart => "kept_apart",
        Conflict::Identifier(kind) => kind.name(),
        Conflict::Platform => "platform",
        Conflict::Model => "model",
        Conflict::SameSource => "same_source",
        Conflict::Owner => "owner",
    }
    .to_owned()
}
