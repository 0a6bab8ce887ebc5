//! Who cannot have been in both places.

use event::{Anonymiser, Place};

use super::*;
use crate::baseline::example::{MONDAY, World, at, event_at};

const TRAVEL: &str = "{ kind: travel, selection: { action: user.session.start } }";
const MINUTE_S: i64 = 60;

/// City, country, network, degrees and address.
type Where = (&'static str, &'static str, u32, (f64, f64), &'static str);

const OSLO: Where = ("Oslo", "NO", 64_500, (59.91, 10.75), "203.0.113.7");
const BERGEN: Where = ("Bergen", "NO", 64_501, (60.39, 5.32), "203.0.113.8");
const SINGAPORE: Where = ("Singapore", "SG", 64_512, (1.35, 103.82), "198.51.100.7");

fn sign_in(at: Where, minute: i64) -> event::Event {
    let (city, country, asn, (latitude, longitude), ip) = at;
    let mut event = event_at(MONDAY + minute * MINUTE_S);
    event.origin.city = Some(city.into());
    event.origin.country = event::Origin::letters(country);
    event.origin.asn = Some(asn);
    event.origin.ip = ip.parse().ok();
    event.origin.place = Some(Place { latitude, longitude, radius_km: 20.0 });
    event
}

/// Whether the second of two events is impossible after the first, `minutes` later.
fn check(change: impl Fn(&mut event::Event), minutes: i64, to: Where, is_raised: bool, why: &str) {
    let mut world = World::of(TRAVEL);
    assert_eq!(world.see(&sign_in(OSLO, 0)), []);
    let mut event = sign_in(to, minutes);
    change(&mut event);
    assert_eq!(world.see(&event).len(), usize::from(is_raised), "{why}");
}

#[test]
fn nobody_is_in_two_distant_places_within_an_hour() {
    let mut world = World::of(TRAVEL);
    world.see(&sign_in(OSLO, 0));
    let finding = world.see(&sign_in(SINGAPORE, 34)).remove(0);
    assert_eq!(
        finding.explanation.to_string(),
        "Oslo, NO to Singapore, SG: 10,009 km in 34 min, 17,662 km/h"
    );
    assert_eq!(world.see(&sign_in(SINGAPORE, 40)), [], "raised once");
    assert_eq!(world.see(&sign_in(OSLO, 50)), [], "home is still home");
    world.answer(&finding, true, at(MONDAY + 60 * MINUTE_S));
    assert_eq!(world.see(&sign_in(SINGAPORE, 70)), [], "a confirmed network is exempt");
    assert_eq!(world.see(&sign_in(OSLO, 80)), []);
}

#[test]
fn a_journey_is_impossible_only_beyond_speed_and_distance() {
    check(|_| {}, 11 * 60, SINGAPORE, true, "11 hours to Singapore");
    check(|_| {}, 12 * 60, SINGAPORE, false, "12 hours to Singapore");
    check(|_| {}, 1, BERGEN, false, "too near");
    let vague = |event: &mut event::Event| {
        event.origin.place.as_mut().expect("a place").radius_km = 9_800.0;
    };
    check(vague, 20, SINGAPORE, false, "the radius may reach home");
}

#[test]
fn what_says_nothing_about_the_person_is_no_verdict() {
    check(|event| event.origin.place = None, 30, SINGAPORE, false, "unknown place");
    check(|event| event.outcome = Outcome::Failure, 30, SINGAPORE, false, "a failed one");
    check(|event| event.origin.asn = Some(64_500), 30, SINGAPORE, false, "the same network");
    let vpn = Anonymiser { is_vpn: true, ..Anonymiser::default() };
    check(|event| event.origin.anonymiser = Some(vpn), 30, SINGAPORE, false, "a VPN");
    let flip = |event: &mut event::Event| event.origin.ip = "2001:db8::1".parse().ok();
    check(flip, 30, SINGAPORE, false, "the other kind of address in one session");
    let other_session = |event: &mut event::Event| {
        flip(event);
        event.session = Some("s2".into());
    };
    check(other_session, 30, SINGAPORE, true, "in another session that is no excuse");
    for degrees in [f64::NAN, f64::INFINITY, 91.0, -1e300] {
        let wrong = |event: &mut event::Event| {
            event.origin.place.as_mut().expect("a place").latitude = degrees;
        };
        check(wrong, 30, SINGAPORE, false, "not on the globe");
    }
}

#[test]
fn what_is_familiar_moves_the_person_however_far_and_raises_nothing() {
    let mut world = World::of(TRAVEL);
    world.knows = |event| event.action.as_ref() == "app.opened";
    let app = |to, minute| event::Event { action: "app.opened".into(), ..sign_in(to, minute) };
    world.see(&sign_in(OSLO, 0));
    assert_eq!(world.see(&app(SINGAPORE, 30)), []);
    assert_eq!(world.see(&sign_in(SINGAPORE, 40)), [], "that is where they are");
    assert_eq!(world.see(&sign_in(OSLO, 50)).len(), 1, "and this is far from there");
}

#[test]
fn events_out_of_order_or_of_a_wrong_clock_are_told_apart() {
    let mut world = World::of(TRAVEL);
    world.see(&sign_in(OSLO, 10));
    let earlier = sign_in(SINGAPORE, 0);
    assert_eq!(world.see_at(&earlier, at(MONDAY + 600)).len(), 1, "ten minutes out of order");
    let mut world = World::of(TRAVEL);
    world.see(&sign_in(OSLO, 100));
    assert_eq!(world.see_at(&sign_in(SINGAPORE, 0), at(MONDAY + 6_000)), [], "late");
    let ahead = sign_in(SINGAPORE, 60 * 24 * 365);
    assert_eq!(world.see_at(&ahead, at(MONDAY + 6_060)), [], "a year ahead");
    assert_eq!(world.see(&sign_in(SINGAPORE, 102)).len(), 1, "neither moved the person");
}

#[test]
fn a_denied_place_is_raised_whenever_it_returns() {
    let mut world = World::of(TRAVEL);
    world.see(&sign_in(OSLO, 0));
    let finding = world.see(&sign_in(SINGAPORE, 30)).remove(0);
    world.answer(&finding, false, at(MONDAY + 40 * MINUTE_S));
    let days = 60 * 24 * 3;
    let again = world.see(&sign_in(SINGAPORE, days)).remove(0);
    assert_eq!(again.explanation.to_string(), "place Singapore, SG was denied before, and is back");
    assert_eq!(world.see(&sign_in(SINGAPORE, days + 59)), []);
}

#[test]
fn a_confirmed_network_stays_exempt_while_it_is_used_and_not_for_ever() {
    let day = 60 * 24;
    for (used, is_raised) in [(true, false), (false, true)] {
        let mut world = World::of(TRAVEL);
        world.see(&sign_in(OSLO, 0));
        let finding = world.see(&sign_in(SINGAPORE, 30)).remove(0);
        world.answer(&finding, true, at(MONDAY + 40 * MINUTE_S));
        for week in 1..20 {
            assert_eq!(world.see(&sign_in(OSLO, week * 7 * day)), []);
            if used {
                assert_eq!(world.see(&sign_in(SINGAPORE, week * 7 * day + 30)), []);
            }
        }
        let last = 20 * 7 * day;
        world.see(&sign_in(OSLO, last));
        let raised = !world.see(&sign_in(SINGAPORE, last + 30)).is_empty();
        assert_eq!(raised, is_raised, "used: {used}");
    }
}
