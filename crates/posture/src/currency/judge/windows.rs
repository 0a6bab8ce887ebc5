//! Windows: the build says which release it is, the edition when that ends.

use super::{Bench, Judgement, Standing};
use crate::{
    currency::{Edition, End, Line, Product, system},
    detail::Note,
    version::Version,
};

pub(super) fn judge(bench: Bench<'_>) -> Judgement {
    let by_floors =
        bench.system.version.as_ref().and_then(|version| bench.by_floors(version, None));
    let by_end = by_end(bench);
    match (by_end.standing, by_floors) {
        (Standing::Outdated, _) => by_end,
        (_, Some(floors)) => floors,
        (_, None) => by_end,
    }
}

fn by_end(bench: Bench<'_>) -> Judgement {
    let Some(product) = bench.product else { return Judgement::unknown(Note::NotInTables) };
    let is_exact = bench.system.version.is_some() || bench.system.release.is_some();
    let lines = lines(bench, product);
    if lines.is_empty() {
        return beyond(bench, product);
    }
    let Some(latest) = latest(&lines) else { return Judgement::unknown(Note::NotInTables) };
    let differ = lines.iter().any(|line| line.end != latest.end);
    let mut notes = Vec::new();
    if differ && bench.system.edition.is_none() {
        notes.push(Note::EditionUnknown.plain());
    }
    if bench.is_over(latest) {
        notes.extend(bench.extension(latest));
        return bench.outdated(None, notes);
    }
    // Some release of it is supported: which one it is nobody knows.
    if !is_exact {
        return Judgement::unknown(Note::NoBuild);
    }
    if !bench.is_certain(latest) {
        return Judgement::unknown(Note::FeedStale);
    }
    notes.extend(bench.extension(latest));
    Judgement::new(Standing::Current, notes)
}

/// The lines that it may be of.
fn lines<'p>(bench: Bench<'_>, product: &'p Product) -> Vec<&'p Line> {
    let system = bench.system;
    let is_of_build = |line: &&Line| match &system.version {
        Some(version) => line
            .latest
            .as_deref()
            .and_then(Version::read)
            .is_some_and(|build| version.is_of_line(&build)),
        None => major(bench).is_some_and(|major| is_of_major(&line.name, &major)),
    };
    let is_of_release = |line: &&Line| match (&system.version, &system.release) {
        (None, Some(release)) => line.name.split('-').any(|part| part == release),
        _ => true,
    };
    let is_of_edition = |line: &&Line| match system.edition {
        Some(edition) => edition.is_of(&line.name),
        // Without a build those with long-term support would make a system of any age current.
        None => system.version.is_some() || !is_long_term(&line.name),
    };
    let all: Vec<&Line> = product.lines.iter().filter(is_of_build).filter(is_of_release).collect();
    let own: Vec<&Line> = all.iter().copied().filter(is_of_edition).collect();
    // An edition that has no line of its own had none sold: any of them may be meant.
    if own.is_empty() { all } else { own }
}

fn is_long_term(line: &str) -> bool {
    matches!(
        system::line_edition(line),
        Some(Edition::LongTerm | Edition::IotLongTerm | Edition::Iot)
    )
}

/// The one that ends last.
fn latest<'p>(lines: &[&'p Line]) -> Option<&'p Line> {
    let end = |line: &&&Line| match line.end {
        End::Past => None,
        End::On(day) => Some(day),
        End::Open => Some(jiff::civil::Date::MAX),
    };
    lines.iter().max_by_key(end).copied()
}

/// A build that is in no line.
fn beyond(bench: Bench<'_>, product: &Product) -> Judgement {
    let newest =
        product.lines.iter().filter_map(|line| Version::read(line.latest.as_deref()?)).max();
    let is_newer = bench.system.version.as_ref().zip(newest).is_some_and(|(own, it)| *own > it);
    match (is_newer, bench.is_stale()) {
        (true, false) => Judgement::new(Standing::Current, vec![Note::NewerThanKnown.plain()]),
        (true, true) => Judgement::unknown(Note::FeedStale),
        (false, _) if bench.system.version.is_none() => Judgement::unknown(Note::NoVersion),
        (false, _) => Judgement::unknown(Note::NotInTables),
    }
}

/// 11 of `Microsoft Windows 11 Pro`, or of a version that is a word.
fn major(bench: Bench<'_>) -> Option<String> {
    let os = bench.system.os.as_deref()?.to_lowercase();
    match () {
        () if os.contains("vista") => Some("6".to_owned()),
        () if os.contains("xp") => Some("5".to_owned()),
        () => system::number_in(&os).map(|version| version.to_string()),
    }
}

fn is_of_major(line: &str, major: &str) -> bool {
    line.split('-').next() == Some(major)
}
