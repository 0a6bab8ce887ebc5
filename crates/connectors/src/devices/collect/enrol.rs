//! A device enrols: the code says whose it is, the signature that it holds its key.

use std::fmt;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use model::{PersonId, Timestamp};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use ports::store::{Record, RecordOp, Space};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Code;

/// Before what is signed to enrol.
pub(super) const DOMAIN: &str = "countersign-collect-enrol-v1";
/// How much of a key's digest names its device, in bytes.
const ID_BYTES: usize = 20;
const VERSION: u8 = 1;

/// A request to enrol, whose signature is good.
#[derive(Debug)]
pub struct EnrolRequest {
    code: Code,
    public_key: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    version: u8,
    code: String,
    public_key: String,
    signature: String,
}

/// Why a device does not enrol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// It is not what the protocol says.
    #[error("not a request to enrol")]
    Malformed,
    /// A later protocol.
    #[error("a version of the protocol that is not known here")]
    Version,
    /// The key is none of the curve P-256.
    #[error("the public key is not one of P-256")]
    Key,
    /// The signature was not made by the key over this code.
    #[error("the signature is not that of the key")]
    Signature,
    /// The code is not known, used, or older than 15 minutes.
    #[error("the code is not known: take a new one from your page")]
    Code,
}

/// A device's key, and whose it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceKey {
    version: u8,
    public_key: Vec<u8>,
    /// Who enrolled it.
    pub owner: PersonId,
    /// When.
    pub enrolled_at: Timestamp,
}

/// An enrolment, to be carried out as a whole.
#[derive(Debug)]
pub struct Enrolment {
    /// The device's own id, from its key.
    pub device: String,
    /// Whose it is.
    pub owner: PersonId,
    /// What is written: the code is taken, the key is kept.
    pub ops: Vec<RecordOp>,
}

impl EnrolRequest {
    /// Reads a request and checks its signature.
    pub fn read(body: &[u8]) -> Result<Self, EnrolError> {
        let said: Said = serde_json::from_slice(body).map_err(|_| EnrolError::Malformed)?;
        if said.version != VERSION {
            return Err(EnrolError::Version);
        }
        let code = Code::read(&said.code).map_err(|_| EnrolError::Code)?;
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let public_key = decode(&said.public_key).ok_or(EnrolError::Key)?;
        let key = VerifyingKey::from_sec1_bytes(&public_key).map_err(|_| EnrolError::Key)?;
        let signature =
            decode(&said.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.ok_or(EnrolError::Signature)?;
        let signed = format!("{DOMAIN}\n{}\n{}", code.plain(), said.public_key);
        key.verify(signed.as_bytes(), &signature).map_err(|_| EnrolError::Signature)?;
        // Each key in one form, so that it names one device.
        let public_key = key.to_sec1_point(true).as_bytes().to_vec();
        Ok(Self { code, public_key })
    }

    /// Where its code is looked up.
    #[must_use]
    pub fn code_key(&self) -> String {
        self.code.record_key()
    }

    /// Enrols the device with the record of its code.
    pub fn enrol(&self, code: Option<&Record>, now: Timestamp) -> Result<Enrolment, EnrolError> {
        let code = code.filter(|it| it.key == self.code_key() && it.is_live(now));
        let owner = code.and_then(|code| code.owner).ok_or(EnrolError::Code)?;
        let device = id_of(&self.public_key);
        let public_key = self.public_key.clone();
        let key = DeviceKey { version: VERSION, public_key, owner, enrolled_at: now };
        let take = RecordOp::Take { space: Space::DeviceCode, key: self.code_key(), now };
        let ops = vec![take, RecordOp::Put(key.record())];
        Ok(Enrolment { device, owner, ops })
    }
}

pub(super) fn id_of(public_key: &[u8]) -> String {
    BASE32_NOPAD.encode(&Sha256::digest(public_key)[..ID_BYTES]).to_lowercase()
}

impl DeviceKey {
    /// The device's own id.
    #[must_use]
    pub fn device(&self) -> String {
        id_of(&self.public_key)
    }

    /// The key in a record.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let key: Self = serde_json::from_slice(&record.value).ok()?;
        (key.version == VERSION).then_some(key)
    }

    fn record(&self) -> Record {
        Record {
            space: Space::DeviceKey,
            key: self.device(),
            owner: Some(self.owner),
            value: serde_json::to_vec(self).expect("our own type has string keys"),
            expires_at: None,
        }
    }

    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::from_sec1_bytes(&self.public_key);
        let signature = Signature::from_slice(signature);
        match (key, signature) {
            (Ok(key), Ok(signature)) => key.verify(signed, &signature).is_ok(),
            _ => false,
        }
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({} of {})", self.device(), self.owner)
    }
}
