//! Why something is unusual: the numbers, and one sentence made of them.
//!
//! The sentences' templates are in `explain/text.rs`. What comes from outside is cut and freed of
//! control characters here; it is hostile all the same until it is shown inert.

mod sentence;
mod text;

use event::{ActorKind, Event, Field};
use model::{FactValue, Facts, Span};

pub use self::text::Language;
pub(super) use self::text::{Text, fill};
use super::Part;

/// Why something is unusual.
#[derive(Debug, Clone, PartialEq)]
pub enum Explanation {
    /// A value that the entity has not had before.
    FirstSeen {
        /// Of what it is a value.
        what: String,
        /// The value.
        value: String,
        /// Whose it is new to.
        whose: Whose,
        /// How many days the entity has been known.
        age_days: u16,
        /// How many events of it.
        events: u16,
        /// The most frequent values before, where they can still be told.
        usual: Vec<String>,
        /// How many others were known.
        others: usize,
        /// How many others of the organisation, or of the group, know it, and of how many.
        peers: Option<(u32, u32)>,
    },
    /// A value that the person has said is not theirs.
    Denied {
        /// Of what it is a value.
        what: String,
        /// The value.
        value: String,
    },
    /// Too many in a window.
    TooMany(TooMany),
    /// Too many for the hour.
    OutOfSeason(OutOfSeason),
    /// More every day.
    Drift {
        /// On the last whole day.
        observed: u32,
        /// Of what.
        unit: String,
        /// Whose usual it is.
        whose: Whose,
        /// On a usual day.
        usual: u32,
    },
    /// Two places too far apart.
    Travel {
        /// The place before.
        from: String,
        /// The place now.
        to: String,
        /// Between them, both places' inaccuracy subtracted.
        distance_km: u32,
        /// Between the events.
        minutes: u32,
        /// What that would have taken.
        speed_kmh: u32,
    },
    /// A session that changed.
    SessionChange {
        /// What changed.
        changes: Vec<Change>,
        /// Since the session was first seen.
        minutes: u32,
    },
}

/// Too many in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct TooMany {
    /// How many.
    pub observed: u32,
    /// Whether that is an estimate, within 7 %.
    pub is_estimate: bool,
    /// Of what.
    pub unit: String,
    /// In how long.
    pub window: Span,
    /// Whose usual it is.
    pub whose: Whose,
    /// Which quantile is the usual.
    pub quantile: f64,
    /// Over how many days.
    pub days: u16,
    /// The entity's own.
    pub usual: u32,
    /// That of the organisation, or of the group.
    pub organisation: Option<u32>,
}

/// Too many for the hour.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfSeason {
    /// How many.
    pub observed: u32,
    /// Of what.
    pub unit: String,
    /// In how long.
    pub window: Span,
    /// Whose usual it is.
    pub whose: Whose,
    /// The median of past windows of that hour.
    pub usual: u32,
    /// What a window differs from it by usually.
    pub spread: f64,
    /// How many of such differences it is above.
    pub deviations: f64,
}

/// One change of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Of what.
    pub attribute: &'static str,
    /// What it was, where that can still be told.
    pub from: Option<String>,
    /// What it is now.
    pub to: Option<String>,
    /// What it counts.
    pub weight: f64,
}

/// Whose usual something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A person's.
    Person,
    /// A service account's.
    Service,
    /// That of an account of which it is not known what it is.
    Account,
    /// A session's.
    Session,
    /// An address's or a network's.
    Address,
    /// A device's.
    Device,
    /// That of the organisation as a whole.
    Organisation,
    /// Anything else's.
    Entity,
}

impl Whose {
    /// By what an entity is named with, and by who acted.
    pub(super) fn of(entity: &[Part], event: &Event) -> Self {
        let Some(Part::Common(field)) = entity.first() else { return Self::Entity };
        match field {
            Field::ActorPerson => Self::Person,
            Field::ActorId | Field::ActorEmail | Field::ActorName => match event.actor.kind {
                ActorKind::Person => Self::Person,
                ActorKind::Service => Self::Service,
                ActorKind::System | ActorKind::Unknown => Self::Account,
            },
            Field::Session => Self::Session,
            Field::Ip | Field::Subnet | Field::Asn | Field::Network => Self::Address,
            Field::Device => Self::Device,
            Field::Organisation => Self::Organisation,
            _ => Self::Entity,
        }
    }

    fn noun(self, language: Language) -> &'static str {
        Text::from(self).template_in(language)
    }
}

impl Explanation {
    /// The numbers as facts of an alert, by names that begin with `baseline.`.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let text = |text: &str| FactValue::Text(text.to_owned());
        let number = |number: u32| FactValue::Int(i64::from(number));
        let list: Vec<(&str, FactValue)> = match self {
            Self::FirstSeen { what, value, age_days, events, peers, .. } => {
                let mut list = vec![
                    ("what", text(what)),
                    ("value", text(value)),
                    ("known_days", number(u32::from(*age_days))),
                    ("known_events", number(u32::from(*events))),
                ];
                if let Some((know, of)) = peers {
                    list.extend([("peers_know", number(*know)), ("peers", number(*of))]);
                }
                list
            }
            Self::Denied { what, value } => {
                vec![
                    ("what", text(what)),
                    ("value", text(value)),
                    ("denied", FactValue::Bool(true)),
                ]
            }
            Self::TooMany(of) => {
                let mut list = counted(of.observed, of.usual);
                list.push(("window", text(&of.window.to_string())));
                list.extend(of.organisation.map(|of| ("usual_organisation", number(of))));
                list
            }
            Self::OutOfSeason(of) => {
                let mut list = counted(of.observed, of.usual);
                list.push(("window", text(&of.window.to_string())));
                list.push(("deviations", FactValue::Float(of.deviations)));
                list
            }
            Self::Drift { observed, usual, .. } => counted(*observed, *usual),
            Self::Travel { from, to, distance_km, minutes, speed_kmh } => vec![
                ("from", text(from)),
                ("to", text(to)),
                ("distance_km", number(*distance_km)),
                ("minutes", number(*minutes)),
                ("speed_kmh", number(*speed_kmh)),
            ],
            Self::SessionChange { changes, .. } => {
                let names = changes.iter().map(|change| change.attribute.into()).collect();
                vec![("changed", FactValue::List(names))]
            }
        };
        list.into_iter().map(|(name, value)| (format!("baseline.{name}"), value)).collect()
    }
}

fn counted(observed: u32, usual: u32) -> Vec<(&'static str, FactValue)> {
    let number = |number: u32| FactValue::Int(i64::from(number));
    vec![("observed", number(observed)), ("usual", number(usual))]
}

#[cfg(test)]
mod tests;
