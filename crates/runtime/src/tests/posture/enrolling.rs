//! A computer reports with a code of its owner's.

use http::HeaderMap;
use model::Span;
use ports::{
    chat::fake::Sent,
    devices::agents::{AgentCall, fake::ENROL},
};
use secrecy::ExposeSecret as _;

use super::{super::world::run, world::Devices};
use crate::{
    engine::EngineError,
    posture::{CODES_A_DAY_MAX, CODES_AT_ONCE_MAX, COLLECTOR},
};

/// Takes a code of Mia's, who has just proven that it is her.
async fn code(devices: &Devices) -> Result<String, EngineError> {
    let code = devices.posture.collect_code(&devices.mia()).await?;
    Ok(code.expose_secret().to_owned())
}

async fn enrol(devices: &Devices, code: &str) -> u16 {
    let call = AgentCall { endpoint: ENROL, headers: &HeaderMap::new(), body: code.as_bytes() };
    devices.posture.agent_call(COLLECTOR, call).await.expect("answered").status
}

/// The titles of what was told to an account.
fn told(devices: &Devices, account: &str) -> Vec<String> {
    let sent = devices.world.chat.sent().into_iter().filter(|(to, _)| to == account);
    let titles = sent.filter_map(|(_, sent)| match sent {
        Sent::Notice(notice, _) => Some(notice.title),
        _ => None,
    });
    titles.collect()
}

#[test]
fn a_code_wants_a_fresh_proof() {
    run(async {
        let devices = Devices::new();
        let mut stale = devices.mia();
        devices.world.clock.advance(Span::minutes(10));
        for proof in [stale.session.proof, None] {
            stale.session.proof = proof;
            let refused = devices.posture.collect_code(&stale).await;
            assert_eq!(refused.err(), Some(EngineError::ProofRequired));
        }
        assert!(code(&devices).await.is_ok());
    });
}

#[test]
fn nobody_takes_many_codes_at_once_or_in_a_day() {
    run(async {
        let devices = Devices::new();
        let mut taken = 0;
        while taken < CODES_A_DAY_MAX {
            let here = CODES_AT_ONCE_MAX.min(CODES_A_DAY_MAX - taken);
            for _ in 0..here {
                code(&devices).await.expect("few yet");
            }
            taken += here;
            assert_eq!(code(&devices).await, Err(EngineError::Limited), "after {taken}");
            devices.world.clock.advance(Span::minutes(15));
        }
        assert_eq!(code(&devices).await, Err(EngineError::Limited), "enough for a day");
        assert!(devices.posture.collect_code(&devices.ana()).await.is_ok(), "another person");
        devices.world.clock.advance(Span::hours(24));
        assert!(code(&devices).await.is_ok());
    });
}

#[test]
fn whose_computer_has_enrolled_is_told_once() {
    run(async {
        let devices = Devices::new();
        let code = code(&devices).await.expect("proven");
        assert_eq!(enrol(&devices, "another").await, 403);
        devices.world.settle().await;
        assert!(told(&devices, "U-mia").is_empty(), "nothing has enrolled");
        assert_eq!(enrol(&devices, &code).await, 201);
        assert_eq!(enrol(&devices, &code).await, 403, "once");
        devices.world.settle().await;
        assert_eq!(told(&devices, "U-mia"), ["A computer reports as yours"]);
        assert!(told(&devices, "U-ana").is_empty());
        let audit = devices.world.engine.parts.store.audit(0, 1_000).await.expect("readable");
        let kinds: Vec<_> = audit.iter().map(|row| row.kind.as_str()).collect();
        assert!(kinds.contains(&"device.code_taken") && kinds.contains(&"device.enrolled"));
    });
}
