//! A person's ways to prove, and the proof of an act.

use crate::Routes;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new()
}
