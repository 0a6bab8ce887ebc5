//! Signing in and out.

use crate::Routes;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new()
}
