mod conformance;
mod differential;
mod loading;
pub(crate) mod support;
