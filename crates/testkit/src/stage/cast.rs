//! Who is on the stage.

use demo::{
    company::{Company, Employee},
    vendors::codes::Enrolled,
};
use jiff::Timestamp;

use super::vendors::random_bytes;

/// The length of an authenticator app's secret, in bytes (RFC 4226 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// Somebody of the company.
#[derive(Debug, Clone)]
pub struct Player {
    /// Who they are.
    pub person: Employee,
    /// Their authenticator app, enrolled long ago; every second person has one, and every analyst.
    pub app: Option<Enrolled>,
    /// The enrolment link that an administrator gave them.
    pub link: Option<String>,
}

impl Player {
    /// The code that their app shows so many steps from now.
    #[must_use]
    pub fn code(&self, steps_later: i64) -> Option<String> {
        self.app.as_ref().map(|app| app.code(Timestamp::now(), steps_later))
    }
}

/// The whole company.
#[derive(Debug)]
pub struct Cast {
    /// The company.
    pub company: Company,
    /// Everybody in it, in the company's order.
    pub players: Vec<Player>,
}

impl Cast {
    pub(super) fn new(seed: u64, people: usize) -> Self {
        let company = Company::new(seed, people);
        let players = company.people.iter().enumerate().map(|(number, person)| {
            let has_app = number.is_multiple_of(2) || person.team == ANALYSTS;
            let app = has_app.then(|| Enrolled {
                name: person.name.clone(),
                secret: random_bytes(SECRET_BYTES),
            });
            Player { person: person.clone(), app, link: None }
        });
        Self { players: players.collect(), company }
    }

    pub(super) fn make_links(
        &mut self,
        count: usize,
        link: impl Fn(&str) -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        for player in self.players.iter_mut().take(count) {
            player.link = Some(link(&player.person.email)?);
        }
        Ok(())
    }

    /// Whether somebody is an analyst.
    #[must_use]
    pub fn is_analyst(&self, player: &Player) -> bool {
        player.person.team == ANALYSTS
    }

    /// People who are asked about things: everybody but the analysts.
    pub fn asked(&self) -> impl Iterator<Item = &Player> {
        self.players.iter().filter(|player| !self.is_analyst(player))
    }
}

/// The team whose people are analysts.
pub(super) const ANALYSTS: &str = "Security";
