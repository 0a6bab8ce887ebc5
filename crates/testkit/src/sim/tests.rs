use super::run;

/// Enough to meet every mode, and few enough for every run of the tests.
const SEEDS: u64 = 12;

#[test]
fn a_seed_gives_the_same_run_byte_for_byte() {
    for seed in 0..SEEDS {
        let (one, other) = (run(seed), run(seed));
        assert!(one == other, "seed {seed} gave two different runs");
    }
}

#[test]
fn every_rule_holds_in_a_few_worlds() {
    for seed in 0..SEEDS {
        if let Err(failure) = run(seed) {
            panic!("{failure}");
        }
    }
}

#[test]
fn different_seeds_give_different_worlds() {
    let traces: std::collections::BTreeSet<String> =
        (0..SEEDS).filter_map(|seed| Some(run(seed).ok()?.trace)).collect();
    assert_eq!(traces.len() as u64, SEEDS);
}
