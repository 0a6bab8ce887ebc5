//! Checks that people write: a condition over a device that holds when all is well.
//!
//! ```yaml
//! when: 'device.owner_type == "company" && has(attribute.asset_tag)'
//! ```
//!
//! It reads `device` (the description), `seen` (practices, true when good), `software.installed`
//! (name to version) and `software.services` (looked up by name, never gone through), and
//! `attribute` (facts of this company's own). What nobody reported is not there: reading it leaves
//! the check unknown, and a condition that holds only because nothing was reported does too.

use expr::{Expr, Fields, Flaw, Kind, Root, Schema, Scribe, Seen, Verdict as Said, View};
use model::{
    Span, Timestamp,
    device::{Attribute, Field, IdKind},
};

use super::{Check, State};
use crate::{detail::Note, device::Device, evaluate::Verdict};

/// What a condition of a check can read.
const SCHEMA: Schema = Schema {
    roots: &[
        Root {
            name: "device",
            fields: Fields::These(&[
                ("name", Kind::Plain),
                ("model", Kind::Plain),
                ("model_identifier", Kind::Plain),
                ("manufacturer", Kind::Plain),
                ("platform", Kind::Plain),
                ("os", Kind::Plain),
                ("os_version", Kind::Plain),
                ("os_build", Kind::Plain),
                ("os_edition", Kind::Plain),
                ("type", Kind::Plain),
                ("status", Kind::Plain),
                ("owner_type", Kind::Plain),
                ("virtual", Kind::Bool),
            ]),
        },
        Root {
            name: "seen",
            fields: Fields::These(&[
                ("encryption", Kind::Bool),
                ("firewall", Kind::Bool),
                ("uptodate", Kind::Bool),
                ("autoupdate", Kind::Bool),
                ("screenlock", Kind::Bool),
                ("remotelogin", Kind::Bool),
                ("jailed", Kind::Bool),
                ("unknownsources", Kind::Bool),
                ("adbstatus", Kind::Bool),
                ("secureboot", Kind::Bool),
                ("passcode", Kind::Bool),
            ]),
        },
        Root {
            name: "software",
            fields: Fields::These(&[("installed", Kind::Lookup), ("services", Kind::Lookup)]),
        },
        Root { name: "attribute", fields: Fields::Any },
    ],
};

/// Reads a condition, or says all that is wrong with it. One that reads nothing says the same of
/// every device, so that it is no check.
pub(crate) fn compile(text: &str) -> Result<Expr, Vec<Flaw>> {
    let expr = Expr::compile(text, &SCHEMA)?;
    if expr.reads().is_empty() {
        let text = "reads nothing, so that it says the same of every device".to_owned();
        return Err(vec![Flaw { text, nearest: None }]);
    }
    Ok(expr)
}

/// The verdict of a condition.
pub(crate) fn condition(check: &Check, expr: &Expr, device: &Device, now: Timestamp) -> Verdict {
    let view = see(device, expr, check.max_age, now);
    let verdict = match expr.evaluate(&view) {
        _ if !expr.is_informed(&view) => Verdict::unknown(Note::NotReported.plain()),
        Said::Holds if view.is_cut() => Verdict::unknown(Note::Unreadable.plain()),
        Said::Holds => Verdict::new(State::Ok, Some(true)),
        Said::Fails => Verdict::new(check.weight.into(), Some(false)),
        Said::Unknown(reason) => Verdict::unknown(Note::Undecided.with([&reason])),
    };
    verdict.by("", device.last_seen, device.last_seen.unwrap_or(now))
}

fn see(device: &Device, expr: &Expr, max_age: Option<Span>, now: Timestamp) -> View {
    let mut scribe = Scribe::default();
    let is_software_read = expr.reads().iter().any(|(root, _)| root == "software");
    let description = see_description(&mut scribe, device);
    let seen = see_practices(&scribe, device, max_age, now);
    let software =
        if is_software_read { see_software(&mut scribe, device) } else { scribe.fields([]) };
    let attributes: Vec<(String, Seen)> = device
        .attributes
        .iter()
        .map(|(name, said)| (name.clone(), see_attribute(&mut scribe, &said.value)))
        .collect();
    let attributes = scribe.table(attributes);
    let roots = [
        ("device", description),
        ("seen", seen),
        ("software", software),
        ("attribute", attributes),
    ];
    View::of(&scribe, roots)
}

fn see_description(scribe: &mut Scribe, device: &Device) -> Seen {
    let mut fact = |field| device.fact(field).map(|text| scribe.text(text));
    let fields = [
        ("name", fact(Field::Name)),
        ("model", fact(Field::Model)),
        ("model_identifier", fact(Field::ModelIdentifier)),
        ("manufacturer", fact(Field::Manufacturer)),
        ("os", fact(Field::Os)),
        ("os_version", fact(Field::OsVersion)),
        ("os_build", fact(Field::OsBuild)),
        ("os_edition", fact(Field::OsEdition)),
        ("type", fact(Field::Type)),
        ("status", fact(Field::Status)),
        ("owner_type", fact(Field::OwnerType)),
        ("platform", device.platform.is_known().then(|| scribe.text(device.platform.name()))),
        // Without a model or a serial number nobody can say.
        ("virtual", is_told(device).then(|| scribe.bool(device.is_virtual))),
    ];
    scribe.fields(fields)
}

fn is_told(device: &Device) -> bool {
    let has_serial = device.identifiers.keys().any(|(kind, _)| *kind == IdKind::Serial);
    device.is_virtual || has_serial || device.fact(Field::Model).is_some()
}

/// What sources saw of late, without any policy's judgement.
fn see_practices(scribe: &Scribe, device: &Device, max_age: Option<Span>, now: Timestamp) -> Seen {
    let fresh = |it: &&crate::device::Seen| {
        let at = it.observed_at.unwrap_or(it.fetched_at);
        max_age.is_none_or(|max_age| at >= max_age.before(now))
    };
    let seen = device.practices.iter().filter_map(|(practice, seen)| {
        let of = |it: &crate::device::Seen| {
            super::evidence::value(practice, device.platform, &it.observation.evidence)
        };
        let value = seen.iter().filter(fresh).find_map(of)?;
        Some((practice.built_in_name()?.to_owned(), scribe.bool(value)))
    });
    scribe.table(seen.collect::<Vec<_>>())
}

/// The union of all whole inventories: a partial one cannot say what is not there.
fn see_software(scribe: &mut Scribe, device: &Device) -> Seen {
    let whole: Vec<_> =
        device.software.iter().filter(|inventory| !inventory.list.is_partial).collect();
    if whole.is_empty() {
        return scribe.fields([]);
    }
    let mut installed = Vec::new();
    let mut services = Vec::new();
    // The first inventory is the newest source's: its version stays.
    for inventory in whole.iter().rev() {
        for it in &inventory.list.installed {
            let version = it.version.as_deref().unwrap_or_default();
            installed.push((it.name.clone(), scribe.text(version)));
        }
        services.extend(inventory.list.services.iter().map(|it| (it.clone(), scribe.bool(true))));
    }
    let fields =
        [("installed", Some(scribe.table(installed))), ("services", Some(scribe.table(services)))];
    scribe.fields(fields)
}

fn see_attribute(scribe: &mut Scribe, attribute: &Attribute) -> Seen {
    match attribute {
        Attribute::Bool(value) => scribe.bool(*value),
        Attribute::Int(number) => scribe.int(*number),
        Attribute::Text(text) => scribe.text(text),
    }
}
