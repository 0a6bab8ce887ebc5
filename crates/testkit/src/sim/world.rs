//! A run: a world from its seed, a number of steps in which anything may happen, and rest.

use std::fmt;

use futures::FutureExt as _;
use model::Timestamp;
use ports::Clock as _;
use runtime::Engine;

use super::{
    cast::Cast,
    executor::{Doing, Executor},
    ledger::Ledger,
    logs::LogReader,
    place::{Mode, Place},
    rules::Rules,
};

/// The fewest steps of a run.
const STEPS_MIN: usize = 70;
/// How many more there may be.
const STEPS_MORE: usize = 120;
/// The most polls between two steps.
const POLLS_MAX: usize = 24;
/// How many of the last lines of a trace a failure shows.
const LINES_SHOWN: usize = 60;

/// A run that kept every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What happened, line by line.
    pub trace: String,
    /// How many cases there were, by how they ended.
    pub ends: std::collections::BTreeMap<&'static str, u64>,
}

/// A run in which something happened that must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What.
    pub what: String,
    /// What happened until then.
    pub trace: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.trace.lines().collect();
        let shown = &lines[lines.len().saturating_sub(LINES_SHOWN)..];
        writeln!(f, "{}", shown.join("\n"))?;
        writeln!(f, "seed {}: {}", self.seed, self.what)?;
        write!(f, "again: cargo xtask sim --seeds 1 --from {}", self.seed)
    }
}

impl std::error::Error for Failure {}

/// Runs the world of a seed. Pure: the same seed gives the same outcome, byte for byte.
///
/// # Errors
///
/// When a rule was broken, or anything panicked.
pub fn run(seed: u64) -> Result<Outcome, Box<Failure>> {
    let mut world = World::new(seed);
    let secrets = vec![format!("{:?}", [7_u8; 4]).trim_matches(['[', ']']).to_owned()];
    let reader = LogReader::new(&world.place.witness, secrets);
    let result = tracing::subscriber::with_default(reader, || {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.live()))
    });
    let what = match result {
        Ok(Ok(())) => {
            return Ok(Outcome { seed, trace: world.trace.join("\n"), ends: world.rules.ends() });
        }
        Ok(Err(what)) => what,
        Err(panic) => format!("panicked: {}", words_of(&*panic)),
    };
    world.hear();
    Err(Box::new(Failure { seed, what, trace: world.trace.join("\n") }))
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "without words".to_owned())
}

/// The world.
pub(super) struct World {
    pub(super) place: Place,
    pub(super) cast: Cast,
    pub(super) engine: Engine,
    pub(super) tasks: Executor,
    pub(super) ledger: Ledger,
    pub(super) rules: Rules,
    pub(super) trace: Vec<String>,
    /// Alerts that were sent before, to be sent again.
    pub(super) sent: Vec<(String, ports::source::AlertDraft)>,
    /// Counts sessions, events and ids of alerts.
    pub(super) count: u64,
    /// Seconds that have passed in small steps since the last disruption was noted for them.
    pub(super) crept: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let place = Place::new(seed);
        let cast = Cast::new(&place.chance, &place.chat_names(), place.clock.now());
        let engine = place.engine(&cast);
        Self {
            place,
            cast,
            engine,
            tasks: Executor::default(),
            ledger: Ledger::default(),
            rules: Rules::default(),
            trace: Vec::new(),
            sent: Vec::new(),
            count: 0,
            crept: 0,
        }
    }

    pub(super) fn live(&mut self) -> Result<(), String> {
        let people = self.cast.members.len();
        self.say(format!("{:?}, {people} people", self.place.mode));
        let steps = STEPS_MIN + self.below(STEPS_MORE);
        for _ in 0..steps {
            self.act();
            self.poll(1 + self.place.chance.below(POLLS_MAX));
            self.check()?;
        }
        self.settle()
    }

    pub(super) fn say(&mut self, line: impl fmt::Display) {
        let now = self.now();
        self.trace.push(format!("{now} {line}"));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.place.clock.now()
    }

    pub(super) fn below(&self, limit: usize) -> usize {
        self.place.chance.below(limit)
    }

    pub(super) fn chance(&self, permille: usize) -> bool {
        self.place.chance.permille(permille)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) fn poll(&mut self, times: usize) {
        for _ in 0..times {
            self.tasks.poll_one(&self.place.chance);
        }
        if self.tasks.len() == 0 {
            self.place.witness.rest();
        }
    }

    /// What tasks had to say since last time.
    fn hear(&mut self) {
        for line in self.ledger.take_lines() {
            self.say(line);
        }
    }

    /// Looks at everything that changed.
    pub(super) fn check(&mut self) -> Result<(), String> {
        self.hear();
        let lines = self.rules.check(&self.place, &self.cast, &self.ledger)?;
        for line in lines {
            self.say(line);
        }
        match self.place.witness.first_wrong() {
            Some(wrong) => Err(wrong),
            None => Ok(()),
        }
    }

    /// Starts something that comes from outside; what it returns is written down when it ends.
    pub(super) fn start<F>(&mut self, what: impl Into<String>, work: F)
    where
        F: Future<Output = String> + Send + 'static,
    {
        let (ledger, what) = (self.ledger.clone(), what.into());
        self.say(format!("{what} …"));
        self.tasks.spawn(Doing::Act, async move {
            let result = work.await;
            ledger.say(format!("… {what}: {result}"));
        });
    }

    /// Starts a step of a lane.
    pub(super) fn start_lane(&mut self, name: String) {
        let engine = self.engine.clone();
        self.tasks.spawn(Doing::Lane(name.clone()), async move {
            // A store that fails is tried again at the next step.
            let _ = engine.run_lane_once(&name).await;
        });
    }

    /// Starts a step of the timers.
    pub(super) fn start_timers(&mut self) {
        let engine = self.engine.clone();
        self.tasks.spawn(Doing::Timers, async move {
            let _ = engine.run_timers_once().await;
        });
    }

    /// The process dies, and another one starts over what it left.
    pub(super) fn kill(&mut self) {
        let count = self.tasks.len();
        self.say(format!("killed with {count} tasks under way"));
        self.place.witness.disrupt();
        self.tasks.kill();
        if self.chance(200) {
            let line = self.cast.change(&self.place.chance, &self.place.chat_names());
            self.say(line);
        }
        self.engine = self.place.engine(&self.cast);
    }

    pub(super) fn is_clean(&self) -> bool {
        self.place.mode == Mode::Clean
    }

    /// A read of the store itself, which waits for nothing.
    pub(super) fn read<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().expect("the store in memory waits for nothing")
    }
}
