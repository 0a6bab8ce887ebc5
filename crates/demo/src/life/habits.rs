//! What each person is used to.

use crate::company::{Company, Dice, Employee};

use super::{
    Plan,
    act::Seat,
    networks::{ELSEWHERE_COUNT, Net},
    records::{
        agents::{Device, Kind},
        mixed,
    },
};

/// How fast activity falls with rank: Zipf's law with this exponent, above a few equals.
const ZIPF: f64 = 1.0;
/// So many are about as active as the most active one.
const EQUALS: f64 = 30.0;
/// So many people in a thousand join while the story is told.
const JOINERS_PER_THOUSAND: u64 = 20;

/// A person's ways, and what they sit at.
#[derive(Debug, Clone)]
pub(super) struct Habits {
    /// Records on a working day, on average.
    pub(super) rate: f64,
    pub(super) office: usize,
    pub(super) zone: &'static str,
    pub(super) team: &'static str,
    /// When their day begins, in seconds after midnight.
    pub(super) morning_s: i64,
    pub(super) desk: Device,
    pub(super) phone: Device,
    /// Whether they now and then switch on a VPN that they bought.
    pub(super) has_vpn: bool,
    /// Whether anything out of the ordinary happens to them.
    pub(super) is_eventful: bool,
    /// The first day on which they are there.
    pub(super) from_day: u32,
    pub(super) seed: u64,
    /// The session at the identity provider, of today.
    pub(super) session: u64,
    /// The session at the chat: lives for weeks.
    pub(super) chat_session: u64,
}

/// Everybody's.
pub(super) fn all(plan: &Plan, company: &Company) -> Vec<Habits> {
    let count = company.people.len();
    let weight = |rank: usize| 1.0 / (rank as f64 + EQUALS).powf(ZIPF);
    let total: f64 = (0..count).map(weight).sum();
    let per_weight = plan.records_a_day * count as f64 / total;
    let mut ranks: Vec<usize> = (0..count).collect();
    ranks.sort_by_key(|number| mixed(plan.seed ^ *number as u64 ^ 0x72_61_6e_6b));
    let mut rates = vec![0.0; count];
    for (rank, number) in ranks.into_iter().enumerate() {
        rates[number] = weight(rank) * per_weight;
    }
    let each = company.people.iter().zip(rates).enumerate();
    each.map(|(number, (person, rate))| of(plan, number as u64, person, rate)).collect()
}

fn of(plan: &Plan, number: u64, person: &Employee, rate: f64) -> Habits {
    let seed = mixed(plan.seed.rotate_left(17) ^ number);
    let mut dice = Dice::new(seed);
    let office = ["Berlin", "Lisbon", "Toronto", "Singapore"]
        .iter()
        .position(|city| *city == person.office.city)
        .unwrap_or(0);
    let joins = dice.below(1_000) < JOINERS_PER_THOUSAND as usize && plan.is_eventful;
    let from_day = if joins { dice.below(plan.days as usize) as u32 } else { 0 };
    let kind = *dice.pick(&Kind::DESKS);
    let phone = *dice.pick(&[Kind::Iphone, Kind::Android]);
    Habits {
        rate,
        office,
        zone: person.office.zone,
        team: person.team,
        morning_s: 7 * 3_600 + dice.below(3 * 3_600) as i64,
        desk: Device { kind, version: 138, mark: dice.roll() },
        phone: Device { kind: phone, version: 138, mark: dice.roll() },
        has_vpn: dice.below(100) < 8 && plan.is_eventful,
        is_eventful: plan.is_eventful,
        from_day,
        seed,
        session: dice.roll(),
        chat_session: dice.roll() >> 20,
    }
}

impl Habits {
    /// Whether they work with machines.
    pub(super) fn is_engineer(&self) -> bool {
        matches!(self.team, "Engineering" | "Security" | "Design")
    }

    /// Whether they look after everybody's accounts.
    pub(super) fn is_administrator(&self) -> bool {
        matches!(self.team, "IT")
    }

    /// A number that stays the same for as many days.
    pub(super) fn for_days(&self, day: u32, days: u32, what: u64) -> u64 {
        mixed(self.seed ^ (u64::from(day / days.max(1)) << 8) ^ what)
    }

    /// The city that they travel to on this day, if they do: for some days of a week now and then.
    pub(super) fn journey(&self, day: u32) -> Option<usize> {
        let is_there = (1..4).contains(&(day % 7));
        is_there.then(|| self.journey_of_week(day)).flatten()
    }

    /// On the first and the last day of a journey nobody works.
    pub(super) fn is_in_the_air(&self, day: u32) -> bool {
        matches!(day % 7, 0 | 4) && self.journey_of_week(day).is_some()
    }

    fn journey_of_week(&self, day: u32) -> Option<usize> {
        let of_week = self.for_days(day, 7, 0x74);
        (of_week % 1_000 < 15 && self.is_eventful)
            .then_some((of_week >> 20) as usize % ELSEWHERE_COUNT)
    }

    /// Where they work on this day.
    pub(super) fn net(&self, day: u32) -> (Net, u64) {
        match self.journey(day) {
            Some(city) => (Net::Elsewhere(city), self.for_days(day, 7, 0x75)),
            None if self.for_days(day, 1, 0x76) % 5 < 2 => (Net::Office(self.office), 0),
            // A line at home gets another address now and then, and keeps its provider.
            None => (Net::Home(self.office), self.home(day)),
        }
    }

    fn home(&self, day: u32) -> u64 {
        let line = self.seed & 0xffff_ffff_ffff_0000;
        line | (self.for_days(day, 25, 0x77) & 0xffff)
    }

    /// Their seat in a network.
    pub(super) fn seat(&self, net: Net, number: u64) -> Seat {
        Seat {
            address: net.address(number),
            device: self.desk,
            session: self.session,
            chat_session: self.chat_session,
        }
    }
}
