//! The two endpoints of our own collector, as the routes serve them.

use model::{PersonId, Personal, Timestamp};
use ports::{
    devices::agents::{AgentAnswer, AgentAround, AgentCall, AgentProtocol},
    store::{Record, RecordOp, Space},
};
use secrecy::SecretString;
use serde_json::json;

use super::{Code, DeviceKey, EnrolError, EnrolRequest, REPORT_MAX_BYTES, SignedReport, report};

/// The protocol of our own collector.
#[derive(Debug, Clone, Copy, Default)]
pub struct Collector;

/// A device hands in its code.
const ENROL: &str = "enrol";
/// A device says how it stands.
const REPORT: &str = "report";

impl AgentProtocol for Collector {
    fn endpoints(&self) -> &'static [&'static str] {
        &[ENROL, REPORT]
    }

    fn body_max_bytes(&self) -> usize {
        REPORT_MAX_BYTES
    }

    fn wants(&self, call: &AgentCall<'_>) -> Vec<(Space, String)> {
        match call.endpoint {
            ENROL => {
                let request = EnrolRequest::read(call.body).ok();
                let key = request.map(|request| (Space::DeviceCode, request.code_key()));
                key.into_iter().collect()
            }
            _ => {
                let signed = SignedReport::of(call.headers).ok();
                let key = signed.map(|signed| (Space::DeviceKey, signed.device().to_owned()));
                key.into_iter().collect()
            }
        }
    }

    fn answer(
        &self,
        call: &AgentCall<'_>,
        found: &[Option<Record>],
        around: &AgentAround<'_>,
    ) -> AgentAnswer {
        let record = found.first().and_then(Option::as_ref);
        match call.endpoint {
            ENROL => enrol(call, record, around),
            REPORT => take(call, record, around),
            _ => refuse(404, "no such endpoint"),
        }
    }

    fn invite(
        &self,
        person: PersonId,
        random: [u8; 32],
        now: Timestamp,
    ) -> Option<(SecretString, RecordOp)> {
        let (some, _) = random.split_first_chunk()?;
        let code = Code::fresh(*some);
        Some((code.shown().into(), code.give(person, now)))
    }
}

fn enrol(call: &AgentCall<'_>, code: Option<&Record>, around: &AgentAround<'_>) -> AgentAnswer {
    let enrolled = EnrolRequest::read(call.body).and_then(|it| it.enrol(code, around.now));
    match enrolled {
        Ok(enrolment) => {
            let reply = json!({ "device": enrolment.device });
            let (enrolled, before) = (Some(enrolment.owner), enrolment.ops);
            AgentAnswer { enrolled, before, ..AgentAnswer::plain(201, reply) }
        }
        Err(error @ (EnrolError::Malformed | EnrolError::Version | EnrolError::Key)) => {
            refuse(400, &error.to_string())
        }
        Err(error @ (EnrolError::Signature | EnrolError::Code)) => refuse(403, &error.to_string()),
    }
}

fn take(call: &AgentCall<'_>, key: Option<&Record>, around: &AgentAround<'_>) -> AgentAnswer {
    let key = key.and_then(DeviceKey::of);
    let verified = SignedReport::of(call.headers)
        .and_then(|signed| Ok((signed.verify(call.body, key.as_ref(), around.now)?, signed)));
    let (once, signed) = match verified {
        Ok(verified) => verified,
        Err(failure) => return refuse(401, &failure.to_string()),
    };
    // Whoever is gone has no devices: what an old key says is not taken.
    let owner = key.and_then(|key| around.directory.person(key.owner)).filter(|it| it.active);
    let Some(owner) = owner else { return refuse(403, "its owner is not known here any more") };
    // Another tool may know them by another of their addresses, where it is theirs alone.
    let is_theirs = |address: &&str| {
        let found = around.directory.find(address);
        address.contains('@') && found.is_some_and(|person| person.id == owner.id)
    };
    let aliases = owner.aliases.iter().map(Personal::reveal).filter(is_theirs);
    let addresses: Vec<&str> = [owner.email.reveal()].into_iter().chain(aliases).collect();
    match report(signed.device(), &addresses, call.body, around.now) {
        Ok(read) => {
            let seen = Record {
                space: Space::Replay,
                key: once.key,
                owner: None,
                value: Vec::new(),
                expires_at: Some(once.until),
            };
            let reply = json!({ "problems": read.problems.count });
            let before = vec![RecordOp::Insert { record: seen, now: around.now }];
            AgentAnswer { before, read: Some(read), ..AgentAnswer::plain(202, reply) }
        }
        Err(rejected) => refuse(400, &rejected.problem),
    }
}

fn refuse(status: u16, why: &str) -> AgentAnswer {
    AgentAnswer::plain(status, json!({ "error": why }))
}
