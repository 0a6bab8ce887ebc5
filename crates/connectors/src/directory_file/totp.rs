//! A person's `totp = { secret = {…}, enrolled = 2026-01-31 }`: an authenticator app that was
//! enrolled elsewhere.

use data_encoding::BASE32_NOPAD;
use jiff::tz::TimeZone;
use model::{FactorId, Method, PersonId};
use ports::verifier::Factor;
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    fields::Fields,
    person::{Side, Surroundings, digest, instant},
};
use crate::totp::map::SECRET_MIN_BYTES;

/// What the table may have.
pub(super) const KEYS: &[&str] = &["secret", "enrolled", "label"];
/// The label where the file gives none.
const LABEL: &str = "Authenticator app";

pub(super) fn read(
    mut fields: Fields<'_, '_, '_, '_>,
    person: PersonId,
    zone: &TimeZone,
    around: &Surroundings<'_>,
) -> Option<Factor> {
    let reference = fields.secret("secret");
    // The end of the day: a factor is never taken for older than it is.
    let enrolled = instant(&mut fields, "enrolled", zone, Side::End);
    let label = fields.text("label").unwrap_or(LABEL).to_owned();
    let secret = match (around.fetch)(&reference?) {
        Ok(secret) => secret,
        Err(why) => return fields.refuse("secret", &why.to_string()),
    };
    let Some(material) = material(&secret) else {
        return fields.refuse("secret", "not base32 of at least 128 bits");
    };
    let enrolled = enrolled?;
    // A secret that is replaced has another date, and is another factor.
    let bits = digest([&person.to_string(), Method::Totp.name(), &enrolled.to_string()]);
    Some(Factor {
        id: FactorId::from_digest(bits),
        person,
        method: Method::Totp,
        label,
        created_at: Some(enrolled),
        authorised_by: format!("directory {}", around.directory),
        material,
        counter: 0,
        is_external: true,
    })
}

/// The bytes of the secret as authenticator apps show it: in groups, in any case, padded or not.
fn material(secret: &SecretString) -> Option<Vec<u8>> {
    let bare: SecretString = secret
        .expose_secret()
        .chars()
        .filter(|each| !matches!(each, ' ' | '-' | '='))
        .map(|each| each.to_ascii_uppercase())
        .collect::<String>()
        .into();
    let bytes = BASE32_NOPAD.decode(bare.expose_secret().as_bytes()).ok()?;
    (bytes.len() >= SECRET_MIN_BYTES).then_some(bytes)
}
