//! What is asked, with places for values. Pure.

use std::net::IpAddr;

use model::FactValue;
use ports::enricher::About;
use url::Url;

use crate::http::{TargetUrl, is_public, segment};

/// How many places a template may have.
const PLACES_MAX: usize = 16;

/// An address whose host is fixed.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pieces: Vec<Piece>,
    /// What stands before the first place.
    base: TargetUrl,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Fact(String),
    PersonId,
    PersonEmail,
}

impl Template {
    /// Reads a template; why it is none otherwise.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let (head, _) = text.split_once('{').unwrap_or((text, ""));
        // Up to the path, so that no value gets into the host.
        let is_host_fixed = head.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        if !is_host_fixed {
            return Err("the host is fixed: write https://host/ before the first {");
        }
        let base: TargetUrl = head.parse().map_err(|_| {
            "is an address with https:// (plain http for loopback only), without a password or #"
        })?;
        let template = Self { pieces: pieces(text)?, base };
        let is_sound = template.filled(|_| Some("x".to_owned())).is_some();
        if is_sound { Ok(template) } else { Err("is not an address once its places are filled") }
    }

    /// The host, with its port where that is not the usual one.
    pub(super) fn host(&self) -> String {
        self.base.host()
    }

    /// What is asked about an alert; `None` where it does not say enough, or about something of
    /// our own that nobody else is told.
    pub(super) fn fill(&self, about: &About<'_>, asks_about_inner: bool) -> Option<Url> {
        self.filled(|piece| {
            let value = match piece {
                Piece::Text(_) => None,
                Piece::Fact(name) => plain(about.alert.facts.get(name)?),
                Piece::PersonId => Some(about.person?.subject.reveal().to_owned()),
                Piece::PersonEmail => Some(about.person?.email.reveal().to_owned()),
            }?;
            let is_inner = value.parse::<IpAddr>().is_ok_and(|address| !is_public(address));
            (asks_about_inner || !is_inner).then_some(value)
        })
    }

    fn filled(&self, value: impl Fn(&Piece) -> Option<String>) -> Option<Url> {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => whole += text,
                place => whole += &segment(&value(place)?)?,
            }
        }
        let url = Url::parse(&whole).ok()?;
        (url.origin() == self.base.url().origin()).then_some(url)
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, &'static str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before.to_owned()));
        let (name, after) = after.split_once('}').ok_or("a { has no }")?;
        pieces.push(match name {
            "person.id" => Piece::PersonId,
            "person.email" => Piece::PersonEmail,
            _ => match name.strip_prefix("facts.") {
                Some(fact) if !fact.is_empty() => Piece::Fact(fact.to_owned()),
                _ => return Err("knows {facts.NAME}, {person.id} and {person.email} only"),
            },
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    let is_closed = !rest.contains('}');
    match is_closed && pieces.len() <= PLACES_MAX * 2 + 1 {
        true => Ok(pieces),
        false => Err("has a } without {, or more than 16 places"),
    }
}

/// A value that can be asked about.
fn plain(value: &FactValue) -> Option<String> {
    match value {
        FactValue::Text(text) => Some(text.clone()),
        FactValue::Int(number) => Some(number.to_string()),
        FactValue::Bool(yes) => Some(yes.to_string()),
        FactValue::Null | FactValue::Float(_) | FactValue::List(_) => None,
    }
}
