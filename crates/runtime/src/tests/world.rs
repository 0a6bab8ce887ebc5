//! A company of three over the fakes. No executor but one that polls: nothing in the engine needs
//! another.

mod parts;

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    Case, case,
    policy::{Files, Policies},
};
use futures::FutureExt as _;
use model::{
    Answer, CaseId, ChallengeId, FactValue, FactorId, Facts, Method, Person, PersonId, Severity,
    Span, StateName, Timestamp,
};
use ports::{
    Clock,
    chat::{Chat, Question, Receipt, fake::FakeChat},
    clock::ManualClock,
    directory::ListDirectory,
    entropy::SeededEntropy,
    outcome::{WriteBack, fake::FakeWriteBack},
    pager::{Pager, fake::FakePager},
    responder::{Responder, fake::FakeResponder},
    source::AlertDraft,
    store::{Commit, Record, RecordOp, Space, Store, memory::MemoryStore},
    verifier::{Factor, Verifier, fake::FakeVerifier},
};

use crate::{Engine, Escalation, Parts, Settings, Templates};
pub(crate) use parts::settings;
use parts::{nothing, person, totp};

pub(crate) const URL: &str = "https://countersign.example.com";
pub(crate) const MIA: &str = "mia@example.com";
pub(crate) const ANA: &str = "ana@example.com";
pub(crate) const GONE: &str = "gone@example.com";
pub(crate) const SESSION: &str = "the hash of a session";
const WINDOW: Span = Span::hours(72);
/// Steps after which something must have come to rest.
const PATIENCE: usize = 200;

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ManualClock,
    pub(crate) chat: Arc<FakeChat>,
    pub(crate) other_chat: Arc<FakeChat>,
    pub(crate) pager: Arc<FakePager>,
    /// A second target of escalation, where a test names one.
    pub(crate) boss: Option<Arc<FakePager>>,
    pub(crate) duo: Arc<FakeVerifier>,
    pub(crate) written: Arc<FakeWriteBack>,
    pub(crate) idp: Arc<FakeResponder>,
    served_clock: Arc<dyn Clock>,
    spare: Arc<dyn Chat>,
    people: Vec<Person>,
    factors: Vec<(PersonId, Vec<Factor>)>,
    settings: Settings,
    starts: u64,
}

