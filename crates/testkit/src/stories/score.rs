//! What was raised, held against the labels.

use std::collections::{BTreeMap, BTreeSet};

use demo::life::{Incident, Plan, Story};
use detect::{engine::Raised, rule::State, trial::Decided};
use event::{Event, Uid};
use model::{PersonId, Span, Timestamp};

/// How the second part went.
#[derive(Debug, Clone)]
pub struct Score {
    /// When the second part begins.
    from: Timestamp,
    incidents: BTreeMap<u32, Story>,
    /// Which events belong to which incident.
    labels: BTreeMap<Uid, u32>,
    /// The last event.
    until: Timestamp,
    active: BTreeSet<PersonId>,
    /// By rule.
    pub rules: BTreeMap<String, OfRule>,
    /// Which rules found each incident.
    pub found: BTreeMap<u32, BTreeSet<String>>,
    /// The incidents in which somebody would have been asked.
    pub asked: BTreeSet<u32>,
    /// Whom nobody attacked would have been asked, and how often.
    pub asked_in_vain: BTreeMap<PersonId, u64>,
    /// What was asked about by rules whose alerts join one case: the group's name and the event.
    joined: BTreeSet<(String, Uid)>,
}

/// What a rule raised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfRule {
    /// Alerts of attacks.
    pub true_alerts: u64,
    /// Other alerts.
    pub false_alerts: u64,
    /// Questions about attacks.
    pub true_asks: u64,
    /// Other questions.
    pub false_asks: u64,
    /// The incidents that it found.
    pub incidents: BTreeSet<u32>,
}

/// How a story went.
#[derive(Debug, Clone, PartialEq)]
pub struct OfStory {
    /// Which.
    pub story: Story,
    /// How many incidents there were.
    pub incidents: usize,
    /// How many of them were found.
    pub found: usize,
    /// In how many of them somebody would have been asked.
    pub asked: usize,
    /// The rules that found them, those that found most first.
    pub rules: Vec<(String, usize)>,
}

impl Score {
    /// Of a life with these incidents.
    #[must_use]
    pub fn new(incidents: &[Incident], plan: Plan) -> Self {
        let from = Span::days(u64::from(plan.attacks_from)).after(plan.start);
        Self {
            from,
            incidents: incidents.iter().map(|it| (it.number, it.story)).collect(),
            labels: BTreeMap::new(),
            until: from,
            active: BTreeSet::new(),
            rules: BTreeMap::new(),
            found: BTreeMap::new(),
            asked: BTreeSet::new(),
            asked_in_vain: BTreeMap::new(),
            joined: BTreeSet::new(),
        }
    }

    /// Takes note of a batch before it is judged.
    pub(super) fn learn(&mut self, labels: &[(Uid, u32)], events: &[Event]) {
        self.labels.extend(labels.iter().copied());
        for event in events.iter().filter(|event| event.time >= self.from) {
            self.until = self.until.max(event.time);
            self.active.extend(event.actor.person);
        }
    }

    /// Judges an alert. A canary counts as live for everybody. The same again counts for its
    /// incident, and is no alert of its own. What several rules of one group find in one event is one
    /// question, of the rule that comes first; what they find in two events may be two.
    pub(super) fn judge(&mut self, raised: &Raised, decided: Decided) {
        // What is in shadow tells nobody anything.
        if raised.time < self.from || raised.rule.meta.state == State::Shadow {
            return;
        }
        let incident = self.labels.get(&raised.event).copied();
        let is_first = raised.count == 1;
        let is_new = is_first && decided.is_asked && !self.is_joining(raised);
        let (alert, ask) = (u64::from(is_first), u64::from(is_new));
        let rule = self.rules.entry(raised.rule.id().to_owned()).or_default();
        if let Some(number) = incident {
            rule.true_alerts += alert;
            rule.true_asks += ask;
            rule.incidents.insert(number);
            self.found.entry(number).or_default().insert(raised.rule.id().to_owned());
            if decided.is_asked {
                self.asked.insert(number);
            }
        } else {
            rule.false_alerts += alert;
            rule.false_asks += ask;
            if let (true, Some(person)) = (ask > 0, raised.person) {
                *self.asked_in_vain.entry(person).or_default() += 1;
            }
        }
    }

    /// Whether another rule of its group has asked about the same event.
    fn is_joining(&mut self, raised: &Raised) -> bool {
        let name = raised.rule.meta.group.name.clone();
        name.is_some_and(|name| !self.joined.insert((name, raised.event)))
    }

    /// By story.
    #[must_use]
    pub fn stories(&self) -> Vec<OfStory> {
        Story::ALL.into_iter().map(|story| self.story(story)).collect()
    }

    fn story(&self, story: Story) -> OfStory {
        let of: Vec<u32> = self
            .incidents
            .iter()
            .filter(|(_, it)| **it == story)
            .map(|(number, _)| *number)
            .collect();
        let mut rules: BTreeMap<&String, usize> = BTreeMap::new();
        for rule in of.iter().filter_map(|number| self.found.get(number)).flatten() {
            *rules.entry(rule).or_default() += 1;
        }
        let mut rules: Vec<(String, usize)> =
            rules.into_iter().map(|(rule, count)| (rule.clone(), count)).collect();
        rules.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), rule.clone()));
        OfStory {
            story,
            incidents: of.len(),
            found: of.iter().filter(|number| self.found.contains_key(number)).count(),
            asked: of.iter().filter(|number| self.asked.contains(number)).count(),
            rules,
        }
    }

    /// True alerts and all alerts.
    #[must_use]
    pub fn alerts(&self) -> (u64, u64) {
        let sum = |of: fn(&OfRule) -> u64| self.rules.values().map(of).sum::<u64>();
        let hits = sum(|rule| rule.true_alerts);
        (hits, hits + sum(|rule| rule.false_alerts))
    }

    /// Questions about nothing, and all questions.
    #[must_use]
    pub fn questions(&self) -> (u64, u64) {
        let sum = |of: fn(&OfRule) -> u64| self.rules.values().map(of).sum::<u64>();
        let vain = sum(|rule| rule.false_asks);
        (vain, vain + sum(|rule| rule.true_asks))
    }

    /// What so many questions are for each active person in 30 days.
    #[must_use]
    pub fn per_person_month(&self, questions: u64) -> f64 {
        let days = self.days().max(1.0);
        questions as f64 / (self.active.len().max(1) as f64) * 30.0 / days
    }

    /// What so many questions are a day, for each thousand active people.
    #[must_use]
    pub fn per_day_and_thousand(&self, questions: u64) -> f64 {
        self.per_person_month(questions) * 1_000.0 / 30.0
    }

    /// How many people did anything.
    #[must_use]
    pub fn people(&self) -> usize {
        self.active.len()
    }

    /// How many days were judged.
    #[must_use]
    pub fn days(&self) -> f64 {
        (self.until.as_second() - self.from.as_second()) as f64 / 86_400.0
    }
}
