//! The attacks: who is attacked when, and what the attacker does.

mod acts;

pub(super) use acts::{Attack, happen};

use super::{Incident, Plan, habits::Habits, records::mixed};
use crate::company::Dice;

/// People who do less than this on a working day are no victims: nothing is known of them.
const VICTIM_RATE_MIN: f64 = 4.0;
/// How often somebody is drawn before the story goes untold.
const DRAWS_MAX: usize = 20_000;

/// What an attacker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Story {
    /// A session's cookie is stolen and used from Tor; apps are opened, files are taken.
    StolenCookie,
    /// Pushes at night until one is accepted, then a sign-in from a strange network.
    PushFatigue,
    /// A sign-in from another continent within the hour, with a new device; then documents are
    /// taken by the hundred.
    FarAway,
    /// One address tries a password on a hundred accounts, and one opens.
    PasswordSpray,
    /// A key of the cloud is made in a stolen session and used from somewhere else.
    KeyElsewhere,
    /// All code is cloned with a stolen token.
    MassClone,
    /// An administrator's account enrols a factor after a strange sign-in and makes another
    /// administrator.
    NewAdmin,
    /// The cloud's audit log is stopped in a stolen session.
    TrailStopped,
    /// An application that nobody knows is given the whole drive, and exports it.
    DriveExport,
    /// A session of the chat is used by a script that takes all files.
    ChatScraping,
    /// A risky sign-in to Entra, a new way to sign in, and a global administrator.
    EntraTakeover,
}

impl Story {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::StolenCookie,
        Self::PushFatigue,
        Self::FarAway,
        Self::PasswordSpray,
        Self::KeyElsewhere,
        Self::MassClone,
        Self::NewAdmin,
        Self::TrailStopped,
        Self::DriveExport,
        Self::ChatScraping,
        Self::EntraTakeover,
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::StolenCookie => "session cookie stolen and used from Tor",
            Self::PushFatigue => "MFA fatigue, then a sign-in",
            Self::FarAway => "impossible travel with a new device, then mass download",
            Self::PasswordSpray => "password spray from one address",
            Self::KeyElsewhere => "AWS key created and used elsewhere",
            Self::MassClone => "GitHub mass clone with a stolen token",
            Self::NewAdmin => "Okta factor enrolled after a strange sign-in, then a new admin",
            Self::TrailStopped => "CloudTrail stopped",
            Self::DriveExport => "OAuth grant and Drive mass export",
            Self::ChatScraping => "Slack session taken over by a script, files scraped",
            Self::EntraTakeover => "Entra risky sign-in, new method, new global administrator",
        }
    }

    fn can_happen_to(self, habits: &Habits) -> bool {
        match self {
            Self::KeyElsewhere | Self::MassClone | Self::TrailStopped => {
                habits.team == "Engineering"
            }
            Self::NewAdmin => habits.is_administrator(),
            Self::EntraTakeover => habits.seed.is_multiple_of(5),
            _ => true,
        }
    }
}

/// Who is attacked when: nobody twice, each on a day of work.
pub(super) fn incidents(plan: &Plan, habits: &[Habits]) -> Vec<Incident> {
    let mut dice = Dice::new(mixed(plan.seed ^ 0x61_74_6b));
    let mut victims = std::collections::BTreeSet::new();
    let mut incidents = Vec::new();
    // A day begins earlier in the east: the first one is not whole everywhere.
    let first = plan.attacks_from + 1;
    let days = plan.days.saturating_sub(first) as usize;
    if days == 0 {
        return incidents;
    }
    for _ in 0..plan.attacks_each {
        for story in Story::ALL {
            let draw = || {
                let victim = dice.below(habits.len()) as u32;
                (victim, first + dice.below(days) as u32)
            };
            let is_sound = |(victim, day): &(u32, u32)| {
                let of = &habits[*victim as usize];
                // The first day is a Monday.
                let is_working =
                    day % 7 < 5 && of.for_days(*day, 7, 0x78) % 100 >= 4 && !of.is_in_the_air(*day);
                let is_known = of.from_day == 0 && of.rate >= VICTIM_RATE_MIN;
                is_working && is_known && story.can_happen_to(of) && !victims.contains(victim)
            };
            let found = std::iter::repeat_with(draw).take(DRAWS_MAX).find(is_sound);
            if let Some((victim, day)) = found {
                victims.insert(victim);
                let number = u32::try_from(incidents.len()).unwrap_or(u32::MAX);
                incidents.push(Incident { number, story, victim, day });
            }
        }
    }
    incidents
}
