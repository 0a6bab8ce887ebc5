//! The place where a run happens: what outlives a process (the store, the vendors, the clock), and
//! how a new process is joined from it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use casework::{calendar::Calendar, catalog::Catalog, input::Evidence, ledger::guard::Limits};
use jiff::{
    civil::{Weekday, date, time},
    tz::TimeZone,
};
use model::{Method, Span, Timestamp};
use ports::{
    chat::Chat, clock::ManualClock, enricher::Enricher, outcome::WriteBack, pager::Pager,
    responder::Responder, seal::Seal, store::memory::MemoryStore, verifier::Verifier,
};
use runtime::{Engine, Escalation, Parts, Settings, Templates, acting};

use super::{
    cast::{ANALYSTS, Cast},
    content,
    dice::Chance,
    fault::{Disk, FaultyStore},
    vendors::{SimChat, SimEnricher, SimPager, SimResponder, SimVerifier, SimWriteBack, Weather},
    witness::Witness,
};

/// How much older than the event a factor must be.
pub(super) const WINDOW: Span = Span::hours(72);
/// A year of starts, so that runs fall on every change of clocks.
const START_DAYS: usize = 365;
/// The key of answer tokens.
const TOKEN_KEY: [u8; 32] = [7; 32];

/// The systems that are acted on, and what can be done there.
const RESPONDERS: [(&str, &[&str]); 2] =
    [("idp", &["end_sessions", "suspend", "revoke"]), ("edge", &["block"])];
/// The steps of enrichment, and whether each answers from memory.
const ENRICHERS: [(&str, bool); 2] = [("geo", true), ("intel", false)];
/// A breaker that a run meets.
const FEW_ACTS: Limits = Limits { per_hour: 3, per_hour_of_action: 2 };

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
    pub(super) responders: BTreeMap<String, Arc<SimResponder>>,
    enrichers: BTreeMap<String, Arc<SimEnricher>>,
    pub(super) siem: Arc<SimWriteBack>,
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
        let pagers: BTreeMap<_, _> = pagers.collect();
        let verifiers = Method::ALL.map(|way| (way, Arc::new(SimVerifier::new(way, weather()))));
        let has_ladder = pagers.len() > 1 && chance.permille(500);
        let escalation = if has_ladder { ladder(&chance) } else { Escalation::default() };
        let settings = Settings { escalation, ..settings(&chance, &chats) };
        let clock = ManualClock::at(start(&chance));
        let store = MemoryStore::new();
        let responders = RESPONDERS.map(|(name, actions)| {
            let responder = SimResponder::new(weather(), &clock, &store, actions);
            (name.to_owned(), Arc::new(responder))
        });
        let enrichers = ENRICHERS.map(|(name, is_local)| {
            (name.to_owned(), Arc::new(SimEnricher::new(weather(), &clock, is_local)))
        });
        Self {
            mode,
            clock,
            store,
            responders: responders.into_iter().collect(),
            enrichers: enrichers.into_iter().collect(),
            siem: Arc::new(SimWriteBack::new(weather())),
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
        let responders = self.responders.iter().map(|(name, responder)| {
            let responder: Arc<dyn Responder> = responder.clone();
            (name.clone(), responder)
        });
        let enrichers = self.enrichers.iter().map(|(name, enricher)| {
            let enricher: Arc<dyn Enricher> = enricher.clone();
            (name.clone(), enricher)
        });
        let (responders, enrichers) = (responders.collect(), enrichers.collect());
        let catalog = acting::catalog(&responders, &enrichers);
        let catalog = Catalog { playbooks: content::playbooks(&catalog), ..catalog };
        Engine::new(Parts {
            store: Arc::new(store),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.chance.clone()),
            seal: Arc::new(SimSeal),
            directory: Arc::new(cast.directory()),
            chats: chats.collect(),
            pagers: pagers.collect(),
            responders,
            enrichers,
            writebacks: BTreeMap::from([(
                "siem".to_owned(),
                Arc::clone(&self.siem) as Arc<dyn WriteBack>,
            )]),
            playbooks: catalog.playbooks.clone(),
            identity: None,
            verifiers: verifiers.collect(),
            policies: content::policies(&catalog),
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

    /// How many automatic actions an hour are let through.
    pub(super) fn act_limits(&self) -> Limits {
        self.settings.act_limits.unwrap_or_else(|| Limits::of(0))
    }

    /// Every switch by which something can be out of reach.
    pub(super) fn outages(&self) -> Vec<(String, Arc<AtomicBool>)> {
        let chats = self.chats.iter().map(|(name, chat)| (name.clone(), &chat.weather().is_down));
        let responders = self.responders.iter();
        let responders = responders.map(|(name, it)| (name.clone(), &it.weather().is_down));
        let enrichers = self.enrichers.iter();
        let enrichers = enrichers.map(|(name, it)| (name.clone(), &it.weather().is_down));
        let pagers =
            self.pagers.iter().map(|(name, pager)| (name.clone(), &pager.weather().is_down));
        let remote = self.verifiers.iter().filter(|(method, _)| method.is_remote());
        let remote = remote
            .map(|(method, verifier)| (method.name().to_owned(), &verifier.weather().is_down));
        let all = chats.chain(pagers).chain(remote).chain(responders).chain(enrichers);
        all.map(|(name, flag)| (name, Arc::clone(flag))).collect()
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

/// One target after the other; what somebody has taken is sometimes paged again.
fn ladder(chance: &Chance) -> Escalation {
    let steps = ["pager", "hook"].map(|name| vec![name.to_owned()]).into();
    let resume_after = chance.permille(500).then_some(Span::hours(2));
    Escalation { steps, waits: vec![Span::minutes(10)], resume_after }
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
    let has_few_acts = chance.permille(400);
    Settings {
        organisation: "Corp".to_owned(),
        public_url: "https://countersign.corp.example".to_owned(),
        calendar: calendar.expect("a calendar"),
        languages: vec!["en".to_owned()],
        is_observed: chance.permille(40),
        evidence: Evidence { independence_window: WINDOW, attempts: 3, sampled_permille: 0 },
        escalation: Default::default(),
        act_limits: has_few_acts.then_some(FEW_ACTS),
        enrich_deadline: Span::seconds(5),
        event_sources: Default::default(),
        is_enrolment_guarded: chance.permille(700),
        rates: rates.map(|(name, _)| (format!("chat.{name}"), 1)).collect(),
        reporters: reporters.collect(),
        analyst_groups: vec![ANALYSTS.to_owned()],
        admin_groups: Vec::new(),
        provider_analysts: Vec::new(),
        provider_admins: Vec::new(),
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
