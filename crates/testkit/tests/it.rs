//! Whole servers: the real program between its neighbours, on good days and on bad ones.

#[path = "it/alertmanager.rs"]
mod alertmanager;
#[path = "it/claims.rs"]
mod claims;
#[path = "it/devices.rs"]
mod devices;
#[path = "it/osquery.rs"]
mod osquery;
#[path = "it/peer.rs"]
mod peer;
#[path = "it/quiet.rs"]
mod quiet;
#[path = "it/vendors.rs"]
mod vendors;
