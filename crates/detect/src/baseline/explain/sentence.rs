//! An explanation as a sentence.

use std::fmt;

use super::{
    Change, Explanation, OutOfSeason, TooMany, Whose,
    text::{Text, fill, grouped, ordinal, percent, plain, within},
};

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
            Self::TooMany(of) => of.sentence(),
            Self::OutOfSeason(of) => of.sentence(),
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

impl TooMany {
    fn sentence(&self) -> String {
        fill(
            Text::TooMany,
            &[
                ("about", &if self.is_estimate { Text::About.template() } else { "" }),
                ("observed", &grouped(self.observed)),
                ("unit", &plain(&self.unit)),
                ("window", &within(self.window)),
                ("whom", &self.whose.noun()),
                ("percentile", &ordinal(self.quantile)),
                ("days", &self.days),
                ("usual", &grouped(self.usual)),
                ("organisation", &organisation_text(self.organisation, self.whose)),
            ],
        )
    }
}

impl OutOfSeason {
    fn sentence(&self) -> String {
        fill(
            Text::OutOfSeason,
            &[
                ("observed", &grouped(self.observed)),
                ("unit", &plain(&self.unit)),
                ("window", &within(self.window)),
                ("whom", &self.whose.noun()),
                ("usual", &grouped(self.usual)),
                ("spread", &percent(self.spread)),
                ("deviations", &percent(self.deviations)),
            ],
        )
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
