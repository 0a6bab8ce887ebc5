//! What one step of a case counts for: how its rule does, what filters and exceptions hide, how
//! often a suppression is used, what actions come to, and how a person's and an address's cases
//! end.
//!
//! A count never decides anything. A case counts for what it stands for *now*: where it turns out
//! otherwise, what it counted for is taken off again ([`Count::n`] is negative then). Start with
//! [`Before`].

use model::{ActionId, ActionState, Answer, Facts, PersonId, Reason};

use crate::{
    case::{Case, State, Step},
    input::Input,
};

/// What is between the parts of a key. It is taken out of what comes from outside.
pub const SEPARATOR: char = '\u{1f}';
/// The facts that name an address, the first that is there.
pub const ADDRESS_FACTS: [&str; 4] = ["source.ip", "ip", "client.ip", "source_ip"];
/// Within how many seconds people answer: each answer counts for the first that it fits in.
pub const ANSWER_SECONDS: [u64; 7] = [60, 300, 900, 3_600, 14_400, 86_400, 604_800];
/// The longest part of a key, in characters.
const PART_CHARS: usize = 200;

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// About what.
    pub key: String,
    /// What.
    pub name: String,
    /// How many.
    pub n: i64,
}

/// About what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// A version of a rule: the hash of the file that says what is done about it.
    Rule {
        /// The rule's name, whatever its source.
        rule: &'a str,
        /// The hash.
        version: &'a str,
    },
    /// The people that a rule asks.
    Asked {
        /// The rule.
        rule: &'a str,
        /// Who.
        person: PersonId,
    },
    /// What hides alerts, such as `filter:new-laptop` or `exception:exc_…`.
    Hiding(&'a str),
    /// The suppressions of a rule.
    Suppression(&'a str),
    /// An action, such as `okta.suspend`.
    Action(&'a str),
    /// A person's cases.
    Person(PersonId),
    /// An address's cases.
    Address(&'a str),
}

/// How a case is judged for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// There was something to it.
    Real,
    /// There was nothing to it.
    Harmless,
}

impl Judged {
    /// The name of its counter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Harmless => "harmless",
        }
    }

    /// How a case stands: by the analyst who ended it, else by what the person proved or denied.
    #[must_use]
    pub fn of(case: &Case) -> Option<Self> {
        match &case.state {
            State::Closed { reason: Reason::Malicious, .. }
            | State::Escalated { reason: Reason::Denied, .. } => Some(Self::Real),
            State::Closed {
                reason: Reason::Verified | Reason::Benign | Reason::FalsePositive,
                ..
            } => Some(Self::Harmless),
            _ => None,
        }
    }
}

impl About<'_> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Rule { rule, version } => joined("rule", &[rule, version]),
            Self::Asked { rule, person } => joined("asked", &[rule, &person.to_string()]),
            Self::Hiding(by) => joined("hiding", &[by]),
            Self::Suppression(rule) => joined("suppression", &[rule]),
            Self::Action(name) => joined("action", &[name]),
            Self::Person(person) => joined("person", &[&person.to_string()]),
            Self::Address(address) => joined("address", &[address]),
        }
    }

    fn count(&self, name: &str, n: i64) -> Count {
        Count { key: self.key(), name: name.to_owned(), n }
    }
}

/// What all keys of a kind, or of one thing of a kind, begin with.
#[must_use]
pub fn prefix(kind: &str, parts: &[&str]) -> String {
    format!("{}{SEPARATOR}", joined(kind, parts))
}

/// The parts of a key after its kind.
#[must_use]
pub fn parts(key: &str) -> Vec<&str> {
    key.split(SEPARATOR).skip(1).collect()
}

/// A part as it stands in a key.
#[must_use]
pub fn part(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(PART_CHARS).collect()
}

fn joined(kind: &str, parts: &[&str]) -> String {
    parts.iter().fold(kind.to_owned(), |mut key, text| {
        key.push(SEPARATOR);
        key.push_str(&part(text));
        key
    })
}

/// The address of a case's first alert.
#[must_use]
pub fn address(case: &Case) -> Option<String> {
    address_of(&case.alerts.first()?.facts)
}

/// The address that facts name.
#[must_use]
pub fn address_of(facts: &Facts) -> Option<String> {
    let found = ADDRESS_FACTS.iter().find_map(|name| facts.get(*name))?;
    // Only what is an address: anything else would let a source make keys as it likes.
    found.shown().parse::<std::net::IpAddr>().ok().map(|address| address.to_string())
}

/// What of a case is compared with what it is after a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Before {
    pub(crate) reason: Option<Reason>,
    pub(crate) is_closed: bool,
    has_asked: bool,
    said: Vec<Answer>,
    judged: Option<(Judged, String)>,
    pub(crate) actions: Vec<(ActionId, ActionState)>,
}

