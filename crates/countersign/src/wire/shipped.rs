//! The rules that ship, with their tests, as they lie in `content` of this project.

/// The files below `rules` of a content folder, by their path from there: rules (`.yml`), and the
/// events of their tests (`.ndjson`). In order.
pub(crate) const RULES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// `test-networks.yml` of a content folder: what those tests take addresses to be.
pub(crate) const TEST_NETWORKS: &str = include_str!("../../../../content/test-networks.yml");
