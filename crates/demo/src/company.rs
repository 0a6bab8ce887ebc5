//! The fictional company: people and alerts from a seed, the same for the same seed.
//!
//! Nobody in it exists. Addresses are of the documentation ranges (RFC 5737, RFC 3849), names under
//! `.example` (RFC 2606).

mod alerts;
pub mod deeds;
mod words;

pub use alerts::{DemoAlert, Story};
pub use deeds::Deed;

use std::fmt::Write as _;

use words::{FIRST_NAMES, LAST_NAMES, OFFICES, TEAMS};

/// The company's name.
pub const NAME: &str = "Larkfield Instruments";
/// Its mail domain.
pub const DOMAIN: &str = "larkfield.example";

/// A small deterministic generator (SplitMix64): the same numbers for a seed on every machine.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A generator for a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.roll() % limit).unwrap_or(0)
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Somebody of the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    /// The directory's immutable id.
    pub subject: String,
    /// First and last name.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their team, which is also their group.
    pub team: &'static str,
    /// Where they work.
    pub office: &'static Office,
    /// Their account in the chat.
    pub slack: String,
    /// The subject of whom they report to.
    pub manager: Option<String>,
    /// Whether their account can do great harm.
    pub privileged: bool,
}

/// A place of work.
#[derive(Debug, PartialEq, Eq)]
pub struct Office {
    /// The city.
    pub city: &'static str,
    /// Its IANA zone.
    pub zone: &'static str,
    /// The address its network shows outside.
    pub address: &'static str,
}

/// The company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Everybody, the leads of the teams first.
    pub people: Vec<Employee>,
}

impl Company {
    /// A company of so many people, the same for the same seed.
    #[must_use]
    pub fn new(seed: u64, size: usize) -> Self {
        let mut dice = Dice::new(seed);
        let mut people: Vec<Employee> = Vec::with_capacity(size);
        for number in 0..size {
            let lead =
                (number >= TEAMS.len()).then(|| people[number % TEAMS.len()].subject.clone());
            people.push(employee(&mut dice, number, lead));
        }
        Self { people }
    }

    /// The first of a team: its lead.
    #[must_use]
    pub fn lead_of(&self, team: &str) -> Option<&Employee> {
        self.people.iter().find(|person| person.team == team)
    }

    /// The members of a team who lead nobody.
    pub fn members_of<'a>(&'a self, team: &'a str) -> impl Iterator<Item = &'a Employee> {
        let is_member = move |person: &&Employee| person.team == team && person.manager.is_some();
        self.people.iter().filter(is_member)
    }

    /// The directory as a `people.toml`. `totp` names, for a person, the file that holds the
    /// secret of an authenticator app enrolled long ago.
    #[must_use]
    pub fn people_toml(&self, totp: impl Fn(&Employee) -> Option<String>) -> String {
        let mut toml = String::new();
        for person in &self.people {
            let Employee { subject, name, email, team, office, slack, .. } = person;
            let _ = writeln!(toml, "[[person]]\nid = {subject:?}\nname = {name:?}");
            let _ = writeln!(toml, "email = {email:?}\ntime_zone = {:?}", office.zone);
            let _ = writeln!(toml, "groups = [{:?}]\nchat = {{ slack = {slack:?} }}", group(team));
            let _ = writeln!(toml, "aliases = [{:?}]", github_alias(person));
            if let Some(manager) = &person.manager {
                let _ = writeln!(toml, "manager = {manager:?}");
            }
            if person.privileged {
                let _ = writeln!(toml, "privileged = true");
            }
            if let Some(file) = totp(person) {
                let _ = writeln!(
                    toml,
                    "totp = {{ secret = {{ file = {file:?} }}, enrolled = 2026-01-31 }}"
                );
            }
            toml.push('\n');
        }
        toml
    }
}

/// The alias by which a person's account at GitHub is known.
fn github_alias(person: &Employee) -> String {
    format!("github:{}", deeds::github_account(person))
}

/// A team's group in the directory.
#[must_use]
pub fn group(team: &str) -> String {
    team.to_lowercase().replace(' ', "-")
}

fn employee(dice: &mut Dice, number: usize, manager: Option<String>) -> Employee {
    let (first, last) = (*dice.pick(FIRST_NAMES), *dice.pick(LAST_NAMES));
    let team = TEAMS[number % TEAMS.len()];
    // Two people may share a name; nobody shares an address.
    let local = format!("{first}.{}{number}", words::ascii(last)).to_lowercase();
    Employee {
        subject: format!("lk-{number:05}"),
        name: format!("{first} {last}"),
        email: format!("{local}@{DOMAIN}"),
        team,
        office: dice.pick(OFFICES),
        slack: format!("U{number:07X}"),
        manager,
        privileged: team == "IT" && number.is_multiple_of(3),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_company_and_another_seed_another() {
        assert_eq!(Company::new(7, 200), Company::new(7, 200));
        assert_ne!(Company::new(7, 200), Company::new(8, 200));
    }

    #[test]
    fn nobody_shares_an_id_an_address_or_an_account() {
        let company = Company::new(1, 30_000);
        for field in [
            |person: &Employee| person.subject.clone(),
            |person: &Employee| person.email.clone(),
            |person: &Employee| person.slack.clone(),
        ] {
            let all: BTreeSet<String> = company.people.iter().map(field).collect();
            assert_eq!(all.len(), company.people.len());
        }
    }
}
