//! Records such as an identity provider's: about 1.5 kB, much of it alike in all.

use std::sync::Arc;

use event::Uid;
use model::{Span, Timestamp};
use ports::{
    Entropy as _,
    entropy::SeededEntropy,
    event_log::{Batch, Record},
};

/// Records in a batch.
pub(super) const RECORDS: usize = 500;
/// Different batches; they are appended again and again.
const BATCHES: usize = 64;
const SEED: u64 = 5;
const PEOPLE: u128 = 10_000;
const APPS: u128 = 300;
const ACTIONS: [&str; 8] = [
    "user.session.start",
    "user.authentication.auth_via_mfa",
    "user.authentication.sso",
    "policy.evaluate_sign_on",
    "user.session.end",
    "app.oauth2.as.token.grant",
    "user.mfa.factor.activate",
    "group.user_membership.add",
];
const SYSTEMS: [&str; 5] = [
    "Macintosh; Intel Mac OS X 10_15_7",
    "Windows NT 10.0; Win64; x64",
    "X11; Linux x86_64",
    "iPhone; CPU iPhone OS 18_5 like Mac OS X",
    "Linux; Android 15; Pixel 8",
];
const CITIES: [&str; 8] =
    ["Rotterdam", "Utrecht", "Lyon", "Graz", "Porto", "Malmö", "Cork", "Gdańsk"];

/// All batches.
pub(super) fn batches() -> Vec<Batch> {
    let dice = Dice(SeededEntropy::new(SEED));
    let batch = |number: u64| {
        let received_at = Span::seconds(1_795_000_000 + number).after(Timestamp::UNIX_EPOCH);
        let records = (0..RECORDS).map(|_| record(&dice, received_at)).collect();
        let times = (Span::seconds(30).before(received_at), received_at);
        Batch { source: Arc::from("okta"), received_at, times, records }
    };
    (0..BATCHES as u64).map(batch).collect()
}

fn record(dice: &Dice, received_at: Timestamp) -> Record {
    let uid = Uid(dice.0.bits());
    // Some people do much more than others.
    let person = dice.below(PEOPLE) * dice.below(PEOPLE) / PEOPLE;
    let at = Span::seconds(dice.below(30) as u64).before(received_at);
    let action = dice.of(&ACTIONS);
    let ip = format!("198.51.{}.{}", person % 200, (person + dice.below(3)) % 250);
    let parts = [
        format!(r#"{{"uuid":"{:032x}","published":"{at}","eventType":"{action}""#, uid.0),
        format!(r#""version":"0","severity":"INFO","displayMessage":"{action}""#),
        actor(person),
        client(dice, person, &ip),
        r#""outcome":{"result":"SUCCESS","reason":null}"#.to_owned(),
        target(dice),
        debug(dice),
        context(dice, person, &ip),
    ];
    // The lines below are broken for the eye only.
    Record { uid, bytes: parts.join(",").replace("\n        ", "").into() }
}

fn actor(person: u128) -> String {
    format!(
        r#""actor":{{"id":"00u{:017x}","type":"User","alternateId":"person.{person}@example.com",
        "displayName":"Person {person}","detailEntry":null}}"#,
        person * 0x9E37_79B9_7F4A_7C15 % (1 << 68),
    )
}

fn client(dice: &Dice, person: u128, ip: &str) -> String {
    let (city, system) = (CITIES[person as usize % 8], SYSTEMS[person as usize % 5]);
    let (major, minor) = (128 + dice.below(12), dice.below(7_000));
    format!(
        r#""client":{{"userAgent":{{"rawUserAgent":"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML,
        like Gecko) Chrome/{major}.0.{minor}.0 Safari/537.36","os":"{system}","browser":"CHROME"}},
        "zone":"null","device":"Computer","id":null,"ipAddress":"{ip}","geographicalContext":
        {{"city":"{city}","country":"Somewhere","geolocation":{{"lat":51.{},"lon":4.{}}}}}}}"#,
        person * 7 % 9_973,
        person * 11 % 9_973,
    )
}

fn target(dice: &Dice) -> String {
    let app = dice.below(APPS);
    format!(
        r#""target":[{{"id":"0oa{:017x}","type":"AppInstance","alternateId":"App {app}","displayName":
        "App {app}","detailEntry":null}}]"#,
        app * 0xC2B2_AE3D_27D4_EB4F % (1 << 68),
    )
}

fn debug(dice: &Dice) -> String {
    let request = dice.0.bits() >> 24;
    let risk = dice.of(&["LOW", "LOW", "LOW", "MEDIUM"]);
    let is_new = dice.of(&["NEGATIVE", "NEGATIVE", "NEGATIVE", "POSITIVE"]);
    format!(
        r#""transaction":{{"type":"WEB","id":"{request:026x}","detail":{{}}}},"debugContext":
        {{"debugData":{{"requestId":"{request:026x}","dtHash":"{:032x}","requestUri":"/app/sso/saml",
        "threatSuspected":"false","risk":"{{level={risk}}}","behaviors":"{{New Device={is_new},
        New IP={is_new}, Velocity=NEGATIVE}}"}}}}"#,
        dice.0.bits(),
    )
}

fn context(dice: &Dice, person: u128, ip: &str) -> String {
    let session = dice.0.bits() >> 40;
    format!(
        r#""authenticationContext":{{"authenticationProvider":null,"authenticationStep":0,
        "externalSessionId":"idx{session:022x}"}},"securityContext":{{"asNumber":{},"asOrg":
        "example network","isProxy":false}},"request":{{"ipChain":[{{"ip":"{ip}","version":"V4"}}]}}}}"#,
        64_500 + person % 40,
    )
}

struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, limit: u128) -> u128 {
        self.0.bits() % limit
    }

    fn of<'t>(&self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len() as u128) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_json_of_about_the_length_that_is_said() {
        for record in &batches()[0].records {
            let read: Result<serde_json::Value, _> = serde_json::from_slice(&record.bytes);
            assert!(read.is_ok(), "{record:?}");
            assert!((1_300..1_700).contains(&record.bytes.len()), "{}", record.bytes.len());
        }
    }
}
