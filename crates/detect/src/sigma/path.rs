//! A rule's name for a field, read as the path it stands for. The same reading as the Sigma
//! engine's own: a test compares them.

use event::Node;
use rsigma_parser::fieldpath::{first_unescaped, unescape_brackets};

/// A path in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    /// The name as written: a key of that very name comes before what it is a path to.
    pub(crate) literal: Box<str>,
    /// The steps of the path; none where the name can only be a key.
    pub(crate) steps: Box<[Step]>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a key; of every member, where there is a list.
    Key(Box<str>),
    /// To one member of a list, from the end where it is negative.
    Index(i64),
}

/// What lies at a path.
pub(crate) enum Found<'d> {
    /// Nothing.
    Absent,
    /// One value.
    One(Node<'d>),
    /// Several, where the path leads through lists.
    Many(Vec<Node<'d>>),
}

impl Path {
    /// Reads a name: dots divide steps, `[N]` picks a member, `\[` and `\]` are letters of a key.
    pub(crate) fn parse(name: &str) -> Self {
        let steps = if name.contains(['.', '[', '\\']) { steps(name) } else { Vec::new() };
        Self { literal: name.into(), steps: steps.into_boxed_slice() }
    }

    /// What a record holds there.
    pub(crate) fn find<'d>(&self, root: Node<'d>) -> Found<'d> {
        match root.get(&self.literal) {
            Some(node) => Found::One(node),
            None if self.steps.is_empty() => Found::Absent,
            None => follow(root, &self.steps),
        }
    }
}

/// What lies at the end of steps.
pub(crate) fn follow<'d>(from: Node<'d>, steps: &[Step]) -> Found<'d> {
    let mut found = Found::Absent;
    collect(from, steps, &mut found);
    found
}

fn steps(name: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in name.split('.') {
        let indexed = first_unescaped(part, b'[').and_then(|at| Some((at, indices(&part[at..])?)));
        let Some((at, indices)) = indexed else {
            steps.push(Step::Key(unescape_brackets(part).into()));
            continue;
        };
        if at > 0 {
            steps.push(Step::Key(unescape_brackets(&part[..at]).into()));
        }
        steps.extend(indices.into_iter().map(Step::Index));
    }
    steps
}

/// The numbers of `[N]` or `[N][M]…`; nothing where it is anything else.
fn indices(mut text: &str) -> Option<Vec<i64>> {
    let mut all = Vec::new();
    while !text.is_empty() {
        let (number, rest) = text.strip_prefix('[')?.split_once(']')?;
        all.push(number.parse().ok()?);
        text = rest;
    }
    Some(all)
}

/// Never deeper than the record nests, as steps into lists of lists go on with the same step.
fn collect<'d>(node: Node<'d>, steps: &[Step], found: &mut Found<'d>) {
    let Some((step, rest)) = steps.split_first() else {
        found.add(node);
        return;
    };
    match (step, node) {
        (Step::Key(key), Node::Object(object)) => {
            if let Some(next) = object.get(key) {
                collect(next, rest, found);
            }
        }
        (Step::Key(_), Node::List(list)) => {
            list.items().for_each(|item| collect(item, steps, found));
        }
        (Step::Index(index), Node::List(list)) => {
            if let Some(next) = place(*index, list.len()).and_then(|at| list.at(at)) {
                collect(next, rest, found);
            }
        }
        _ => {}
    }
}

fn place(index: i64, count: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => count.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

impl<'d> Found<'d> {
    fn add(&mut self, node: Node<'d>) {
        match self {
            Self::Absent => *self = Self::One(node),
            Self::One(first) => *self = Self::Many(vec![*first, node]),
            Self::Many(all) => all.push(node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_steps() {
        let key = |text: &str| Step::Key(text.into());
        for (name, steps) in [
            ("a", vec![]),
            ("a.b", vec![key("a"), key("b")]),
            ("a[0]", vec![key("a"), Step::Index(0)]),
            ("a[-1][2].b", vec![key("a"), Step::Index(-1), Step::Index(2), key("b")]),
            ("[1]", vec![Step::Index(1)]),
            ("a[x]", vec![key("a[x]")]),
            (r"a\[0\]", vec![key("a[0]")]),
            ("a[1", vec![key("a[1")]),
            ("..", vec![key(""), key(""), key("")]),
        ] {
            assert_eq!(Path::parse(name).steps.as_ref(), steps, "{name}");
        }
    }
}
