//! The stand-ins around the server, and the real clock and randomness they use.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use data_encoding::BASE64URL_NOPAD;
use demo::vendors::{
    DuoWorld, DuoWorldConfig, SlackWorld, SlackWorldConfig,
    duo::{DuoDevice, DuoPerson, Standing},
    slack::SlackUser,
};
use ports::{Clock, Entropy};

use super::{
    cast::{Cast, Player},
    folder::{DUO_INTEGRATION_KEY, Secrets},
};

/// How many digits a Verified Push asks for here.
const DUO_CODE_DIGITS: usize = 6;
/// As much as a token needs.
const TOKEN_BYTES: usize = 32;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct RealClock;

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> model::Timestamp {
        model::Timestamp::now()
    }
    async fn sleep(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}

/// The machine's randomness.
struct RealEntropy;

impl Entropy for RealEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("this machine has randomness");
    }
}

pub(super) fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    RealEntropy.fill(&mut bytes);
    bytes
}

/// A token that nobody knows.
pub(super) fn random_text() -> String {
    BASE64URL_NOPAD.encode(&random_bytes(TOKEN_BYTES))
}

pub(super) async fn start(
    cast: &Cast,
    secrets: &Secrets,
) -> anyhow::Result<(SlackWorld, DuoWorld)> {
    let clock = Arc::new(RealClock);
    let slack = SlackWorldConfig {
        bot_token: secrets.slack_bot_token.clone(),
        signing_secret: secrets.slack_signing_secret.clone(),
        people: cast.players.iter().map(slack_user).collect(),
        ..SlackWorldConfig::new(clock.clone())
    };
    let duo = DuoWorldConfig {
        port: 0,
        integration_key: DUO_INTEGRATION_KEY.to_owned(),
        secret_key: secrets.duo_secret_key.clone(),
        code_digits: Some(DUO_CODE_DIGITS),
        people: cast.players.iter().map(duo_person).collect(),
        clock,
        entropy: Arc::new(RealEntropy),
    };
    Ok((SlackWorld::start(slack).await?, DuoWorld::start(duo).await?))
}

fn slack_user(player: &Player) -> SlackUser {
    let person = &player.person;
    let user = SlackUser::member(&person.slack, &person.email, &person.name);
    SlackUser { time_zone: person.office.zone.to_owned(), ..user }
}

fn duo_person(player: &Player) -> DuoPerson {
    let device = format!("DP-{}", player.person.subject);
    DuoPerson {
        username: player.person.email.clone(),
        standing: Standing::Enrolled,
        devices: vec![DuoDevice { id: device, takes_pushes: true }],
    }
}
