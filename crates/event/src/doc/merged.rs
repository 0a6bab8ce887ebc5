//! Equal keys in one object, read as one key with the list of its values.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::Node;

/// The same document with each key once, as JSON.
pub(super) fn text(root: Node<'_>) -> String {
    sonic_rs::to_string(&Merged(root)).unwrap_or_default()
}

struct Merged<'d>(Node<'d>);

impl Serialize for Merged<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Node::List(list) => to.collect_seq(list.items().map(Merged)),
            Node::Object(object) => {
                let mut order = Vec::new();
                let mut values: BTreeMap<&str, Vec<Node<'_>>> = BTreeMap::new();
                for (key, value) in object.entries() {
                    let of_key = values.entry(key).or_default();
                    if of_key.is_empty() {
                        order.push(key);
                    }
                    of_key.push(value);
                }
                to.collect_map(order.into_iter().map(|key| (key, Values(&values[key]))))
            }
            scalar => scalar.serialize(to),
        }
    }
}

/// The values of one key.
struct Values<'v, 'd>(&'v [Node<'d>]);

impl Serialize for Values<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if let [value] = self.0 {
            return Merged(*value).serialize(to);
        }
        // Lists among the values are laid flat: any member matches, as in a list of its own.
        let mut flat = Vec::new();
        for value in self.0 {
            match value {
                Node::List(list) => flat.extend(list.items().map(Merged)),
                other => flat.push(Merged(*other)),
            }
        }
        to.collect_seq(flat)
    }
}
