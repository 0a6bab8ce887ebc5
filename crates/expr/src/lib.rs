//! The conditions that people write in content files: CEL, with what makes it safe to run. Pure.
//!
//! The only place that knows the `cel` crate, which has no limit on what an expression may cost.
//! So all limits are set when an expression is read: its length, how deep it nests, its loops, and
//! that it names only what its [`Schema`] knows. A [`View`] limits what it runs over. This crate
//! never knows what an alert or a device is: whoever has conditions brings a schema and makes views.
//!
//! Start with [`Expr::compile`].

mod check;
pub mod schema;
pub mod view;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
    thread,
};

use cel::{Env, ExecutionError, Value, common::ast::IdedExpr};

pub use schema::{Fields, Kind, Root, Schema};
pub use view::{Scribe, Seen, View};

/// The longest expression, in bytes.
pub const MAX_BYTES: usize = 4 * 1_024;
/// How deep brackets may nest: the parser recurses on each.
pub const MAX_BRACKETS: usize = 16;
/// How deep the parsed expression may nest: evaluation recurses on each level, on any stack.
const MAX_DEPTH: usize = 64;
/// How deep loops may nest: over lists of [`view::MAX_ITEMS`] two take milliseconds, four minutes.
const MAX_LOOP_NESTING: usize = 2;
/// How many loops there may be in all.
const MAX_LOOPS: usize = 8;
/// The parser's stack: in a build without optimisation it needs much for each level.
const COMPILE_STACK_BYTES: usize = 8 * 1_024 * 1_024;

/// Built once: it costs more than a hundred evaluations.
static ENV: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::stdlib().with_optional_support(false)));

/// A condition that keeps to the limits.
#[derive(Debug)]
pub struct Expr {
    tree: IdedExpr,
    text: String,
    /// What it names, each as a root and a field of it.
    reads: Vec<(String, String)>,
}

/// What a condition says about what is in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// Nobody can say, and why: something it reads is missing or of another kind. Never holds a
    /// value of what is in view.
    Unknown(String),
}

/// One thing that is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub text: String,
    /// The nearest name that exists.
    pub nearest: Option<String>,
}

impl Flaw {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), nearest: None }
    }
}

impl Expr {
    /// Reads an expression over what a schema knows, or says all that is wrong with it.
    pub fn compile(text: &str, schema: &Schema) -> Result<Self, Vec<Flaw>> {
        if text.len() > MAX_BYTES {
            return Err(vec![Flaw::new(format!("longer than {MAX_BYTES} bytes"))]);
        }
        if bracket_depth(text) > MAX_BRACKETS {
            return Err(vec![Flaw::new(format!("brackets nest deeper than {MAX_BRACKETS}"))]);
        }
        let (tree, reads) = on_a_big_stack(|| parse(text, schema))
            .unwrap_or_else(|| Err(vec![Flaw::new("the parser failed on this expression")]))?;
        Ok(Self { tree, text: text.to_owned(), reads })
    }

    /// The literal text that a field must equal for this to hold, where it says so plainly.
    #[must_use]
    pub fn literal(&self, root: &str, field: &str) -> Option<&str> {
        check::literal(&self.tree, root, field)
    }

    /// What it names, each as a root and a field of it, in the order of their names.
    #[must_use]
    pub fn reads(&self) -> &[(String, String)] {
        &self.reads
    }

    /// Whether anything that it names is there to be read. Where nothing is, even what it says of
    /// absence is said about nothing.
    #[must_use]
    pub fn is_informed(&self, view: &View) -> bool {
        self.reads.iter().any(|(root, field)| view.has(root, field))
    }

    /// Whether it holds for what is in view. Total: even a fault of the evaluator is only unknown.
    #[must_use]
    pub fn evaluate(&self, view: &View) -> Verdict {
        let run = || Value::resolve(&self.tree, view.context());
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(Value::Bool(true))) => Verdict::Holds,
            Ok(Ok(Value::Bool(false))) => Verdict::Fails,
            Ok(Ok(_)) => Verdict::Unknown("its result is not true or false".to_owned()),
            Ok(Err(error)) => Verdict::Unknown(self.explain(&error)),
            Err(_) => Verdict::Unknown("the evaluator failed".to_owned()),
        }
    }

    /// The error without the values that the evaluator puts in its texts.
    fn explain(&self, error: &ExecutionError) -> String {
        match error {
            // The name of what is missing may be a text in view; the expression's own is not.
            ExecutionError::NoSuchKey(name) if self.text.contains(name.as_str()) => {
                format!("there is no {name}")
            }
            ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_) => {
                "something it reads is missing".to_owned()
            }
            ExecutionError::NoSuchOverload(_)
            | ExecutionError::ValuesNotComparable(..)
            | ExecutionError::UnexpectedType { .. } => {
                "something it reads is of another kind".to_owned()
            }
            _ => "it cannot be evaluated".to_owned(),
        }
    }
}

type Parsed = (IdedExpr, Vec<(String, String)>);

fn parse(text: &str, schema: &Schema) -> Result<Parsed, Vec<Flaw>> {
    let tree = ENV.parser().parse(text).map_err(|errors| {
        errors.errors.iter().map(|error| Flaw::new(one_line(&error.msg))).collect::<Vec<_>>()
    })?;
    let reads = check::check(&tree, schema)?;
    Ok((tree, reads))
}

fn one_line(message: &str) -> String {
    message.lines().next().unwrap_or("not an expression").to_owned()
}

/// How deep brackets nest, those in quoted texts counted as well. Closing ones there can make it
/// too small, never so that it matters: the parser has a limit of its own, for which its stack is
/// large enough.
fn bracket_depth(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for letter in text.bytes() {
        match letter {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Runs the work where neither deep recursion nor a panic of the parser can harm; nothing when it
/// panicked.
fn on_a_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(COMPILE_STACK_BYTES);
        builder.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

#[cfg(test)]
mod tests;
