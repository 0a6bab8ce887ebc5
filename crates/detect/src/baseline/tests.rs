//! What holds for all kinds together.

mod file;
mod population;
mod states;
