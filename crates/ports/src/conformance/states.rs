//! What every store of detection's states must keep.

use crate::{
    event_log::Position,
    states::{Checkpoint, StateKey, StateSave, States},
};

/// More entities than any batch wants at once.
const MANY: u128 = 20_000;

/// Keys that differ in the high half, in the low half, and at the ends.
const KEYS: [StateKey; 5] =
    [StateKey(0), StateKey(u128::MAX), StateKey(1 << 127), StateKey(1), StateKey(1 << 64)];

fn key(n: u128) -> StateKey {
    // Spread as digests are.
    StateKey(n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

fn value(n: u128) -> Vec<u8> {
    n.to_be_bytes().repeat(1 + usize::try_from(n % 40).expect("few"))
}

fn checkpoint(n: u64) -> Checkpoint {
    let part = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
    let parts = vec![part("windows", &[0, 255, 1]), part("", b""), part("ünïcode", &[7; 100_000])];
    Checkpoint { position: Position(n), rules: format!("rules {n}"), parts }
}

async fn save(states: &dyn States, values: Vec<(StateKey, Option<Vec<u8>>)>) {
    states.save(StateSave { values, checkpoint: None }).await.expect("saved");
}

async fn load(states: &dyn States, keys: &[StateKey]) -> Vec<Option<Vec<u8>>> {
    states.load(keys).await.expect("readable")
}

pub(super) async fn values_come_back_in_the_order_of_the_keys(states: &dyn States) {
    assert_eq!(load(states, &KEYS).await, vec![None; KEYS.len()]);
    assert!(load(states, &[]).await.is_empty());
    let values = (0..).map(value).zip(KEYS).map(|(value, key)| (key, Some(value)));
    save(states, values.collect()).await;
    let asked = [KEYS[3], StateKey(77), KEYS[0], KEYS[4], KEYS[0], KEYS[2], KEYS[1]];
    let found = load(states, &asked).await;
    let expected = [Some(3), None, Some(0), Some(4), Some(0), Some(2), Some(1)];
    assert_eq!(found, expected.map(|n| n.map(value)));
}

pub(super) async fn a_value_replaces_the_one_before(states: &dyn States) {
    for bytes in [vec![1; 500], vec![], vec![0; 16_000], vec![2; 20]] {
        save(states, vec![(key(1), Some(bytes.clone())), (key(2), Some(vec![9]))]).await;
        assert_eq!(load(states, &[key(1), key(2)]).await, [Some(bytes), Some(vec![9])]);
    }
}

pub(super) async fn an_entity_can_be_forgotten(states: &dyn States) {
    save(states, vec![(key(1), Some(value(1))), (key(2), Some(value(2)))]).await;
    save(states, vec![(key(1), None), (key(3), None)]).await;
    assert_eq!(load(states, &[key(1), key(2), key(3)]).await, [None, Some(value(2)), None]);
    assert_eq!(states.size().await, Ok((1, value(2).len() as u64)));
    save(states, vec![(key(1), Some(value(4)))]).await;
    assert_eq!(load(states, &[key(1)]).await, [Some(value(4))]);
}

pub(super) async fn the_last_of_two_values_in_one_save_holds(states: &dyn States) {
    let values = vec![
        (key(1), Some(value(1))),
        (key(2), None),
        (key(1), Some(value(5))),
        (key(2), Some(value(2))),
        (key(3), Some(value(3))),
        (key(3), None),
    ];
    save(states, values).await;
    let expected = [Some(value(5)), Some(value(2)), None];
    assert_eq!(load(states, &[key(1), key(2), key(3)]).await, expected);
    let bytes = value(5).len() + value(2).len();
    assert_eq!(states.size().await, Ok((2, bytes as u64)));
}

pub(super) async fn a_checkpoint_replaces_the_one_before_with_all_its_parts(states: &dyn States) {
    assert_eq!(states.checkpoint().await, Ok(None));
    let fewer = Checkpoint { parts: vec![("windows".to_owned(), vec![1])], ..checkpoint(2) };
    let none = Checkpoint { parts: vec![], rules: String::new(), position: Position(0) };
    let far = Checkpoint { position: Position(i64::MAX as u64), ..checkpoint(3) };
    for checkpoint in [checkpoint(1), fewer, none, far] {
        let values = vec![(key(1), Some(value(1)))];
        let save = StateSave { values, checkpoint: Some(checkpoint.clone()) };
        states.save(save).await.expect("saved");
        assert_eq!(states.checkpoint().await, Ok(Some(checkpoint)));
    }
}

pub(super) async fn a_save_without_a_checkpoint_leaves_it(states: &dyn States) {
    let first = StateSave { values: vec![], checkpoint: Some(checkpoint(1)) };
    states.save(first).await.expect("saved");
    save(states, vec![(key(1), Some(value(1)))]).await;
    states.save(StateSave::default()).await.expect("saved");
    assert_eq!(states.checkpoint().await, Ok(Some(checkpoint(1))));
}

pub(super) async fn many_entities_are_loaded_in_one_call(states: &dyn States) {
    save(states, (0..MANY).map(|n| (key(n), Some(value(n)))).collect()).await;
    let keys: Vec<_> = (0..2 * MANY).rev().map(key).collect();
    let found = load(states, &keys).await;
    assert_eq!(found.len(), keys.len());
    for (n, found) in (0..2 * MANY).rev().zip(found) {
        assert_eq!(found, (n < MANY).then(|| value(n)), "{n}");
    }
}

pub(super) async fn entities_are_counted(states: &dyn States) {
    assert_eq!(states.size().await, Ok((0, 0)));
    let mut bytes = 0;
    for n in 0..100 {
        save(states, vec![(key(n), Some(value(n)))]).await;
        bytes += value(n).len() as u64;
    }
    assert_eq!(states.size().await, Ok((100, bytes)));
    save(states, vec![(key(0), Some(vec![1; 1_000]))]).await;
    assert_eq!(states.size().await, Ok((100, bytes - value(0).len() as u64 + 1_000)));
}

pub(super) async fn nothing_is_left_after_clearing(states: &dyn States) {
    let values = vec![(key(1), Some(value(1)))];
    let first = StateSave { values, checkpoint: Some(checkpoint(1)) };
    states.save(first.clone()).await.expect("saved");
    states.clear().await.expect("cleared");
    assert_eq!(states.checkpoint().await, Ok(None));
    assert_eq!(load(states, &[key(1)]).await, [None]);
    assert_eq!(states.size().await, Ok((0, 0)));
    states.save(first).await.expect("saved");
    assert_eq!(states.checkpoint().await, Ok(Some(checkpoint(1))));
}
