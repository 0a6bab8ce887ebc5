//! The fleet in numbers, and how its sources stand.

use askama::Template;
use axum::extract::State;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{
    lookup::inert_line,
    people::Authority,
    posture::{CheckCount, FleetDay, FleetView, Grade, Mending, State as Standing},
};

use super::Tab;
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::{
            Reader, ShownSource,
            chart::{self, Block, Column, HEIGHT, Part, WIDTH},
            plain, terms,
        },
        frame::{Frame, Place},
        marks::Mark,
        words::length_in,
    },
};

/// How many records that are no devices of people are told, of each source.
const LEFT_OUT_MAX: usize = 20;

/// The states in the order of columns and parts of bars, the gravest first.
const ORDER: [(Standing, &str); 7] = [
    (Standing::Warn, "bar-alarm"),
    (Standing::Nudge, "bar-care"),
    (Standing::Stale, "bar-stale"),
    (Standing::Unknown, "bar-unknown"),
    (Standing::Exempt, "bar-calm"),
    (Standing::Ok, "bar-good"),
    (Standing::NotApplicable, "bar-none"),
];

/// The same of the grades.
const GRADES: [(Grade, &str); 4] = [
    (Grade::Critical, "bar-alarm"),
    (Grade::Attention, "bar-care"),
    (Grade::Incomplete, "bar-unknown"),
    (Grade::Ok, "bar-good"),
];
/// How many days the chart of grades has room for, however few were counted.
const DAYS_MIN: u64 = 30;

