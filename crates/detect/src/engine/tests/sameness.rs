//! Whatever the threads and whatever the restarts, the same comes out.

use proptest::{prelude::*, sample::Index};

use super::support::{Stored, Threads, batches, engine, files, rules, run, shown, step};
use crate::engine::{Checkpoint, Serial};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn results_are_the_same_for_one_two_and_eight_threads(batches in batches()) {
        let rules = rules(&files());
        let alone = run(&rules, &batches, &Serial);
        for threads in [1, 2, 8] {
            prop_assert_eq!(&run(&rules, &batches, &Threads(threads)), &alone);
        }
    }

    /// The process is killed after some batch, and goes on from the last checkpoint before that:
    /// what was raised since is raised again, with the same keys, and nothing else.
    #[test]
    fn results_are_the_same_across_a_restart_from_any_checkpoint(
        batches in batches(),
        checkpoints in proptest::collection::vec(any::<bool>(), 40),
        kill in any::<Index>(),
        most in 0_usize..6,
    ) {
        let rules = rules(&files());
        let whole = run(&rules, &batches, &Serial);
        let kill = kill.index(batches.len());
        let mut stored = Stored::new();
        let mut last: Option<Checkpoint> = None;
        let mut engine = engine(&rules);
        for (at, batch) in batches.iter().enumerate().take(kill + 1) {
            prop_assert_eq!(&shown(&step(&mut engine, batch, &stored, &Serial)), &whole[at]);
            if checkpoints[at] {
                let checkpoint = engine.checkpoint();
                stored.extend(checkpoint.values.iter().cloned());
                last = Some(checkpoint);
                prop_assert!(engine.evict(most), "all of it is stored");
                prop_assert!(engine.size().entities <= most);
            } else {
                engine.evict(most);
            }
        }
        let mut engine = self::engine(&rules);
        if let Some(checkpoint) = &last {
            let restored = engine.restore(&checkpoint.parts, checkpoint.position);
            prop_assert_eq!(&restored, &Default::default());
        }
        for (at, batch) in batches.iter().enumerate() {
            let output = shown(&step(&mut engine, batch, &stored, &Serial));
            let is_new = last.as_ref().and_then(|it| it.position).is_none_or(|it| batch.at.position > it);
            if is_new {
                prop_assert_eq!(&output, &whole[at]);
            } else {
                prop_assert_eq!(output.len(), 1, "a batch that was seen changes nothing");
            }
        }
    }

    #[test]
    fn no_two_alerts_share_a_key(batches in batches()) {
        let rules = rules(&files());
        let raised = super::support::raised_by(&rules, &batches);
        let mut keys: Vec<u128> = raised.iter().map(|raised| raised.key).collect();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), raised.len());
    }
}

#[test]
fn every_kind_of_rule_fires_in_the_worlds_that_are_made_up() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let rules = rules(&files());
    let mut runner = TestRunner::deterministic();
    let mut fired = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let batches = batches().new_tree(&mut runner).expect("batches").current();
        let raised = super::support::raised_by(&rules, &batches);
        fired.extend(raised.iter().map(|raised| raised.rule.id().to_owned()));
    }
    // A filter raises nothing, `burst` is counted by another, and `volume` needs weeks.
    let never: Vec<&str> = rules
        .all()
        .iter()
        .map(|rule| rule.id())
        .filter(|id| !["not-robots", "burst", "volume"].contains(id) && !fired.contains(*id))
        .collect();
    assert_eq!(never, [""; 0]);
}
