//! The fleet in numbers, and how its sources stand.

use std::collections::BTreeMap;

use model::{Problem, Timestamp, device::Practice};
use ports::devices::{SourceHealth, Standing, Trouble};
use posture::{Grade, State};

use super::{Fleet, Posture, Trend, days::FleetDay, view_check::title_of};
use crate::{engine::EngineError, people::Authority};

/// How many days of the fleet are shown.
const DAYS_SHOWN: u16 = 90;

/// The fleet in numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FleetView {
    /// How many devices there are.
    pub devices: u64,
    /// How many of each grade, the gravest first; every grade is there.
    pub grades: Vec<(Grade, u64)>,
    /// How many stand how, by check, the one that fails most first.
    pub checks: Vec<CheckCount>,
    /// How many belong to nobody that is known, or to somebody who has left.
    pub unowned: u64,
    /// At how many a person should look: [`Posture::to_judge`].
    pub to_judge: u64,
    /// How many exemptions wait for somebody.
    pub exemptions_waiting: u64,
    /// How it stood on the last days, the oldest first and today last: a day on which nobody counted
    /// is missing.
    pub days: Vec<FleetDay>,
    /// How failures came and went, and how long it took to mend them.
    pub trend: Trend,
    /// How the sources stand, those that fail first.
    pub sources: Vec<SourceView>,
    /// The day of which what is known of each operating system is true.
    pub currency: BTreeMap<String, jiff::civil::Date>,
}

/// How devices stand by one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckCount {
    /// The practice.
    pub practice: Practice,
    /// What it is, in the asked language.
    pub title: String,
    /// How many devices stand so; every state is there.
    pub states: BTreeMap<State, u64>,
}

/// How a source stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// Its name in the configuration.
    pub name: String,
    /// `new`, `ok` or `failing`.
    pub state: &'static str,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// What kind of trouble it has: `outage`, `denied`, `misconfigured`, `shrunken`.
    pub trouble: Option<&'static str>,
    /// What it is, for analysts: holds neither secrets nor personal data.
    pub what: Option<String>,
    /// When it was last asked, or last sent something.
    pub last_try_at: Option<Timestamp>,
    /// When that last went well to the end.
    pub last_success_at: Option<Timestamp>,
    /// When it is asked next; nothing for one that sends.
    pub next_at: Option<Timestamp>,
    /// How many records it lists.
    pub records: u64,
    /// How many of them could not be read.
    pub unread: u64,
    /// How many problems there were with the rest.
    pub problem_count: u64,
    /// The first of them.
    pub problems: Vec<Problem>,
    /// What was dropped at the door, ever, by what it was.
    pub dropped: BTreeMap<&'static str, u64>,
    /// How many records it has stopped listing; nothing where that was not counted.
    pub gone: Option<u64>,
}

impl SourceView {
    pub(super) fn of(health: &SourceHealth) -> Self {
        let mut view = Self {
            name: health.source.clone(),
            state: "ok",
            failing_since: None,
            trouble: None,
            what: None,
            last_try_at: health.last_try_at,
            last_success_at: health.last_success_at,
            next_at: health.next_at,
            records: health.records,
            unread: health.unread,
            problem_count: health.problems,
            problems: health.told.clone(),
            dropped: health.dropped.iter().map(|(what, count)| (what.name(), *count)).collect(),
            gone: None,
        };
        match &health.standing {
            Standing::New => view.state = "new",
            Standing::Ok => {}
            Standing::Failing { since, trouble, what, .. } => {
                view.state = "failing";
                view.failing_since = Some(*since);
                view.trouble = Some(trouble_name(*trouble));
                view.what = Some(what.clone());
            }
        }
        view
    }

    /// Whether what it said may be old.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failing_since.is_some()
    }
}

fn trouble_name(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Outage => "outage",
        Trouble::Denied => "denied",
        Trouble::Misconfigured => "misconfigured",
        Trouble::Shrunken => "shrunken",
    }
}

impl Fleet {
    /// How every source stands, those that fail first: also those that were never asked.
    pub async fn sources(&self) -> Result<Vec<SourceView>, EngineError> {
        let known = self.0.store.sources().await?;
        let mut all: BTreeMap<String, SourceView> =
            known.iter().map(|it| (it.source.clone(), SourceView::of(it))).collect();
        for name in self.0.sources.keys().chain(&self.0.senders).chain(self.0.agents.keys()) {
            let fresh = || SourceView::of(&SourceHealth::new(name.clone()));
            all.entry(name.clone()).or_insert_with(fresh);
        }
        let mut all: Vec<SourceView> = all.into_values().collect();
        all.sort_by_key(|it| (!it.is_failing(), it.name.clone()));
        Ok(all)
    }
}

impl Posture {
    /// How every source stands.
    pub async fn sources(&self, by: &Authority<'_>) -> Result<Vec<SourceView>, EngineError> {
        by.require_analyst()?;
        let census = self.fleet.0.store.census().await?;
        let mut sources = self.fleet.sources().await?;
        for source in &mut sources {
            source.gone = census.records.get(&source.name).map(|(_, gone)| *gone);
        }
        Ok(sources)
    }

    /// The fleet in numbers.
    pub async fn fleet_view(
        &self,
        by: &Authority<'_>,
        language: &str,
    ) -> Result<FleetView, EngineError> {
        by.require_analyst()?;
        let context = self.fleet.context().await?;
        let census = self.fleet.0.store.census().await?;
        let mut checks: BTreeMap<Practice, BTreeMap<State, u64>> = BTreeMap::new();
        for ((practice, state), count) in &census.checks {
            let state = State::ALL.into_iter().find(|it| it.name() == state);
            if let (Ok(practice), Some(state)) = (practice.parse::<Practice>(), state) {
                let none = || State::ALL.into_iter().map(|state| (state, 0)).collect();
                checks.entry(practice).or_insert_with(none).insert(state, *count);
            }
        }
        let trend = self.trend(&checks).await?;
        let mut checks: Vec<CheckCount> = checks
            .into_iter()
            .map(|(practice, states)| {
                let title = title_of(&practice, &context, language);
                CheckCount { practice, title, states }
            })
            .collect();
        checks.sort_by_key(|it| (std::cmp::Reverse(it.failing()), it.practice.clone()));
        let count = |grade: Grade| census.grades.get(grade.name()).copied().unwrap_or(0);
        let not_mine = u64::try_from(context.not_mine.len()).unwrap_or(u64::MAX);
        Ok(FleetView {
            devices: census.devices,
            grades: Grade::ALL.map(|grade| (grade, count(grade))).to_vec(),
            checks,
            unowned: census.unowned,
            to_judge: census.flagged.saturating_add(not_mine),
            exemptions_waiting: self.exemptions_waiting().await?,
            days: self.fleet.days_until(&census, DAYS_SHOWN, self.now()).await?,
            trend,
            sources: self.fleet.sources().await?,
            currency: context
                .currency
                .products
                .iter()
                .map(|it| (it.0.clone(), it.1.as_of))
                .collect(),
        })
    }
}

impl CheckCount {
    /// How many fail.
    #[must_use]
    pub fn failing(&self) -> u64 {
        let of = |state| self.states.get(&state).copied().unwrap_or(0);
        of(State::Warn) + of(State::Nudge)
    }
}
