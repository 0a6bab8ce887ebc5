//! The `correlation:` of a rule: what it counts, over which rules, by which fields, for how long.
//!
//! ```yaml
//! correlation:
//!   type: value_count                # event_count | value_count | temporal | temporal_ordered |
//!                                    #   value_sum | value_avg | value_percentile | value_median
//!   rules: [okta_app_sso]            # by id or name; also baselines and other correlations
//!   group-by: [actor.id]
//!   timespan: 1m                     # s m h d w M y; `timeframe` is the same
//!   condition: { field: target.displayName, gte: 10 }
//!   aliases: { who: { one_rule: actor.id, other_rule: user.id } }
//!   generate: false                  # true: its rules raise alerts of their own too
//! ```

mod read;

use std::collections::BTreeMap;

use model::Span;
use rsigma_parser::ConditionExpr;

pub(crate) use read::read;

/// The longest window.
pub const TIMESPAN_MAX: Span = Span::days(90);
/// How many rules one correlation may look at.
pub const RULES_MAX: usize = 32;
/// How many fields may make a group, and how many a value.
pub const FIELDS_MAX: usize = 8;

const KINDS: [(&str, CorrelationKind); 8] = [
    ("event_count", CorrelationKind::EventCount),
    ("value_count", CorrelationKind::ValueCount),
    ("temporal", CorrelationKind::Temporal),
    ("temporal_ordered", CorrelationKind::TemporalOrdered),
    ("value_sum", CorrelationKind::ValueSum),
    ("value_avg", CorrelationKind::ValueAvg),
    ("value_percentile", CorrelationKind::ValuePercentile),
    ("value_median", CorrelationKind::ValueMedian),
];
const COMPARISONS: [(&str, Comparison); 6] = [
    ("lt", Comparison::Lt),
    ("lte", Comparison::Lte),
    ("gt", Comparison::Gt),
    ("gte", Comparison::Gte),
    ("eq", Comparison::Eq),
    ("neq", Comparison::Neq),
];

/// A correlation as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// What is made of the events of a window.
    pub kind: CorrelationKind,
    /// The rules it looks at, by id or name; at most [`RULES_MAX`].
    pub rules: Vec<String>,
    /// What makes a group.
    pub group_by: Vec<GroupField>,
    /// The length of the window.
    pub timespan: Span,
    /// What the number must be; all of them.
    pub comparisons: Vec<(Comparison, f64)>,
    /// Whose values matter.
    pub fields: Vec<String>,
    /// Of a percentile, which, from 0 to 100.
    pub percentile: f64,
    /// Of the temporal kinds, which rules must have matched; all, where nothing is said.
    pub expr: Option<ConditionExpr>,
    /// Whether its rules raise alerts of their own too.
    pub is_generating: bool,
}

/// What is made of the events of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrelationKind {
    /// How many there are.
    EventCount,
    /// How many different values they have.
    ValueCount,
    /// Which rules matched them.
    Temporal,
    /// Which rules matched them, in the order in which they are named.
    TemporalOrdered,
    /// The sum of their values.
    ValueSum,
    /// The mean of their values.
    ValueAvg,
    /// A percentile of their values, linear between two.
    ValuePercentile,
    /// The median of their values.
    ValueMedian,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Less.
    Lt,
    /// At most.
    Lte,
    /// More.
    Gt,
    /// At least.
    Gte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
}

/// A field by which events are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupField {
    /// Its name, in this rule.
    pub name: String,
    /// Its name in some of the rules.
    pub by_rule: BTreeMap<String, String>,
}

impl Correlation {
    /// Whether a number is as wanted.
    #[must_use]
    pub fn is_reached(&self, number: f64) -> bool {
        self.comparisons.iter().all(|(comparison, wanted)| comparison.holds(number, *wanted))
    }
}

impl CorrelationKind {
    /// The word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    /// Whether it is about which rules matched.
    #[must_use]
    pub fn is_temporal(self) -> bool {
        matches!(self, Self::Temporal | Self::TemporalOrdered)
    }

    /// Whether it reckons with the numbers in a field.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::ValueSum | Self::ValueAvg | Self::ValuePercentile | Self::ValueMedian)
    }
}

impl Comparison {
    /// Whether it holds. Numbers that differ by less than can be told are equal.
    #[must_use]
    pub fn holds(self, number: f64, wanted: f64) -> bool {
        let is_equal = (number - wanted).abs() < f64::EPSILON;
        match self {
            Self::Lt => number < wanted,
            Self::Lte => number <= wanted,
            Self::Gt => number > wanted,
            Self::Gte => number >= wanted,
            Self::Eq => is_equal,
            Self::Neq => !is_equal,
        }
    }

    /// In words, for explanations.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lt => "less than",
            Self::Lte => "at most",
            Self::Gt => "more than",
            Self::Gte => "at least",
            Self::Eq => "exactly",
            Self::Neq => "other than",
        }
    }
}

impl GroupField {
    /// Its name in a rule that is known by these words.
    #[must_use]
    pub fn name_in(&self, words: &[&str]) -> &str {
        words.iter().find_map(|word| self.by_rule.get(*word)).map_or(&self.name, |name| name)
    }
}
