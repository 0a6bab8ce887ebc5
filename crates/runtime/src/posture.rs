//! Devices: what sources say about them, kept, judged, shown to their owners, and acted upon.
//!
//! ```text
//! a source ─▶ settle: records merged, devices judged ─┬─▶ one DeviceCommit: devices, history,
//! a person ─▶   (the only way to change a device)     │     alerts and signals that wait
//! a clock  ─▶                                         └─▶ what waits: intake, relying parties
//! ```
//!
//! [`Fleet`] is devices alone: it needs no engine, so that the engine may ask it about the device
//! of an alert ([`DeviceStep`]). [`Posture`] is what pages, the API and the command line call:
//!
//! | who | calls |
//! |---|---|
//! | a person, about their own | [`Posture::my_devices`], [`Posture::my_device`], [`Posture::recheck`], [`Posture::not_mine`], [`Posture::ask_exemption`], [`Posture::snooze`], [`Posture::looks_at`], [`Posture::collect_code`] |
//! | an analyst, about others' | [`Posture::devices_of`], [`Posture::device`], [`Posture::list`], [`Posture::unowned`], [`Posture::fleet_view`], [`Posture::fleet_days`], [`Posture::sources`] |
//! | an analyst who decides | [`Posture::exemptions`], [`Posture::decide_exemption`], [`Posture::revoke_exemption`], [`Posture::to_judge`], [`Posture::put_together`], [`Posture::keep_apart`], [`Posture::take_back`], [`Posture::close_review`] |
//! | an analyst before a policy goes live | [`Posture::dry_run`] |
//! | whoever holds the store | [`Posture::device_ids_of`], [`Posture::device_held`], [`Posture::erasable`], [`Posture::erase`] |
//! | a server | [`Posture::run`], [`Fleet::receive`], [`Fleet::receive_one`], [`Posture::answer_party`], [`Posture::agent_call`] |
//!
//! Everything an analyst looks at that is somebody's is recorded, and that person sees it. A
//! person's page judges by the same path as the batch, so that both say the same. What is shown of
//! a device is a [`DeviceView`]; its texts are in the asked language and still hostile: whoever
//! shows them makes them inert.

mod agents;
mod context;
mod days;
mod deciding;
mod enrich;
mod erasing;
mod fleet_view;
mod looks;
mod mine;
mod nudges;
mod raise;
mod receive;
mod recheck;
mod rows;
mod settle;
mod staff;
mod trend;
mod view;
mod view_check;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use arc_swap::ArcSwap;
use model::{Span, Timestamp};
use ports::{
    Clock, Directory, Entropy,
    compliance::RelyingParty,
    devices::{
        DeviceSource,
        agents::AgentProtocol,
        store::{DeviceStore, kept_ms, memory::MemoryDeviceStore},
    },
};
use posture::{Checks, Texts, device::OLDER_AFTER};

use crate::engine::Engine;

pub use agents::{CODES_A_DAY_MAX, CODES_AT_ONCE_MAX, COLLECTOR};
pub use days::{DAYS_KEPT, FleetDay};
pub use deciding::{MERGED_MAX, RulingView, Verdict};
pub use enrich::{DEVICE_STEP, DeviceStep};
pub use erasing::DeviceErasure;
pub use fleet_view::{CheckCount, FleetView, SourceView};
pub use looks::{LOOK_LIFE, Look};
pub use mine::NOTE_BYTES_MAX;
pub use posture::{
    Currency, Grade, MergeRules, State,
    device::Filters,
    evaluate::Choice,
    exemption::{ExemptionState, LENGTH_MAX as EXEMPTION_MAX, REASON_BYTES_MAX},
    identity::JunkRules,
    merge::{Trust, Trusts},
    track::{Mending, SNOOZE_MAX},
};
pub use raise::SOURCE;
pub use receive::{LeftOut, Received, Stepped, Sweeping};
pub use settle::Settled;
pub use staff::{Forecast, LIST_MAX, ListQuery, Listed, Page, Review, Suspicion, ToJudge};
pub use trend::{Trend, TrendDay};
pub use view::{
    DeviceView, ExemptionView, FactView, MyDevices, NextStep, OwnerView, RecordView, Said,
};
pub use view_check::{CheckView, HistoryView};

/// What devices are joined from.
pub struct FleetParts {
    /// Where they are kept.
    pub store: Arc<dyn DeviceStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bits.
    pub entropy: Arc<dyn Entropy>,
    /// Who works here.
    pub directory: Arc<dyn Directory>,
    /// `[devices.NAME]` that are asked.
    pub sources: BTreeMap<String, Arc<dyn DeviceSource>>,
    /// `[devices.NAME]` whose agents speak with us, and our collector.
    pub agents: BTreeMap<String, Arc<dyn AgentProtocol>>,
    /// `[devices.NAME]` that send.
    pub senders: BTreeSet<String>,
    /// `[compliance.NAME]`.
    pub parties: BTreeMap<String, Arc<dyn RelyingParty>>,
    /// The checks and their words.
    pub content: PostureContent,
    /// What is known of operating systems.
    pub currency: Currency,
    /// What is set.
    pub settings: FleetSettings,
}

/// Checks and their words, in force together.
pub struct PostureContent {
    /// The checks.
    pub checks: Checks,
    /// Their words.
    pub texts: Texts,
}

