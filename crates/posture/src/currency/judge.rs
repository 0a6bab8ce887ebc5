//! Judges a system: the end of its line first, then what is required, then what is recommended.
//!
//! Everything is judged as of the day on which the system was observed: nobody is blamed for what
//! came out later. A stale table fails nobody: it may only say what had already ended.

mod android;
mod windows;

use jiff::civil::Date;
use model::{Span, Timestamp, device::Platform};

use super::{Currency, End, Line, Product, System};
use crate::{
    detail::{Detail, Note},
    version::Version,
};

/// What may be set about how current a system must be.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencyRules {
    /// How long a newer version may be out before it is required.
    pub max_behind: Span,
    /// The same for one that mends what attackers already use.
    pub max_behind_urgent: Span,
    /// How old a table may be before nothing more is computed from it.
    pub feed_max_age: Span,
    /// How old Android's security patches may be before the person is told.
    pub patch_nudge: Span,
    /// How old they may be at all.
    pub patch_warn: Span,
    /// Products of which extended support counts, because somebody pays for it or trusts it.
    pub extended: Vec<String>,
    /// Versions set by hand; of several that fit the first.
    pub floors: Vec<Floor>,
}

/// Versions that a policy sets for a product, or for one line of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Floor {
    /// The product.
    pub product: String,
    /// Only for versions of this line.
    pub line: Option<Version>,
    /// Below this is below what is required.
    pub required: Option<Version>,
    /// Below this is below what is recommended.
    pub recommended: Option<Version>,
}

impl Default for CurrencyRules {
    fn default() -> Self {
        Self {
            max_behind: Span::days(14),
            max_behind_urgent: Span::days(3),
            feed_max_age: Span::days(45),
            patch_nudge: Span::days(62),
            patch_warn: Span::days(93),
            extended: Vec::new(),
            floors: Vec::new(),
        }
    }
}

/// How a system stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Current,
    /// Below what is recommended.
    Behind,
    /// Below what is required, or no longer supported.
    Outdated,
    /// Nobody can say; the details say why.
    Unknown,
}

/// A judgement, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// How it stands.
    pub standing: Standing,
    /// What there is to say.
    pub details: Vec<Detail>,
}

impl Judgement {
    fn new(standing: Standing, details: Vec<Detail>) -> Self {
        Self { standing, details }
    }

    fn unknown(why: Note) -> Self {
        Self::new(Standing::Unknown, vec![why.plain()])
    }
}

/// What a judgement is made from.
#[derive(Clone, Copy)]
struct Bench<'a> {
    system: &'a System,
    platform: Platform,
    product: Option<&'a Product>,
    rules: &'a CurrencyRules,
    now: Timestamp,
}

/// Judges a system by what is known and what a policy sets.
#[must_use]
pub fn judge(
    system: &System,
    platform: Platform,
    currency: &Currency,
    rules: &CurrencyRules,
    now: Timestamp,
) -> Judgement {
    let Some(name) = system.product.as_deref() else {
        let said = system.os.is_some() || platform == Platform::Linux;
        return Judgement::unknown(if said { Note::NotInTables } else { Note::NoSystem });
    };
    let bench = Bench { system, platform, product: currency.product(name), rules, now };
    let mut judgement = match name {
        "windows" => windows::judge(bench),
        "android" => android::judge(bench),
        _ => bench.judge(),
    };
    judgement.details.extend(bench.age());
    judgement
}

