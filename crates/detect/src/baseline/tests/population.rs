//! How much room many entities take.

use event::Event;

use super::super::{
    Baseline, Mode, StateKey,
    example::{MONDAY, World, baseline, event_at, target},
};

/// Twenty baselines of one account, as a company would have them: which actions each looks at, and
/// what.
const TWENTY: [(&str, &str); 20] = [
    ("sign", "kind: first_seen, value: source.asn"),
    ("sign", "kind: first_seen, value: source.country, peers: organisation"),
    ("sign", "kind: first_seen, value: source.subnet"),
    ("sign", "kind: first_seen, value: [client.family, client.os]"),
    ("sign", "kind: first_seen, value: client.device"),
    ("sign", "kind: travel"),
    ("sign", "kind: volume, window: 1h"),
    ("sign", "kind: distinct, value: source.ip, window: 1d"),
    ("", "kind: session_change, entity: actor.id"),
    ("", "kind: first_seen, value: action"),
    ("", "kind: volume, window: 1h, season: hour_of_week"),
    ("read", "kind: first_seen, value: target.id"),
    ("read", "kind: volume, window: 10m"),
    ("read", "kind: distinct, value: target.id, window: 10m"),
    ("read", "kind: distinct, value: target.id, window: 1d"),
    ("call", "kind: volume, window: 1h"),
    ("call", "kind: distinct, value: action, window: 1h"),
    ("call", "kind: first_seen, value: client.family"),
    ("write", "kind: volume, window: 1d"),
    ("write", "kind: distinct, value: target.id, window: 1h"),
];

fn selects(baseline: &Baseline, event: &Event) -> bool {
    let wanted = baseline.selection().get("action").and_then(|action| action.as_str());
    wanted.is_some_and(|wanted| event.action.starts_with(wanted))
}

/// A small generator; its numbers need only be spread.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// One of a few usual ones, or rarely one of many.
    fn mostly(&mut self, account: u64, usual: u64, rare: u64) -> u64 {
        match self.below(50) {
            0 => self.below(rare),
            _ => account % 7 + self.below(usual),
        }
    }
}

fn event(account: u64, second: i64, numbers: &mut Numbers) -> Event {
    let mut event = event_at(second);
    let mut own = |usual, rare| numbers.mostly(account, usual, rare);
    event.actor.id = Some(format!("account-{account}").into());
    event.origin.asn = Some(64_000 + own(2, 90) as u32);
    event.origin.country = Some([b'A' + own(1, 20) as u8 % 26, b'A']);
    event.origin.ip = format!("198.51.{}.{}", own(2, 200), own(3, 200)).parse().ok();
    let place = |degrees: u64| (degrees % 90) as f64;
    let (latitude, longitude) = (place(own(1, 90)), place(own(1, 90)));
    event.origin.place = Some(event::Place { latitude, longitude, radius_km: 20.0 });
    event.client.os = Some(["Windows", "Mac OS X", "Linux"][own(1, 3) as usize % 3].into());
    event.client.family = Some(["Firefox", "Chrome", "Safari"][own(1, 3) as usize % 3].into());
    event.client.device = Some(format!("cookie-{account}-{}", own(2, 20)).into());
    let kind = ["sign", "sign", "read", "read", "read", "read", "call", "call", "write"];
    let kind = kind[own(9, 9) as usize % 9];
    event.action = format!("{kind}.{}", own(4, 60)).into();
    event.targets = vec![target(&format!("document-{}", own(20, 5_000)))];
    event
}

/// A population in which the account of rank `n` has an `n`th of the events of the first, over
/// sixty days; as many in the mean as a million accounts have of 25 million events.
fn population(accounts: u64) -> World {
    const MEAN: f64 = 25.0;
    const EVENTS_MAX: u64 = 3_000;
    let read = |(action, rest): &(&str, &str)| {
        baseline(&format!("{{ selection: {{ action: '{action}' }}, {rest} }}"))
    };
    let mut world = World::with(TWENTY.iter().map(read).collect());
    world.mode = Mode::Shadow;
    world.selects = selects;
    let mut numbers = Numbers(1);
    let harmonic: f64 = (1..=accounts).map(|rank| 1.0 / rank as f64).sum();
    for rank in 1..=accounts {
        let events = accounts as f64 * MEAN / harmonic / rank as f64;
        let events = (events.ceil() as u64).clamp(1, EVENTS_MAX);
        let mut time = || numbers.below(60) as i64 * 86_400 + numbers.below(9 * 3_600) as i64;
        let mut times: Vec<i64> = (0..events).map(|_| time()).collect();
        times.sort_unstable();
        for time in times {
            world.see(&event(rank, MONDAY + time, &mut numbers));
        }
    }
    world
}

#[test]
fn the_mean_over_a_zipf_population_is_below_one_kilobyte() {
    const ACCOUNTS: u64 = 1_000;
    let world = population(ACCOUNTS);
    // With a place in a hash table that is between seven eighths and half full, a byte for the
    // table's own use, and a place in a list by use.
    let place = (size_of::<StateKey>() + 1) * 4 / 3 + 2 * size_of::<usize>();
    let sizes: Vec<usize> =
        world.entities.values().map(|entity| entity.footprint_bytes() + place).collect();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    let highest = sizes.iter().max().copied().unwrap_or_default();
    assert_eq!(sizes.len() as u64, ACCOUNTS);
    assert!((400..=1_024).contains(&mean), "{mean} bytes in the mean");
    assert!((2_048..=16 * 1_024).contains(&highest), "{highest} bytes for one");
}
