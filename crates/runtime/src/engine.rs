//! The engine's parts and settings.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arc_swap::{ArcSwap, Guard};
use casework::{
    calendar::Calendar,
    input::Evidence,
    ledger::guard::Limits,
    playbook::Playbook,
    policy::{Policies, exception::Exceptions},
};
use model::{Method, Span, Timestamp};
use ports::{
    Clock, Directory, Entropy,
    chat::Chat,
    enricher::Enricher,
    identity::IdentityProvider,
    outcome::WriteBack,
    pager::Pager,
    responder::Responder,
    seal::Seal,
    store::{Store, StoreError},
    verifier::Verifier,
};

use crate::{
    ahead::Writes, dead_letters::DeadLetters, disk::DiskWatch, enriching::Knowledge,
    escalation::Escalation, lanes::Lanes, render::Templates, rule_health::Rulings, steps,
    stripes::Stripes, timers::Alarm,
};

/// Everything the engine is joined from.
pub struct Parts {
    /// Where everything durable lives.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bits.
    pub entropy: Arc<dyn Entropy>,
    /// Seals factor material at rest.
    pub seal: Arc<dyn Seal>,
    /// Who works here.
    pub directory: Arc<dyn Directory>,
    /// `[chat.NAME]`, in the order in which people are asked through them.
    pub chats: Vec<(String, Arc<dyn Chat>)>,
    /// `[escalate.NAME]`.
    pub pagers: BTreeMap<String, Arc<dyn Pager>>,
    /// `[verify.NAME]`, one a method.
    pub verifiers: BTreeMap<Method, Arc<dyn Verifier>>,
    /// `[signin.oidc]`.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// `[respond.NAME]`.
    pub responders: BTreeMap<String, Arc<dyn Responder>>,
    /// `[enrich.NAME]`.
    pub enrichers: BTreeMap<String, Arc<dyn Enricher>>,
    /// `[writeback.NAME]`.
    pub writebacks: BTreeMap<String, Arc<dyn WriteBack>>,
    /// The policies in force.
    pub policies: Policies,
    /// The playbooks in force, by id.
    pub playbooks: BTreeMap<String, Arc<Playbook>>,
    /// The texts in force.
    pub templates: Templates,
    /// What is set.
    pub settings: Settings,
}

/// What the configuration sets for the engine.
#[derive(Clone)]
pub struct Settings {
    /// The organisation's name, as people know it.
    pub organisation: String,
    /// Where our pages are, without a trailing slash.
    pub public_url: String,
    /// The organisation's calendar, in its own zone.
    pub calendar: Calendar,
    /// Languages, the first is the default.
    pub languages: Vec<String>,
    /// Record what would be asked; ask and do nothing.
    pub is_observed: bool,
    /// The rules of evidence.
    pub evidence: Evidence,
    /// Whom an incident is brought to, step by step.
    pub escalation: Escalation,
    /// How many automatic actions an hour are let through; by the size of the company when absent.
    pub act_limits: Option<Limits>,
    /// How long a case waits for what is looked up.
    pub enrich_deadline: Span,
    /// Sources of events: the rules that their alerts name are ours.
    pub event_sources: BTreeSet<String>,
    /// Whether Duo guards enrolment itself (R6); else a device is as old as our first record.
    pub is_enrolment_guarded: bool,
    /// At most so many calls a second to a destination, by lane (`chat.slack`); else no limit but
    /// the pauses a destination asks for.
    pub rates: BTreeMap<String, u32>,
    /// Names of chats that carry reports to the security team.
    pub reporters: Vec<String>,
    /// Directory groups whose members are analysts.
    pub analyst_groups: Vec<String>,
    /// Directory groups whose members are administrators.
    pub admin_groups: Vec<String>,
    /// The identity provider's groups whose members are analysts while they are signed in.
    pub provider_analysts: Vec<String>,
    /// The identity provider's groups whose members are administrators while they are signed in.
    pub provider_admins: Vec<String>,
    /// Below this many free bytes new alerts are refused.
    pub disk_reserve_bytes: u64,
    /// How long a signed-in person stays signed in.
    pub session_life: Span,
    /// How long an analyst's session may be idle.
    pub analyst_idle: Span,
    /// The key of answer tokens and forms; lies outside the database.
    pub token_key: [u8; 32],
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) parts: Arc<Joined>,
    pub(crate) inner: Arc<Inner>,
}

/// The parts as the engine holds them: content can be replaced while it runs.
pub(crate) struct Joined {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) seal: Arc<dyn Seal>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) chats: Vec<(String, Arc<dyn Chat>)>,
    pub(crate) pagers: BTreeMap<String, Arc<dyn Pager>>,
    pub(crate) verifiers: BTreeMap<Method, Arc<dyn Verifier>>,
    pub(crate) identity: Option<Arc<dyn IdentityProvider>>,
    pub(crate) responders: BTreeMap<String, Arc<dyn Responder>>,
    pub(crate) enrichers: BTreeMap<String, Arc<dyn Enricher>>,
    pub(crate) writebacks: BTreeMap<String, Arc<dyn WriteBack>>,
    pub(crate) exceptions: ArcSwap<Exceptions>,
    pub(crate) rulings: ArcSwap<Rulings>,
    policies: ArcSwap<Policies>,
    playbooks: ArcSwap<BTreeMap<String, Arc<Playbook>>>,
    templates: ArcSwap<Templates>,
    pub(crate) settings: Settings,
}

