//! What goes on in the company: its tools send events, its people react.

use std::{convert::Infallible, time::Duration};

use ::demo::{
    company::{Deed, Dice, Employee},
    vendors::{SlackWorld, desks::DesksWorld},
};
use connectors::http::HttpClient;

use super::{
    background::Background,
    cast::{Cast, Manner},
    excuses::Excuse,
    player::Player,
    sender::Sender,
    tools::Tools,
    vendors::Vendors,
};

/// Between two looks of everybody at Slack.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Before the first scene, so that a visitor can see it come.
const BEFORE_FIRST: Duration = Duration::from_secs(3);
/// Before one of the systems that tell of computers is down: it was read once by then.
const BEFORE_OUTAGE: Duration = Duration::from_secs(30);
/// Between the first scenes.
const BETWEEN_FIRST: Duration = Duration::from_secs(2);
/// Between all others.
const BETWEEN_LATER: Duration = Duration::from_secs(20);
/// Between two things that people usually do, beside their everyday life.
const BETWEEN_USUAL: Duration = Duration::from_secs(4);
/// What happens to people whom nobody visits, after the first scenes.
const LATER: [Deed; 5] =
    [Deed::SignInElsewhere, Deed::Sudo, Deed::KeyMade, Deed::MassClone, Deed::SignInElsewhere];

/// The company at work.
pub(super) struct Life<'a> {
    slack: &'a SlackWorld,
    desks: &'a DesksWorld,
    players: Vec<Player>,
    excuses: [Excuse<'a>; 2],
    background: Background<'a>,
    scenes: Scenes<'a>,
}

/// What happens to people that rules look for.
struct Scenes<'a> {
    tools: Tools<'a>,
    first: Vec<(Deed, &'a Employee)>,
    others: Vec<&'a Employee>,
    hijacked: &'a Employee,
    dice: Dice,
}

impl<'a> Life<'a> {
    /// A company whose server is on this port.
    pub(super) fn new(
        port: u16,
        seed: u64,
        cast: &'a Cast,
        vendors: &'a Vendors,
        sender: &'a Sender<'a>,
    ) -> anyhow::Result<Self> {
        let http = HttpClient::new()?;
        let origin = format!("http://localhost:{port}");
        let played = cast.parts.iter().filter(|part| part.manner != Manner::Visited);
        let players = played.clone().map(|part| Player::new(part, http.clone(), &origin));
        let players = players.collect::<anyhow::Result<_>>()?;
        let ([mia, noah], [proves, denies, silent]) = (cast.visited(), cast.first());
        let first = vec![
            (Deed::SignInElsewhere, noah),
            (Deed::SessionMoved, cast.hijacked()),
            (Deed::MassClone, mia),
            (Deed::KeyMade, proves),
            (Deed::TrailStopped, denies),
            (Deed::Sudo, silent),
        ];
        let excuses = [
            Excuse::granted(&silent.email, &cast.colleague().email),
            Excuse::waiting(&proves.email),
        ];
        let scenes = Scenes {
            tools: Tools::new(&cast.company, seed, sender),
            first,
            others: played.map(|part| &part.person).collect(),
            hijacked: cast.hijacked(),
            dice: Dice::new(seed),
        };
        let background = Background::new(seed, sender);
        let (slack, desks) = (&vendors.slack, &vendors.desks);
        Ok(Self { slack, desks, players, excuses, background, scenes })
    }

    /// Goes on until it is dropped.
    pub(super) async fn go_on(self) -> Infallible {
        let Self { slack, desks, players, excuses, background, scenes } = self;
        let outage = async {
            tokio::time::sleep(BEFORE_OUTAGE).await;
            desks.take_fleet_down();
        };
        let (never, _, _, ()) =
            tokio::join!(scenes.play(), background.go_on(), react(players, slack, excuses), outage);
        never
    }
}

/// Lets everybody react, one after the other: made-up people are patient.
async fn react(
    mut players: Vec<Player>,
    slack: &SlackWorld,
    mut excuses: [Excuse<'_>; 2],
) -> Infallible {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        for player in &mut players {
            if let Err(error) = player.look(slack).await {
                tracing::warn!("somebody of the demo could not answer: {error:#}");
            }
        }
        for excuse in &mut excuses {
            if let Err(error) = excuse.go_on(&mut players).await {
                tracing::warn!("nobody of the demo is excused yet: {error:#}");
            }
        }
    }
}

impl Scenes<'_> {
    async fn play(mut self) -> Infallible {
        self.tools.tell_history().await;
        tokio::time::sleep(BEFORE_FIRST).await;
        for (deed, person) in std::mem::take(&mut self.first) {
            self.tools.happen(deed, person).await;
            tokio::time::sleep(BETWEEN_FIRST).await;
        }
        tokio::time::sleep(BETWEEN_LATER).await;
        self.tools.happen(Deed::SessionMoved, self.hijacked).await;
        loop {
            for _ in 0..BETWEEN_LATER.as_secs() / BETWEEN_USUAL.as_secs() {
                tokio::time::sleep(BETWEEN_USUAL).await;
                self.tools.go_on().await;
            }
            let deed = *self.dice.pick(&LATER);
            let person = *self.dice.pick(&self.others);
            self.tools.happen(deed, person).await;
        }
    }
}
