//! Detection of one made-up source over the world of three people.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use casework::{
    Case,
    catalog::Catalog,
    policy::{Files, Policies},
};
use detect::{
    engine::Tally,
    rule::{LoadOptions, Origin as RuleOrigin, RuleFile, Rules},
};
use event::{Actor, ActorKind, Client, Doc, Event, Logsource, Origin, Outcome, Uid, split};
use model::{Answer, CaseId, Problem, Span, Timestamp};
use ports::{
    event_log::{EventLog as _, Position, memory::MemoryLog},
    events::{BodyError, EventMap},
    networks::NoNetworks,
    source::Rejected,
    states::memory::MemoryStates,
    store::{CaseQuery, memory::MemoryStore},
};
use tokio::sync::watch;

use super::super::{
    Detection, EventSource, OWN_SOURCE, Parts, RECORDS_MAX, RuleSet, Settings, Taken,
    pipeline::{Pipeline, Step},
};
use crate::tests::world::World;

/// Records that may wait.
pub(super) const BACKLOG: u64 = 20;
/// Alerts of a rule in shadow that are recorded in a day.
pub(super) const RECORDED: u64 = 12;

const LOG: Logsource = Logsource { product: "vpn", service: "vpn" };

/// Detection at work.
pub(super) struct Rig {
    /// The world's store, which can be told to fail.
    pub(super) front: MemoryStore,
    pub(super) world: World,
    pub(super) log: MemoryLog,
    pub(super) states: MemoryStates,
    pub(super) detection: Detection,
    pipeline: Pipeline,
    is_lenient: Arc<AtomicBool>,
    threads: usize,
    files: Vec<(String, String)>,
    place: Option<u64>,
}

/// Rules that are always in force.
fn rules() -> Vec<(String, String)> {
    let baseline = "baseline: { kind: first_seen, selection: { do: login }, entity: actor.id, \
                    value: source.asn, learn: 1d, forget: 30d, minimum: { events: 2, days: 1 } }";
    let count = "correlation: { type: event_count, rules: [login], group-by: [actor.id], \
                 timespan: 1m, condition: { gte: 4 } }";
    [
        ("export", "detection: { s: { do: export }, condition: s }", "live"),
        ("print", "detection: { s: { do: print }, condition: s }", "shadow"),
        ("login", "detection: { s: { do: knock }, condition: s }", "live"),
        ("burst", count, "live"),
        ("network", baseline, "live"),
    ]
    .map(|(id, body, state)| (format!("{id}.yml"), rule(id, body, state)))
    .to_vec()
}

pub(super) fn rule(id: &str, body: &str, state: &str) -> String {
    let source = if body.starts_with("correlation") { "" } else { "logsource: { product: vpn }\n" };
    format!(
        "title: The rule {id}\nid: {id}\nlevel: medium\n{source}{body}\ncountersign:\n  \
         state: {state}\n  owner: security\n  group: {{ by: [do, source.asn], window: 1h }}\n  \
         ask: {{ message: generic, assurance: possession, deadline: 2h, clock: wall }}\n"
    )
}

