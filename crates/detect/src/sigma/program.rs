//! A rule's condition, made ready to be asked about many events.
//!
//! The Sigma engine compiles a rule: its reading of modifiers and values is ours. What is asked of
//! every event, though, is asked here: fields are numbers that were looked up once for an event, an
//! equality is compared in place, and an event that matches nothing allocates nothing. Whatever is
//! rare is handed back to the engine's own evaluation. A test holds both against each other.

use std::collections::BTreeMap;

use rsigma_eval::{
    CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule,
    compiler::eval_condition, matcher::GroupMode,
};
use rsigma_parser::{ConditionExpr, Quantifier};

use super::{lens::Lens, slot::SlotsBuilder, words::Words};

/// The condition of one rule.
#[derive(Debug)]
pub(crate) struct Program {
    /// The rule matches where any of them holds.
    pub(super) conditions: Vec<Expr>,
    /// In the order of their names.
    pub(super) selections: Vec<Selection>,
}

/// A named part of a rule.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) name: Box<str>,
    pub(super) body: Body,
}

/// How selections are joined; they are known by their place in the list.
#[derive(Debug)]
pub(super) enum Expr {
    Is(usize),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    /// So many of these.
    Some {
        need: u64,
        of: Vec<usize>,
    },
}

/// What a selection asks.
#[derive(Debug)]
pub(super) enum Body {
    /// Every item.
    Items(Vec<Item>),
    /// Any of them.
    Any(Vec<Body>),
    /// All of them.
    All(Vec<Body>),
    /// Some text anywhere in the record.
    Words(CompiledMatcher),
    /// Members of a list, each looked at as a whole.
    Members(Members),
}

/// A question about members of a list, in the engine's own form.
#[derive(Debug)]
pub(super) struct Members {
    #[expect(clippy::disallowed_types, reason = "the engine takes one; it is only ever looked up")]
    detections: std::collections::HashMap<String, CompiledDetection>,
    condition: ConditionExpr,
    /// The list, where there is one: absent, most such questions have no answer.
    pub(super) field: Option<Box<str>>,
}

/// A question about one field.
#[derive(Debug)]
pub(super) struct Item {
    /// The field; none where any text of the record may answer.
    pub(super) field: Option<ItemField>,
    pub(super) test: Test,
    /// What the engine made of it.
    pub(super) matcher: CompiledMatcher,
    /// Whether an absent field is an answer: to the question for null it is.
    pub(super) is_absent_enough: bool,
}

#[derive(Debug)]
pub(super) struct ItemField {
    pub(super) slot: u32,
    pub(super) name: Box<str>,
}

/// The way a question is asked.
#[derive(Debug)]
pub(super) enum Test {
    /// Whether there is anything.
    Exists(bool),
    /// Whether it is this text, which is in lower case.
    Equals(Box<str>),
    /// Whether it is one of these texts, which are in lower case.
    OneOf(Words),
    /// Whatever the engine's matcher asks, which may look at other fields.
    Fields,
    /// Whatever the engine's matcher asks.
    Other,
}

impl Program {
    /// A rule's condition, over the fields of a log.
    pub(crate) fn of(rule: &CompiledRule, slots: &mut SlotsBuilder) -> Self {
        let named: BTreeMap<&str, &CompiledDetection> =
            rule.detections.iter().map(|(name, it)| (name.as_str(), it)).collect();
        let names: Vec<&str> = named.keys().copied().collect();
        let conditions = rule.conditions.iter().map(|it| expr(it, &names)).collect();
        let selections = named.iter().map(|(name, detection)| Selection {
            name: (*name).into(),
            body: body(detection, slots),
        });
        Self { conditions, selections: selections.collect() }
    }

    /// Whether an event matches.
    pub(crate) fn is_match(&self, lens: &Lens<'_, '_>) -> bool {
        self.conditions.iter().any(|condition| self.holds(condition, lens))
    }

    pub(super) fn holds(&self, expr: &Expr, lens: &Lens<'_, '_>) -> bool {
        match expr {
            Expr::Is(at) => self.is_selected(*at, lens),
            Expr::All(all) => all.iter().all(|each| self.holds(each, lens)),
            Expr::Any(any) => any.iter().any(|each| self.holds(each, lens)),
            Expr::Not(inner) => !self.holds(inner, lens),
            Expr::Some { need, of } => {
                let mut missing = *need;
                missing == 0
                    || of.iter().any(|at| {
                        missing -= u64::from(self.is_selected(*at, lens));
                        missing == 0
                    })
            }
        }
    }

    pub(super) fn is_selected(&self, at: usize, lens: &Lens<'_, '_>) -> bool {
        self.selections.get(at).is_some_and(|selection| selection.body.holds(lens))
    }
}

impl Body {
    pub(super) fn holds(&self, lens: &Lens<'_, '_>) -> bool {
        match self {
            Self::Items(items) => items.iter().all(|item| item.holds(lens)),
            Self::Any(any) => any.iter().any(|each| each.holds(lens)),
            Self::All(all) => all.iter().all(|each| each.holds(lens)),
            Self::Words(matcher) => matcher.matches_keyword(&lens.view()),
            Self::Members(members) => members.holds(lens),
        }
    }
}

