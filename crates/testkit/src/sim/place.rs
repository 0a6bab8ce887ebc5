//! The place where a run happens: what outlives a process (the store, the vendors, the clock), and
//! how a new process is joined from it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use casework::{
    calendar::Calendar,
    catalog::Catalog,
    input::Evidence,
    policy::{Files, Policies},
};
use jiff::{
    civil::{Weekday, date, time},
    tz::TimeZone,
};
use model::{Method, Span, Timestamp};
use ports::{
    chat::Chat, clock::ManualClock, pager::Pager, seal::Seal, store::memory::MemoryStore,
    verifier::Verifier,
};
use runtime::{Engine, Parts, Settings, Templates};

use super::{
    cast::{ANALYSTS, Cast},
    dice::Chance,
    fault::{Disk, FaultyStore},
    vendors::{SimChat, SimPager, SimVerifier, Weather},
    witness::Witness,
};

/// How much older than the event a factor must be.
pub(super) const WINDOW: Span = Span::hours(72);
/// A year of starts, so that runs fall on every change of clocks.
const START_DAYS: usize = 365;
/// The key of answer tokens.
const TOKEN_KEY: [u8; 32] = [7; 32];

/// The policies of the world: each a name and its text. What none of them is for has the shipped
/// default.
const POLICIES: [(&str, &str); 6] = [
    (
        "calm.yml",
        "id: calm\nowner: sim\nmatch: alert.rule == \"calm\"\n\
         ask: { message: generic, deadline: 1h, clock: wall }\n\
         on: { silent: [], unprovable: [], denied: [page] }\n",
    ),
    (
        "earn.yml",
        "id: earn\nowner: sim\nmatch: alert.rule == \"earn\"\n\
         ask: { message: generic, deadline: 3h, clock: wall, reminders: [10m, 1h] }\n\
         on: { verified: [{ suppress: 20h, max_hits: 3, same: [host] }] }\n\
         group: { by: [host], window: 30m }\n",
    ),
    ("hand.yml", "id: hand\nowner: sim\nmatch: alert.rule == \"hand\"\nescalate: true\n"),
    (
        "short.yml",
        "id: short\nowner: sim\nmatch: alert.rule == \"short\"\n\
         ask: { message: generic, deadline: 5m, clock: wall, reminders: [1m, 2m], \
         late_proof: false }\n",
    ),
    (
        "strong.yml",
        "id: strong\nowner: sim\nmatch: alert.rule == \"strong\"\n\
         ask: { message: generic, assurance: phishing_resistant, deadline: 2d, clock: wall, \
         reminders: [1h], comment: required }\n\
         on: { verified: [{ suppress: 2d, max_hits: 2, same: [host, action] }] }\n\
         group: { by: [], window: 2h }\n",
    ),
    (
        "tell.yml",
        "id: tell\nowner: sim\nmatch: alert.rule == \"tell\"\nnotify: { message: notice }\n",
    ),
];

/// The rules of the alerts: one for each policy, and those that the defaults are for.
pub(super) const RULES: [&str; 11] = [
    "calm",
    "calm",
    "earn",
    "earn",
    "earn",
    "hand",
    "short",
    "strong",
    "tell",
    "other",
    "mfa-reset",
];

/// What can go wrong in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing: every message arrives exactly once.
    Clean,
    /// The process dies and the clock jumps.
    Kills,
    /// Everything.
    Stormy,
}

/// What outlives a process.
pub(super) struct Place {
    pub(super) mode: Mode,
    pub(super) chance: Chance,
    pub(super) clock: ManualClock,
    pub(super) store: MemoryStore,
    pub(super) witness: Witness,
    pub(super) disk: Disk,
    pub(super) is_faulty: Arc<AtomicBool>,
    pub(super) chats: Vec<(String, Arc<SimChat>)>,
    pub(super) pagers: BTreeMap<String, Arc<SimPager>>,
    pub(super) verifiers: BTreeMap<Method, Arc<SimVerifier>>,
    settings: Settings,
}

impl Place {
    pub(super) fn new(seed: u64) -> Self {
        let chance = Chance::new(seed);
        let mode = match seed % 4 {
            0 => Mode::Clean,
            1 => Mode::Kills,
            _ => Mode::Stormy,
        };
        let witness = Witness::default();
        let is_faulty = Arc::new(AtomicBool::new(mode == Mode::Stormy));
        let weather = || Weather::new(&chance, &witness, &is_faulty);
        let chat_count = 1 + chance.below(2);
        let chats = ["talk", "chatter"].iter().take(chat_count);
        let chats = chats.map(|name| ((*name).to_owned(), Arc::new(SimChat::new(weather()))));
        let chats: Vec<_> = chats.collect();
        let pager_count = 1 + chance.below(2);
        let pagers = ["pager", "hook"].iter().take(pager_count);
        let pagers = pagers.map(|name| ((*name).to_owned(), Arc::new(SimPager::new(weather()))));
        let pagers = pagers.collect();
        let verifiers = Method::ALL.map(|way| (way, Arc::new(SimVerifier::new(way, weather()))));
        let settings = settings(&chance, &chats);
        let clock = ManualClock::at(start(&chance));
        Self {
            mode,
            clock,
            store: MemoryStore::new(),
            disk: Disk::default(),
            chats,
            pagers,
            verifiers: verifiers.into_iter().collect(),
            settings,
            is_faulty,
            witness,
            chance,
        }
    }

