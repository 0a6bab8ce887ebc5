//! A small company over the fakes, with verifiers that do as they are told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use casework::{
    catalog::Catalog,
    policy::{Files, Policies},
};
use model::{DeliveryId, FactorId, Method, Person, PersonId, Span, Timestamp};
use ports::{
    Clock as _, Failure,
    chat::Chat,
    clock::ManualClock,
    directory::ListDirectory,
    entropy::SeededEntropy,
    identity::{IdentityProvider, fake::FakeIdentityProvider},
    seal::OpenSeal,
    store::{Commit, JournalEntry, RecordOp, Store, memory::MemoryStore},
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Proven, Verdict, Verifier},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::mute::Mute;
use crate::{
    Engine, Parts, Settings,
    people::{Authority, LinkKind, NewSession, StepUpOutcome, Viewer},
    tests::world::URL,
};

pub(super) const CHAT: &str = "talk";
pub(super) const WINDOW: Span = Span::hours(72);
pub(super) const MIA: &str = "mia@example.com";
pub(super) const ANA: &str = "ana@example.com";
pub(super) const ADA: &str = "ada@example.com";
pub(super) const BOB: &str = "bob@example.com";
pub(super) const GONE: &str = "gone@example.com";

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) store: MemoryStore,
    pub(super) clock: ManualClock,
    pub(super) remote: Arc<Told>,
    pub(super) provider: Arc<FakeIdentityProvider>,
}

impl World {
    /// Mia is nobody special, Ana an analyst, Ada and Bob administrators, and one has left.
    pub(super) fn new() -> Self {
        let store = MemoryStore::new();
        Self::over(store.clone(), Arc::new(store))
    }

    /// The same over another front of that store.
    pub(super) fn over(store: MemoryStore, front: Arc<dyn Store>) -> Self {
        let clock = ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"));
        let remote = Arc::new(Told::by(Method::Duo));
        let provider = Arc::new(FakeIdentityProvider::default());
        let parts = Parts {
            store: front,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
            seal: Arc::new(OpenSeal),
            directory: Arc::new(ListDirectory::new([
                person(1, MIA, &[], true),
                person(2, ANA, &["security"], true),
                person(3, ADA, &["security", "it"], true),
                person(4, BOB, &["it"], true),
                person(5, GONE, &["it"], false),
            ])),
            chats: vec![(CHAT.to_owned(), Arc::new(Mute) as Arc<dyn Chat>)],
            pagers: BTreeMap::new(),
            responders: BTreeMap::new(),
            enrichers: BTreeMap::new(),
            writebacks: BTreeMap::new(),
            playbooks: BTreeMap::new(),
            identity: Some(Arc::clone(&provider) as Arc<dyn IdentityProvider>),
            verifiers: BTreeMap::from([
                (Method::Passkey, Arc::new(Told::by(Method::Passkey)) as Arc<dyn Verifier>),
                (Method::Totp, Arc::new(Told::by(Method::Totp)) as Arc<dyn Verifier>),
                (Method::Duo, Arc::clone(&remote) as Arc<dyn Verifier>),
            ]),
            policies: Policies::load(&Files::default(), &Catalog::default()).0,
            templates: crate::render::Templates::default(),
            settings: settings(),
        };
        Self { engine: Engine::new(parts), store, clock, remote, provider }
    }

    pub(super) fn person(&self, email: &str) -> Arc<Person> {
        self.engine.parts.directory.find(email).expect("works here")
    }

    pub(super) async fn link(&self, email: &str, kind: LinkKind) -> String {
        let url = self.engine.create_link(Authority::Host, email, kind).await.expect("made");
        token_of(&url)
    }

    pub(super) async fn redeemed(&self, email: &str, kind: LinkKind) -> NewSession {
        let token = self.link(email, kind).await;
        self.engine.redeem_link(&token).await.expect("redeemed")
    }

    pub(super) async fn viewer_of(&self, session: &NewSession) -> Option<Viewer> {
        self.engine.viewer(session.token.expose_secret()).await.expect("readable")
    }

