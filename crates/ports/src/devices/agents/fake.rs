//! The fake: a device enrols by sending its code, and says nothing more.

use model::{PersonId, Span, Timestamp};
use secrecy::SecretString;
use serde_json::json;

use super::{AgentAnswer, AgentAround, AgentCall, AgentProtocol};
use crate::store::{Record, RecordOp, Space};

/// Where a device sends its code.
pub const ENROL: &str = "enrol";
/// The longest body, in bytes.
const BODY_MAX_BYTES: usize = 1_024;
/// How long a code is good.
const LIFE: Span = Span::minutes(15);

/// A protocol of one endpoint.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeAgent;

impl AgentProtocol for FakeAgent {
    fn endpoints(&self) -> &'static [&'static str] {
        &[ENROL]
    }

    fn body_max_bytes(&self) -> usize {
        BODY_MAX_BYTES
    }

    fn wants(&self, call: &AgentCall<'_>) -> Vec<(Space, String)> {
        vec![(Space::DeviceCode, String::from_utf8_lossy(call.body).into_owned())]
    }

    fn answer(
        &self,
        _call: &AgentCall<'_>,
        found: &[Option<Record>],
        around: &AgentAround<'_>,
    ) -> AgentAnswer {
        let code = found.first().and_then(Option::as_ref);
        let Some((code, owner)) = code.and_then(|code| Some((code, code.owner?))) else {
            return AgentAnswer::plain(403, json!({ "error": "the code is not known" }));
        };
        let (key, now) = (code.key.clone(), around.now);
        let before = vec![RecordOp::Take { space: Space::DeviceCode, key, now }];
        AgentAnswer { enrolled: Some(owner), before, ..AgentAnswer::plain(201, json!({})) }
    }

    fn invite(
        &self,
        person: PersonId,
        random: [u8; 32],
        now: Timestamp,
    ) -> Option<(SecretString, RecordOp)> {
        let code: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let record = Record {
            space: Space::DeviceCode,
            key: code.clone(),
            owner: Some(person),
            value: Vec::new(),
            expires_at: Some(LIFE.after(now)),
        };
        Some((code.into(), RecordOp::Insert { record, now }))
    }
}
