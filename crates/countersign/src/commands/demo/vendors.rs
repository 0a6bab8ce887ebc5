//! The vendors that stand in for the real ones, on ports of this machine.

use std::sync::Arc;

use ::demo::{
    company::Employee,
    vendors::{
        CodesPage, DuoWorld, DuoWorldConfig, OktaWorld, PagerDutyWorld, SlackWorld,
        SlackWorldConfig,
        desks::{Desk, DesksWorld, Told, Wrong},
        duo::{DuoDevice, DuoPerson, Standing},
        feeds::FeedWorld,
        okta::OktaUser,
        slack::SlackUser,
    },
};
use secrecy::ExposeSecret as _;

use super::{
    cast::{Cast, Manner, Part},
    folder::Folder,
    versions,
};
use crate::system::{SystemClock, SystemEntropy};

/// How many digits a Verified Push asks for here.
const DUO_CODE_DIGITS: usize = 6;

/// The running stand-ins.
pub(super) struct Vendors {
    pub(super) slack: SlackWorld,
    pub(super) pagerduty: PagerDutyWorld,
    pub(super) duo: DuoWorld,
    pub(super) okta: OktaWorld,
    pub(super) codes: CodesPage,
    pub(super) desks: DesksWorld,
    pub(super) versions: FeedWorld,
}

impl Vendors {
    /// Starts all of them.
    pub(super) async fn start(cast: &Cast, folder: &Folder) -> anyhow::Result<Self> {
        let clock = Arc::new(SystemClock);
        let secrets = &folder.secrets;
        let slack = SlackWorldConfig {
            bot_token: secrets.slack_bot_token.expose_secret().to_owned(),
            signing_secret: secrets.slack_signing_secret.expose_secret().to_owned(),
            people: cast.parts.iter().map(slack_user).collect(),
            ..SlackWorldConfig::new(clock.clone())
        };
        let duo = DuoWorldConfig {
            port: 0,
            integration_key: Folder::duo_integration_key().to_owned(),
            secret_key: secrets.duo_secret_key.expose_secret().to_owned(),
            code_digits: Some(DUO_CODE_DIGITS),
            people: cast.parts.iter().map(duo_person).collect(),
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
        };
        let okta = OktaWorld::start(clock.clone()).await?;
        cast.parts.iter().map(okta_user).for_each(|user| okta.add(user));
        let apps = cast.parts.iter().map(|part| part.app.clone()).collect();
        Ok(Self {
            slack: SlackWorld::start(slack).await?,
            pagerduty: PagerDutyWorld::start().await?,
            duo: DuoWorld::start(duo).await?,
            okta,
            codes: CodesPage::start(apps, clock.clone(), 0).await?,
            desks: DesksWorld::start(desks(cast), clock, 0).await?,
            versions: versions::start().await?,
        })
    }

    /// Tells Slack where its callbacks go.
    pub(super) fn set_callbacks(&self, port: u16) {
        self.slack.set_callbacks(&format!("http://127.0.0.1:{port}/callbacks/slack"));
    }
}

/// Computers in every state: two of the first visitor's, one of the second's, and others'.
fn desks(cast: &Cast) -> Vec<Desk> {
    let ([mia, noah], [excused, _, displaying]) = (cast.visited(), cast.first());
    let desk = |owner: &Employee, told, wrong| Desk {
        owner: owner.name.clone(),
        email: owner.email.clone(),
        told,
        wrong,
    };
    let mut desks = vec![
        desk(mia, Told::JamfAndFleet, Wrong::Firewall),
        desk(mia, Told::Intune, Wrong::Disk),
        desk(mia, Told::Jamf, Wrong::Silent),
        desk(noah, Told::Intune, Wrong::Nothing),
        desk(noah, Told::JamfAndFleet, Wrong::Lock),
        desk(excused, Told::Jamf, Wrong::System),
        desk(displaying, Told::Jamf, Wrong::Lock),
        Desk {
            owner: String::new(),
            email: String::new(),
            told: Told::Jamf,
            wrong: Wrong::Nothing,
        },
    ];
    // Most of a company is in order; what is not is spread over it.
    let kinds = [
        (Told::JamfAndFleet, Wrong::Nothing),
        (Told::JamfAndFleet, Wrong::Nothing),
        (Told::Intune, Wrong::Nothing),
        (Told::JamfAndFleet, Wrong::Lock),
        (Told::JamfAndFleet, Wrong::Updates),
        (Told::Jamf, Wrong::System),
        (Told::JamfAndFleet, Wrong::Nothing),
        (Told::Intune, Wrong::Disk),
        (Told::JamfAndFleet, Wrong::Nothing),
        (Told::Jamf, Wrong::Untold),
        (Told::JamfAndFleet, Wrong::Nothing),
    ];
    let others = cast.parts.iter().filter(|part| part.manner != Manner::Visited);
    let with_own = [&excused.email, &displaying.email];
    let others = others.filter(|part| !with_own.contains(&&part.person.email));
    let more = others.zip(kinds.into_iter().cycle());
    desks.extend(more.map(|(part, (told, wrong))| desk(&part.person, told, wrong)));
    desks
}

fn slack_user(part: &Part) -> SlackUser {
    let person = &part.person;
    let user = SlackUser::member(&person.slack, &person.email, &person.name);
    SlackUser { time_zone: person.office.zone.to_owned(), ..user }
}

fn okta_user(part: &Part) -> OktaUser {
    OktaUser::active(&format!("00u{}", part.person.subject), &part.person.email)
}

fn duo_person(part: &Part) -> DuoPerson {
    DuoPerson {
        username: part.person.email.clone(),
        standing: Standing::Enrolled,
        devices: vec![DuoDevice { id: format!("DP-{}", part.person.subject), takes_pushes: true }],
    }
}
