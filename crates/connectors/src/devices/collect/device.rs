//! The device's side: its own key, and what it signs with it.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::Timestamp;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    Code, DEVICE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER,
    enrol::{self, id_of},
    report,
};

/// What the machine's id is hashed for.
const APPLICATION: &[u8] = b"countersign.collect/1";

/// The key of a device, which never leaves it.
pub struct DeviceSigner(SigningKey);

impl DeviceSigner {
    /// The key of these bytes; nothing where they are none, which random ones hardly ever are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        SigningKey::from_slice(bytes).ok().map(Self)
    }

    /// The device's own id, which follows from its key.
    #[must_use]
    pub fn id(&self) -> String {
        id_of(self.0.verifying_key().to_sec1_point(true).as_bytes())
    }

    /// What hands in a code.
    #[must_use]
    pub fn enrolment(&self, code: &Code) -> Value {
        let point = self.0.verifying_key().to_sec1_point(true);
        let key = BASE64URL_NOPAD.encode(point.as_bytes());
        let signature = self.sign(&format!("{}\n{}\n{key}", enrol::DOMAIN, code.plain()));
        json!({ "version": 1, "code": code.plain(), "public_key": key, "signature": signature })
    }

    /// The headers of a report.
    #[must_use]
    pub fn headers(&self, body: &[u8], now: Timestamp) -> [(&'static str, String); 3] {
        let (id, seconds) = (self.id(), now.as_second().to_string());
        let digest = HEXLOWER.encode(&Sha256::digest(body));
        let signature = self.sign(&format!("{}\n{id}\n{seconds}\n{digest}", report::DOMAIN));
        [(DEVICE_HEADER, id), (TIMESTAMP_HEADER, seconds), (SIGNATURE_HEADER, signature)]
    }

    fn sign(&self, text: &str) -> String {
        let signature: Signature = self.0.sign(text.as_bytes());
        BASE64URL_NOPAD.encode(&signature.to_bytes())
    }
}

/// What an installation is known by: nobody learns the machine's own id from it, which must not
/// leave the machine.
#[must_use]
pub fn installation(machine_id: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(machine_id.trim().as_bytes()).ok()?;
    mac.update(APPLICATION);
    Some(HEXLOWER.encode(&mac.finalize().into_bytes()))
}

impl fmt::Debug for DeviceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceSigner({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use model::PersonId;
    use ports::store::RecordOp;

    use super::{super::*, *};

    #[test]
    fn what_a_device_signs_is_what_is_taken_here_and_nothing_else() {
        let now = Timestamp::from_second(1_795_000_000).expect("in range");
        let (device, code) = (DeviceSigner::of(&[7; 32]).expect("a key"), Code::fresh([3; 12]));
        let RecordOp::Insert { record, .. } = code.give(PersonId::from_digest(1), now) else {
            panic!("an insert");
        };
        let request = EnrolRequest::read(device.enrolment(&code).to_string().as_bytes());
        let enrolment = request.expect("good").enrol(Some(&record), now).expect("enrolled");
        assert_eq!(enrolment.device, device.id());
        let key = enrolment.ops.iter().find_map(|op| match op {
            RecordOp::Put(record) => DeviceKey::of(record),
            _ => None,
        });
        let headers: HeaderMap = device
            .headers(b"{}", now)
            .into_iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::try_from(value).expect("a value"))
            })
            .collect();
        let signed = SignedReport::of(&headers).expect("signed");
        assert!(signed.verify(b"{}", key.as_ref(), now).is_ok());
        assert!(signed.verify(b"{ }", key.as_ref(), now).is_err());
    }
}
