//! Signing in, factors and who may do what.
