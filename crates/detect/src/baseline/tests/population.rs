//! How much room many entities take.

use super::super::{
    Baselines, Mode, StateKey,
    example::{MONDAY, World, baseline, event_at, target},
};

/// Twenty baselines as a company would have them, all of one account.
fn twenty() -> Vec<String> {
    let mut all = Vec::new();
    for value in [
        "source.asn",
        "source.country",
        "[client.family, client.os]",
        "client.device",
        "action",
        "target.id",
        "[source.country, client.os]",
        "source.subnet",
    ] {
        all.push(format!("{{ kind: first_seen, selection: {{ a: b }}, value: {value} }}"));
    }
    for (n, window) in ["10m", "1h", "1d", "1h"].iter().enumerate() {
        let season = if n == 3 { "hour_of_week" } else { "none" };
        all.push(format!(
            "{{ kind: volume, selection: {{ n: {n} }}, window: {window}, season: {season} }}"
        ));
    }
    for (value, window) in [
        ("target.id", "10m"),
        ("target.id", "1d"),
        ("source.ip", "1h"),
        ("action", "1h"),
        ("session.id", "1d"),
        ("client.device", "1d"),
    ] {
        all.push(format!(
            "{{ kind: distinct, selection: {{ a: b }}, value: {value}, window: {window} }}"
        ));
    }
    all.push("{ kind: travel, selection: { a: b } }".to_owned());
    all.push("{ kind: session_change, selection: { a: b }, entity: actor.id }".to_owned());
    assert_eq!(all.len(), 20);
    all
}

/// A small generator; its numbers need only be spread.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn event(account: u64, second: i64, numbers: &mut Numbers) -> event::Event {
    let mut event = event_at(second);
    // An account has its own network, devices and things it works on, and rarely others.
    let mut own = |usual: u64, rare: u64| {
        if numbers.below(50) == 0 {
            numbers.below(rare)
        } else {
            account % 7 + numbers.below(usual)
        }
    };
    event.actor.id = Some(format!("account-{account}").into());
    event.origin.asn = Some(64_000 + own(2, 90) as u32);
    event.origin.country = Some([b'A' + own(1, 20) as u8 % 26, b'A']);
    event.origin.ip = format!("198.51.{}.{}", own(2, 200), own(3, 200)).parse().ok();
    event.client.os = Some(["Windows", "Mac OS X", "Linux"][own(1, 3) as usize % 3].into());
    event.client.family = Some(["Firefox", "Chrome", "Safari"][own(1, 3) as usize % 3].into());
    event.client.device = Some(format!("cookie-{account}-{}", own(2, 20)).into());
    event.session = Some(format!("session-{account}-{}", second / 43_200).into());
    event.action = format!("action.of.kind.{}", own(8, 60)).into();
    event.targets = vec![target(&format!("document-{}", own(20, 5_000)))];
    event
}

#[test]
fn the_mean_over_a_zipf_population_is_below_one_kilobyte() {
    const ACCOUNTS: u64 = 3_000;
    /// So many events for each account in the mean: the scale of a million accounts with a
    /// hundred million events has the same shape.
    const MEAN: u64 = 25;
    let mut world = World::with(twenty().iter().map(|yaml| baseline(yaml)).collect());
    world.mode = Mode::Shadow;
    let mut numbers = Numbers(1);
    let harmonic: f64 = (1..=ACCOUNTS).map(|rank| 1.0 / rank as f64).sum();
    for rank in 1..=ACCOUNTS {
        let events = (ACCOUNTS * MEAN) as f64 / harmonic / rank as f64;
        let events = (events.ceil() as u64).clamp(1, 2_000);
        // Over sixty days, in working hours.
        let mut times: Vec<i64> = (0..events)
            .map(|_| numbers.below(60) as i64 * 86_400 + numbers.below(9 * 3_600) as i64)
            .collect();
        times.sort_unstable();
        for time in times {
            world.see(&event(rank, MONDAY + time, &mut numbers));
        }
    }
    // A hash table that is seven eighths full at most and half of that when it has grown, a byte
    // each for its own use, the key, and a place in the order of use.
    let place = (size_of::<StateKey>() + 1) * 4 / 3 + 2 * size_of::<usize>();
    let sizes: Vec<usize> =
        world.entities.values().map(|entity| entity.footprint_bytes() + place).collect();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    let highest = sizes.iter().max().expect("some");
    assert_eq!(sizes.len() as u64, ACCOUNTS);
    assert!(mean <= 1_024, "{mean} bytes in the mean");
    assert!(*highest <= 16 * 1_024, "{highest} bytes for one");
    assert_eq!(Baselines::default().all().len(), 0);
}
