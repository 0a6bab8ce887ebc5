//! Who lives in the world: people with authenticators of different ages, with and without an
//! account at the chat.

use std::collections::{BTreeMap, BTreeSet};

use model::{FactorId, Method, Person, PersonId, Personal, Span, Timestamp};
use ports::{directory::ListDirectory, verifier::Factor};

use super::{
    dice::Chance,
    vendors::{NO_ACCOUNT, account_for},
    witness::MARK,
};

/// The group whose members are analysts.
pub(super) const ANALYSTS: &str = "security";
/// How many people there are at least.
const PEOPLE_MIN: usize = 5;
/// How many more there may be.
const PEOPLE_MORE: usize = 8;
/// How many of them are analysts.
const ANALYST_COUNT: usize = 2;

const ZONES: [Option<&str>; 6] = [
    None,
    Some("Europe/Berlin"),
    Some("America/New_York"),
    Some("Asia/Kolkata"),
    Some("Pacific/Auckland"),
    Some("Mars/Olympus"),
];

/// Everybody.
pub(super) struct Cast {
    pub(super) members: Vec<Member>,
}

/// A person with what they hold.
pub(super) struct Member {
    pub(super) person: Person,
    pub(super) factors: Vec<Factor>,
    /// Every account that ever was theirs, at any chat.
    pub(super) accounts: BTreeSet<String>,
    /// What their authenticators count to.
    pub(super) counter: u64,
}

impl Cast {
    pub(super) fn new(chance: &Chance, chats: &[String], now: Timestamp) -> Self {
        let count = PEOPLE_MIN + chance.below(PEOPLE_MORE);
        let members = (0..count).map(|number| Member::new(chance, number, chats, now)).collect();
        Self { members }
    }

    pub(super) fn directory(&self) -> ListDirectory {
        let people = self.members.iter().map(|member| member.person.clone());
        self.members.iter().fold(ListDirectory::new(people), |directory, member| {
            directory.with_factors(member.person.id, member.factors.clone())
        })
    }

    pub(super) fn member(&self, id: PersonId) -> Option<&Member> {
        self.members.iter().find(|member| member.person.id == id)
    }

    pub(super) fn owner_of(&self, account: &str) -> Option<PersonId> {
        let owner = self.members.iter().find(|member| member.accounts.contains(account));
        owner.map(|member| member.person.id)
    }

    pub(super) fn factor(&self, id: FactorId) -> Option<&Factor> {
        self.members.iter().flat_map(|member| &member.factors).find(|factor| factor.id == id)
    }

    /// The directory changes while the server is away: somebody gets another account, or leaves.
    pub(super) fn change(&mut self, chance: &Chance, chats: &[String]) -> String {
        let index = chance.below(self.members.len());
        let member = &mut self.members[index];
        let Some(chat) = chance.pick(chats).filter(|_| !chance.permille(200)) else {
            member.person.active = !member.person.active;
            return format!("person {index} is active: {}", member.person.active);
        };
        let account = format!("U{MARK}{index}-{}", member.accounts.len());
        member.accounts.insert(account.clone());
        member.person.chat.insert(chat, account);
        format!("person {index} has another account")
    }
}

impl Member {
    fn new(chance: &Chance, number: usize, chats: &[String], now: Timestamp) -> Self {
        let id = PersonId::from_digest(number as u128 + 1);
        let is_unreachable = chance.permille(150);
        let word = if is_unreachable { NO_ACCOUNT } else { "p" };
        let email = format!("{word}{number}.{MARK}@corp.example");
        let mut accounts = BTreeSet::new();
        let mut chat = BTreeMap::new();
        for name in chats.iter().filter(|_| !is_unreachable && chance.permille(600)) {
            let account = format!("U{MARK}{number}");
            accounts.insert(account.clone());
            chat.insert(name.clone(), account);
        }
        accounts.insert(account_for(&email));
        let is_analyst = number < ANALYST_COUNT;
        let person = Person {
            id,
            subject: format!("subject-{MARK}-{number}").into(),
            email: email.into(),
            name: format!("Name{MARK} Last{number}").into(),
            time_zone: chance.pick(&ZONES).flatten().map(str::to_owned),
            language: None,
            manager: None,
            groups: is_analyst.then(|| ANALYSTS.to_owned()).into_iter().collect(),
            privileged: chance.permille(200),
            chat,
            aliases: vec![Personal::new(format!("aws:{MARK}{number}"))],
            away: Vec::new(),
            active: !chance.permille(60),
        };
        let factors = Self::factors(chance, id, now);
        Self { person, factors, accounts, counter: 0 }
    }

    fn factors(chance: &Chance, owner: PersonId, now: Timestamp) -> Vec<Factor> {
        let count = chance.below(4);
        let factor = |_| {
            let method = if chance.permille(500) { Method::Passkey } else { Method::Totp };
            let id = FactorId::from_digest(u128::from_le_bytes(random(chance)));
            let created_at = match chance.below(8) {
                0 => None,
                1 => Some(now),
                2 => Some(Span::hours(71).before(now)),
                _ => Some(Span::days(60).before(now)),
            };
            Factor {
                id,
                person: owner,
                method,
                label: "a device".to_owned(),
                created_at,
                authorised_by: "directory".to_owned(),
                material: format!("material-{MARK}").into_bytes(),
                counter: 0,
                is_external: true,
            }
        };
        (0..count).map(factor).collect()
    }
}

fn random(chance: &Chance) -> [u8; 16] {
    let mut bytes = [0; 16];
    ports::Entropy::fill(chance, &mut bytes);
    bytes
}