    /// A viewer signed in by a link.
    pub(super) async fn signed_in(&self, email: &str) -> SignedIn<'_> {
        let session = self.redeemed(email, LinkKind::SignIn).await;
        SignedIn { world: self, session }
    }

    /// A viewer signed in by a link who may enrol a first factor.
    pub(super) async fn invited(&self, email: &str) -> SignedIn<'_> {
        let session = self.redeemed(email, LinkKind::Enrol).await;
        SignedIn { world: self, session }
    }

    /// Puts a factor in the store, as old as is said.
    pub(super) async fn factor(
        &self,
        email: &str,
        method: Method,
        age: Span,
        by: &str,
    ) -> FactorId {
        let now = self.clock.now();
        let factor = Factor {
            id: FactorId::from_parts(now, self.engine.parts.entropy.bits()),
            person: self.person(email).id,
            method,
            label: "mine".to_owned(),
            created_at: Some(age.before(now)),
            authorised_by: by.to_owned(),
            material: b"material".to_vec(),
            counter: 0,
            is_external: false,
        };
        let records = vec![RecordOp::Put(self.engine.factor_record(&factor))];
        self.store.commit(Commit { records, ..Commit::default() }).await.expect("stored");
        factor.id
    }

    /// A factor that is independent of anything that happens now.
    pub(super) async fn old_factor(&self, email: &str, method: Method) -> FactorId {
        self.factor(email, method, Span::days(30), "link:host").await
    }

    pub(super) async fn factor_ids(&self, email: &str) -> Vec<FactorId> {
        let held = self.engine.factors_of(&self.person(email)).await.expect("readable");
        held.into_iter().map(|held| held.factor.id).collect()
    }

    /// What the audit trail holds that belongs to no case.
    pub(super) async fn audit(&self) -> Vec<JournalEntry> {
        self.store.journal(None, 0, 1_000).await.expect("readable")
    }

    pub(super) async fn audit_kinds(&self) -> Vec<String> {
        self.audit().await.into_iter().map(|entry| entry.kind).collect()
    }
}

/// A browser.
pub(super) struct SignedIn<'w> {
    world: &'w World,
    pub(super) session: NewSession,
}

impl<'w> SignedIn<'w> {
    pub(super) fn of(world: &'w World, session: NewSession) -> Self {
        Self { world, session }
    }

    /// As of a request made now.
    pub(super) async fn now(&self) -> Viewer {
        self.world.viewer_of(&self.session).await.expect("signed in")
    }

    pub(super) async fn is_over(&self) -> bool {
        self.world.viewer_of(&self.session).await.is_none()
    }

    /// Steps up with a factor, and says what came of it.
    pub(super) async fn prove(&self, method: Method, factor: FactorId, counter: u64) -> bool {
        let engine = &self.world.engine;
        let viewer = self.now().await;
        let Ok(begun) = engine.begin_step_up(&viewer, method, None).await else { return false };
        let response = response(factor, counter);
        let done = engine.finish_step_up(&viewer, begun.challenge, Some(&response)).await;
        done == Ok(StepUpOutcome::Proven)
    }

    /// Enrols a factor in two requests.
    pub(super) async fn enrol(
        &self,
        method: Method,
    ) -> Result<FactorId, crate::engine::EngineError> {
        let engine = &self.world.engine;
        engine.begin_enrolment(&self.now().await, method).await?;
        engine.finish_enrolment(&self.now().await, method, "right", None).await
    }

    /// The latest change of this person's factors.
    pub(super) async fn last_change(&self) -> DeliveryId {
        let changes = self.world.engine.factor_changes(&self.now().await).await.expect("readable");
        changes.first().expect("a change").id
    }
}

/// What proves this factor to a [`Told`].
pub(super) fn response(factor: FactorId, counter: u64) -> String {
    format!("{factor}:{counter}")
}

pub(super) fn token_of(url: &SecretString) -> String {
    let url = url.expose_secret();
    url.strip_prefix(&format!("{URL}/signin/link/")).expect("on our pages").to_owned()
}

