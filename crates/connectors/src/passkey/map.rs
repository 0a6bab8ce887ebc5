//! What a browser sent, and what follows from the library's answer; pure.

use model::{Method, Person};
use ports::verifier::{Factor, Proven, Verdict};
use serde::{Deserialize, de::DeserializeOwned};
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, Passkey as Credential, PublicKeyCredential, Uuid,
    WebauthnError,
};

use crate::ceremony::RESPONSE_MAX_BYTES;

/// What the browser says it signed for, as far as we check it ourselves (WebAuthn, section 5.8.1).
#[derive(Deserialize)]
struct ClientData {
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    is_cross_origin: bool,
}

/// The user handle: the person's id, which says nothing about them to whoever holds the device.
pub(super) fn user_handle(person: &Person) -> Uuid {
    Uuid::from_u128(person.id.bits())
}

/// This person's passkeys among the factors, each with its credential. Damaged ones are left out.
pub(super) fn credentials<'a>(
    person: &Person,
    factors: &'a [Factor],
) -> Vec<(&'a Factor, Credential)> {
    let own = |factor: &&Factor| factor.method == Method::Passkey && factor.person == person.id;
    let read = |factor: &'a Factor| Some((factor, serde_json::from_slice(&factor.material).ok()?));
    factors.iter().filter(own).filter_map(read).collect()
}

/// The ids to exclude from an enrolment: a device is enrolled once.
pub(super) fn credential_ids(person: &Person, existing: &[Factor]) -> Vec<CredentialID> {
    let credentials = credentials(person, existing);
    credentials.into_iter().map(|(_, credential)| credential.cred_id().clone()).collect()
}

/// Reads a browser's response; one that is too long or malformed is a wrong one.
pub(super) fn response<T: DeserializeOwned>(text: &str) -> Result<T, Verdict> {
    if text.len() > RESPONSE_MAX_BYTES {
        return Err(Verdict::Wrong);
    }
    serde_json::from_str(text).map_err(|_| Verdict::Wrong)
}

/// Our origin to the letter, in a page of ours and not in a frame of another's. The library
/// compares origins as addresses, so that `https://host/anything` would pass.
pub(super) fn is_from_our_page(client_data: &[u8], origin: &str) -> bool {
    let read: Result<ClientData, _> = serde_json::from_slice(client_data);
    read.is_ok_and(|data| data.origin == origin && !data.is_cross_origin)
}

/// Whether the handle that the authenticator returned, if any, is this person's.
pub(super) fn is_handle_of(person: &Person, response: &PublicKeyCredential) -> bool {
    let handle = response.get_user_unique_id().filter(|handle| !handle.is_empty());
    handle.is_none_or(|handle| handle == user_handle(person).as_bytes())
}

/// The verdict on an assertion that the library found good.
pub(super) fn verdict(
    result: &AuthenticationResult,
    credentials: Vec<(&Factor, Credential)>,
) -> Verdict {
    if !result.user_verified() {
        return not_evidence("the passkey did not verify its user");
    }
    let mut credentials = credentials.into_iter();
    let Some((factor, mut credential)) =
        credentials.find(|(_, credential)| credential.cred_id() == result.cred_id())
    else {
        return not_evidence("the passkey may no longer serve");
    };
    let counter = u64::from(result.counter());
    // The state holds the counter as of `begin`; the factor holds it as of now.
    if (counter, factor.counter) != (0, 0) && counter <= factor.counter {
        return counter_went_back();
    }
    let is_changed = credential.update_credential(result) == Some(true);
    let material = is_changed.then(|| material(&credential));
    Verdict::Proven(Proven {
        factor: Some(factor.id),
        provider_device: None,
        counter: Some(counter),
        material,
    })
}

/// The verdict on one that it refused.
pub(super) fn refusal(error: &WebauthnError) -> Verdict {
    match error {
        WebauthnError::CredentialPossibleCompromise => counter_went_back(),
        WebauthnError::CredentialBackupEligibilityInconsistent => {
            not_evidence("the passkey is not of the kind it was enrolled as")
        }
        WebauthnError::UserNotVerified => not_evidence("the passkey did not verify its user"),
        _ => Verdict::Wrong,
    }
}

/// A credential as a factor's material.
pub(super) fn material(credential: &Credential) -> Vec<u8> {
    serde_json::to_vec(credential).expect("a credential has only string keys")
}

fn counter_went_back() -> Verdict {
    not_evidence("the passkey's counter went back: it may have been copied")
}

fn not_evidence(why: &str) -> Verdict {
    Verdict::NotEvidence(why.to_owned())
}
