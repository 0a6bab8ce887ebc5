//! From what an event holds to the key of a group and to a value that is counted.

use smallvec::{SmallVec, smallvec};

use crate::{
    digest::Digest,
    sigma::{lens::Lens, matcher::Slot, value::Value},
};

/// Where fields of a group hold several values, an event belongs to each of the groups; beyond so
/// many it belongs to the first ones.
pub const GROUPS_MAX: usize = 16;

/// The values of a group's fields, in order; absent ones are a group of their own.
pub(crate) type GroupValues = Vec<Option<String>>;

/// The keys of the groups that an event belongs to.
pub(crate) fn keys(lens: &Lens<'_, '_>, group: &[Slot]) -> SmallVec<[u128; 1]> {
    let mut all: SmallVec<[Digest; 1]> = smallvec![Digest::of("group")];
    for slot in group {
        let value = lens.value(slot.number());
        let mut next = SmallVec::new();
        for digest in &all {
            let mut is_any = false;
            value.each_text(|text| {
                is_any = true;
                if next.len() < GROUPS_MAX {
                    next.push(digest.clone().number(1).text(text));
                }
            });
            if !is_any && next.len() < GROUPS_MAX {
                next.push(digest.clone().number(0));
            }
        }
        all = next;
    }
    all.into_iter().map(Digest::finish).collect()
}

/// The key of a group of these values.
pub(crate) fn key_of(values: &[Option<String>]) -> u128 {
    let digest = values.iter().fold(Digest::of("group"), |digest, value| match value {
        Some(text) => digest.number(1).text(text),
        None => digest.number(0),
    });
    digest.finish()
}

/// The values of the group with that key, of those an event belongs to.
pub(crate) fn group_of(lens: &Lens<'_, '_>, group: &[Slot], key: u128) -> Option<GroupValues> {
    let mut all: Vec<GroupValues> = vec![Vec::new()];
    for slot in group {
        let value = lens.value(slot.number());
        let mut texts: Vec<Option<String>> = Vec::new();
        value.each_text(|text| texts.push(Some(text.to_owned())));
        if texts.is_empty() {
            texts.push(None);
        }
        let with = |values: &GroupValues| {
            let values = values.clone();
            texts.clone().into_iter().map(move |text| [values.clone(), vec![text]].concat())
        };
        all = all.iter().flat_map(with).take(GROUPS_MAX).collect();
    }
    all.into_iter().find(|values| key_of(values) == key)
}

/// What an event adds to a count of different values: one for each combination of its fields'
/// values, none where a field is absent or null.
pub(crate) fn values(lens: &Lens<'_, '_>, fields: &[Slot]) -> SmallVec<[u64; 1]> {
    let mut all: SmallVec<[Digest; 1]> = smallvec![Digest::of("value")];
    for slot in fields {
        let value = lens.value(slot.number());
        let mut next = SmallVec::new();
        for digest in &all {
            value.each_text(|text| {
                if next.len() < GROUPS_MAX {
                    next.push(digest.clone().text(text));
                }
            });
        }
        all = next;
    }
    all.into_iter().map(Digest::finish_64).collect()
}

/// The number in a field, as its bits; nothing where there is none, or several.
pub(crate) fn number(lens: &Lens<'_, '_>, fields: &[Slot]) -> Option<u64> {
    let number = match lens.value(fields.first()?.number()) {
        Value::One(node) => node.as_float(),
        Value::Text(text) => text.parse().ok(),
        Value::Absent | Value::Many(_) | Value::Texts(_) => None,
    };
    number.filter(|number| number.is_finite()).map(f64::to_bits)
}
