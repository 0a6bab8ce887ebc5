//! An explanation as a sentence.

use std::fmt;

use super::{
    Change, Explanation, Language, OutOfSeason, TooMany, Whose,
    text::{Text, fill_in as fill, own_word, plain},
};

/// One sentence in English, without a full stop.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said(Language::English))
    }
}

impl Explanation {
    /// One sentence in a language, without a full stop.
    #[must_use]
    pub fn said(&self, language: Language) -> String {
        match self {
            Self::FirstSeen { what, value, whose, age_days, events, usual, others, peers } => fill(
                language,
                Text::FirstSeen,
                &[
                    ("what", &plain(what)),
                    ("value", &plain(value)),
                    ("whom", &whose.noun(language)),
                    ("age", age_days),
                    ("events", events),
                    ("usual", &usual_text(language, usual, *others)),
                    ("peers", &peers_text(language, *peers)),
                ],
            ),
            Self::Denied { what, value } => {
                let values: [(&str, &dyn fmt::Display); 2] =
                    [("what", &own_word(language, what)), ("value", &own_word(language, value))];
                fill(language, Text::Denied, &values)
            }
            Self::TooMany(of) => of.said(language),
            Self::OutOfSeason(of) => of.said(language),
            Self::Drift { observed, unit, whose, usual } => fill(
                language,
                Text::Drift,
                &[
                    ("whom", &whose.noun(language)),
                    ("unit", &own_word(language, unit)),
                    ("observed", &language.grouped(*observed)),
                    ("usual", &language.grouped(*usual)),
                ],
            ),
            Self::Travel { from, to, distance_km, minutes, speed_kmh } => fill(
                language,
                Text::Travel,
                &[
                    ("from", &own_word(language, from)),
                    ("to", &own_word(language, to)),
                    ("distance", &language.grouped(*distance_km)),
                    ("minutes", &language.grouped(*minutes)),
                    ("speed", &language.grouped(*speed_kmh)),
                ],
            ),
            Self::SessionChange { changes, minutes } => fill(
                language,
                Text::SessionChange,
                &[
                    ("minutes", &language.grouped(*minutes)),
                    ("changes", &changes_text(language, changes)),
                    ("sum", &language.tenths(changes.iter().map(|change| change.weight).sum())),
                ],
            ),
        }
    }
}

impl TooMany {
    fn said(&self, language: Language) -> String {
        let about = if self.is_estimate { Text::About.template_in(language) } else { "" };
        fill(
            language,
            Text::TooMany,
            &[
                ("about", &about),
                ("observed", &language.grouped(self.observed)),
                ("unit", &own_word(language, &self.unit)),
                ("window", &language.within(self.window)),
                ("whom", &self.whose.noun(language)),
                ("percentile", &language.ordinal(self.quantile)),
                ("days", &self.days),
                ("usual", &language.grouped(self.usual)),
                ("organisation", &organisation_text(language, self.organisation, self.whose)),
            ],
        )
    }
}

impl OutOfSeason {
    fn said(&self, language: Language) -> String {
        fill(
            language,
            Text::OutOfSeason,
            &[
                ("observed", &language.grouped(self.observed)),
                ("unit", &own_word(language, &self.unit)),
                ("window", &language.within(self.window)),
                ("whom", &self.whose.noun(language)),
                ("usual", &language.grouped(self.usual)),
                ("spread", &language.tenths(self.spread)),
                ("deviations", &language.tenths(self.deviations)),
            ],
        )
    }
}

fn usual_text(language: Language, usual: &[String], others: usize) -> String {
    if usual.is_empty() {
        return String::new();
    }
    let usual: Vec<String> = usual.iter().map(|value| plain(value)).collect();
    let more = match others {
        0 => String::new(),
        others => fill(language, Text::More, &[("count", &others)]),
    };
    fill(language, Text::Usual, &[("values", &usual.join(", ")), ("more", &more)])
}

fn peers_text(language: Language, peers: Option<(u32, u32)>) -> String {
    let Some((know, of)) = peers else { return String::new() };
    let of = language.grouped(of);
    match know {
        0 => fill(language, Text::NoPeer, &[("of", &of)]),
        know => fill(language, Text::Peers, &[("know", &language.grouped(know)), ("of", &of)]),
    }
}

fn organisation_text(language: Language, usual: Option<u32>, whose: Whose) -> String {
    match usual {
        Some(usual) if whose != Whose::Organisation => {
            fill(language, Text::Organisations, &[("usual", &language.grouped(usual))])
        }
        _ => String::new(),
    }
}

fn changes_text(language: Language, changes: &[Change]) -> String {
    let unknown = || Text::Unknown.template_in(language).to_owned();
    let one = |change: &Change| {
        let weight = language.tenths(change.weight);
        if change.from.is_none() && change.to.is_none() {
            let values: [(&str, &dyn fmt::Display); 2] =
                [("what", &change.attribute), ("weight", &weight)];
            return fill(language, Text::ChangeOnly, &values);
        }
        let side = |side: &Option<String>| side.as_deref().map_or_else(unknown, plain);
        fill(
            language,
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
