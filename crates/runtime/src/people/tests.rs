//! The rules of signing in, factors and rights, each as a claim.

mod alarm;
mod browsers;
mod erasing;
mod factors;
mod links;
mod mute;
mod notices;
mod provider;
mod reopening;
mod rights;
mod sessions;
mod signin;
mod step_up;
mod voiding;
mod world;
