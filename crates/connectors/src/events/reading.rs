//! Reading one record: what is there, what is odd, and what is missing.

use std::{borrow::Cow, net::IpAddr};

use event::{Client, Doc, Node, Origin, Place, Target, Uid, agent, normal};
use model::{Problem, Timestamp};
use ports::source::Rejected;

use super::time;
use crate::source::notes::Notes;

/// A vendor's place is the middle of something: a city is within so many kilometres of it.
const CITY_RADIUS_KM: f64 = 50.0;
/// A country without a city is within so many kilometres of its middle.
const COUNTRY_RADIUS_KM: f64 = 1_000.0;
/// The longest text of an address, in bytes, brackets and port included.
const ADDRESS_BYTES_MAX: usize = 64;

/// A record while it is read.
pub(super) struct Reading<'d> {
    pub(super) root: Node<'d>,
    notes: Notes,
}

impl<'d> Reading<'d> {
    pub(super) fn of(doc: &'d Doc) -> Self {
        Self { root: doc.root(), notes: Notes::default() }
    }

    /// The problems.
    pub(super) fn finish(self) -> Vec<Problem> {
        self.notes.finish()
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, path: &[&str], what: &str) {
        self.notes.add(&path.join("."), what);
    }

    /// What stands at a path, unless it is null.
    pub(super) fn at(&self, path: &[&str]) -> Option<Node<'d>> {
        at(self.root, path)
    }

    /// A text, number or truth value as text.
    pub(super) fn text(&self, path: &[&str]) -> Option<Box<str>> {
        text_at(self.root, path)
    }

    /// The first of these that says something.
    pub(super) fn first(&self, paths: &[&[&str]]) -> Option<Box<str>> {
        paths.iter().find_map(|path| self.text(path))
    }

    /// The text at a path, without which the record is no event.
    pub(super) fn required(&self, path: &[&str]) -> Result<Box<str>, Rejected> {
        self.text(path).ok_or_else(|| missing(path))
    }

    /// The name of the event: its id, with what makes it unique. Without an id the whole record
    /// stands in for it, so that the same record sent again is known again.
    pub(super) fn uid(&mut self, source: &str, id: &[&str], more: &[&[&str]], doc: &Doc) -> Uid {
        let Some(first) = self.whole(id) else {
            self.note(id, "missing, the whole record stands in for it");
            return Uid::of_record(source, doc);
        };
        let more: Vec<_> = more.iter().map(|path| self.whole(path).unwrap_or_default()).collect();
        let parts: Vec<&[u8]> =
            std::iter::once(&first).chain(&more).map(|part| part.as_bytes()).collect();
        Uid::of(source, &parts)
    }

    /// The whole of a text, however long: two ids that begin alike stay two.
    pub(super) fn whole(&self, path: &[&str]) -> Option<Cow<'d, str>> {
        self.at(path)?.scalar().filter(|text| !text.is_empty())
    }

    /// The time at a path, without which the record is no event: nothing that is learned from
    /// events could say when it happened, and a replay would say another time than the first run.
    pub(super) fn time(
        &self,
        path: &[&str],
        read: impl Fn(Node<'_>) -> Option<Timestamp>,
    ) -> Result<Timestamp, Rejected> {
        let node = self.at(path).ok_or_else(|| missing(path))?;
        read(node).ok_or_else(|| rejected(format!("`{}` holds no time", path.join("."))))
    }

    /// An address. Some vendors write the name of one of their services instead; that is known
    /// from the record and no problem.
    pub(super) fn ip(&mut self, path: &[&str]) -> Option<IpAddr> {
        let text = self.at(path)?.as_text().map(str::trim).filter(|text| !text.is_empty())?;
        let ip = address(text);
        if ip.is_none() {
            self.note(path, "not an IP address, left out");
        }
        ip
    }

    /// A number of an autonomous system: `64500`, `"64500"` or `"AS64500"`.
    pub(super) fn asn(&self, path: &[&str]) -> Option<u32> {
        asn(self.at(path)?)
    }

    /// The places of a vendor that gives coordinates.
    pub(super) fn place(
        &mut self,
        latitude: &[&str],
        longitude: &[&str],
        has_city: bool,
    ) -> Option<Place> {
        let (north, east) = (self.at(latitude)?.as_float()?, self.at(longitude)?.as_float()?);
        let is_on_the_globe = north.abs() <= 90.0 && east.abs() <= 180.0;
        if !is_on_the_globe {
            self.note(latitude, "not on the globe, left out");
        }
        // What no vendor knows is often written as zero.
        let is_known = has_city || north != 0.0 || east != 0.0;
        let radius_km = if has_city { CITY_RADIUS_KM } else { COUNTRY_RADIUS_KM };
        (is_on_the_globe && is_known).then_some(Place {
            latitude: north,
            longitude: east,
            radius_km,
        })
    }
}

