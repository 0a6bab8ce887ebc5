//! Who plays what.

use ::demo::{
    company::{Company, Dice, Employee},
    vendors::codes::Enrolled,
};
use ports::Entropy as _;

use crate::system::SystemEntropy;

/// How many people the company has: few enough to know them all.
pub(super) const PEOPLE: usize = 48;
/// The length of an authenticator app's secret, in bytes (RFC 4226 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// How somebody reacts to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Says "it was me" and proves it.
    Proves,
    /// The same, a while after something was done to their account, from a laptop of their own
    /// that they never signed in on.
    ProvesFromNewLaptop,
    /// Says "not me".
    Denies,
    /// Says nothing.
    Silent,
    /// Is played by the visitor.
    Visited,
}

/// Somebody, with how they react and the app they prove with.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) person: Employee,
    pub(super) manner: Manner,
    pub(super) app: Enrolled,
}

/// The whole company.
pub(super) struct Cast {
    pub(super) company: Company,
    pub(super) parts: Vec<Part>,
    analyst: usize,
    visited: [usize; 2],
    first: [usize; 3],
    hijacked: usize,
    colleague: usize,
}

impl Cast {
    /// The same people with the same manners for the same seed; their secrets are new.
    pub(super) fn of(seed: u64) -> Self {
        let company = Company::new(seed, PEOPLE);
        let at = |person: Option<&Employee>| {
            let person = person.expect("a company of this size has every team");
            let found = company.people.iter().position(|each| each.subject == person.subject);
            found.expect("they are of the company")
        };
        let analyst = at(company.lead_of("Security"));
        let visited = ["Engineering", "Finance"].map(|team| at(company.members_of(team).next()));
        let first = [
            at(company.members_of("Design").next()),
            at(company.lead_of("IT")),
            at(company.members_of("Sales").next()),
        ];
        let hijacked = at(company.members_of("People").next());
        let colleague = at(company.members_of("Security").next());
        let mut dice = Dice::new(seed);
        let people = company.people.iter().enumerate();
        let parts = people.map(|(number, person)| {
            let manner = match number {
                _ if number == analyst || visited.contains(&number) => Manner::Visited,
                _ if number == first[0] => Manner::Proves,
                _ if number == first[1] => Manner::Denies,
                _ if number == first[2] => Manner::Silent,
                _ if number == hijacked => Manner::ProvesFromNewLaptop,
                _ => any_manner(&mut dice),
            };
            Part { person: person.clone(), manner, app: app(person) }
        });
        let parts = parts.collect();
        Self { company, parts, analyst, visited, first, hijacked, colleague }
    }

    /// Whom the visitor plays, and what to call it.
    pub(super) fn visitors(&self) -> [(&'static str, &Employee); 3] {
        [
            ("an analyst", self.person(self.analyst)),
            ("a person who is asked", self.person(self.visited[0])),
            ("another one", self.person(self.visited[1])),
        ]
    }

    /// The two whom the visitor answers for.
    pub(super) fn visited(&self) -> [&Employee; 2] {
        self.visited.map(|number| self.person(number))
    }

    /// Those who prove, deny and are silent in the first minute.
    pub(super) fn first(&self) -> [&Employee; 3] {
        self.first.map(|number| self.person(number))
    }

    /// Whose session a thief goes on with.
    pub(super) fn hijacked(&self) -> &Employee {
        self.person(self.hijacked)
    }

    /// An analyst whom the visitor does not play.
    pub(super) fn colleague(&self) -> &Employee {
        self.person(self.colleague)
    }

    fn person(&self, number: usize) -> &Employee {
        &self.parts[number].person
    }
}

/// Most people prove; some days are worse.
fn any_manner(dice: &mut Dice) -> Manner {
    match dice.below(10) {
        0 => Manner::Denies,
        1 => Manner::Silent,
        _ => Manner::Proves,
    }
}

fn app(person: &Employee) -> Enrolled {
    let mut secret = vec![0; SECRET_BYTES];
    SystemEntropy.fill(&mut secret);
    Enrolled { name: format!("{} ({})", person.name, person.email), secret }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_has_a_visitor_of_each_kind_and_somebody_for_each_first_scene() {
        for seed in 0..50 {
            let cast = Cast::of(seed);
            let manner = |person: &Employee| {
                let part = cast.parts.iter().find(|part| part.person.subject == person.subject);
                part.map(|part| part.manner)
            };
            let first = cast.first().map(manner);
            let expected = [Manner::Proves, Manner::Denies, Manner::Silent].map(Some);
            assert_eq!(first, expected, "seed {seed}");
            let hijacked = manner(cast.hijacked());
            assert_eq!(hijacked, Some(Manner::ProvesFromNewLaptop), "seed {seed}");
            let colleague = cast.colleague();
            assert_eq!(colleague.team, "Security", "seed {seed}");
            assert_ne!(manner(colleague), Some(Manner::Visited), "seed {seed}");
            for (_, person) in cast.visitors() {
                assert_eq!(manner(person), Some(Manner::Visited), "seed {seed}");
            }
        }
    }
}
