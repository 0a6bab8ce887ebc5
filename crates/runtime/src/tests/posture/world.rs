//! Mia's devices, in a source that lists what it is given.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    SessionId, Span, Timestamp,
    device::{
        Confidence, Field, IdKind, Observation, OwnerHint, Platform, Practice, RecordKey,
        SourceRecord,
    },
};
use ports::{
    Clock as _,
    compliance::{RelyingParty, fake::FakeRelyingParty},
    devices::{
        DeviceSource, Problems, Read,
        agents::{AgentProtocol, fake::FakeAgent},
        fake::FakeDeviceSource,
        store::memory::MemoryDeviceStore,
    },
    entropy::SeededEntropy,
};

use posture::{Checks, Texts};

use super::super::world::{ANA, MIA, World};
use crate::{
    people::{FreshProof, Role, SessionView, Viewer},
    posture::{
        COLLECTOR, DeviceView, Fleet, FleetParts, FleetSettings, MergeRules, MyDevices, Posture,
        PostureContent, Stepped, Sweeping, Trust, Trusts,
    },
};

pub(super) struct Devices {
    pub(super) world: World,
    pub(super) posture: Posture,
    pub(super) jamf: Arc<FakeDeviceSource>,
    pub(super) fleet: Arc<FakeDeviceSource>,
    pub(super) party: Arc<FakeRelyingParty>,
}

impl Devices {
    pub(super) fn new() -> Self {
        Self::of(World::new())
    }

    /// The same over a world that was prepared.
    pub(super) fn of(world: World) -> Self {
        let (jamf, fleet) = (Arc::new(FakeDeviceSource::new()), Arc::new(FakeDeviceSource::new()));
        let party = Arc::new(FakeRelyingParty::new());
        let collector = Arc::new(FakeAgent) as Arc<dyn AgentProtocol>;
        let sources = BTreeMap::from([
            ("jamf".to_owned(), Arc::clone(&jamf) as Arc<dyn DeviceSource>),
            ("fleet".to_owned(), Arc::clone(&fleet) as Arc<dyn DeviceSource>),
        ]);
        let parties =
            BTreeMap::from([("okta".to_owned(), Arc::clone(&party) as Arc<dyn RelyingParty>)]);
        let parts = FleetParts {
            store: Arc::new(MemoryDeviceStore::new()),
            clock: Arc::new(world.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(9)),
            directory: Arc::clone(&world.engine.parts.directory),
            sources,
            agents: BTreeMap::from([(COLLECTOR.to_owned(), collector)]),
            senders: ["lab".to_owned()].into(),
            parties,
            content: PostureContent { checks: checks(), texts: Texts::shipped() },
            currency: posture::Currency::default(),
            settings: FleetSettings { rules: rules(), ..FleetSettings::default() },
        };
        let posture = Posture::new(world.engine.clone(), Fleet::new(parts));
        Self { world, posture, jamf, fleet, party }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// All pages of a source, to its end or its failure.
    pub(super) async fn sweep(&self, name: &str) -> Timestamp {
        let mut sweeping = Sweeping::default();
        loop {
            let step = self.posture.fleet().sweep_step(name, &mut sweeping).await;
            if let Stepped::Until(next) = step.expect("kept") {
                return next;
            }
        }
    }

    /// Mia, or an analyst, signed in.
    pub(super) fn viewer(&self, email: &str, role: Role) -> Viewer {
        let person = self.world.engine.parts.directory.find(email).expect("works here");
        let proof = FreshProof { at: self.now(), is_independent: true, factor: None };
        let session = SessionView {
            id: SessionId::from_digest(1),
            hash: "hash".to_owned(),
            csrf: "csrf".to_owned(),
            started_at: self.now(),
            ends_at: None,
            proof: Some(proof),
            may_enrol_first: false,
        };
        Viewer { person, role, session }
    }

    pub(super) fn mia(&self) -> Viewer {
        self.viewer(MIA, Role::Person)
    }

    pub(super) fn ana(&self) -> Viewer {
        self.viewer(ANA, Role::Analyst)
    }

    pub(super) async fn mine(&self) -> MyDevices {
        self.posture.my_devices(&self.mia(), "en").await.expect("read")
    }

    /// Mia's only device.
    pub(super) async fn only(&self) -> DeviceView {
        let mut mine = self.mine().await;
        assert_eq!(mine.devices.len() + mine.older.len(), 1, "one device");
        mine.devices.pop().or(mine.older.pop()).expect("one")
    }

    /// Alerts that the intake took.
    pub(super) async fn raised(&self) -> usize {
        let mut count = 0;
        loop {
            match self.posture.raise_once().await.expect("taken") {
                0 => return count,
                more => count += more,
            }
        }
    }

    /// A laptop of Mia's, seen a moment ago, that does everything well.
    pub(super) fn laptop(&self, source: &str, id: &str, serial: &str) -> SourceRecord {
        let now = self.now();
        let mut record = SourceRecord::new(RecordKey::new(source, id), now);
        record.platform = Platform::Macos;
        record.last_sync = Some(now);
        record.owners.push(OwnerHint::new(Some(MIA), None, Confidence::Assigned));
        record.identifiers.scalars.insert(IdKind::Serial, serial.to_owned());
        for (field, text) in [(Field::Name, "mia-laptop"), (Field::Model, "MacBook Pro")] {
            record.facts.insert(field, text.to_owned());
        }
        for practice in [Practice::Encryption, Practice::Firewall, Practice::ScreenLock] {
            record.practices.insert(practice, Observation::stated(Some(true)));
        }
        record
    }
}

/// All sources are management's, save for our own collector.
fn rules() -> MergeRules {
    let named = [(COLLECTOR.to_owned(), Trust::Enrolled)].into();
    MergeRules { trusts: Trusts { named, ..Trusts::default() }, ..MergeRules::default() }
}

/// What ships, and that disks are encrypted within three days.
fn checks() -> Checks {
    let text = "id: encryption\nowner: security\ncheck: encryption\nseverity: warn\n\
                strategy: warn_then_block\ngrace: 3d\ndelay: 1h\n";
    let (checks, problems) = Checks::load(&[("encryption.yml".to_owned(), text.to_owned())]);
    assert_eq!(problems, []);
    checks
}

pub(super) fn read(record: SourceRecord) -> Read {
    Read { record, problems: Problems::default() }
}

/// The same, with a practice that is not as it should be.
pub(super) fn bad(mut record: SourceRecord, practice: Practice) -> SourceRecord {
    record.practices.insert(practice, Observation::stated(Some(false)));
    record
}

pub(super) const HOUR: Span = Span::hours(1);