impl Before {
    /// How a case is before a step; the default is a case that is not there yet.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            reason: case.reason(),
            is_closed: matches!(case.state, State::Closed { .. }),
            has_asked: is_asked(case),
            said: Answer::ALL.iter().copied().filter(|answer| case.has_said(*answer)).collect(),
            judged: Judged::of(case).map(|judged| (judged, case.treatment.policy_hash.clone())),
            actions: case.ledger.iter().map(|entry| (entry.id(), entry.state())).collect(),
        }
    }

    /// What a step counts for.
    #[must_use]
    pub fn counts(&self, step: &Step) -> Vec<Count> {
        let mut counts = Vec::new();
        let case = &step.case;
        let rule = rule_of(case);
        let about = About::Rule { rule: &rule, version: &case.treatment.policy_hash };
        let mut say = |name: &str| counts.push(about.count(name, 1));
        match step.record.input {
            Input::Open(_) => say("cases"),
            Input::Join { .. } => say("joined"),
            _ => {}
        }
        let is_closed = matches!(case.state, State::Closed { .. });
        if let Some(reason) = case.reason()
            && (Some(reason), is_closed) != (self.reason, self.is_closed)
        {
            say(reason.name());
        }
        self.count_question(case, &mut counts);
        self.count_judgement(case, &mut counts);
        self.count_hidden(step, &mut counts);
        self.count_actions(case, &mut counts);
        counts
    }

    fn count_question(&self, case: &Case, counts: &mut Vec<Count>) {
        let rule = rule_of(case);
        let about = About::Rule { rule: &rule, version: &case.treatment.policy_hash };
        if is_asked(case) && !self.has_asked {
            counts.push(about.count("asked", 1));
            if let Some(subject) = &case.subject {
                let (rule, person) = (rule.as_str(), subject.person);
                counts.push(About::Asked { rule, person }.count("asked", 1));
            }
        }
        for answer in Answer::ALL {
            if case.has_said(*answer) && !self.said.contains(answer) {
                counts.push(about.count(&format!("said_{}", answer.name()), 1));
            }
        }
        let first = case.answers.first().filter(|_| self.said.is_empty());
        if let (Some(first), Some(ask)) = (first, &case.ask) {
            let waited = first.at.duration_since(ask.at).as_secs().max(0);
            counts.push(about.count("answered", 1));
            counts.push(about.count("answer_seconds", waited));
            counts.push(about.count(&bucket(waited.unsigned_abs()), 1));
        }
    }

    /// A case that turns out otherwise is taken off from what it counted for.
    fn count_judgement(&self, case: &Case, counts: &mut Vec<Count>) {
        let after = Judged::of(case).map(|judged| (judged, case.treatment.policy_hash.clone()));
        if after == self.judged {
            return;
        }
        let (rule, address) = (rule_of(case), address(case));
        for (judged, n) in [(&self.judged, -1), (&after, 1)] {
            let Some((judged, version)) = judged else { continue };
            let name = judged.name();
            counts.push(About::Rule { rule: &rule, version }.count(name, n));
            if let Some(subject) = &case.subject {
                counts.push(About::Person(subject.person).count(name, n));
            }
            if let Some(address) = &address {
                counts.push(About::Address(address).count(name, n));
            }
        }
    }

    fn count_hidden(&self, step: &Step, counts: &mut Vec<Count>) {
        let hidden = step.notes.iter().filter(|note| note.kind == "filtered");
        counts.extend(hidden.map(|note| About::Hiding(&note.by).count("hits", 1)));
        if let State::Closed { suppressed_by: Some(_), .. } = &step.case.state
            && !self.is_closed
        {
            counts.push(About::Suppression(&rule_of(&step.case)).count("hits", 1));
        }
        if matches!(step.record.input, Input::Open(_)) {
            if let Some(subject) = &step.case.subject {
                counts.push(About::Person(subject.person).count("cases", 1));
            }
            if let Some(address) = address(&step.case) {
                counts.push(About::Address(&address).count("cases", 1));
            }
        }
    }

    fn count_actions(&self, case: &Case, counts: &mut Vec<Count>) {
        for entry in &case.ledger {
            let stood = self.actions.iter().find(|(id, _)| *id == entry.id());
            if stood.map(|(_, state)| *state) != Some(entry.state()) {
                let about = About::Action(&entry.order.action);
                counts.push(about.count(entry.state().name(), 1));
            }
        }
    }
}

/// The counter of the answers that took so long.
fn bucket(seconds: u64) -> String {
    match ANSWER_SECONDS.iter().find(|limit| seconds <= **limit) {
        Some(limit) => format!("answer_le_{limit}"),
        None => "answer_later".to_owned(),
    }
}

/// The rule of the alert that opened a case: it stays the same whatever joins.
fn rule_of(case: &Case) -> String {
    case.alerts.first().map(|alert| alert.rule.clone()).unwrap_or_default()
}

fn is_asked(case: &Case) -> bool {
    case.ask.is_some() && case.treatment.ask().is_some()
}
