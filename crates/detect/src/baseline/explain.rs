//! Why something is unusual: the numbers, and one sentence made of them.
//!
//! The sentences' templates are in `explain/text.rs`. What comes from outside is cut and freed of
//! control characters here; it is hostile all the same until it is shown inert.

mod text;

use std::fmt;

use event::{ActorKind, Event, Field};
use model::{FactValue, Facts, Span};

pub(super) use self::text::{Text, fill};
use self::text::{grouped, ordinal, percent, plain, within};
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
    TooMany {
        /// How many.
        observed: u32,
        /// Whether that is an estimate, within 7 %.
        is_estimate: bool,
        /// Of what.
        unit: String,
        /// In how long.
        window: Span,
        /// Whose usual it is.
        whose: Whose,
        /// Which quantile is the usual.
        quantile: f64,
        /// Over how many days.
        days: u16,
        /// The entity's own.
        usual: u32,
        /// That of the organisation, or of the group.
        organisation: Option<u32>,
    },
    /// Too many for the hour.
    OutOfSeason {
        /// How many.
        observed: u32,
        /// Of what.
        unit: String,
        /// In how long.
        window: Span,
        /// Whose usual it is.
        whose: Whose,
        /// The median of past windows of that hour.
        usual: u32,
        /// What a window differs from it by usually.
        spread: f64,
        /// How many of such differences it is above.
        deviations: f64,
    },
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

    fn noun(self) -> &'static str {
        Text::from(self).template()
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
            Self::TooMany { observed, window, usual, organisation, .. } => {
                let mut list = counted(*observed, *usual);
                list.push(("window", text(&window.to_string())));
                list.extend(organisation.map(|of| ("usual_organisation", number(of))));
                list
            }
            Self::OutOfSeason { observed, window, usual, deviations, .. } => {
                let mut list = counted(*observed, *usual);
                list.push(("window", text(&window.to_string())));
                list.push(("deviations", FactValue::Float(*deviations)));
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

/// One sentence, without a full stop.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::FirstSeen { what, value, whose, age_days, events, usual, others, peers } => fill(
                Text::FirstSeen,
                &[
                    ("what", &plain(what)),
                    ("value", &plain(value)),
                    ("whom", &whose.noun()),
                    ("age", age_days),
                    ("events", events),
                    ("usual", &usual_text(usual, *others)),
                    ("peers", &peers_text(*peers)),
                ],
            ),
            Self::Denied { what, value } => {
                fill(Text::Denied, &[("what", &plain(what)), ("value", &plain(value))])
            }
            Self::TooMany {
                observed,
                is_estimate,
                unit,
                window,
                whose,
                quantile,
                days,
                usual,
                organisation,
            } => fill(
                Text::TooMany,
                &[
                    ("about", &if *is_estimate { Text::About.template() } else { "" }),
                    ("observed", &grouped(*observed)),
                    ("unit", &plain(unit)),
                    ("window", &within(*window)),
                    ("whom", &whose.noun()),
                    ("percentile", &ordinal(*quantile)),
                    ("days", days),
                    ("usual", &grouped(*usual)),
                    ("organisation", &organisation_text(*organisation, *whose)),
                ],
            ),
            Self::OutOfSeason { observed, unit, window, whose, usual, spread, deviations } => fill(
                Text::OutOfSeason,
                &[
                    ("observed", &grouped(*observed)),
                    ("unit", &plain(unit)),
                    ("window", &within(*window)),
                    ("whom", &whose.noun()),
                    ("usual", &grouped(*usual)),
                    ("spread", &percent(*spread)),
                    ("deviations", &percent(*deviations)),
                ],
            ),
            Self::Drift { observed, unit, whose, usual } => fill(
                Text::Drift,
                &[
                    ("whom", &whose.noun()),
                    ("unit", &plain(unit)),
                    ("observed", &grouped(*observed)),
                    ("usual", &grouped(*usual)),
                ],
            ),
            Self::Travel { from, to, distance_km, minutes, speed_kmh } => fill(
                Text::Travel,
                &[
                    ("from", &plain(from)),
                    ("to", &plain(to)),
                    ("distance", &grouped(*distance_km)),
                    ("minutes", &grouped(*minutes)),
                    ("speed", &grouped(*speed_kmh)),
                ],
            ),
            Self::SessionChange { changes, minutes } => fill(
                Text::SessionChange,
                &[
                    ("minutes", &grouped(*minutes)),
                    ("changes", &changes_text(changes)),
                    ("sum", &percent(changes.iter().map(|change| change.weight).sum())),
                ],
            ),
        };
        f.write_str(&sentence)
    }
}

fn usual_text(usual: &[String], others: usize) -> String {
    if usual.is_empty() {
        return String::new();
    }
    let usual: Vec<String> = usual.iter().map(|value| plain(value)).collect();
    let more = if others > 0 { fill(Text::More, &[("count", &others)]) } else { String::new() };
    fill(Text::Usual, &[("values", &usual.join(", ")), ("more", &more)])
}

fn peers_text(peers: Option<(u32, u32)>) -> String {
    match peers {
        None => String::new(),
        Some((0, of)) => fill(Text::NoPeer, &[("of", &grouped(of))]),
        Some((know, of)) => fill(Text::Peers, &[("know", &grouped(know)), ("of", &grouped(of))]),
    }
}

fn organisation_text(usual: Option<u32>, whose: Whose) -> String {
    match usual {
        Some(usual) if whose != Whose::Organisation => {
            fill(Text::Organisations, &[("usual", &grouped(usual))])
        }
        _ => String::new(),
    }
}

fn changes_text(changes: &[Change]) -> String {
    let unknown = || Text::Unknown.template().to_owned();
    let one = |change: &Change| {
        let weight = percent(change.weight);
        if change.from.is_none() && change.to.is_none() {
            return fill(Text::ChangeOnly, &[("what", &change.attribute), ("weight", &weight)]);
        }
        let side = |side: &Option<String>| side.as_deref().map_or_else(unknown, plain);
        fill(
            Text::Change,
            &[
                ("what", &change.attribute),
                ("from", &side(&change.from)),
                ("to", &side(&change.to)),
                ("weight", &weight),
            ],
        )
    };
    changes.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