impl Members {
    fn of(detection: &CompiledDetection) -> Self {
        const NAME: &str = "members";
        let field = match detection {
            CompiledDetection::ArrayMatch { field, .. } => Some(field.as_str().into()),
            _ => None,
        };
        Self {
            detections: [(NAME.to_owned(), detection.clone())].into(),
            condition: ConditionExpr::Identifier(NAME.to_owned()),
            field,
        }
    }

    fn holds(&self, lens: &Lens<'_, '_>) -> bool {
        eval_condition(&self.condition, &self.detections, &lens.view(), &mut Vec::new())
    }
}

impl Item {
    pub(super) fn holds(&self, lens: &Lens<'_, '_>) -> bool {
        let Some(field) = &self.field else {
            return match self.test {
                Test::Exists(expected) => !expected,
                _ => self.matcher.matches_keyword(&lens.view()),
            };
        };
        let value = lens.value(field.slot);
        let of_engine = |value| match value {
            Some(value) => self.matcher.matches(&value, &lens.view()),
            None => self.is_absent_enough,
        };
        match &self.test {
            Test::Exists(expected) => value.is_something() == *expected,
            Test::Equals(wanted) => value.any_text(&mut |text| is_folded(text, wanted)),
            Test::OneOf(wanted) => value.any_text(&mut |text| wanted.find_folded(text).is_some()),
            Test::Other => of_engine(value.to_scalars()),
            Test::Fields => of_engine(value.to_event_value()),
        }
    }
}

fn is_folded(text: &str, wanted: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(wanted) } else { text.to_lowercase() == wanted }
}

fn expr(condition: &ConditionExpr, names: &[&str]) -> Expr {
    let all = |parts: &[ConditionExpr]| parts.iter().map(|part| expr(part, names)).collect();
    match condition {
        ConditionExpr::And(parts) => Expr::All(all(parts)),
        ConditionExpr::Or(parts) => Expr::Any(all(parts)),
        ConditionExpr::Not(inner) => Expr::Not(Box::new(expr(inner, names))),
        // A name that is nowhere is an error before this.
        ConditionExpr::Identifier(name) => match names.iter().position(|it| it == name) {
            Some(at) => Expr::Is(at),
            None => Expr::Any(Vec::new()),
        },
        ConditionExpr::Selector { quantifier, pattern } => {
            let is_meant = |at: &usize| pattern.matches_detection_name(names[*at]);
            let of: Vec<usize> = (0..names.len()).filter(is_meant).collect();
            let need = match quantifier {
                Quantifier::Any => 1,
                Quantifier::All => of.len() as u64,
                Quantifier::Count(count) => *count,
            };
            Expr::Some { need, of }
        }
    }
}

fn body(detection: &CompiledDetection, slots: &mut SlotsBuilder) -> Body {
    let mut all = |parts: &[CompiledDetection]| parts.iter().map(|it| body(it, slots)).collect();
    match detection {
        CompiledDetection::AnyOf(parts) => Body::Any(all(parts)),
        CompiledDetection::And(parts) => Body::All(all(parts)),
        CompiledDetection::AllOf(items) => {
            Body::Items(items.iter().map(|it| item(it, slots)).collect())
        }
        CompiledDetection::Keywords(matcher) => Body::Words(matcher.clone()),
        CompiledDetection::ArrayMatch { field, .. } => {
            slots.add(field);
            Body::Members(Members::of(detection))
        }
        CompiledDetection::Conditional { .. } => Body::Members(Members::of(detection)),
    }
}

fn item(item: &CompiledDetectionItem, slots: &mut SlotsBuilder) -> Item {
    let field =
        item.field.as_deref().map(|name| ItemField { slot: slots.add(name), name: name.into() });
    Item {
        field,
        test: item.exists.map_or_else(|| test(&item.matcher), Test::Exists),
        matcher: item.matcher.clone(),
        is_absent_enough: item.exists.is_none() && is_absent_enough(&item.matcher),
    }
}

fn test(matcher: &CompiledMatcher) -> Test {
    match matcher {
        CompiledMatcher::Exact { value, case_insensitive: true } => {
            Test::Equals(value.as_str().into())
        }
        CompiledMatcher::CaseInsensitiveGroup { children, mode: GroupMode::Any } => {
            let texts: Option<std::collections::BTreeSet<Box<str>>> =
                children.iter().map(equality).collect();
            texts.map_or(Test::Other, |texts| Test::OneOf(Words::of(texts.into_iter().collect())))
        }
        matcher if compares_fields(matcher) => Test::Fields,
        _ => Test::Other,
    }
}

/// The text that a matcher wants, where it wants one text in any case.
pub(super) fn equality(matcher: &CompiledMatcher) -> Option<Box<str>> {
    match matcher {
        CompiledMatcher::Exact { value, case_insensitive: true } => Some(value.as_str().into()),
        _ => None,
    }
}

/// Null is null or missing: alone, as the engine has it, and also in a list of values, where the
/// engine would want the key.
fn is_absent_enough(matcher: &CompiledMatcher) -> bool {
    match matcher {
        CompiledMatcher::Null => true,
        CompiledMatcher::AnyOf(any) => any.iter().any(is_absent_enough),
        _ => false,
    }
}

fn compares_fields(matcher: &CompiledMatcher) -> bool {
    match matcher {
        CompiledMatcher::FieldRef { .. } => true,
        CompiledMatcher::Not(inner) => compares_fields(inner),
        CompiledMatcher::AnyOf(all) | CompiledMatcher::AllOf(all) => {
            all.iter().any(compares_fields)
        }
        _ => false,
    }
}
