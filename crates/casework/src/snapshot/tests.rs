use std::collections::BTreeMap;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

type Texts = BTreeMap<String, Vec<String>>;

#[test]
fn the_words_of_a_form_never_change() {
    let hash: String = Sha256::digest(WORDS).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hash, "34c8ebb3efbc3caf48c4366e7de29cd56231fdfca2fb8d5c5e560c4081cb2b3f",
        "what was squeezed with the words of form 2 could no longer be read: make a form 3"
    );
}

#[test]
fn bytes_of_every_form_are_read() {
    let value = Texts::from([("alerts".to_owned(), vec!["one".to_owned()])]);
    let first = br#"{"form":1,"value":{"alerts":["one"]}}"#;
    assert_eq!(decode::<Texts>(first).expect("form 1"), value);
    // Written once by this form, and never to be unreadable.
    let second = [2, 18, 0, 0, 0, 3, 229, 12, 176, 115, 34, 58, 91, 34, 111, 110, 101, 34, 93, 125];
    assert_eq!(decode::<Texts>(&second).expect("form 2"), value);
}

#[test]
fn a_later_form_is_named_and_not_guessed_at() {
    for later in [&b"\x03whatever"[..], br#"{"form":3,"value":[]}"#] {
        let error = decode::<Texts>(later).expect_err("not known yet");
        assert!(matches!(error, SnapshotError::Newer(3)), "{error}");
    }
}

#[test]
fn damaged_bytes_are_errors_and_take_no_memory() {
    for damaged in [
        &b""[..],
        b"\x02",
        b"\x02\xff\xff\xff\xff",
        b"\x02\xff\xff\xff\xff\x10a",
        b"\x02\x08\x00\x00\x00\x10a",
        b"{}",
        b"null",
    ] {
        assert!(decode::<Texts>(damaged).is_err(), "{damaged:?}");
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read_and_damage_never_panics(
        value in prop::collection::btree_map("[a-z_]{0,9}", prop::collection::vec(".{0,40}", 0..9), 0..9),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&value);
        prop_assert_eq!(decode::<Texts>(&bytes).expect("our own"), value);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode::<Texts>(&bytes);
        let _ = decode::<Texts>(&bytes[..at]);
    }
}
