//! `countersign rules coverage`

use std::path::Path;

use detect::trial::{Coverage, layer};

use super::{folder::Folder, test};
use crate::{
    cli::rules::CoverageArgs,
    ending::{Ended, Ending, Misuse},
    terminal,
};

/// Prints the layer. Rules count as far as they are in force and their tests pass; how healthy
/// their sources are is not known here.
pub(super) fn run(config: &Path, args: &CoverageArgs) -> Ended {
    let folder = Folder::read(config, &args.content)?;
    if !folder.problems.is_empty() {
        return Err(Misuse::of(
            folder.problems.iter().map(|it| terminal::harmless(&it.to_string())),
        ));
    }
    let tests = test::results(&folder)?;
    let layer = layer(&folder.rules, &Coverage { tests: &tests, health: &|_| 1.0 });
    terminal::print(&serde_json::to_string_pretty(&layer)?)?;
    Ok(Ending::Done)
}
