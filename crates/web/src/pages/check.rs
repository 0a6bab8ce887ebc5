//! Whether a message is from us.

use crate::Routes;

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new()
}
