//! osquery, as the server that its clients enrol with: the protocol and its state, pure.
//!
//! ```text
//! enroll             the shared secret → a node key of its own; a host that enrols again keeps
//!                    its record, and its old key dies
//! config             the queries to run, by the host's platform
//! log                what they found; the same batch again changes nothing
//! distributed/read   the same queries at once, for a new host and when somebody asks to recheck
//! distributed/write  their answers
//! ```
//!
//! Nothing here does IO: each function takes the [`Record`](ports::store::Record)s that it needs
//! and says which to write ([`ports::store::RecordOp`], in [`Space::OsqueryNode`]). Whoever serves
//! the routes looks them up, and stores what was found before it writes them. Start with
//! [`Osquery::enrol`]; what is asked is in `queries.rs`, how answers are read in `map.rs`.
//!
//! [`Space::OsqueryNode`]: ports::store::Space::OsqueryNode

mod agent;
pub mod config;
mod log;
mod map;
mod node;
mod protocol;
mod queries;

#[cfg(test)]
mod tests;

pub use config::{OsqueryConfig, OsquerySettings};
pub use log::OsqueryLog;
pub use map::apply;
pub use node::{Node, NodeKey};
pub use protocol::{Enrolled, Logged, Osquery, OsqueryError, Written};

/// What a query found.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// The query's name.
    pub name: String,
    /// What it found.
    pub rows: Rows,
    /// When, by the host's clock.
    pub at: Option<model::Timestamp>,
}

/// The rows of a result. All values are texts.
#[derive(Clone, PartialEq)]
pub enum Rows {
    /// All that there are.
    All(Vec<Row>),
    /// What changed since the result before.
    Changes {
        /// Rows that are new.
        added: Vec<Row>,
        /// Rows that are no more.
        removed: Vec<Row>,
    },
    /// The query was not answered.
    Unanswered,
}

/// One row, by the names of its columns.
pub type Row = std::collections::BTreeMap<String, String>;

/// Rows may tell of people.
impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All(rows) => write!(f, "All({} rows)", rows.len()),
            Self::Changes { added, removed } => {
                write!(f, "Changes({} added, {} removed)", added.len(), removed.len())
            }
            Self::Unanswered => f.write_str("Unanswered"),
        }
    }
}
