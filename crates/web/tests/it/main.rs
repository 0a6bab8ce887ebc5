//! The whole service over its router, and over real connections, with an engine in memory.

mod alerts;
mod api;
mod browser;
mod callbacks;
mod events;
mod fakes;
mod people;
mod rights;
mod signin;
mod stream;
mod wire;
mod world;