impl World {
    /// Mia and Ana work here and can be asked in `talk`, then `spare`; Mia has an authenticator.
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        let clock = ManualClock::at(Timestamp::from_second(1_795_000_000).expect("in range"));
        let mia = person(1, MIA, true);
        let old = Span::days(30).before(clock.now());
        let (chat, other_chat) = (Arc::new(FakeChat::new()), Arc::new(FakeChat::new()));
        let duo = Arc::new(FakeVerifier::of(Method::Duo));
        duo.be_absent();
        let factors = vec![(mia.id, vec![totp(mia.id, 1, old)])];
        let mut world = Self {
            engine: Engine::new(nothing(&store, &clock)),
            store,
            served_clock: Arc::new(clock.clone()),
            clock,
            chat,
            spare: Arc::clone(&other_chat) as Arc<dyn Chat>,
            other_chat,
            pager: Arc::new(FakePager::new()),
            boss: None,
            duo,
            written: Arc::new(FakeWriteBack::default()),
            idp: Arc::new(FakeResponder::new()),
            people: vec![mia, person(2, ANA, true), person(3, GONE, false)],
            factors,
            settings: settings(),
            starts: 0,
        };
        world.restart();
        world.sign_in(SESSION);
        world
    }

    /// Somebody of this session is signed in.
    fn sign_in(&self, session: &str) {
        let record = Record {
            space: Space::Session,
            key: session.to_owned(),
            owner: Some(self.id(MIA)),
            value: Vec::new(),
            expires_at: None,
        };
        let commit = Commit { records: vec![RecordOp::Put(record)], ..Commit::default() };
        let done = self.store.commit(commit).now_or_never().expect("a store in memory is at once");
        done.expect("stored");
    }

    /// Another server over the same store, as after a kill.
    pub(crate) fn restart(&mut self) {
        self.starts += 1;
        let mut directory = ListDirectory::new(self.people.clone());
        for (person, factors) in &self.factors {
            directory = directory.with_factors(*person, factors.clone());
        }
        let totp = Arc::new(FakeVerifier::of(Method::Totp));
        self.engine = Engine::new(Parts {
            clock: Arc::clone(&self.served_clock),
            entropy: Arc::new(SeededEntropy::new(self.starts)),
            directory: Arc::new(directory),
            chats: vec![
                ("talk".to_owned(), Arc::clone(&self.chat) as Arc<dyn Chat>),
                ("spare".to_owned(), Arc::clone(&self.spare)),
            ],
            pagers: self.pagers(),
            responders: BTreeMap::from([(
                "idp".to_owned(),
                Arc::clone(&self.idp) as Arc<dyn Responder>,
            )]),
            enrichers: BTreeMap::new(),
            writebacks: BTreeMap::from([(
                "siem".to_owned(),
                Arc::clone(&self.written) as Arc<dyn WriteBack>,
            )]),
            playbooks: BTreeMap::new(),
            verifiers: BTreeMap::from([
                (Method::Totp, totp as Arc<dyn Verifier>),
                (Method::Duo, Arc::clone(&self.duo) as Arc<dyn Verifier>),
            ]),
            settings: self.settings.clone(),
            ..nothing(&self.store, &self.clock)
        });
    }

    fn pagers(&self) -> BTreeMap<String, Arc<dyn Pager>> {
        let pd = ("pd".to_owned(), Arc::clone(&self.pager) as Arc<dyn Pager>);
        let boss = self.boss.iter().map(|boss| ("boss".to_owned(), Arc::clone(boss) as _));
        [pd].into_iter().chain(boss).collect()
    }

    /// The same with a second target, which is paged ten minutes after the first.
    pub(crate) fn with_ladder(mut self) -> Self {
        self.boss = Some(Arc::new(FakePager::new()));
        self.with_settings(|settings| {
            let steps = vec![vec!["pd".to_owned()], vec!["boss".to_owned()]];
            let waits = vec![Span::minutes(10)];
            settings.escalation = Escalation { steps, waits, resume_after: None };
        })
    }

    /// The same with other settings.
    pub(crate) fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.restart();
        self
    }

    /// The same by another clock.
    pub(crate) fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        // Factors are as old as before, by either clock.
        self.served_clock = clock;
        self.restart();
        self
    }

    /// The same with another second chat.
    pub(crate) fn with_spare(mut self, chat: Arc<dyn Chat>) -> Self {
        self.spare = chat;
        self.restart();
        self
    }

    /// The same with a change in the directory.
    pub(crate) fn change_person(&mut self, email: &str, change: impl FnOnce(&mut Person)) {
        let person = self.people.iter_mut().find(|person| person.email.reveal() == email);
        change(person.expect("works here"));
        self.restart();
    }

    /// The same with another authenticator for Mia, of this age.
    pub(crate) fn with_factor_of_age(mut self, age: Span) -> Self {
        let mia = self.id(MIA);
        self.factors = vec![(mia, vec![totp(mia, 1, age.before(self.clock.now()))])];
        self.restart();
        self
    }

    pub(crate) fn id(&self, email: &str) -> PersonId {
        self.people.iter().find(|person| person.email.reveal() == email).expect("works here").id
    }

    pub(crate) fn factor(&self) -> FactorId {
        self.factors[0].1[0].id
    }

    /// Puts these policies in force, which may name what is configured here.
    pub(crate) fn with_policy(self, text: &str) -> Self {
        let policies = vec![("p.yml".to_owned(), text.to_owned())];
        self.with_files(&Files { policies, ..Files::default() })
    }

    /// Puts these files in force.
    pub(crate) fn with_files(self, files: &Files) -> Self {
        let (policies, problems) = Policies::load(files, &self.engine.catalog());
        assert_eq!(problems, []);
        self.engine.reload(policies, BTreeMap::new(), Templates::default());
        self
    }

    /// Takes one alert, and returns its case.
    pub(crate) async fn accept(&self, draft: AlertDraft) -> CaseId {
        let accepted = self.engine.accept("siem", vec![Ok(draft)]).await.expect("taken");
        accepted.alerts[0].case
    }

    /// Carries out everything that is due.
    pub(crate) async fn settle(&self) {
        for _ in 0..PATIENCE {
            let mut done = self.engine.run_timers_once().await.expect("readable");
            for lane in self.engine.lanes() {
                done += self.engine.run_lane_once(&lane).await.expect("readable");
            }
            if done == 0 {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Lets time pass in steps, with everything carried out after each.
    pub(crate) async fn pass(&self, span: Span) {
        const STEPS: u64 = 20;
        for _ in 0..STEPS {
            self.clock.advance(Span::seconds(span.as_seconds() / STEPS));
            self.settle().await;
        }
    }

    pub(crate) async fn case(&self, id: CaseId) -> Case {
        self.engine.case(id).await.expect("it is there")
    }

    pub(crate) async fn state(&self, id: CaseId) -> (StateName, Option<model::Reason>) {
        let case = self.case(id).await;
        (case.state_name(), case.reason())
    }

    /// An alert about Mia, asked.
    pub(crate) async fn asked(&self) -> (CaseId, Question, Receipt) {
        let case = self.accept(alert(MIA, "usual", "203.0.113.7")).await;
        self.settle().await;
        let (question, receipt) = self.chat.questions().pop().expect("asked");
        (case, question, receipt)
    }

    /// Mia presses a button of a question.
    pub(crate) async fn press(&self, question: &Question, at: &Receipt, answer: Answer) -> u16 {
        let event = format!("{answer} {}", at.message);
        let call = FakeChat::press("U-mia", at, token_of(question, answer), &event);
        self.engine.chat_call("talk", call).await.status
    }

    /// Mia says it was her, on the page.
    pub(crate) async fn claim(&self, case: CaseId) -> Case {
        let revision = self.case(case).await.revision;
        let claimed = self.engine.answer(self.id(MIA), case, Answer::Me, revision, None).await;
        claimed.expect("taken")
    }

    /// Begins a proof by Mia's authenticator.
    pub(crate) async fn challenge(&self, case: CaseId) -> ChallengeId {
        let begun = self.engine.begin_proof(self.id(MIA), case, Method::Totp, SESSION, None).await;
        begun.expect("begun").challenge
    }

    pub(crate) fn right(&self, counter: u64) -> String {
        FakeVerifier::response(self.factor(), counter)
    }

    /// That every rule about stored things holds: replays, the chain.
    pub(crate) async fn check(&self, id: CaseId) {
        let steps = self.engine.steps(id, 0, 1_000).await.expect("readable");
        let replayed = case::replay(steps).expect("replays").expect("a case");
        assert_eq!(replayed, self.case(id).await, "the journal gives the snapshot");
        let chain = ports::audit::verify(&*self.store).await.expect("readable");
        assert!(chain.is_ok(), "{chain:?}");
    }
}

pub(crate) fn token_of(question: &Question, answer: Answer) -> &str {
    let button = question.buttons.iter().find(|button| button.answer == answer);
    &button.expect("a button").token
}

/// An alert with an id of its own, made from what it says.
pub(crate) fn alert(person: &str, rule: &str, ip: &str) -> AlertDraft {
    AlertDraft {
        external_id: Some(format!("{person} {rule} {ip}")),
        rule: rule.to_owned(),
        title: "Sign-in from a new country".to_owned(),
        description: "Okta reported it.".to_owned(),
        severity: Severity::Medium,
        time: None,
        person: Some(person.into()),
        url: Some("https://siem.example.com/a/1".to_owned()),
        facts: Facts::from([("ip".to_owned(), FactValue::from(ip))]),
        problems: Vec::new(),
    }
}

/// Runs a test to its end on the plainest of executors.
pub(crate) fn run(test: impl Future<Output = ()>) {
    futures::executor::block_on(test);
}
