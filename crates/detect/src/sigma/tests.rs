mod conformance;
mod differential;
mod loading;
mod support;
