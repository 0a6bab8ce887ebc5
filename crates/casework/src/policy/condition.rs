//! The conditions of policies: what they may read, and what they see of an alert and a person.

use expr::{Flaw, Schema};

pub(super) use super::see::see;
use super::see::{ALERT, ENRICH, PERSON};
pub(super) use expr::{Expr, Verdict, View};

/// What a condition of a policy, a filter or an exception can read.
const SCHEMA: Schema = Schema { roots: &[ALERT, PERSON, ENRICH] };

/// Reads a condition, or says all that is wrong with it.
pub(super) fn compile(text: &str) -> Result<Expr, Vec<Flaw>> {
    Expr::compile(text, &SCHEMA)
}

#[cfg(test)]
pub(super) mod tests;
