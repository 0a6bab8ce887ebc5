//! A correlation, ready to be asked about windows.

use rsigma_parser::ConditionExpr;

use super::group::Entry;
use crate::rule::{Correlation, CorrelationKind};

/// What is made of a window's events.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    correlation: Correlation,
    /// Over the places of the rules.
    expr: Option<Expr>,
}

#[derive(Debug, Clone)]
enum Expr {
    Part(u16),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
}

impl Plan {
    pub(crate) fn of(correlation: &Correlation) -> Self {
        let expr = correlation.expr.as_ref().map(|it| expr(it, &correlation.rules));
        Self { correlation: correlation.clone(), expr }
    }

    /// The correlation as it was read.
    pub(crate) fn correlation(&self) -> &Correlation {
        &self.correlation
    }

    /// The length of the window, in seconds.
    pub(crate) fn window_s(&self) -> u32 {
        u32::try_from(self.correlation.timespan.as_seconds()).unwrap_or(u32::MAX)
    }

    /// Whether of several equal entries close to each other the inner ones tell nothing: which
    /// values and rules a window holds stays the same without them.
    pub(super) fn is_about_what(&self) -> bool {
        matches!(self.correlation.kind, CorrelationKind::ValueCount | CorrelationKind::Temporal)
    }

    /// The number of a window's entries, in order of time, where it is as wanted.
    pub(super) fn reached(&self, entries: &[Entry]) -> Option<f64> {
        let number = self.number(entries)?;
        let correlation = &self.correlation;
        if correlation.kind.is_temporal() {
            let count = correlation.rules.len() as f64;
            let is_met = match &self.expr {
                Some(expr) => expr.holds(entries),
                None if correlation.comparisons.is_empty() => number >= count,
                None => correlation.is_reached(number),
            };
            return is_met.then_some(number);
        }
        correlation.is_reached(number).then_some(number)
    }

    fn number(&self, entries: &[Entry]) -> Option<f64> {
        let count = match self.correlation.kind {
            CorrelationKind::EventCount => entries.len(),
            CorrelationKind::ValueCount => distinct(entries.iter().map(|entry| entry.value)),
            CorrelationKind::Temporal => {
                distinct(entries.iter().map(|entry| u64::from(entry.part)))
            }
            CorrelationKind::TemporalOrdered => {
                let count = self.correlation.rules.len();
                return are_in_order(entries, count).then_some(count as f64);
            }
            _ => return self.of_numbers(entries),
        };
        Some(count as f64)
    }

    fn of_numbers(&self, entries: &[Entry]) -> Option<f64> {
        let mut numbers: Vec<f64> =
            entries.iter().map(|entry| f64::from_bits(entry.value)).collect();
        if numbers.is_empty() {
            return None;
        }
        let sum = || entries.iter().map(|entry| f64::from_bits(entry.value)).sum::<f64>();
        Some(match self.correlation.kind {
            CorrelationKind::ValueSum => sum(),
            CorrelationKind::ValueAvg => sum() / entries.len() as f64,
            _ => {
                numbers.sort_by(f64::total_cmp);
                percentile(&numbers, self.correlation.percentile)
            }
        })
    }
}

impl Expr {
    fn holds(&self, entries: &[Entry]) -> bool {
        match self {
            Self::Part(part) => entries.iter().any(|entry| entry.part == *part),
            Self::All(all) => all.iter().all(|each| each.holds(entries)),
            Self::Any(any) => any.iter().any(|each| each.holds(entries)),
            Self::Not(inner) => !inner.holds(entries),
        }
    }
}

fn expr(of: &ConditionExpr, rules: &[String]) -> Expr {
    let all = |parts: &[ConditionExpr]| parts.iter().map(|part| expr(part, rules)).collect();
    match of {
        ConditionExpr::And(parts) => Expr::All(all(parts)),
        ConditionExpr::Or(parts) => Expr::Any(all(parts)),
        ConditionExpr::Not(inner) => Expr::Not(Box::new(expr(inner, rules))),
        ConditionExpr::Identifier(name) => {
            let place = rules.iter().position(|rule| rule == name);
            place.and_then(|at| u16::try_from(at).ok()).map_or(Expr::Any(Vec::new()), Expr::Part)
        }
        // Refused when the file is read.
        ConditionExpr::Selector { .. } => Expr::Any(Vec::new()),
    }
}

fn distinct(values: impl Iterator<Item = u64>) -> usize {
    let mut all: Vec<u64> = values.collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}

/// Whether each part has an entry that is not before one of the part before it.
fn are_in_order(entries: &[Entry], parts: usize) -> bool {
    let mut least = 0;
    (0..parts).all(|part| {
        let of_part = entries.iter().filter(|entry| usize::from(entry.part) == part);
        match of_part.map(|entry| entry.time).find(|time| *time >= least) {
            Some(time) => {
                least = time;
                true
            }
            None => false,
        }
    })
}

/// Linear between the two nearest; of numbers in order, of which there is at least one.
fn percentile(numbers: &[f64], rank: f64) -> f64 {
    let place = rank / 100.0 * (numbers.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    numbers[low] + (place - low as f64) * (numbers[high] - numbers[low])
}