/// What the configuration sets for devices.
pub struct FleetSettings {
    /// How records come together.
    pub rules: MergeRules,
    /// Which records are no devices of people.
    pub filters: Filters,
    /// Which of several observations counts.
    pub choice: Choice,
    /// How long a device that nobody heard from stays among the others.
    pub older_after: Span,
    /// The language of alerts.
    pub language: String,
}

/// Devices, without an engine. Cheap to clone.
#[derive(Clone)]
pub struct Fleet(Arc<Joined>);

pub(crate) struct Joined {
    pub(crate) store: Arc<dyn DeviceStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) sources: BTreeMap<String, Arc<dyn DeviceSource>>,
    pub(crate) agents: BTreeMap<String, Arc<dyn AgentProtocol>>,
    pub(crate) senders: BTreeSet<String>,
    pub(crate) parties: BTreeMap<String, Arc<dyn RelyingParty>>,
    pub(crate) content: ArcSwap<PostureContent>,
    pub(crate) currency: ArcSwap<Currency>,
    pub(crate) settings: FleetSettings,
    /// One change at a time: two would only refuse each other.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// One decision of a person at a time, from its look to its end.
    pub(crate) deciding: tokio::sync::Mutex<()>,
    /// Records that are no devices of people, by source.
    pub(crate) left_out: Mutex<BTreeMap<String, LeftOut>>,
}

/// Devices and the engine beside them. Cheap to clone.
#[derive(Clone)]
pub struct Posture {
    pub(crate) engine: Engine,
    pub(crate) fleet: Fleet,
}

impl Fleet {
    /// Devices over these parts. Nothing happens by itself.
    #[must_use]
    pub fn new(parts: FleetParts) -> Self {
        Self(Arc::new(Joined {
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            directory: parts.directory,
            sources: parts.sources,
            agents: parts.agents,
            senders: parts.senders,
            parties: parts.parties,
            content: ArcSwap::from_pointee(parts.content),
            currency: ArcSwap::from_pointee(parts.currency),
            settings: parts.settings,
            turn: tokio::sync::Mutex::default(),
            deciding: tokio::sync::Mutex::default(),
            left_out: Mutex::default(),
        }))
    }

    /// Puts other checks and words in force. Devices are judged by them as they fall due.
    pub fn reload(&self, content: PostureContent) {
        self.0.content.store(Arc::new(content));
    }

    /// Puts other knowledge of operating systems in force.
    pub fn set_currency(&self, currency: Currency) {
        self.0.currency.store(Arc::new(currency));
    }

    /// What is known of operating systems.
    #[must_use]
    pub fn currency(&self) -> Arc<Currency> {
        self.0.currency.load_full()
    }

    /// Where devices are kept.
    #[must_use]
    pub fn store(&self) -> &dyn DeviceStore {
        &*self.0.store
    }

    /// Now, as precisely as the store keeps it: what is read now is then not older than now.
    pub(crate) fn now(&self) -> Timestamp {
        kept_ms(self.0.clock.now())
    }
}

impl Posture {
    /// The devices of a fleet, with the engine that takes its alerts and keeps its audit trail.
    #[must_use]
    pub fn new(engine: Engine, fleet: Fleet) -> Self {
        Self { engine, fleet }
    }

    /// No devices at all, in memory: for a server that keeps none, and for tests of others.
    #[must_use]
    pub fn without_devices(engine: Engine) -> Self {
        let fleet = Fleet::new(FleetParts {
            store: Arc::new(MemoryDeviceStore::new()),
            clock: Arc::clone(&engine.parts.clock),
            entropy: Arc::clone(&engine.parts.entropy),
            directory: Arc::clone(&engine.parts.directory),
            sources: BTreeMap::new(),
            agents: BTreeMap::new(),
            senders: BTreeSet::new(),
            parties: BTreeMap::new(),
            content: PostureContent::shipped(),
            currency: Currency::default(),
            settings: FleetSettings::default(),
        });
        Self::new(engine, fleet)
    }

    /// The devices alone.
    #[must_use]
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.fleet.now()
    }
}

impl PostureContent {
    /// What ships, alone.
    #[must_use]
    pub fn shipped() -> Self {
        Self { checks: Checks::shipped(), texts: Texts::shipped() }
    }

    /// Reads files of checks and of directions, each a name and its text, over what ships, and
    /// tells what is wrong. A test of a check that fails is a problem too.
    #[must_use]
    pub fn load(
        checks: &[(String, String)],
        directions: &[(String, String)],
    ) -> (Self, Vec<String>) {
        let (own, wrong) = Checks::load(checks);
        let (texts, more) = Texts::load(directions);
        let mut problems: Vec<String> =
            wrong.iter().chain(&more).map(ToString::to_string).collect();
        for result in Checks::run_tests(checks).into_iter().filter(|result| !result.is_passed()) {
            let (file, test, why) = (&result.file, &result.test, result.failures.join("; "));
            problems.push(format!("{file}: the test `{test}` fails: {why}"));
        }
        (Self { checks: own, texts }, problems)
    }
}

impl Default for PostureContent {
    fn default() -> Self {
        Self::shipped()
    }
}

impl Default for FleetSettings {
    fn default() -> Self {
        Self {
            rules: MergeRules::default(),
            filters: Filters::default(),
            choice: Choice::default(),
            older_after: OLDER_AFTER,
            language: "en".to_owned(),
        }
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("sources", &self.0.sources.keys()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Posture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fleet.fmt(f)
    }
}
