//! The settings of each kind.

use std::ops::RangeInclusive;

use content::{Problems, Section, yaml};
use model::Span;
use serde_norway::Value;

use super::{DAY, Shape, WINDOW_MAX, WINDOW_MIN, WINDOWS_MAX};
use crate::baseline::{
    Attribute, Counted, Counts, FirstSeen, Kind, Season, SessionChange, Travel, Window,
};

/// The highest threshold that can be set.
const SCORE_MAX: f64 = 1_000_000.0;

pub(super) fn kind(section: &Section<'_>, shape: Shape, problems: &mut Problems<'_>) -> Kind {
    let mut number = |key, fallback, range: RangeInclusive<f64>| {
        number(section, key, range, problems).unwrap_or(fallback)
    };
    match shape {
        Shape::FirstSeen => Kind::FirstSeen(FirstSeen { score: number("score", 1.0, 0.25..=8.0) }),
        Shape::Travel => Kind::Travel(Travel {
            speed_kmh: number("speed_kmh", 900.0, 500.0..=SCORE_MAX),
            distance_km: number("distance_km", 500.0, 50.0..=20_000.0),
        }),
        Shape::SessionChange => {
            let score = number("score", 6.0, 2.0..=SCORE_MAX);
            Kind::SessionChange(SessionChange { watch: watch(section, problems), score })
        }
        Shape::Volume => Kind::Counts(counts(section, Counted::Events, 20, problems)),
        Shape::Distinct => Kind::Counts(counts(section, Counted::Values, 5, problems)),
    }
}

fn counts(
    section: &Section<'_>,
    counted: Counted,
    floor: u32,
    problems: &mut Problems<'_>,
) -> Counts {
    let windows = windows(section, problems);
    let quantile = number(section, "quantile", 0.5..=0.9999, problems).unwrap_or(0.995);
    let factor = number(section, "factor", 1.0..=SCORE_MAX, problems).unwrap_or(1.5);
    let score = number(section, "score", 3.0..=SCORE_MAX, problems).unwrap_or(6.0);
    let floor = section.count("floor", u32::MAX, problems).unwrap_or(floor);
    let words = [
        ("none", Season::None),
        ("hour_of_day", Season::HourOfDay),
        ("hour_of_week", Season::HourOfWeek),
    ];
    let season = section.word("season", &words, problems).unwrap_or(Season::None);
    if season != Season::None && windows.iter().any(|window| window.span > Span::hours(1)) {
        problems.add(section.path("season"), "needs windows of at most 1h");
    }
    if season == Season::None && section.get("score").is_some() {
        problems.add(section.path("score"), "counts only with a season; `factor` does without");
    }
    let drift = section.flag("drift", problems);
    let has_drift = drift.unwrap_or(counted == Counted::Events);
    Counts { counted, windows, quantile, factor, floor, season, score, has_drift }
}

fn windows(section: &Section<'_>, problems: &mut Problems<'_>) -> Vec<Window> {
    let (key, items) = match (section.get("window"), section.get("windows")) {
        (Some(one), None) => ("window", vec![(section.path("window"), one)]),
        (None, Some(_)) => ("windows", section.list("windows", problems).unwrap_or_default()),
        (Some(_), Some(_)) => {
            problems.add(section.path("window"), "say `window` or `windows`, not both");
            return Vec::new();
        }
        (None, None) => {
            problems.add(section.path("window"), "is missing");
            return Vec::new();
        }
    };
    if items.is_empty() || items.len() > WINDOWS_MAX {
        problems.add(section.path(key), format!("must be 1 to {WINDOWS_MAX} windows"));
    }
    let mut windows: Vec<Window> =
        items.iter().filter_map(|(path, item)| window(item, path, problems)).collect();
    windows.sort_by_key(|window| window.span);
    windows.dedup_by_key(|window| window.span);
    windows
}

fn window(value: &Value, path: &str, problems: &mut Problems<'_>) -> Option<Window> {
    let span = yaml::span(value, WINDOW_MAX, path, problems)?;
    let (seconds, day_s) = (span.as_seconds(), DAY.as_seconds());
    let is_even = if span < DAY {
        span >= WINDOW_MIN && day_s % seconds == 0 && seconds % 4 == 0
    } else {
        seconds % day_s == 0
    };
    if !is_even {
        let text = format!("must be {WINDOW_MIN} or more and divide a day, or be whole days");
        problems.add(path, text);
    }
    // Its place is known once all of the meaning is.
    is_even.then(|| Window::of(span, 0))
}

fn watch(section: &Section<'_>, problems: &mut Problems<'_>) -> Vec<(Attribute, f64)> {
    let Some(value) = section.get("watch") else {
        return Attribute::ALL.iter().map(|(_, attribute, weight)| (*attribute, *weight)).collect();
    };
    let names: Vec<&str> = Attribute::ALL.iter().map(|(name, ..)| *name).collect();
    let Some(of) = Section::read(value, &section.path("watch"), &names, problems) else {
        return Vec::new();
    };
    let weight = |(name, attribute, _): &(&'static str, Attribute, f64)| {
        number(&of, name, 0.0..=100.0, problems).map(|weight| (*attribute, weight))
    };
    Attribute::ALL.iter().filter_map(weight).collect()
}

fn number(
    section: &Section<'_>,
    key: &str,
    range: RangeInclusive<f64>,
    problems: &mut Problems<'_>,
) -> Option<f64> {
    let number = section.get(key)?.as_f64().filter(|number| range.contains(number));
    if number.is_none() {
        let text = format!("must be a number from {} to {}", range.start(), range.end());
        problems.add(section.path(key), text);
    }
    number
}
