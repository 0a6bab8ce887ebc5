//! The fictional company: its people, and stand-ins for the vendors it uses, over loopback HTTP.
//!
//! The demonstration, the simulator, the benchmark and the tests all live in this company, so that
//! what they show runs through the code that runs in production. It never touches a real vendor,
//! never listens beyond this machine, and shares no code with the connectors it stands opposite
//! to. Start with [`vendors`].

pub mod authenticator;
pub mod company;
pub mod life;
pub mod loopback;
pub mod vendors;