/// What the engine keeps in memory: nothing that a restart must not lose.
pub(crate) struct Inner {
    /// One writer at a time for each person, or for a case about nobody known.
    pub(crate) people: Stripes,
    pub(crate) writes: Writes,
    /// Whose turn it is to ask the organisation's guard.
    pub(crate) guard_turn: tokio::sync::Mutex<()>,
    /// Whose turn it is to put what analysts have decided in force: what was read earlier never
    /// comes after what was read later.
    pub(crate) force_turn: tokio::sync::Mutex<()>,
    /// Whose turn it is to add an exception or a ruling: they are counted before one is added, and
    /// of two at once each would find room. One server writes to a store, so that this is enough.
    pub(crate) adding_turn: tokio::sync::Mutex<()>,
    /// Signed requests of sources, by their key: the same one is at work once.
    pub(crate) requests: Stripes,
    pub(crate) knowledge: Knowledge,
    pub(crate) lanes: Lanes,
    pub(crate) alarm: Alarm,
    pub(crate) disk: DiskWatch,
    pub(crate) dead_letters: DeadLetters,
}

impl Engine {
    /// An engine over these parts. It does nothing by itself: [`Engine::run`] carries out what
    /// was decided, or the steps that it is made of, one by one.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let mut enrichers = steps::own(steps::Sources {
            store: Arc::clone(&parts.store),
            clock: Arc::clone(&parts.clock),
            directory: Arc::clone(&parts.directory),
            calendar: parts.settings.calendar.clone(),
        });
        enrichers.extend(parts.enrichers.clone());
        let inner = Inner {
            people: Stripes::new(),
            writes: Writes::new(),
            guard_turn: tokio::sync::Mutex::default(),
            force_turn: tokio::sync::Mutex::default(),
            adding_turn: tokio::sync::Mutex::default(),
            requests: Stripes::new(),
            knowledge: Knowledge::default(),
            lanes: Lanes::of(&parts),
            alarm: Alarm::default(),
            disk: DiskWatch::default(),
            dead_letters: DeadLetters::default(),
        };
        let joined = Joined {
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            seal: parts.seal,
            directory: parts.directory,
            chats: parts.chats,
            pagers: parts.pagers,
            verifiers: parts.verifiers,
            identity: parts.identity,
            responders: parts.responders,
            enrichers,
            writebacks: parts.writebacks,
            exceptions: ArcSwap::from_pointee(Exceptions::default()),
            rulings: ArcSwap::default(),
            policies: ArcSwap::from_pointee(parts.policies),
            playbooks: ArcSwap::from_pointee(parts.playbooks),
            templates: ArcSwap::from_pointee(parts.templates),
            settings: parts.settings,
        };
        Self { parts: Arc::new(joined), inner: Arc::new(inner) }
    }

    /// Puts other content in force. Open cases keep the treatment they were promised.
    pub fn reload(
        &self,
        policies: Policies,
        playbooks: BTreeMap<String, Arc<Playbook>>,
        templates: Templates,
    ) {
        self.parts.policies.store(Arc::new(policies));
        self.parts.playbooks.store(Arc::new(playbooks));
        self.parts.templates.store(Arc::new(templates));
    }

    pub(crate) fn policies(&self) -> Guard<Arc<Policies>> {
        self.parts.policies.load()
    }

    /// The playbooks in force.
    #[must_use]
    pub fn playbooks(&self) -> BTreeMap<String, Arc<Playbook>> {
        (**self.parts.playbooks.load()).clone()
    }

    pub(crate) fn templates(&self) -> Guard<Arc<Templates>> {
        self.parts.templates.load()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

/// Why the engine did not do what was asked. Each has one HTTP meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// There is no such thing, or it is not this person's.
    #[error("not found")]
    NotFound,
    /// The core refuses; why.
    #[error(transparent)]
    Refused(#[from] casework::case::Refusal),
    /// The caller lacks the right.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// The right is there, the fresh proof for it is not: send them to `/me/prove`.
    #[error("a fresh proof is required")]
    ProofRequired,
    /// Too many tries: later.
    #[error("too many tries, try again in an hour")]
    Limited,
    /// What was sent does not hold together.
    #[error("not valid: {0}")]
    Invalid(String),
    /// Overloaded or out of disk: try again later.
    #[error("not now: {0}")]
    Unavailable(String),
    /// Something outside failed.
    #[error(transparent)]
    Outside(#[from] ports::Failure),
}

impl EngineError {
    /// Others were first, again and again.
    pub(crate) fn crowded() -> Self {
        Self::Unavailable("too much at once, try again".to_owned())
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Damaged(_)) {
            tracing::error!(%error, "the store failed");
        }
        match error {
            StoreError::Gone => Self::NotFound,
            StoreError::Conflict => Self::crowded(),
            StoreError::Full => Self::Unavailable("the disk is full".to_owned()),
            StoreError::Unavailable(_) => Self::Unavailable("the store is busy".to_owned()),
            StoreError::Damaged(_) => Self::Unavailable("the store is damaged".to_owned()),
        }
    }
}