/// A verifier that takes `FACTOR:COUNTER` for a proof, each counter once; the remote one says what
/// it was told to say.
pub(super) struct Told {
    method: Method,
    verdict: Mutex<Verdict>,
    is_down: AtomicBool,
}

impl Told {
    fn by(method: Method) -> Self {
        Self { method, verdict: Mutex::new(Verdict::Waiting), is_down: AtomicBool::new(false) }
    }

    /// The remote one cannot be asked for now, or can again.
    pub(super) fn go_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    pub(super) fn say(&self, verdict: Verdict) {
        *self.verdict.lock().expect("whole") = verdict;
    }

    fn read(&self, request: &ChallengeRequest<'_>, response: &str) -> Option<Proven> {
        let (id, counter) = response.split_once(':')?;
        let (id, counter): (FactorId, u64) = (id.parse().ok()?, counter.parse().ok()?);
        let factor = request.factors.iter().find(|factor| factor.id == id)?;
        (factor.method == self.method && counter > factor.counter).then_some(Proven {
            factor: Some(id),
            provider_device: None,
            counter: Some(counter),
            material: None,
        })
    }
}

#[async_trait]
impl Verifier for Told {
    fn method(&self) -> Method {
        self.method
    }
    fn is_local(&self) -> bool {
        !self.method.is_remote()
    }
    async fn begin(&self, request: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        let state = request.challenge.to_string().into_bytes();
        let ids: Vec<_> = request.factors.iter().map(|factor| factor.id.to_string()).collect();
        Ok(Begun { state, options: Some(serde_json::json!({ "allow": ids })), code: None })
    }
    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        state: &[u8],
        response: Option<&str>,
        _now: Timestamp,
    ) -> Result<Verdict, Failure> {
        if state != request.challenge.to_string().as_bytes() {
            return Ok(Verdict::NotEvidence("another ceremony's".to_owned()));
        }
        match response {
            Some(response) => {
                Ok(self.read(request, response).map_or(Verdict::Wrong, Verdict::Proven))
            }
            None if self.is_down.load(Ordering::Relaxed) => Err(Failure::retry("503")),
            None => Ok(self.verdict.lock().expect("whole").clone()),
        }
    }
    fn begin_enrolment(&self, _: &Person, _: &[Factor]) -> Option<Result<Begun, Failure>> {
        let options = Some(serde_json::json!({ "secret": "shown" }));
        self.is_local().then(|| Ok(Begun { state: b"begun".to_vec(), options, code: None }))
    }
    fn finish_enrolment(
        &self,
        _: &Person,
        _: &[u8],
        response: &str,
        _: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        let label = "A factor".to_owned();
        match response {
            "right" => Ok(Enrolled { material: b"new".to_vec(), counter: 0, label }),
            _ => Err(Verdict::Wrong),
        }
    }
    fn decoy(&self, seed: &[u8; 32]) -> Option<serde_json::Value> {
        let id = FactorId::from_digest(u128::from(seed[0]));
        Some(serde_json::json!({ "allow": [id.to_string()] }))
    }
    async fn is_available(&self, _: &Person, _: &[Factor]) -> Result<bool, Failure> {
        Ok(true)
    }
}

fn person(number: u128, email: &str, groups: &[&str], active: bool) -> Person {
    Person {
        id: PersonId::from_digest(number),
        subject: format!("subject-{number}").into(),
        email: email.into(),
        name: "Some Body".into(),
        time_zone: None,
        language: None,
        manager: None,
        groups: groups.iter().map(ToString::to_string).collect(),
        privileged: false,
        chat: BTreeMap::from([(CHAT.to_owned(), email.to_uppercase())]),
        aliases: Vec::new(),
        away: Vec::new(),
        active,
    }
}

/// Two groups of the directory and two of the identity provider's make roles.
fn settings() -> Settings {
    let one = |group: &str| vec![group.to_owned()];
    Settings {
        reporters: Vec::new(),
        analyst_groups: one("security"),
        admin_groups: one("it"),
        provider_analysts: one("soc"),
        provider_admins: one("soc-leads"),
        ..crate::tests::world::settings()
    }
}
