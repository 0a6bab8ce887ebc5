//! What an event does not say of itself: what is known of its address, and whose account it is.

use event::Event;
use model::PersonId;
use ports::{Directory, networks::Networks};

/// Adds what is known of the address. What the vendor says counts first.
pub fn locate(event: &mut Event, networks: &dyn Networks) {
    let origin = &mut event.origin;
    let Some(known) = origin.ip.map(|ip| networks.look_up(ip)) else { return };
    // A place belongs to its city and country: they are taken from one hand.
    let says_where = origin.country.is_some();
    if !says_where {
        origin.country = known.country;
        origin.city = origin.city.take().or(known.city);
    }
    if origin.place.is_none() && (!says_where || origin.country == known.country) {
        origin.place = known.place;
    }
    origin.asn = origin.asn.or(known.asn);
    origin.network = origin.network.take().or(known.name);
    origin.anonymiser = origin.anonymiser.or(known.anonymiser);
}

/// The person of an account: by an alias that names the product (`aws:mia`), by e-mail address,
/// or by any other name that only one person has. Never by a display name.
#[must_use]
pub fn person(event: &Event, directory: &dyn Directory) -> Option<PersonId> {
    let product = event.logsource.product;
    let words = [event.actor.id.as_deref(), event.actor.email.as_deref()];
    let words = || words.iter().flatten();
    let found = words()
        .find_map(|word| directory.find(&format!("{product}:{word}")))
        .or_else(|| words().rev().find_map(|word| directory.find(word)));
    found.map(|person| person.id)
}
