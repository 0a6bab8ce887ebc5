//! What a verifier keeps on the server between `begin` and `check`, tied to whom and what it is
//! for: a state presented for another challenge or another person is not read at all.

use model::{ChallengeId, Person, PersonId};
use ports::verifier::{ChallengeRequest, Verdict};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The longest state read back.
const STATE_MAX_BYTES: usize = 256 * 1024;
/// The longest response a browser may send: a registration with a certificate chain fits twice.
pub(crate) const RESPONSE_MAX_BYTES: usize = 64 * 1024;

/// A verifier's own state with what it is bound to. Never in a cookie, never in a log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bound<T> {
    purpose: Purpose,
    person: PersonId,
    state: T,
}

/// What the ceremony is for.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    /// Proving one attempt at one answer.
    Proof(ChallengeId),
    /// Enrolling a factor; its state must never serve as a proof, nor the other way round.
    Enrolment,
}

/// Writes the state of a proof.
pub(crate) fn write_proof<T: Serialize>(request: &ChallengeRequest<'_>, state: T) -> Vec<u8> {
    write(Purpose::Proof(request.challenge), request.person, state)
}

/// Reads it back, for the same challenge and person only.
pub(crate) fn read_proof<T: DeserializeOwned>(
    request: &ChallengeRequest<'_>,
    bytes: &[u8],
) -> Result<T, Verdict> {
    read(&Purpose::Proof(request.challenge), request.person, bytes)
}

/// Writes the state of an enrolment.
pub(crate) fn write_enrolment<T: Serialize>(person: &Person, state: T) -> Vec<u8> {
    write(Purpose::Enrolment, person, state)
}

/// Reads it back, for the same person only.
pub(crate) fn read_enrolment<T: DeserializeOwned>(
    person: &Person,
    bytes: &[u8],
) -> Result<T, Verdict> {
    read(&Purpose::Enrolment, person, bytes)
}

fn write<T: Serialize>(purpose: Purpose, person: &Person, state: T) -> Vec<u8> {
    let bound = Bound { purpose, person: person.id, state };
    serde_json::to_vec(&bound).expect("a ceremony's state has only string keys")
}

fn read<T: DeserializeOwned>(
    purpose: &Purpose,
    person: &Person,
    bytes: &[u8],
) -> Result<T, Verdict> {
    let foreign = |why: &str| Verdict::NotEvidence(why.to_owned());
    if bytes.len() > STATE_MAX_BYTES {
        return Err(foreign("the ceremony's state cannot be read"));
    }
    let bound: Bound<T> = serde_json::from_slice(bytes)
        .map_err(|_| foreign("the ceremony's state cannot be read"))?;
    if bound.purpose != *purpose {
        return Err(foreign("the ceremony was for something else"));
    }
    if bound.person != person.id {
        return Err(foreign("the ceremony was for another person"));
    }
    Ok(bound.state)
}
