//! What goes on in the company: its tools send alerts, its people react.

use std::{convert::Infallible, time::Duration};

use ::demo::{
    company::{Company, Deed, Dice, Employee, Story},
    vendors::{SlackWorld, desks::DesksWorld},
};
use connectors::http::{BaseUrl, HttpClient};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    cast::{Cast, Manner},
    folder::Folder,
    player::Player,
    tools::Tools,
    vendors::Vendors,
};

/// Between two looks of everybody at Slack.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Before the first alert, so that a visitor can see it come.
const BEFORE_FIRST: Duration = Duration::from_secs(3);
/// Before one of the systems that tell of computers is down: it was read once by then.
const BEFORE_OUTAGE: Duration = Duration::from_secs(30);
/// Between the first alerts.
const BETWEEN_FIRST: Duration = Duration::from_secs(2);
/// Between all others.
const BETWEEN_LATER: Duration = Duration::from_secs(20);
/// Between what people usually do.
const BETWEEN_USUAL: Duration = Duration::from_secs(1);
/// What happens to people whom nobody visits, after the first scenes.
const LATER: [Story; 5] =
    [Story::NewNetwork, Story::Sudo, Story::AccessKey, Story::MassClone, Story::NewNetwork];

/// The company at work.
pub(super) struct Life<'a> {
    slack: &'a SlackWorld,
    desks: &'a DesksWorld,
    players: Vec<Player>,
    /// Whose computer cannot have the newest system, by address.
    excused: &'a str,
    siem: Siem<'a>,
}

/// What happens in the company: its tools write audit events of it, and send an alert of their own
/// where they write none.
struct Siem<'a> {
    tools: Tools<'a>,
    company: &'a Company,
    first: Vec<(Story, &'a Employee)>,
    others: Vec<&'a Employee>,
    hijacked: &'a Employee,
    dice: Dice,
    http: HttpClient,
    base: BaseUrl,
    token: &'a SecretString,
    sent: u64,
    /// Ids of alerts differ from those of an earlier demo in the same folder.
    run: u64,
}

impl<'a> Life<'a> {
    /// A company whose server is on this port.
    pub(super) fn new(
        port: u16,
        seed: u64,
        cast: &'a Cast,
        folder: &'a Folder,
        vendors: &'a Vendors,
    ) -> anyhow::Result<Self> {
        let http = HttpClient::new()?;
        let origin = format!("http://localhost:{port}");
        let played = cast.parts.iter().filter(|part| part.manner != Manner::Visited);
        let players = played.clone().map(|part| Player::new(part, http.clone(), &origin));
        let players = players.collect::<anyhow::Result<_>>()?;
        let ([mia, noah], [proves, denies, silent]) = (cast.visited(), cast.first());
        let first = vec![
            (Story::NewNetwork, noah),
            (Story::SessionMoved, cast.hijacked()),
            (Story::MassClone, mia),
            (Story::AccessKey, proves),
            (Story::RootSignIn, denies),
            (Story::Sudo, silent),
        ];
        let base: BaseUrl = format!("http://127.0.0.1:{port}").parse()?;
        let token = &folder.secrets.events_token;
        let tools = Tools::new(&cast.company, seed, http.clone(), base.clone(), token);
        let excused = proves.email.as_str();
        let siem = Siem {
            tools,
            company: &cast.company,
            first,
            others: played.map(|part| &part.person).collect(),
            hijacked: cast.hijacked(),
            dice: Dice::new(seed),
            http,
            base,
            token: &folder.secrets.siem_token,
            sent: 0,
            run: u64::try_from(Timestamp::now().as_second()).unwrap_or_default(),
        };
        Ok(Self { slack: &vendors.slack, desks: &vendors.desks, players, excused, siem })
    }

    /// Goes on until it is dropped.
    pub(super) async fn go_on(self) -> Infallible {
        let Self { slack, desks, players, excused, siem } = self;
        let outage = async {
            tokio::time::sleep(BEFORE_OUTAGE).await;
            desks.take_fleet_down();
        };
        let (never, _, ()) = tokio::join!(siem.watch(), react(players, slack, excused), outage);
        never
    }
}

/// Why somebody asks to be excused.
const EXCUSE: &str = "It drives the old milling machine, whose software runs on nothing newer.";

/// Lets everybody react, one after the other: made-up people are patient. One of them asks for an
/// exemption as soon as their computer is shown; to grant it is an analyst's, the visitor's.
async fn react(mut players: Vec<Player>, slack: &SlackWorld, excused: &str) -> Infallible {
    let mut has_asked = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        for player in &mut players {
            let looked = player.look(slack).await;
            if !has_asked && player.is_of(excused) {
                match player.ask_exemption(EXCUSE).await {
                    Ok(is_asked) => has_asked = is_asked,
                    Err(error) => tracing::warn!("nobody of the demo can ask: {error:#}"),
                }
            }
            if let Err(error) = looked {
                tracing::warn!("somebody of the demo could not answer: {error:#}");
            }
        }
    }
}

impl Siem<'_> {
    async fn watch(mut self) -> Infallible {
        self.tools.tell_history().await;
        tokio::time::sleep(BEFORE_FIRST).await;
        for (story, person) in std::mem::take(&mut self.first) {
            self.send(story, person).await;
            tokio::time::sleep(BETWEEN_FIRST).await;
        }
        tokio::time::sleep(BETWEEN_LATER).await;
        self.send(Story::SessionMoved, self.hijacked).await;
        loop {
            for _ in 0..BETWEEN_LATER.as_secs() / BETWEEN_USUAL.as_secs() {
                tokio::time::sleep(BETWEEN_USUAL).await;
                self.tools.go_on().await;
            }
            let story = *self.dice.pick(&LATER);
            let person = *self.dice.pick(&self.others);
            self.send(story, person).await;
        }
    }

    /// Lets something happen. Like a tool it goes on if what it sends is refused.
    async fn send(&mut self, story: Story, person: &Employee) {
        if let Some(deed) = Deed::of(story) {
            return self.tools.happen(deed, person).await;
        }
        let now = Timestamp::now().to_string();
        let number = self.run * 1_000 + self.sent;
        self.sent += 1;
        let alert = self.company.alert(&mut self.dice, story, person, number, &now);
        let request = self.http.post(self.base.join("v1/alerts/siem")).json(&alert.body);
        let request = request.bearer_auth(self.token.expose_secret());
        let sent = match self.http.send("the demo's server", request).await {
            Ok(reply) => reply.success("the demo's server").map(drop),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = sent {
            tracing::warn!("an alert of the demo was not taken: {failure}");
        }
    }
}