#[derive(Template)]
#[template(path = "console/devices/overview.html")]
pub(super) struct Overview {
    frame: Frame,
    tabs: Vec<(&'static str, &'static str, bool)>,
    devices: u64,
    unowned: u64,
    to_judge: u64,
    exemptions_waiting: u64,
    grades: Vec<(Grade, Mark, u64)>,
    heads: Vec<(Mark, &'static str)>,
    checks: Vec<Row>,
    standing: Standings,
    days: Vec<Day>,
    is_cut: bool,
    mending: Vec<Mended>,
    sources: Vec<ShownSource>,
    currency: Vec<(String, String)>,
    left_out: Vec<LeftOut>,
}

/// A check, and how many devices stand how by it.
struct Row {
    title: String,
    /// As an address has it.
    practice: String,
    counts: Vec<(Standing, u64)>,
    bar: Vec<Part>,
}

/// How many devices were of which grade, day by day.
struct Standings {
    heads: Vec<(Mark, &'static str)>,
    blocks: Vec<Block>,
    /// The day, how many devices, and how many of each grade.
    days: Vec<(String, u64, Vec<u64>)>,
    /// Whether there is a day between them on which nobody counted.
    has_gap: bool,
}

/// A day, and how many checks failed at its end, over all devices.
struct Day {
    day: String,
    failing: u64,
    column: Column,
}

/// How long it took to mend.
struct Mended {
    what: String,
    count: usize,
    median: String,
    p90: String,
}

/// Records of a source that are no devices of people.
struct LeftOut {
    source: String,
    count: usize,
    told: Vec<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Overview>, Problem> {
    let reader = Reader::analyst(&state, &viewer);
    let by = Authority::Viewer(&viewer);
    let fleet = state.posture.fleet_view(&by, reader.language.code()).await?;
    let sources = state.posture.sources(&by).await?;
    let frame = Frame::of(&viewer, Place::Fleet, reader.say("Devices", "Geräte"));
    let head = |(standing, tone): &(Standing, &'static str)| {
        (Mark::check(*standing, reader.language), *tone)
    };
    let grade =
        |(grade, count): &(Grade, u64)| (*grade, Mark::grade(*grade, reader.language), *count);
    Ok(Page(Overview {
        frame: frame.speaking(reader.language),
        tabs: Tab::Overview.entries(&reader),
        devices: fleet.devices,
        unowned: fleet.unowned,
        to_judge: fleet.to_judge,
        exemptions_waiting: fleet.exemptions_waiting,
        grades: fleet.grades.iter().map(grade).collect(),
        heads: ORDER.iter().map(head).collect(),
        checks: fleet.checks.iter().map(|check| row(check, fleet.devices)).collect(),
        standing: standings(&fleet.days, &reader),
        days: days(&fleet),
        is_cut: fleet.trend.is_cut,
        mending: mending(&fleet, &reader),
        sources: sources.iter().map(|source| ShownSource::of(source, &reader)).collect(),
        currency: fleet
            .currency
            .iter()
            .map(|(it, day)| (inert_line(it), day.to_string()))
            .collect(),
        left_out: left_out(&state),
    }))
}

fn row(check: &CheckCount, devices: u64) -> Row {
    let of = |standing| check.states.get(&standing).copied().unwrap_or(0);
    let parts: Vec<_> = ORDER.iter().map(|(standing, tone)| (*tone, of(*standing))).collect();
    Row {
        title: inert_line(&check.title),
        practice: in_query(&check.practice.to_string()),
        counts: ORDER.iter().map(|(standing, _)| (*standing, of(*standing))).collect(),
        bar: chart::stacked(&parts, devices),
    }
}

/// As the value of an argument.
fn in_query(practice: &str) -> String {
    utf8_percent_encode(&plain(practice), NON_ALPHANUMERIC).to_string()
}

fn standings(days: &[FleetDay], reader: &Reader) -> Standings {
    let head =
        |(grade, tone): &(Grade, &'static str)| (Mark::grade(*grade, reader.language), *tone);
    let of = |day: &FleetDay, wanted: Grade| {
        day.grades.iter().find(|(grade, _)| *grade == wanted).map_or(0, |(_, count)| *count)
    };
    let until = |from: &FleetDay, to: &FleetDay| {
        u64::try_from(to.day.duration_since(from.day).as_hours() / 24).unwrap_or(0)
    };
    let passed = days.first().zip(days.last()).map_or(0, |(first, last)| until(first, last));
    let places = (passed + 1).max(DAYS_MIN);
    let column = |day: &FleetDay| {
        let ago = days.last().map_or(0, |last| until(day, last));
        let parts = GRADES.iter().map(|(grade, tone)| (*tone, of(day, *grade)));
        ((places - 1).saturating_sub(ago), parts.collect())
    };
    let columns: Vec<_> = days.iter().map(column).collect();
    let numbers = |day: &FleetDay| {
        let counts = GRADES.iter().map(|(grade, _)| of(day, *grade));
        (day.day.to_string(), day.devices, counts.collect())
    };
    Standings {
        heads: GRADES.iter().map(head).collect(),
        blocks: chart::stacks(&columns, places),
        days: days.iter().map(numbers).collect(),
        has_gap: days.windows(2).any(|two| until(&two[0], &two[1]) > 1),
    }
}

fn days(fleet: &FleetView) -> Vec<Day> {
    let days = &fleet.trend.days;
    let failing: Vec<u64> = days.iter().map(|day| day.failing.values().sum()).collect();
    let columns = chart::columns(&failing);
    let day = |((day, failing), column): ((&runtime::posture::TrendDay, &u64), Column)| Day {
        day: day.day.to_string(),
        failing: *failing,
        column,
    };
    days.iter().zip(&failing).zip(columns).map(day).collect()
}

fn mending(fleet: &FleetView, reader: &Reader) -> Vec<Mended> {
    let mended = |what: String, it: &Mending| Mended {
        what,
        count: it.count,
        median: length_in(reader.language, it.median_seconds),
        p90: length_in(reader.language, it.p90_seconds),
    };
    let all = fleet.trend.mending.iter();
    let all = all.map(|it| mended(reader.say("All checks", "Alle Prüfungen").to_owned(), it));
    let each = fleet.trend.mending_by_check.iter();
    all.chain(each.map(|(it, time)| mended(terms::practice(it, reader.language), time))).collect()
}

fn left_out(state: &AppState) -> Vec<LeftOut> {
    let sources = state.posture.fleet().left_out().into_iter();
    let sources = sources.filter(|(_, it)| it.count > 0);
    sources
        .map(|(source, it)| LeftOut {
            source: inert_line(&source),
            count: it.count,
            told: it
                .told
                .iter()
                .take(LEFT_OUT_MAX)
                .map(|(id, model)| match model {
                    Some(model) => inert_line(&format!("{id}: {model}")),
                    None => inert_line(id),
                })
                .collect(),
        })
        .collect()
}
