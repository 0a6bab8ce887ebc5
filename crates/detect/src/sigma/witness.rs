//! What must at least be so where a rule matches: by it, events find the few rules that are worth
//! asking.
//!
//! A witness may hold where its rule does not match, never the other way round.

use std::collections::BTreeMap;

use rsigma_eval::{CompiledMatcher, matcher::GroupMode};

use super::program::{Body, Expr, Item, Program, Test};

/// One sign that a rule may match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Witness {
    /// A field is this text, in any case; the text is in lower case.
    Equals(u32, Box<str>),
    /// A field has this within it, in any case; in lower case.
    Contains(u32, Box<str>),
    /// There is something in a field.
    Present(u32),
    /// Some text of the record has this within it, in any case; in lower case.
    Somewhere(Box<str>),
}

/// What is known of when a rule may match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gate {
    /// Nothing: it must always be asked.
    Open,
    /// Only where one of these holds; none is never.
    AnyOf(Vec<Witness>),
}

/// In how many rules each equality occurs: one that few rules share tells most.
#[derive(Debug, Default)]
pub(super) struct Shares(BTreeMap<(u32, Box<str>), u32>);

impl Shares {
    /// Counts a rule's equalities.
    pub(super) fn count(&mut self, program: &Program) {
        let mut own = Vec::new();
        program.selections.iter().for_each(|selection| equalities(&selection.body, &mut own));
        own.sort_unstable();
        own.dedup();
        for key in own {
            *self.0.entry(key).or_default() += 1;
        }
    }

    /// The gate of a rule.
    pub(super) fn gate(&self, program: &Program) -> Gate {
        let gates = program.conditions.iter().map(|condition| self.of_expr(condition, program));
        union(gates)
    }

    fn of_expr(&self, expr: &Expr, program: &Program) -> Gate {
        let selection = |at: &usize| {
            let selection = program.selections.get(*at);
            selection.map_or(Gate::Open, |selection| self.of_body(&selection.body))
        };
        match expr {
            Expr::Is(at) => selection(at),
            Expr::All(all) => self.best(all.iter().map(|each| self.of_expr(each, program))),
            Expr::Any(any) => union(any.iter().map(|each| self.of_expr(each, program))),
            Expr::Not(_) => Gate::Open,
            Expr::Some { need: 0, .. } => Gate::Open,
            Expr::Some { need, of } if *need == of.len() as u64 => {
                self.best(of.iter().map(selection))
            }
            Expr::Some { of, .. } => union(of.iter().map(selection)),
        }
    }

    fn of_body(&self, body: &Body) -> Gate {
        match body {
            Body::Items(items) => self.best(items.iter().map(|item| self.of_item(item))),
            Body::All(all) => self.best(all.iter().map(|each| self.of_body(each))),
            Body::Any(any) => union(any.iter().map(|each| self.of_body(each))),
            Body::Words(matcher) => somewhere(matcher),
            Body::Members(_) => Gate::Open,
        }
    }

    fn of_item(&self, item: &Item) -> Gate {
        let Some(field) = &item.field else {
            return match item.test {
                Test::Exists(_) => Gate::Open,
                _ => somewhere(&item.matcher),
            };
        };
        match &item.test {
            _ if item.is_absent_enough => Gate::Open,
            Test::Exists(false) => Gate::Open,
            Test::Exists(true) => Gate::AnyOf(vec![Witness::Present(field.slot)]),
            _ => self.of_matcher(&item.matcher, field.slot),
        }
    }

    fn of_matcher(&self, matcher: &CompiledMatcher, slot: u32) -> Gate {
        let equals = |text: &str| Witness::Equals(slot, text.to_lowercase().into());
        match matcher {
            CompiledMatcher::Exact { value, .. } => Gate::AnyOf(vec![equals(value)]),
            CompiledMatcher::BoolEq(true) => Gate::AnyOf(["true", "1", "yes"].map(equals).into()),
            CompiledMatcher::BoolEq(false) => Gate::AnyOf(["false", "0", "no"].map(equals).into()),
            CompiledMatcher::Contains { value, case_insensitive }
            | CompiledMatcher::StartsWith { value, case_insensitive }
            | CompiledMatcher::EndsWith { value, case_insensitive } => {
                Gate::AnyOf(vec![within(value, *case_insensitive, slot)])
            }
            CompiledMatcher::AhoCorasickSet { needles, case_insensitive, .. } => {
                let each = needles.iter().map(|needle| within(needle, *case_insensitive, slot));
                Gate::AnyOf(each.collect())
            }
            CompiledMatcher::AnyOf(any)
            | CompiledMatcher::CaseInsensitiveGroup { children: any, mode: GroupMode::Any } => {
                union(any.iter().map(|each| self.of_matcher(each, slot)))
            }
            CompiledMatcher::AllOf(all)
            | CompiledMatcher::CaseInsensitiveGroup { children: all, mode: GroupMode::All } => {
                self.best(all.iter().map(|each| self.of_matcher(each, slot)))
            }
            // No other matcher matches what is not there.
            _ => Gate::AnyOf(vec![Witness::Present(slot)]),
        }
    }

