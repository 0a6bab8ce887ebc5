//! A path of the configuration, and what stands there in a record.

use event::Node;

/// The longest path, in bytes.
const PATH_BYTES_MAX: usize = 256;
/// The most keys of a path.
const KEYS_MAX: usize = 16;

/// Keys from the outside in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    whole: String,
    keys: Vec<String>,
}

impl Path {
    /// A path as it is configured.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let keys: Vec<_> = text.split('.').map(str::to_owned).collect();
        if text.len() > PATH_BYTES_MAX || keys.len() > KEYS_MAX {
            return Err("is too long: at most 256 bytes and 16 keys");
        }
        if keys.iter().any(|key| key.trim().is_empty()) {
            return Err("is no path: write keys with dots between them, such as user.id");
        }
        Ok(Self { whole: text.to_owned(), keys })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.whole
    }

    pub(super) fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    /// The first value there that is not null; of a list on the way the first member that has one.
    pub(super) fn first<'d>(&self, root: Node<'d>) -> Option<Node<'d>> {
        // A key with dots in it wins over a path, as it does in rules.
        let literal = if self.keys.len() > 1 { root.get(&self.whole) } else { None };
        match literal {
            Some(node) => walk(node, &[]),
            None => walk(root, &self.keys),
        }
    }
}

/// As deep as the path is long, plus the lists in lists of a record, which has a limit on nesting.
fn walk<'d>(node: Node<'d>, keys: &[String]) -> Option<Node<'d>> {
    match (node, keys) {
        (Node::Null, _) => None,
        (Node::List(list), _) => list.items().find_map(|item| walk(item, keys)),
        (_, []) => Some(node),
        (_, [first, rest @ ..]) => walk(node.get(first)?, rest),
    }
}

/// Every object at a path; a list on its last key gives each of its members.
pub(super) fn members<'d>(path: &Path, root: Node<'d>) -> impl Iterator<Item = Node<'d>> {
    let found = path.keys.iter().try_fold(root, |node, key| node.get(key));
    crate::events::reading::members(root.get(&path.whole).or(found))
}
