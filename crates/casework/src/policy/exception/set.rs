//! All exceptions in force, ready to be met by alerts.

use std::sync::Arc;

use expr::{Expr, Verdict, View};
use model::{Alert, Person, Timestamp};

use super::{Exception, ExceptionError};
use crate::{
    known::Known,
    policy::{
        index::{Index, Literals},
        read_steps,
    },
};

/// The exceptions in force.
#[derive(Debug, Default)]
pub struct Exceptions {
    entries: Vec<Compiled>,
    index: Index,
}

#[derive(Debug)]
struct Compiled {
    exception: Arc<Exception>,
    condition: Option<Expr>,
}

/// An exception that an alert meets.
#[derive(Debug)]
pub(in crate::policy) struct Met {
    pub(in crate::policy) exception: Arc<Exception>,
    /// What it read of the alert.
    pub(in crate::policy) read: Vec<(String, String)>,
}

impl Exceptions {
    /// Makes them ready. One whose condition can no longer be read hides nothing, and is returned.
    #[must_use]
    pub fn of(
        all: impl IntoIterator<Item = Exception>,
    ) -> (Self, Vec<(Exception, ExceptionError)>) {
        let mut made = Self::default();
        let mut broken = Vec::new();
        for exception in all {
            match exception.compiled() {
                Ok(condition) => made.add(exception, condition),
                Err(why) => broken.push((exception, ExceptionError::Condition(why))),
            }
        }
        (made, broken)
    }

    fn add(&mut self, exception: Exception, condition: Option<Expr>) {
        let demanded = condition.as_ref().map(Literals::of).unwrap_or_default();
        let literals = Literals {
            source: exception.source.clone().or(demanded.source),
            rule: exception.rule.clone().or(demanded.rule),
            email: demanded.email,
        };
        self.index.add(literals, self.entries.len());
        self.entries.push(Compiled { exception: Arc::new(exception), condition });
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Exception> {
        self.entries.iter().map(|entry| &*entry.exception)
    }

    /// The steps of enrichment that those which an alert can meet read.
    pub(in crate::policy) fn steps(
        &self,
        alert: &Alert,
        person: Option<&Person>,
    ) -> impl Iterator<Item = String> {
        let places = self.index.candidates(alert, person);
        let conditions = places.into_iter().filter_map(|at| self.entries[at].condition.as_ref());
        conditions.flat_map(read_steps)
    }

    /// The first that an alert meets, with what it read.
    pub(in crate::policy) fn find(
        &self,
        alert: &Alert,
        person: Option<&Person>,
        known: &Known,
        view: &View,
        now: Timestamp,
    ) -> Option<Met> {
        let places = self.index.candidates(alert, person);
        let meets = |entry: &&Compiled| {
            entry.exception.is_alive(now)
                && entry.exception.fits(alert, person)
                && entry.condition.as_ref().is_none_or(|condition| {
                    // What nobody can decide hides nothing.
                    condition.evaluate(view) == Verdict::Holds
                })
        };
        let entry = places.into_iter().map(|at| &self.entries[at]).find(meets)?;
        let read = entry.exception.read(entry.condition.as_ref(), alert, person, known);
        Some(Met { exception: Arc::clone(&entry.exception), read })
    }
}