/// What stands at a path below a node, unless it is null.
pub(super) fn at<'d>(node: Node<'d>, path: &[&str]) -> Option<Node<'d>> {
    let found = path.iter().try_fold(node, |node, key| node.get(key))?;
    (!matches!(found, Node::Null)).then_some(found)
}

/// The text at a path below a node.
pub(super) fn text_at(node: Node<'_>, path: &[&str]) -> Option<Box<str>> {
    normal::text(&at(node, path)?.scalar()?)
}

/// The members of a list; an object alone is its only member, and null is none. Vendors write all
/// three.
pub(super) fn members(node: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    let alone = node.filter(|node| matches!(node, Node::Object(_)));
    node.into_iter().flat_map(Node::items).chain(alone)
}

/// A sign-in name in the one form in which names are compared.
pub(super) fn lowered(name: Option<Box<str>>) -> Option<Box<str>> {
    name.map(|name| {
        let is_lower = !name.chars().any(char::is_uppercase);
        if is_lower { name } else { normal::text(&name.to_lowercase()).unwrap_or(name) }
    })
}

/// A target of which at least something is known.
pub(super) fn target(
    kind: impl Into<Option<Box<str>>>,
    id: Option<Box<str>>,
    name: Option<Box<str>>,
) -> Option<Target> {
    let is_known = id.is_some() || name.is_some();
    is_known.then(|| Target { id, kind: kind.into(), name })
}

/// A user agent, read.
pub(super) fn client(text: Option<Box<str>>) -> Client {
    let Some(text) = text else { return Client::default() };
    let read = agent::read(&text);
    let (family, version) = (read.family.map(Box::from), read.version);
    let os = read.os.map(Box::from);
    Client { family, version, os, agent: Some(text), device: None }
}

/// An address with or without its port, in brackets or not.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let bare = || {
        let (address, _port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => text.split_once(':')?,
        };
        address.parse().ok()
    };
    text.parse().ok().or_else(bare).map(|ip: IpAddr| ip.to_canonical())
}

pub(super) fn asn(node: Node<'_>) -> Option<u32> {
    let number = node.as_int().or_else(|| {
        let text = node.as_text()?.trim();
        text.strip_prefix("AS").or_else(|| text.strip_prefix("as"))?.parse().ok()
    });
    number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number != 0)
}

/// A country by its two letters or by its English name.
pub(super) fn country(text: Option<&str>) -> Option<[u8; 2]> {
    let text = text?;
    Origin::letters(text).or_else(|| super::country::letters(text))
}

/// The record within its frame, where it is in one of these; else the record as it is. `own` is a
/// key that every record has, and no frame.
pub(super) fn unframed(doc: Doc, own: &str, frames: &[&[&str]]) -> Doc {
    if doc.at(&[own]).is_some() {
        return doc;
    }
    frames.iter().find_map(|path| doc.inner(path)).unwrap_or(doc)
}

/// A time as text.
pub(super) fn iso(node: Node<'_>) -> Option<Timestamp> {
    node.as_text().and_then(time::iso)
}

pub(super) fn missing(path: &[&str]) -> Rejected {
    rejected(format!("`{}` is missing: this is no record of this kind of source", path.join(".")))
}

pub(super) fn rejected(problem: impl Into<String>) -> Rejected {
    Rejected { problem: problem.into() }
}
