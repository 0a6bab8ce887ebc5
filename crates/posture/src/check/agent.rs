//! Whether an agent is there: among installed software, among services, or by a source's word.

use std::cmp::Ordering;

use model::device::{Evidence, Installed, Platform};

use super::{AgentRule, Check, State};
use crate::{
    detail::Note,
    device::{Device, Inventory},
    evaluate::Verdict,
    version::{Version, debian},
};

/// The verdict on an agent, by the best of what was found of it.
pub(crate) fn agent(check: &Check, rule: &AgentRule, device: &Device) -> Verdict {
    let found = device.software.iter().flat_map(|inventory| found_in(inventory, rule));
    let mut found: Vec<(&Inventory, Option<&str>)> = found.collect();
    // The greatest version first, none last.
    found.sort_by(|a, b| by_version(device.platform, b.1, a.1));
    if let Some((inventory, version)) = found.first() {
        return of(there(rule, device.platform, *version), inventory);
    }
    let stated = device.practices.get(&check.practice).map(Vec::as_slice).unwrap_or_default();
    let says = |wanted: bool| {
        stated.iter().find(|seen| seen.observation.evidence == Evidence::Stated(wanted))
    };
    if let Some(seen) = says(true) {
        let version = seen.observation.version.as_deref();
        let verdict = there(rule, device.platform, version);
        return verdict.by(&seen.source, seen.observed_at, seen.fetched_at);
    }
    let absent = || {
        let mut verdict = Verdict::new(check.weight.into(), Some(false));
        verdict.details.push(Note::AgentAbsent.with([&rule.name]));
        verdict
    };
    // Only a whole inventory can say that something is not there.
    let whole = device.software.iter().filter(|inventory| !inventory.list.is_partial);
    if let Some(newest) = whole.max_by_key(|inventory| inventory.taken_at) {
        return of(absent(), newest);
    }
    if let Some(seen) = says(false) {
        return absent().by(&seen.source, seen.observed_at, seen.fetched_at);
    }
    let is_partial = !device.software.is_empty();
    let why = if is_partial { Note::PartialInventory } else { Note::NoInventory };
    Verdict::unknown(why.plain())
}

fn of(verdict: Verdict, inventory: &Inventory) -> Verdict {
    verdict.by(&inventory.source, inventory.taken_at, inventory.fetched_at)
}

/// Each time it is found, with its version where there is one.
fn found_in<'d>(
    inventory: &'d Inventory,
    rule: &AgentRule,
) -> impl Iterator<Item = (&'d Inventory, Option<&'d str>)> {
    let is_it = |installed: &&Installed| installed.name == rule.name;
    let installed = inventory.list.installed.iter().filter(is_it);
    let installed: Vec<Option<&str>> =
        installed.map(|installed| installed.version.as_deref()).collect();
    let is_service = |name: &String| rule.services.contains(name) || *name == rule.name;
    let is_running = inventory.list.services.iter().any(is_service);
    let found = installed.into_iter().chain(is_running.then_some(None));
    found.map(move |version| (inventory, version))
}

/// It is there; whether it is new enough where a version is asked for.
fn there(rule: &AgentRule, platform: Platform, version: Option<&str>) -> Verdict {
    let version = version.map(str::trim).filter(|version| !version.is_empty());
    let floor = rule.floors.get(&platform);
    let order = floor.zip(version).map(|(floor, version)| compare(platform, version, floor));
    let mut verdict = match (floor, order) {
        (None, _) => Verdict::new(State::Ok, Some(true)),
        (Some(_), Some(Some(Ordering::Less))) => Verdict::new(State::Warn, Some(false)),
        (Some(_), Some(Some(_))) => Verdict::new(State::Ok, Some(true)),
        (Some(_), Some(None)) => Verdict::unknown(Note::Unreadable.plain()),
        (Some(_), None) => Verdict::unknown(Note::NoVersion.plain()),
    };
    if let Some(floor) = floor.filter(|_| verdict.state != State::Ok) {
        verdict.details.push(Note::SuggestedVersion.with([floor]));
    }
    verdict.details.extend(version.map(|version| Note::YourVersion.with([version])));
    verdict.version = version.map(str::to_owned);
    verdict
}

/// A floor with an epoch or a revision is compared as packages are, another one with what upstream
/// calls the version.
pub(crate) fn compare(platform: Platform, version: &str, floor: &str) -> Option<Ordering> {
    let is_package = floor.contains([':', '-', '~', '+']);
    if is_package {
        return Some(debian::compare(version, floor));
    }
    let read = if platform == Platform::Linux { debian::upstream } else { Version::read };
    Some(read(version)?.cmp(&Version::read(floor)?))
}

fn by_version(platform: Platform, one: Option<&str>, other: Option<&str>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if platform == Platform::Linux => debian::compare(one, other),
        (Some(one), Some(other)) => Version::read(one).cmp(&Version::read(other)),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}
