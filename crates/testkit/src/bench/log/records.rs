//! Records such as an identity provider's: about 1.5 kB, much of it the same in all.

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
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
];

/// All batches.
pub(super) fn batches() -> Vec<Batch> {
    let dice = SeededEntropy::new(SEED);
    let start = Timestamp::UNIX_EPOCH;
    let batch = |number: u64| {
        let received_at = Span::seconds(1_795_000_000 + number).after(start);
        let records = (0..RECORDS).map(|_| record(&dice, received_at)).collect();
        let times = (Span::seconds(30).before(received_at), received_at);
        Batch { source: Arc::from("okta"), received_at, times, records }
    };
    (0..BATCHES as u64).map(batch).collect()
}

fn record(dice: &SeededEntropy, at: Timestamp) -> Record {
    let uid = Uid(dice.bits());
    let bytes = text(dice, uid, at).into_bytes().into();
    Record { uid, bytes }
}

fn text(dice: &SeededEntropy, uid: Uid, at: Timestamp) -> String {
    // Some people do much more than others.
    let person = (dice.bits() % PEOPLE) * (dice.bits() % PEOPLE) / PEOPLE;
    let pick = |count: usize| usize::try_from(dice.bits() % count as u128).unwrap_or(0);
    let (action, agent) = (ACTIONS[pick(ACTIONS.len())], AGENTS[pick(AGENTS.len())]);
    let ip = format!("198.51.{}.{}", person % 200, (person + dice.bits() % 3) % 250);
    let (session, request) = (dice.bits() >> 40, dice.bits() >> 24);
    let uid = uid.0;
    format!(
        r#"{{"uuid":"{uid:032x}","published":"{at}","eventType":"{action}","version":"0","severity":"INFO","legacyEventType":"core.{action}","displayMessage":"{action} by person {person}","actor":{{"id":"00u{person:017x}","type":"User","alternateId":"person.{person}@example.com","displayName":"Person Number {person}","detailEntry":null}},"client":{{"userAgent":{{"rawUserAgent":"{agent}","os":"Mac OS X","browser":"CHROME"}},"zone":"null","device":"Computer","id":null,"ipAddress":"{ip}","geographicalContext":{{"city":"Rotterdam","state":"South Holland","country":"Netherlands","postalCode":"3011","geolocation":{{"lat":51.92,"lon":4.48}}}}}},"outcome":{{"result":"SUCCESS","reason":null}},"target":[{{"id":"0oa{request:026x}","type":"AppInstance","alternateId":"Internal Wiki","displayName":"Internal Wiki","detailEntry":null}}],"transaction":{{"type":"WEB","id":"{request:026x}","detail":{{}}}},"debugContext":{{"debugData":{{"requestId":"{request:026x}","requestUri":"/app/wiki/sso/saml","url":"/app/wiki/sso/saml?fromLogin=true","threatSuspected":"false","behaviors":"{{New Geo-Location=NEGATIVE, New Device=NEGATIVE, New IP=NEGATIVE, New State=NEGATIVE, New Country=NEGATIVE, Velocity=NEGATIVE, New City=NEGATIVE}}"}}}},"authenticationContext":{{"authenticationProvider":null,"credentialProvider":null,"credentialType":null,"issuer":null,"interface":null,"authenticationStep":0,"externalSessionId":"idx{session:022x}"}},"securityContext":{{"asNumber":64500,"asOrg":"example network","isp":"example network","domain":"example.com","isProxy":false}},"request":{{"ipChain":[{{"ip":"{ip}","version":"V4","source":null}}]}}}}"#
    )
}
