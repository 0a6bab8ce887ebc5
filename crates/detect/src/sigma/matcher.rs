//! All rules of one log, asked about an event in one look over its record.

use std::collections::BTreeMap;

use event::Event;
use model::Timestamp;

use super::{
    Condition, Matched, explain,
    index::Index,
    lens::Lens,
    program::Program,
    slot::{Aliases, Slots, SlotsBuilder},
};

/// Rules of one log, ready to be asked.
#[derive(Debug)]
pub struct Matcher {
    slots: Slots,
    index: Index,
    programs: Vec<Program>,
    /// By the same places as the programs.
    rules: Vec<Ready>,
    filters: Vec<Program>,
    asides: Vec<Program>,
    places: BTreeMap<u32, usize>,
}

/// Collects rules.
#[derive(Debug)]
pub struct MatcherBuilder {
    slots: SlotsBuilder,
    programs: Vec<Program>,
    rules: Vec<Ready>,
    filters: Vec<Program>,
    asides: Vec<Program>,
    /// Where the program of a filter is, by the filter's number.
    known_filters: BTreeMap<u32, usize>,
}

/// What belongs to a program.
#[derive(Debug)]
struct Ready {
    /// The rule's number, which its caller gave it.
    rule: u32,
    filters: Vec<Exclusion>,
}

#[derive(Debug)]
struct Exclusion {
    filter: u32,
    program: usize,
    until: Option<Timestamp>,
}

/// A filter of a rule: what it matches, the rule does not.
#[derive(Debug, Clone, Copy)]
pub struct Filtering<'c> {
    /// Its number, which the caller gives it.
    pub filter: u32,
    /// What it matches.
    pub condition: &'c Condition,
    /// Events from then on are not filtered by it any more.
    pub until: Option<Timestamp>,
}

/// What a rule has to say of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It matches.
    Match {
        /// The rule's number.
        rule: u32,
    },
    /// It would, but for a filter.
    Filtered {
        /// The rule's number.
        rule: u32,
        /// The filter's.
        filter: u32,
    },
}

/// A condition that is asked only of events that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aside(usize);

/// A field that was looked up beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    /// Its number.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

impl MatcherBuilder {
    /// No rules yet, for a log whose source has these aliases.
    #[must_use]
    pub fn new(aliases: Aliases) -> Self {
        Self {
            slots: SlotsBuilder::new(aliases),
            programs: Vec::new(),
            rules: Vec::new(),
            filters: Vec::new(),
            asides: Vec::new(),
            known_filters: BTreeMap::new(),
        }
    }

    /// Adds a rule under a number that is its own.
    pub fn rule(&mut self, rule: u32, condition: &Condition, filters: &[Filtering<'_>]) {
        self.programs.push(Program::of(condition.compiled(), &mut self.slots));
        let filters = filters.iter().map(|filter| self.exclusion(filter)).collect();
        self.rules.push(Ready { rule, filters });
    }

    /// Adds a condition that is to be asked for by [`Matcher::holds`].
    pub(crate) fn aside(&mut self, condition: &Condition) -> Aside {
        self.asides.push(Program::of(condition.compiled(), &mut self.slots));
        Aside(self.asides.len() - 1)
    }

    /// A field that is wanted of events beside what the rules ask.
    pub(crate) fn field(&mut self, name: &str) -> Slot {
        Slot(self.slots.add(name))
    }

    /// Makes all of it ready.
    #[must_use]
    pub fn build(self) -> Matcher {
        let places = self.rules.iter().enumerate().map(|(place, it)| (it.rule, place)).collect();
        Matcher {
            slots: self.slots.build(),
            index: Index::of(&self.programs),
            programs: self.programs,
            rules: self.rules,
            filters: self.filters,
            asides: self.asides,
            places,
        }
    }

    fn exclusion(&mut self, filter: &Filtering<'_>) -> Exclusion {
        let program = match self.known_filters.get(&filter.filter) {
            Some(program) => *program,
            None => {
                let compiled = filter.condition.compiled();
                self.filters.push(Program::of(compiled, &mut self.slots));
                self.known_filters.insert(filter.filter, self.filters.len() - 1);
                self.filters.len() - 1
            }
        };
        Exclusion { filter: filter.filter, program, until: filter.until }
    }
}

impl Matcher {
    /// Asks all rules about an event; answers come in the order in which the rules were added.
    pub fn ask(&self, event: &Event, take: impl FnMut(Answer)) {
        self.ask_through(&self.lens(event), take);
    }

    /// Why a rule matches an event: each selection that holds and each field that it looked at.
    #[must_use]
    pub fn explain(&self, rule: u32, event: &Event) -> Vec<Matched> {
        let place = self.places.get(&rule).and_then(|place| self.programs.get(*place));
        place.map(|program| explain::matched(program, &self.lens(event))).unwrap_or_default()
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(crate) fn lens<'v, 'e>(&'v self, event: &'e Event) -> Lens<'v, 'e> {
        Lens::over(event, &self.slots)
    }

    /// Whether a condition that was added aside holds for an event.
    pub(crate) fn holds(&self, aside: Aside, lens: &Lens<'_, '_>) -> bool {
        self.asides.get(aside.0).is_some_and(|program| program.is_match(lens))
    }

    pub(crate) fn ask_through(&self, lens: &Lens<'_, '_>, mut take: impl FnMut(Answer)) {
        for place in self.index.candidates(lens) {
            let place = place as usize;
            if self.programs.get(place).is_some_and(|program| program.is_match(lens)) {
                take(self.answer(&self.rules[place], lens));
            }
        }
    }

    fn answer(&self, ready: &Ready, lens: &Lens<'_, '_>) -> Answer {
        let excludes = |it: &&Exclusion| {
            it.until.is_none_or(|until| lens.event.time < until)
                && self.filters.get(it.program).is_some_and(|program| program.is_match(lens))
        };
        match ready.filters.iter().find(excludes) {
            Some(exclusion) => Answer::Filtered { rule: ready.rule, filter: exclusion.filter },
            None => Answer::Match { rule: ready.rule },
        }
    }
}
