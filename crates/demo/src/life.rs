//! What the company's people and machines do, day by day, as the audit records that their vendors
//! write: Okta, Slack, GitHub, Google Workspace, AWS and Entra, about 1.5 kB each. From a seed, and
//! the same for the same seed.
//!
//! A few people do much and many do little (Zipf's law); they work when it is day where they are,
//! from home, the office, a train and hotels. Among them is what looks like an attack and is none:
//! travel, VPNs that are switched on and off, nights on call, new laptops and telephones, mistyped
//! passwords, ends of quarters, machines that never sleep. And there are attacks, each told in a
//! [`Story`]; every record that the attacker causes is labelled with its [`Incident`].
//!
//! It is a simulation: how often something happens is our guess, and what is measured with it says
//! how detection does in such a world. Start with [`Life`].

mod act;
mod burst;
mod day;
mod habits;
mod networks;
mod records;
mod robots;
mod stories;

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::company::{Company, Dice};
use act::Act;
use habits::Habits;

pub use networks::{City, Cover, Network, network};
pub use stories::Story;

const DAY_S: i64 = 86_400;
/// How long before midnight in UTC a day begins in the most eastern office.
const EARLIEST_S: i64 = 9 * 3_600;

/// How the company lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Which company, and which of its lives.
    pub seed: u64,
    /// How many people it has.
    pub people: usize,
    /// The first day, a Monday, at midnight in UTC.
    pub start: Timestamp,
    /// How many days are told.
    pub days: u32,
    /// How many records a person causes on a working day, on average.
    pub records_a_day: f64,
    /// Attacks begin on this day, counted from 0.
    pub attacks_from: u32,
    /// How many attacks there are of each story.
    pub attacks_each: u32,
    /// Whether there are journeys, VPNs, new laptops, nights on call and whatever else looks like an
    /// attack and is none. Without them every day is like any other.
    pub is_eventful: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            people: 10_000,
            start: Timestamp::from_second(1_780_272_000).expect("2026-06-01"),
            days: 49,
            records_a_day: 12.0,
            attacks_from: 28,
            attacks_each: 20,
            is_eventful: true,
        }
    }
}

/// A record, as its vendor sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The kind of source: `okta`, `slack_audit`, `github`, `google_workspace`, `cloudtrail` or
    /// `entra`.
    pub source: &'static str,
    /// When it happened.
    pub at: Timestamp,
    /// The record, as JSON.
    pub body: String,
    /// The number of the incident that it belongs to.
    pub incident: Option<u32>,
}

/// An attack that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub number: u32,
    /// What happens.
    pub story: Story,
    /// The number of the person whose account is used.
    pub victim: u32,
    /// On which day, counted from 0.
    pub day: u32,
}

/// The life of a company: an iterator over its records, in the order of their time.
#[derive(Debug)]
pub struct Life {
    plan: Plan,
    company: Company,
    habits: Vec<Habits>,
    incidents: Vec<Incident>,
    day: u32,
    /// Acts in order, of which nothing earlier can come.
    ready: VecDeque<Act>,
    /// Acts that something earlier may still come before.
    later: Vec<Act>,
}

impl Life {
    /// A life.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let company = Company::new(plan.seed, plan.people.max(1));
        let habits = habits::all(&plan, &company);
        let incidents = stories::incidents(&plan, &habits);
        let (ready, later) = (VecDeque::new(), Vec::new());
        Self { plan, company, habits, incidents, day: 0, ready, later }
    }

    /// The people.
    #[must_use]
    pub fn company(&self) -> &Company {
        &self.company
    }

    /// The attacks, by their numbers.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }

    /// Lives one more day.
    fn live(&mut self) {
        let mut acts = std::mem::take(&mut self.later);
        let today = day::Day::of(&self.plan, self.day);
        for number in 0..self.habits.len() {
            let mut dice = Dice::new(
                self.plan.seed ^ records::mixed((u64::from(self.day) << 32) | number as u64),
            );
            let before = acts.len();
            day::live(&mut self.habits[number], number as u32, &today, &mut dice, &mut acts);
            let (habits, first) = (&self.habits[number], before);
            let of_today = |it: &&Incident| it.victim == number as u32 && it.day == self.day;
            for incident in self.incidents.iter().filter(of_today) {
                let attack =
                    stories::Attack::of(incident, habits, &today, &acts[first..], &mut dice);
                stories::happen(attack, self.habits.len() as u32, &mut acts);
            }
        }
        robots::live(&self.plan, &today, self.habits.len() as u32, &mut acts);
        acts.sort_by_key(|act| (act.at_ms, act.salt));
        self.day += 1;
        let until = if self.day == self.plan.days {
            i64::MAX
        } else {
            (today.midnight_s + DAY_S - EARLIEST_S) * 1_000
        };
        let at = acts.partition_point(|act| act.at_ms < until);
        self.later = acts.split_off(at);
        self.ready.extend(acts);
    }
}

impl Iterator for Life {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while self.ready.is_empty() {
            if self.day == self.plan.days {
                return None;
            }
            self.live();
        }
        let act = self.ready.pop_front()?;
        let (source, body) = records::write(&act, &self.company);
        let at = Timestamp::from_millisecond(act.at_ms).ok()?;
        Some(Record { source, at, body, incident: act.incident })
    }
}

#[cfg(test)]
mod tests;
