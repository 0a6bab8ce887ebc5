//! Mia's and Leo's devices, in two sources that list what they are given.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    DeviceId, Span,
    device::{
        Confidence, Field, IdKind, Observation, OwnerHint, Platform, Practice, RecordKey,
        SourceRecord,
    },
};
use ports::{
    Clock as _, Failure,
    devices::{
        DeviceSource, Problems, Read,
        agents::{AgentProtocol, fake::FakeAgent},
        fake::FakeDeviceSource,
        store::memory::MemoryDeviceStore,
    },
    entropy::SeededEntropy,
};
use runtime::{
    people::Authority,
    posture::{
        COLLECTOR, Fleet, FleetParts, FleetSettings, ListQuery, MergeRules, Posture,
        PostureContent, Stepped, Sweeping, Trust, Trusts,
    },
};

use super::super::world::{MIA, World};

pub(super) struct Devices {
    pub(super) world: World,
    pub(super) posture: Posture,
    pub(super) jamf: Arc<FakeDeviceSource>,
    pub(super) fleet: Arc<FakeDeviceSource>,
}

impl Devices {
    pub(super) fn new() -> Self {
        Self::speaking(None)
    }

    /// Where computers may report by themselves.
    pub(super) fn with_collector() -> Self {
        let collector = Arc::new(FakeAgent) as Arc<dyn AgentProtocol>;
        Self::of(None, BTreeMap::from([(COLLECTOR.to_owned(), collector)]))
    }

    /// With people who read this language.
    pub(super) fn speaking(language: Option<&str>) -> Self {
        Self::of(language, BTreeMap::new())
    }

    fn of(language: Option<&str>, agents: BTreeMap<String, Arc<dyn AgentProtocol>>) -> Self {
        let (jamf, fleet) = (Arc::new(FakeDeviceSource::new()), Arc::new(FakeDeviceSource::new()));
        let sources = BTreeMap::from([
            ("jamf".to_owned(), Arc::clone(&jamf) as Arc<dyn DeviceSource>),
            ("fleet".to_owned(), Arc::clone(&fleet) as Arc<dyn DeviceSource>),
        ]);
        let mut made = None;
        let world = World::with(language, |engine, clock, directory| {
            let fleet = Fleet::new(FleetParts {
                store: Arc::new(MemoryDeviceStore::new()),
                clock,
                entropy: Arc::new(SeededEntropy::new(9)),
                directory,
                sources,
                senders: Default::default(),
                parties: BTreeMap::new(),
                agents,
                content: PostureContent::shipped(),
                currency: Default::default(),
                settings: FleetSettings { rules: rules(), ..FleetSettings::default() },
            });
            let posture = Posture::new(engine.clone(), fleet);
            made = Some(posture.clone());
            posture
        });
        Self { world, posture: made.expect("made"), jamf, fleet }
    }

    /// All pages of a source, to its end or its failure.
    pub(super) async fn sweep(&self, name: &str) {
        let mut sweeping = Sweeping::default();
        loop {
            let step = self.posture.fleet().sweep_step(name, &mut sweeping).await;
            if let Stepped::Until(_) = step.expect("kept") {
                return;
            }
        }
    }

    /// The next time it is asked, a source does not answer.
    pub(super) async fn fail(&self, name: &str, source: &FakeDeviceSource) {
        source.fail_next(Failure::retry("jamf: failed (500)"));
        self.sweep(name).await;
    }

    /// A laptop that does everything well, seen a moment ago.
    pub(super) fn laptop(&self, id: &str, serial: &str, email: &str) -> SourceRecord {
        let now = self.world.clock.now();
        let mut record = SourceRecord::new(RecordKey::new("jamf", id), now);
        record.platform = Platform::Macos;
        record.last_sync = Some(now);
        record.owners.push(OwnerHint::new(Some(email), None, Confidence::Assigned));
        record.identifiers.scalars.insert(IdKind::Serial, serial.to_owned());
        for (field, text) in [
            (Field::Name, format!("laptop-{id}").as_str()),
            (Field::Model, "MacBook Pro"),
            (Field::OsVersion, "14.6.1"),
        ] {
            record.facts.insert(field, text.to_owned());
        }
        for practice in [Practice::Encryption, Practice::Firewall, Practice::ScreenLock] {
            record.practices.insert(practice, Observation::stated(Some(true)));
        }
        record
    }

    /// One of Mia's with an open disk.
    pub(super) async fn open_disk(&self) -> DeviceId {
        let record = self.laptop("1", "C02AAAA11", MIA);
        self.put(bad(record, Practice::Encryption)).await;
        self.only(MIA).await
    }

    pub(super) async fn put(&self, record: SourceRecord) {
        self.jamf.put(read(record));
        self.sweep("jamf").await;
    }

    /// The only device of somebody; no person looks.
    pub(super) async fn only(&self, email: &str) -> DeviceId {
        let all = self.all(email).await;
        assert_eq!(all.len(), 1, "one device of {email}");
        all[0]
    }

    pub(super) async fn all(&self, email: &str) -> Vec<DeviceId> {
        let query = ListQuery { person: Some(email.to_owned()), ..ListQuery::default() };
        let page = self.posture.list(&Authority::Key("tests"), &query).await.expect("listed");
        page.devices.into_iter().map(|listed| listed.id).collect()
    }

    pub(super) fn later(&self, span: Span) {
        self.world.clock.advance(span);
    }
}

/// All sources are management's, save for our own collector.
fn rules() -> MergeRules {
    let named = [(COLLECTOR.to_owned(), Trust::Enrolled)].into();
    MergeRules { trusts: Trusts { named, ..Trusts::default() }, ..MergeRules::default() }
}

pub(super) fn read(record: SourceRecord) -> Read {
    Read { record, problems: Problems::default() }
}

/// The same, with a practice that is not as it should be.
pub(super) fn bad(mut record: SourceRecord, practice: Practice) -> SourceRecord {
    record.practices.insert(practice, Observation::stated(Some(false)));
    record
}