    /// A new process over what the last one left.
    pub(super) fn engine(&self, cast: &Cast) -> Engine {
        let store = FaultyStore {
            inner: self.store.clone(),
            chance: self.chance.clone(),
            witness: self.witness.clone(),
            is_faulty: Arc::clone(&self.is_faulty),
            disk: self.disk.clone(),
        };
        let own = POLICIES.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let (policies, problems) = Policies::load(
            &Files { policies: own.to_vec(), ..Files::default() },
            &Catalog::default(),
        );
        assert!(problems.is_empty(), "the world's policies are good: {problems:?}");
        let chats = self.chats.iter().map(|(name, chat)| {
            let chat: Arc<dyn Chat> = chat.clone();
            (name.clone(), chat)
        });
        let pagers = self.pagers.iter().map(|(name, pager)| {
            let pager: Arc<dyn Pager> = pager.clone();
            (name.clone(), pager)
        });
        let verifiers = self.verifiers.iter().map(|(method, verifier)| {
            let verifier: Arc<dyn Verifier> = verifier.clone();
            (*method, verifier)
        });
        Engine::new(Parts {
            store: Arc::new(store),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.chance.clone()),
            seal: Arc::new(SimSeal),
            directory: Arc::new(cast.directory()),
            chats: chats.collect(),
            pagers: pagers.collect(),
            responders: BTreeMap::new(),
            enrichers: BTreeMap::new(),
            writebacks: BTreeMap::new(),
            playbooks: BTreeMap::new(),
            verifiers: verifiers.collect(),
            policies,
            templates: Templates::default(),
            settings: self.settings.clone(),
        })
    }

    pub(super) fn chat_names(&self) -> Vec<String> {
        self.chats.iter().map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn is_enrolment_guarded(&self) -> bool {
        self.settings.is_enrolment_guarded
    }

    /// Every switch by which something can be out of reach.
    pub(super) fn outages(&self) -> Vec<(String, Arc<AtomicBool>)> {
        let chats = self.chats.iter().map(|(name, chat)| (name.clone(), &chat.weather().is_down));
        let pagers =
            self.pagers.iter().map(|(name, pager)| (name.clone(), &pager.weather().is_down));
        let remote = self.verifiers.iter().filter(|(method, _)| method.is_remote());
        let remote = remote
            .map(|(method, verifier)| (method.name().to_owned(), &verifier.weather().is_down));
        chats.chain(pagers).chain(remote).map(|(name, flag)| (name, Arc::clone(flag))).collect()
    }

    /// Nothing goes wrong any more.
    pub(super) fn calm_down(&self) {
        self.is_faulty.store(false, Ordering::Relaxed);
        self.disk.is_full.store(false, Ordering::Relaxed);
        self.disk.is_low.store(false, Ordering::Relaxed);
        for (_, is_down) in self.outages() {
            is_down.store(false, Ordering::Relaxed);
        }
    }
}

fn start(chance: &Chance) -> Timestamp {
    let first = date(2027, 1, 1).to_zoned(TimeZone::UTC).expect("a date").timestamp();
    let days = Span::days(chance.below(START_DAYS) as u64);
    Span::seconds(chance.below(86_400) as u64).after(days.after(first))
}

fn settings(chance: &Chance, chats: &[(String, Arc<SimChat>)]) -> Settings {
    let days =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let (from, to) = (time(9, 0, 0, 0), time(18, 0, 0, 0));
    let calendar = Calendar::new(days, from, to, TimeZone::UTC, Default::default());
    let has_reports = chance.permille(700);
    let reporters = chats.iter().take(usize::from(has_reports)).map(|(name, _)| name.clone());
    let has_rates = chance.permille(200);
    let rates = chats.iter().take(usize::from(has_rates));
    Settings {
        organisation: "Corp".to_owned(),
        public_url: "https://countersign.corp.example".to_owned(),
        calendar: calendar.expect("a calendar"),
        languages: vec!["en".to_owned()],
        is_observed: chance.permille(40),
        evidence: Evidence { independence_window: WINDOW, attempts: 3, sampled_permille: 0 },
        escalation: Default::default(),
        act_limits: None,
        enrich_deadline: Span::seconds(5),
        event_sources: Default::default(),
        is_enrolment_guarded: chance.permille(700),
        rates: rates.map(|(name, _)| (format!("chat.{name}"), 1)).collect(),
        reporters: reporters.collect(),
        analyst_groups: vec![ANALYSTS.to_owned()],
        admin_groups: Vec::new(),
        disk_reserve_bytes: 1,
        session_life: Span::hours(12),
        analyst_idle: Span::hours(1),
        token_key: TOKEN_KEY,
    }
}

/// Hides what it seals from a reader of the store, which is all that is needed here.
struct SimSeal;

impl Seal for SimSeal {
    fn seal(&self, about: &str, plain: &[u8]) -> Vec<u8> {
        [about.as_bytes(), b"\0", plain].concat().into_iter().map(|byte| !byte).collect()
    }
    fn open(&self, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened: Vec<u8> = sealed.iter().map(|byte| !byte).collect();
        let rest = opened.strip_prefix(about.as_bytes())?;
        rest.strip_prefix(b"\0").map(<[u8]>::to_vec)
    }
}
