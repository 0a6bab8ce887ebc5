//! One `[[person]]`.

use jiff::{civil, tz::TimeZone};
use model::{Person, PersonId, Personal, Timestamp, person::Away};
use ports::verifier::Factor;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use toml::value::Datetime;

use super::{fields::Fields, totp};
use crate::secret::{SecretError, SecretRef};

/// What a person may have.
pub(super) const KEYS: &[&str] = &[
    "id",
    "email",
    "name",
    "time_zone",
    "language",
    "manager",
    "groups",
    "privileged",
    "chat",
    "aliases",
    "away",
    "totp",
    "active",
];
/// What a person may not have yet, and why.
pub(super) const REFUSED: [(&str, &str); 1] =
    [("delegate", "nobody answers for another in this version: leave it out")];
const AWAY_KEYS: &[&str] = &["from", "to"];

/// A person as written, before anybody compared them with the others.
pub(super) struct Entry {
    pub(super) person: Person,
    pub(super) factor: Option<Factor>,
    /// Where they begin in the file.
    pub(super) start: usize,
}

/// What reading a person needs besides the person.
pub(super) struct Surroundings<'a> {
    /// The directory's name.
    pub(super) directory: &'a str,
    /// The organisation's zone.
    pub(super) zone: &'a TimeZone,
    /// How a secret is fetched.
    pub(super) fetch: &'a dyn Fn(&SecretRef) -> Result<SecretString, SecretError>,
}

pub(super) fn read(mut fields: Fields<'_, '_, '_, '_>, around: &Surroundings<'_>) -> Option<Entry> {
    let subject = fields.required("id");
    let email = email(&mut fields);
    let zone = zone(&mut fields);
    let own_zone = zone.as_ref().map_or(around.zone, |(_, zone)| zone);
    let rest = Person {
        id: person_id(around.directory, subject.unwrap_or_default()),
        subject: subject.unwrap_or_default().into(),
        email: email.unwrap_or_default().into(),
        name: fields.text("name").unwrap_or_default().into(),
        time_zone: zone.as_ref().map(|(name, _)| name.clone()),
        language: fields.text("language").map(str::to_owned),
        manager: fields.text("manager").map(Personal::from),
        groups: fields.texts("groups").into_iter().map(str::to_owned).collect(),
        privileged: fields.flag("privileged", false),
        chat: owned(fields.pairs("chat")),
        aliases: fields.texts("aliases").into_iter().map(Personal::from).collect(),
        away: fields.each("away", AWAY_KEYS, |away| read_away(away, own_zone)),
        active: fields.flag("active", true),
    };
    let factor = fields
        .table("totp", totp::KEYS)
        .and_then(|table| totp::read(table, rest.id, own_zone, around));
    let (_, _) = (subject?, email?);
    Some(Entry { person: rest, factor, start: fields.start })
}

/// The same person of the same directory has the same id on every start.
fn person_id(directory: &str, subject: &str) -> PersonId {
    PersonId::from_digest(digest([directory, subject]))
}

/// The first 128 bits of the SHA-256 of the parts with NUL between them, which none can hold.
pub(super) fn digest<const N: usize>(parts: [&str; N]) -> u128 {
    let digest = Sha256::digest(parts.join("\0"));
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    u128::from_be_bytes(*first)
}

fn email<'a>(fields: &mut Fields<'a, '_, '_, '_>) -> Option<&'a str> {
    let email = fields.required("email")?;
    let is_address =
        email.rsplit_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    if is_address && !email.contains(char::is_whitespace) {
        Some(email)
    } else {
        fields.refuse("email", "not an e-mail address")
    }
}

fn zone(fields: &mut Fields<'_, '_, '_, '_>) -> Option<(String, TimeZone)> {
    let name = fields.text("time_zone")?;
    let zone = TimeZone::get(name).ok().map(|zone| (name.to_owned(), zone));
    zone.or_else(|| fields.refuse("time_zone", "not a time zone such as Europe/Berlin"))
}

fn owned(pairs: Vec<(&str, &str)>) -> std::collections::BTreeMap<String, String> {
    pairs.into_iter().map(|(chat, account)| (chat.to_owned(), account.to_owned())).collect()
}

fn read_away(mut away: Fields<'_, '_, '_, '_>, zone: &TimeZone) -> Option<Away> {
    let from = instant(&mut away, "from", zone, Side::Start)?;
    let to = instant(&mut away, "to", zone, Side::End)?;
    if from < to { Some(Away { from, to }) } else { away.refuse("to", "not after `from`") }
}

/// Which end of a day a date without a time stands for.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Start,
    End,
}

/// The instant of a field that must be there; a time without a zone is the person's own.
pub(super) fn instant(
    fields: &mut Fields<'_, '_, '_, '_>,
    name: &str,
    zone: &TimeZone,
    side: Side,
) -> Option<Timestamp> {
    let Some(moment) = fields.moment(name) else {
        return fields.refuse(name, "must be a date such as 2026-01-31");
    };
    let instant = instant_of(moment, zone, side);
    instant.or_else(|| fields.refuse(name, "a time without a date, or out of range"))
}

pub(super) fn instant_of(moment: &Datetime, zone: &TimeZone, side: Side) -> Option<Timestamp> {
    let text = moment.to_string();
    if moment.offset.is_some() {
        return text.parse().ok();
    }
    moment.date?;
    let local: civil::DateTime = match (moment.time, side) {
        (Some(_), _) => text.parse().ok()?,
        (None, Side::Start) => text.parse::<civil::Date>().ok()?.into(),
        (None, Side::End) => text.parse::<civil::Date>().ok()?.tomorrow().ok()?.into(),
    };
    local.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}
