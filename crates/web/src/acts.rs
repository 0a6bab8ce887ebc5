//! What analysts do, with the rights that each act needs: the same from the API and the console.

use casework::Case;
use model::{CaseId, Disposition, Personal};

use crate::{AppState, Problem, guard::Caller};

/// Whether somebody who is signed in needs a fresh proof to end a case so: whatever makes it go
/// away. Whoever holds a stolen session must not make an attack disappear.
pub(crate) fn needs_proof(disposition: Disposition) -> bool {
    disposition != Disposition::Malicious
}

/// Ends a case. A key is its own proof.
pub(crate) async fn dispose(
    state: &AppState,
    by: &Caller,
    case: CaseId,
    revision: Option<u32>,
    disposition: Disposition,
    note: Personal,
) -> Result<Case, Problem> {
    match by {
        Caller::Viewer(viewer) if needs_proof(disposition) => {
            viewer.require_fresh_proof(state.clock.now())?;
        }
        Caller::Viewer(_) | Caller::Key(_) => {}
    }
    Ok(state.engine.dispose(by.actor(), case, revision, disposition, note).await?)
}
