//! Pages about devices over the real router: who sees what, what is said of what nobody knows, and
//! what comes of the buttons.

mod acts;
mod console;
mod mine;
mod world;
