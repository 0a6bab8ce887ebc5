//! The conditions of policies: what they may read, and what they see of an alert and a person.

mod view;

use expr::{Fields, Flaw, Kind, Root, Schema};

pub(super) use expr::{Expr, Verdict, View};
pub(super) use view::see;

/// What a condition of a policy can read.
const SCHEMA: Schema = Schema {
    roots: &[
        Root {
            name: "alert",
            fields: Fields::These(&[
                ("source", Kind::Plain),
                ("rule", Kind::Plain),
                ("severity", Kind::Plain),
                ("title", Kind::Plain),
                ("description", Kind::Plain),
                ("person", Kind::Plain),
                ("time", Kind::Plain),
                ("url", Kind::Plain),
                ("facts", Kind::Table),
            ]),
        },
        Root {
            name: "person",
            fields: Fields::These(&[
                ("known", Kind::Bool),
                ("id", Kind::Plain),
                ("email", Kind::Plain),
                ("groups", Kind::Plain),
                ("privileged", Kind::Bool),
                ("language", Kind::Plain),
                ("time_zone", Kind::Plain),
                ("active", Kind::Bool),
            ]),
        },
        Root { name: "enrich", fields: Fields::Any },
    ],
};

/// Reads a condition, or says all that is wrong with it.
pub(super) fn compile(text: &str) -> Result<Expr, Vec<Flaw>> {
    Expr::compile(text, &SCHEMA)
}

/// What an alert must say literally for a condition to hold, where the condition says so plainly.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Literals {
    pub(super) source: Option<String>,
    pub(super) rule: Option<String>,
}

impl Literals {
    /// What a condition demands, whatever else it says.
    pub(super) fn of(condition: &Expr) -> Self {
        let said = |field| condition.literal("alert", field).map(str::to_owned);
        Self { source: said("source"), rule: said("rule") }
    }
}

#[cfg(test)]
mod tests;