/// A record.
pub(super) fn line(id: u64, who: &str, what: &str, asn: u32) -> String {
    format!(r#"{{"id":"{id}","who":"{who}","do":"{what}","asn":{asn}}}"#)
}

impl Rig {
    pub(super) async fn new() -> Self {
        Self::with_threads(1).await
    }

    pub(super) async fn with_threads(threads: usize) -> Self {
        let front = MemoryStore::new();
        let world = World::over(Arc::new(front.clone())).with_settings(|settings| {
            settings.event_sources = ["vpn".to_owned()].into();
        });
        let (log, states) = (MemoryLog::new(), MemoryStates::new());
        let is_lenient = Arc::new(AtomicBool::new(false));
        let files = rules();
        let detection = detection(&world, &log, &states, &is_lenient, threads, &files).await;
        let pipeline = Pipeline::new(Arc::clone(&detection.0));
        let mut rig = Self {
            front,
            world,
            log,
            states,
            detection,
            pipeline,
            is_lenient,
            threads,
            files,
            place: None,
        };
        rig.look_for_verdicts().await;
        rig
    }

    /// Another process over the same disks, as after a kill.
    pub(super) async fn restart(&mut self) {
        self.world.restart();
        let Self { world, log, states, is_lenient, threads, files, .. } = self;
        self.detection = detection(world, log, states, is_lenient, *threads, files).await;
        self.pipeline = Pipeline::new(Arc::clone(&self.detection.0));
        self.place = None;
    }

    /// Saves what was learned.
    pub(super) async fn save(&mut self) {
        self.pipeline.save().await;
    }

    /// Puts further rules in force.
    pub(super) async fn reload(&mut self, more: &[(&str, String)]) {
        self.files.extend(more.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
        let rules = load(&self.world, &self.files);
        self.detection.reload(rules);
        self.drain().await;
    }

    /// From now on records without an action are read.
    pub(super) fn lenient(&self) {
        self.is_lenient.store(true, Ordering::Relaxed);
    }

    pub(super) async fn take(&self, body: &str) -> Taken {
        let body = Bytes::from(body.to_owned());
        self.detection.take("vpn", body, RECORDS_MAX).await.expect("taken")
    }

    /// One step of the pipeline.
    pub(super) async fn step(&mut self) -> bool {
        match self.try_step().await {
            Step::Busy => true,
            Step::Idle => false,
            Step::Stuck => panic!("the fakes always answer"),
        }
    }

    /// One step, where something may not answer.
    pub(super) async fn try_step(&mut self) -> Step {
        let (_stop, stopped) = watch::channel(false);
        self.pipeline.step(&stopped).await
    }

    /// One step that is told to stop before it is done.
    pub(super) async fn last_step(&mut self) -> Step {
        let (_stop, stopped) = watch::channel(true);
        self.pipeline.step(&stopped).await
    }

    /// Steps while it is told to stop, until it gets no further.
    pub(super) async fn step_to_a_stop(&mut self) {
        let (stop, stopped) = watch::channel(true);
        while self.pipeline.step(&stopped).await == Step::Busy {}
        drop(stop);
    }

    /// Evaluates and carries out everything that is there.
    pub(super) async fn drain(&mut self) {
        while self.step().await {}
        self.world.settle().await;
    }

    /// Two days of sign-ins from two networks, so that somebody's networks are known.
    pub(super) async fn learn(&mut self, who: &str) {
        for day in 0..3 {
            for hour in 0..4 {
                let id = 100 + day * 10 + hour;
                self.take(&line(id, who, "login", 64500 + (hour % 2) as u32)).await;
                self.drain().await;
                self.pass(Span::hours(6));
            }
        }
    }

    pub(super) fn pass(&self, span: Span) {
        self.world.clock.advance(span);
    }

    /// Mia answers, and proves it where she says it was her.
    pub(super) async fn answer(&self, case: CaseId, answer: Answer) {
        let (question, receipt) = self.world.chat.questions().pop().expect("asked");
        assert_eq!(self.world.press(&question, &receipt, answer).await, 200);
        if answer == Answer::Me {
            self.world.claim(case).await;
            let challenge = self.world.challenge(case).await;
            let mia = self.world.id(crate::tests::world::MIA);
            let response = self.world.right(1);
            let proven = self.world.engine.finish_proof(
                mia,
                case,
                challenge,
                crate::tests::world::SESSION,
                &response,
            );
            proven.await.expect("proven");
        }
        self.world.settle().await;
    }

    pub(super) async fn look_for_verdicts(&mut self) {
        let inner = &self.detection.0;
        self.place = Some(inner.look_for_verdicts(self.place).await.expect("readable"));
    }

    pub(super) async fn cases(&self) -> Vec<Case> {
        let query = CaseQuery { limit: 200, ..CaseQuery::default() };
        let mut cases = Vec::new();
        for row in self.world.store.cases(&query).await.expect("readable") {
            cases.push(self.world.case(row.id).await);
        }
        cases
    }

    pub(super) fn tally(&self, rule: &str) -> Tally {
        let rules = self.detection.rules();
        rules.iter().find(|view| view.id == rule).expect("in force").tally
    }

    /// The records of our own in the log.
    pub(super) async fn verdicts(&self) -> Vec<String> {
        let stored = self.log.read(Position(0), usize::MAX).await.expect("readable");
        let batches = stored.into_iter().filter_map(|stored| stored.batch.ok());
        let own = batches.filter(|batch| &*batch.source == OWN_SOURCE);
        own.flat_map(|batch| batch.records)
            .map(|record| String::from_utf8(record.to_vec()).expect("text"))
            .collect()
    }
}

async fn detection(
    world: &World,
    log: &MemoryLog,
    states: &MemoryStates,
    is_lenient: &Arc<AtomicBool>,
    threads: usize,
    files: &[(String, String)],
) -> Detection {
    let parts = Parts {
        engine: world.engine.clone(),
        log: Arc::new(log.clone()),
        states: Arc::new(states.clone()),
        networks: Arc::new(NoNetworks),
        sources: vec![EventSource {
            name: "vpn".into(),
            map: Arc::new(Vpn(Arc::clone(is_lenient))),
            puller: None,
        }],
        rules: load(world, files),
        settings: Settings {
            threads,
            residents: 1_000,
            backlog_records: BACKLOG,
            recorded_per_day: RECORDED,
            keep_age: Span::days(30),
            keep_bytes: u64::MAX,
        },
    };
    Detection::open(parts).await.expect("readable")
}

/// Reads the rules for detection, and puts what is to be done about their alerts in force.
fn load(world: &World, files: &[(String, String)]) -> RuleSet {
    let named: Vec<RuleFile<'_>> =
        files.iter().map(|(name, text)| RuleFile { name, text, origin: RuleOrigin::Own }).collect();
    let (rules, problems) = Rules::load(&named, &LoadOptions::default());
    assert_eq!(problems, []);
    let files = Files { rules: files.to_vec(), ..Files::default() };
    let (policies, problems) = Policies::load(&files, &Catalog::default());
    assert_eq!(problems, []);
    world.engine.reload(policies, Default::default(), crate::Templates::default());
    RuleSet { rules, thresholds: Default::default() }
}

/// A made-up source: `{"id","who","do","asn"}`, in lines. It happens when it is received.
struct Vpn(Arc<AtomicBool>);

impl EventMap for Vpn {
    fn records(&self, body: &[u8], max: usize) -> Result<Vec<Range<usize>>, BodyError> {
        Ok(split::records(body, &[], max)?)
    }

    fn read(&self, doc: Doc, take: &mut dyn FnMut(Event)) -> Result<Vec<Problem>, Rejected> {
        let text = |key: &str| doc.text(&[key]);
        let rejected = |what: &str| Rejected { problem: format!("{what} is missing") };
        let what = match text("do") {
            Some(what) => what,
            None if self.0.load(Ordering::Relaxed) => "nothing".to_owned(),
            None => return Err(rejected("do")),
        };
        let is_ours = text("product").as_deref() == Some("countersign");
        let who = text("who").ok_or_else(|| rejected("who"))?;
        take(Event {
            uid: Uid::of("vpn", &[text("id").ok_or_else(|| rejected("id"))?.as_bytes()]),
            time: Timestamp::MAX,
            logsource: if is_ours {
                Logsource { product: "countersign", service: "verdict" }
            } else {
                LOG
            },
            actor: Actor {
                id: Some(who.clone().into()),
                email: Some(who.into()),
                kind: ActorKind::Person,
                ..Actor::default()
            },
            action: what.into(),
            targets: Vec::new(),
            origin: Origin {
                asn: text("asn").and_then(|asn| asn.parse().ok()),
                ..Origin::default()
            },
            client: Client::default(),
            session: None,
            outcome: Outcome::Success,
            reason: None,
            doc: doc.clone(),
        });
        Ok(Vec::new())
    }

    fn aliases(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn logsources(&self) -> &'static [Logsource] {
        &[LOG]
    }
}
