//! The fleet in numbers, and how its sources stand, on the wire.

use std::collections::BTreeMap;

use model::Timestamp;
use runtime::posture::{FleetDay, FleetView, Mending, SourceView, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// How a source stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceSource)]
pub(in crate::api) struct SourceBody {
    /// Its name in the configuration.
    name: String,
    /// `new`, `ok` or `failing`.
    state: &'static str,
    /// Since when it fails.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// `outage`, `denied`, `misconfigured` or `shrunken`.
    trouble: Option<&'static str>,
    /// What it is, for an operator.
    what: Option<String>,
    /// When it last went well to the end.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    /// When it is asked next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// How many records it lists.
    records: u64,
    /// How many of them could not be read.
    unread: u64,
    /// How many records it has stopped listing.
    gone: Option<u64>,
    /// How many problems there were with the rest.
    problem_count: u64,
    /// The first of them.
    problems: Vec<String>,
    /// What was dropped at the door, by what it was.
    dropped: BTreeMap<&'static str, u64>,
}

/// The fleet in numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fleet)]
pub(in crate::api) struct FleetBody {
    /// How many devices there are.
    devices: u64,
    /// How many of each grade.
    grades: BTreeMap<&'static str, u64>,
    /// How many stand how, by check.
    checks: Vec<CheckCountBody>,
    /// How many belong to nobody that is known.
    unowned: u64,
    /// At how many a person should look.
    to_judge: u64,
    /// How many exemptions wait for somebody.
    exemptions_waiting: u64,
    /// How many failed at the end of each day, by check: the oldest first.
    trend: Vec<DayBody>,
    /// How long mending took, over all checks.
    mending: Option<MendingBody>,
    /// The day of which what is known of each operating system is true.
    #[schema(value_type = BTreeMap<String, String>)]
    currency: BTreeMap<String, Value>,
}

/// How devices stand by one check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckCount)]
struct CheckCountBody {
    /// What is judged.
    practice: String,
    /// What it is.
    title: String,
    /// How many stand so.
    states: BTreeMap<&'static str, u64>,
    /// How long mending took.
    mending: Option<MendingBody>,
}

/// A day of the trend.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrendDay)]
struct DayBody {
    /// The day (UTC).
    day: String,
    /// How many failed, by check.
    failing: BTreeMap<String, u64>,
}

/// How the fleet stood on a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetDay)]
pub(in crate::api) struct FleetDayBody {
    /// The day (UTC).
    day: String,
    /// When it was counted last.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How many devices there were.
    devices: u64,
    /// How many of each grade.
    grades: BTreeMap<&'static str, u64>,
    /// How many stood how, by check; what none stood as is left out.
    checks: BTreeMap<String, BTreeMap<&'static str, u64>>,
}

/// How long mending took, in seconds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mending)]
struct MendingBody {
    /// How often something was mended.
    count: usize,
    /// On average.
    mean_seconds: i64,
    /// Half took no longer.
    median_seconds: i64,
    /// Nine in ten took no longer.
    p90_seconds: i64,
}

impl From<SourceView> for SourceBody {
    fn from(view: SourceView) -> Self {
        let problem = |it: &model::Problem| format!("{}: {}", it.path, it.text);
        Self {
            name: view.name,
            state: view.state,
            failing_since: view.failing_since,
            trouble: view.trouble,
            what: view.what,
            last_success_at: view.last_success_at,
            next_at: view.next_at,
            records: view.records,
            unread: view.unread,
            gone: view.gone,
            problem_count: view.problem_count,
            problems: view.problems.iter().map(problem).collect(),
            dropped: view.dropped,
        }
    }
}

impl From<FleetView> for FleetBody {
    fn from(view: FleetView) -> Self {
        let by_check = view.trend.mending_by_check;
        let checks = view.checks.into_iter().map(|count| CheckCountBody {
            mending: by_check.get(&count.practice).copied().map(MendingBody::from),
            practice: count.practice.to_string(),
            title: count.title,
            states: count.states.into_iter().map(|(state, count)| (state.name(), count)).collect(),
        });
        let days = view.trend.days.into_iter().map(|day| DayBody {
            day: day.day.to_string(),
            failing: day.failing.into_iter().map(|(it, count)| (it.to_string(), count)).collect(),
        });
        let currency = view.currency.into_iter();
        Self {
            devices: view.devices,
            grades: view.grades.into_iter().map(|(grade, count)| (grade.name(), count)).collect(),
            checks: checks.collect(),
            unowned: view.unowned,
            to_judge: view.to_judge,
            exemptions_waiting: view.exemptions_waiting,
            trend: days.collect(),
            mending: view.trend.mending.map(MendingBody::from),
            currency: currency.map(|(name, day)| (name, day.to_string().into())).collect(),
        }
    }
}

impl From<FleetDay> for FleetDayBody {
    fn from(day: FleetDay) -> Self {
        let named = |states: BTreeMap<State, u64>| {
            states.into_iter().map(|(state, count)| (state.name(), count)).collect()
        };
        let checks = day.checks.into_iter();
        Self {
            day: day.day.to_string(),
            at: day.at,
            devices: day.devices,
            grades: day.grades.into_iter().map(|(grade, count)| (grade.name(), count)).collect(),
            checks: checks.map(|(it, states)| (it.to_string(), named(states))).collect(),
        }
    }
}

impl From<Mending> for MendingBody {
    fn from(mending: Mending) -> Self {
        Self {
            count: mending.count,
            mean_seconds: mending.mean_seconds,
            median_seconds: mending.median_seconds,
            p90_seconds: mending.p90_seconds,
        }
    }
}
