//! The whole service over its router, and over real connections, with an engine in memory.

mod actions;
mod alerts;
mod api;
mod blocklists;
mod browser;
mod callbacks;
mod devices;
mod events;
mod exceptions;
mod fakes;
mod people;
mod provider;
mod rights;
mod rules;
mod signin;
mod stream;
mod wire;
mod world;
