use ports::store::{Commit, Record, RecordOp, Space};

use super::{
    run,
    witness::{CODE_MARK, Witness},
};

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

#[test]
fn a_code_in_what_is_stored_is_found_also_where_it_is_squeezed() {
    let witness = Witness::default();
    let value = casework::snapshot::encode(&[format!("{CODE_MARK}123456")]);
    let (space, key) = (Space::Challenge, "c".to_owned());
    let record = Record { space, key, owner: None, value, expires_at: None };
    witness.stored(&Commit { records: vec![RecordOp::Put(record)], ..Commit::default() });
    assert_eq!(witness.first_wrong().as_deref(), Some("a device's code is in the store"));
}
