mod alerts;
mod sameness;
mod states;
mod support;
