//! The audit chain, for administrators.

use ports::audit::AuditRow;

use crate::engine::{Engine, EngineError};

impl Engine {
    /// Rows of the chain after a position, in order.
    pub async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, EngineError> {
        Ok(self.parts.store.audit(after, limit).await?)
    }

    /// The chain's end: how many rows there are, and the last hash.
    pub async fn audit_head(&self) -> Result<(u64, [u8; 32]), EngineError> {
        Ok(self.parts.store.audit_head().await?)
    }
}