    /// The gate that lets least through.
    fn best(&self, gates: impl Iterator<Item = Gate>) -> Gate {
        gates.min_by_key(|gate| self.cost(gate)).unwrap_or(Gate::Open)
    }

    /// How often a gate lets a rule be asked in vain, as a mere order.
    fn cost(&self, gate: &Gate) -> u64 {
        const WITHIN: u64 = 1_000_000;
        const SOMEWHERE: u64 = 100_000_000;
        const PRESENT: u64 = 1_000_000_000;
        let Gate::AnyOf(witnesses) = gate else { return u64::MAX };
        let one = |witness: &Witness| match witness {
            Witness::Equals(slot, text) => {
                u64::from(self.0.get(&(*slot, text.clone())).copied().unwrap_or(1)) * 100
            }
            Witness::Contains(..) => WITHIN,
            Witness::Somewhere(_) => SOMEWHERE,
            Witness::Present(_) => PRESENT,
        };
        let sum: u64 = witnesses.iter().map(one).sum();
        // Of two that are shared as widely the shorter list.
        let count = witnesses.len().max(1) as u64;
        sum / count + count.min(50)
    }
}

fn equalities(body: &Body, all: &mut Vec<(u32, Box<str>)>) {
    match body {
        Body::Any(parts) | Body::All(parts) => parts.iter().for_each(|part| equalities(part, all)),
        Body::Items(items) => {
            for item in items {
                let Some(field) = &item.field else { continue };
                match &item.test {
                    Test::Equals(text) => all.push((field.slot, text.clone())),
                    Test::OneOf(words) => {
                        all.extend(words.texts().map(|text| (field.slot, text.into())));
                    }
                    _ => {}
                }
            }
        }
        Body::Words(_) | Body::Members(_) => {}
    }
}

/// Letters beyond ASCII may fold otherwise amid a text than alone: where their case counts, a
/// folded text proves nothing.
fn within(needle: &str, is_any_case: bool, slot: u32) -> Witness {
    if needle.is_empty() || !(is_any_case || needle.is_ascii()) {
        return Witness::Present(slot);
    }
    Witness::Contains(slot, needle.to_lowercase().into())
}

/// The gate of a word that may be anywhere in the record.
fn somewhere(matcher: &CompiledMatcher) -> Gate {
    let one = |text: &str, is_any_case: bool| match within(text, is_any_case, 0) {
        Witness::Contains(_, text) => Gate::AnyOf(vec![Witness::Somewhere(text)]),
        _ => Gate::Open,
    };
    match matcher {
        CompiledMatcher::Exact { value, case_insensitive }
        | CompiledMatcher::Contains { value, case_insensitive }
        | CompiledMatcher::StartsWith { value, case_insensitive }
        | CompiledMatcher::EndsWith { value, case_insensitive } => one(value, *case_insensitive),
        CompiledMatcher::AhoCorasickSet { needles, case_insensitive, .. } => {
            union(needles.iter().map(|needle| one(needle, *case_insensitive)))
        }
        CompiledMatcher::AnyOf(any)
        | CompiledMatcher::CaseInsensitiveGroup { children: any, mode: GroupMode::Any } => {
            union(any.iter().map(somewhere))
        }
        _ => Gate::Open,
    }
}

fn union(gates: impl Iterator<Item = Gate>) -> Gate {
    let mut all = Vec::new();
    for gate in gates {
        match gate {
            Gate::Open => return Gate::Open,
            Gate::AnyOf(witnesses) => all.extend(witnesses),
        }
    }
    all.sort_unstable();
    all.dedup();
    Gate::AnyOf(all)
}
