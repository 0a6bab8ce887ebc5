//! Android: makers send security patches for versions that Google no longer maintains, so that the
//! day of the patches says more than the version.

use super::{Bench, Judgement, Standing, days, in_days};
use crate::detail::Note;

pub(super) fn judge(bench: Bench<'_>) -> Judgement {
    let Some(patch) = bench.system.patch else { return bench.judge() };
    let level = || Note::PatchLevel.with([&patch.to_string()]);
    let age = days(patch, bench.system.day);
    if age > in_days(bench.rules.patch_warn) {
        return bench.outdated(None, vec![level()]);
    }
    let floors = bench.system.version.as_ref().and_then(|version| {
        let is_set = bench.floor(version).is_some();
        is_set.then(|| bench.by_floors(version, None)).flatten()
    });
    match floors {
        Some(judgement) if judgement.standing != Standing::Current => judgement,
        _ if age > in_days(bench.rules.patch_nudge) => {
            Judgement::new(Standing::Behind, vec![level()])
        }
        _ => Judgement::new(Standing::Current, vec![level()]),
    }
}
