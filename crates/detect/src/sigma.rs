//! sigma.