impl Bench<'_> {
    fn judge(&self) -> Judgement {
        if let Some(until) = self.system.updates_until
            && self.system.day > until
        {
            let until = Note::UpdatesUntil.with([&until.to_string()]);
            return self.outdated(None, vec![Note::HardwareEnd.plain(), until]);
        }
        let Some(version) = &self.system.version else {
            return Judgement::unknown(Note::NoVersion);
        };
        let line = self.product.and_then(|product| product.line_of(version));
        if let Some(line) = line.filter(|line| self.is_over(line)) {
            return self.over(line);
        }
        self.by_floors(version, line).unwrap_or_else(|| self.by_support(version, line))
    }

    /// What floors say, where there are any: set by hand, or computed.
    fn by_floors(&self, version: &Version, line: Option<&Line>) -> Option<Judgement> {
        let set = self.floor(version);
        let computed = line.filter(|line| !line.releases.is_empty() && !self.is_stale());
        let required = set.and_then(|floor| floor.required.clone());
        let required = required.or_else(|| self.required(computed?));
        let recommended = set.and_then(|floor| floor.recommended.clone());
        let recommended = recommended.or_else(|| self.newest_for_model(computed?));
        if required.as_ref().is_some_and(|floor| version < floor) {
            return Some(self.outdated(recommended.or(required), Vec::new()));
        }
        if let Some(floor) = recommended.as_ref().filter(|floor| version < *floor) {
            let recommended = self.recommended(floor);
            return Some(Judgement::new(Standing::Behind, vec![recommended]));
        }
        let is_judged = required.is_some() || recommended.is_some();
        is_judged.then(|| Judgement::new(Standing::Current, Vec::new()))
    }

    /// What there is to say when only the end of support is known.
    fn by_support(&self, version: &Version, line: Option<&Line>) -> Judgement {
        let current = |details| Judgement::new(Standing::Current, details);
        let Some(product) = self.product else {
            // The maker's word for this device is enough.
            return match self.system.updates_until {
                Some(until) => current(vec![Note::UpdatesUntil.with([&until.to_string()])]),
                None => Judgement::unknown(Note::NotInTables),
            };
        };
        match line {
            None if !product.is_beyond(version) => Judgement::unknown(Note::NotInTables),
            None if self.is_stale() => Judgement::unknown(Note::FeedStale),
            None => current(vec![Note::NewerThanKnown.plain()]),
            Some(line) if self.is_certain(line) => current(self.extension(line)),
            Some(_) => Judgement::unknown(Note::FeedStale),
        }
    }

    /// Whether what is known of a supported line is enough to call it current: an end that was
    /// announced stays true when the table grows old, that there is none does not; nor does a list
    /// of versions.
    fn is_certain(&self, line: &Line) -> bool {
        let is_announced = line.end != End::Open;
        !self.is_stale() || is_announced && line.releases.is_empty()
    }

    fn is_over(&self, line: &Line) -> bool {
        line.is_over(self.system.day, self.counts_extension())
    }

    fn counts_extension(&self) -> bool {
        let product = self.system.product.as_deref().unwrap_or_default();
        self.rules.extended.iter().any(|it| it == product)
    }

    /// A line that has ended: is there another one for this hardware?
    fn over(&self, line: &Line) -> Judgement {
        let newest_line = self.newest_line_for_model();
        match newest_line {
            Some(newest) if self.is_over(newest) => {
                self.outdated(None, vec![Note::HardwareEnd.plain()])
            }
            newest => {
                let by_hand = self.system.version.as_ref().and_then(|version| self.floor(version));
                let by_hand = by_hand.and_then(|floor| floor.recommended.clone());
                let newest = newest.and_then(|line| line.newest(self.system.day));
                let recommended = by_hand.or_else(|| newest.map(|it| it.version.clone()));
                self.outdated(recommended, self.extension(line))
            }
        }
    }

    fn outdated(&self, recommended: Option<Version>, more: Vec<Detail>) -> Judgement {
        let shown = self.system.shown(self.platform);
        let mut details = vec![Note::NoLongerSupported.with([&shown])];
        details.extend(recommended.map(|version| self.recommended(&version)));
        details.extend(more);
        Judgement::new(Standing::Outdated, details)
    }

    fn recommended(&self, version: &Version) -> Detail {
        Note::Recommended.with([&self.system.name(self.platform), &version.to_string()])
    }

    /// That somebody still sends updates for a line that has ended.
    fn extension(&self, line: &Line) -> Vec<Detail> {
        match line.extended {
            End::On(day) if line.end.is_over(self.system.day) && self.system.day <= day => {
                vec![Note::ExtendedUntil.with([&day.to_string()])]
            }
            _ => Vec::new(),
        }
    }

    /// The versions set by hand for this one.
    fn floor(&self, version: &Version) -> Option<&Floor> {
        let product = self.system.product.as_deref();
        self.rules.floors.iter().find(|floor| {
            Some(floor.product.as_str()) == product
                && floor.line.as_ref().is_none_or(|line| version.is_of_line(line))
        })
    }

    /// The newest version of a line that was out long enough to be required.
    fn required(&self, line: &Line) -> Option<Version> {
        let is_due = |release: &&super::Release| {
            let is_out = |for_long: Span| days(release.on, self.system.day) >= in_days(for_long);
            is_out(self.rules.max_behind)
                || release.is_urgent && is_out(self.rules.max_behind_urgent)
        };
        line.releases.iter().filter(is_due).map(|release| release.version.clone()).max()
    }

    /// The newest version that this model can run; of a model that nobody knows, the newest of the
    /// line that it runs already.
    fn newest_for_model(&self, own: &Line) -> Option<Version> {
        let line = self.newest_line_for_model().unwrap_or(own);
        let newest = [line, own].into_iter().filter_map(|line| line.newest(self.system.day));
        newest.map(|release| release.version.clone()).max()
    }

    fn newest_line_for_model(&self) -> Option<&Line> {
        let product = self.product?;
        let names = product.models.get(self.system.model.as_deref()?)?;
        let lines = product.lines.iter().filter(|line| names.contains(&line.name));
        // A line of which nothing is out yet is nobody's newest.
        let out = lines.filter(|line| line.newest(self.system.day).is_some());
        out.max_by_key(|line| line.version())
    }

    fn is_stale(&self) -> bool {
        self.age_in_days().is_none_or(|age| age > in_days(self.rules.feed_max_age))
    }

    fn age_in_days(&self) -> Option<i64> {
        let today = self.now.to_zoned(jiff::tz::TimeZone::UTC).date();
        self.product.map(|product| days(product.as_of, today))
    }

    /// How old the table is, once that matters.
    fn age(&self) -> Option<Detail> {
        let age = self.age_in_days().filter(|_| self.is_stale())?;
        Some(Note::FeedAge.with([&age.to_string()]))
    }
}

/// From one day to another; negative when the other comes first.
fn days(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn in_days(span: Span) -> i64 {
    i64::try_from(span.as_seconds() / Span::days(1).as_seconds()).unwrap_or(i64::MAX)
}
