//! The five kinds of baselines, and what can be set for each.

use model::Span;

use super::token::hash_64;

const DAY_S: u64 = 86_400;
/// A window shorter than a day is counted in so many steps, so that a burst is not cut in two
/// where one window ends and the next begins.
const GRAINS: u32 = 4;
/// How many steps back an event may still be counted where it belongs.
const LAG_GRAINS_MAX: u32 = 16;

/// A kind and its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A value that the entity has not had before.
    FirstSeen(FirstSeen),
    /// `volume`: more events in a window than usual. `distinct`: more different values.
    Counts(Counts),
    /// Two places too far apart for the time between.
    Travel(Travel),
    /// A session whose network, system or device changes under way.
    SessionChange(SessionChange),
}

/// The settings of `first_seen`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstSeen {
    /// How surprising a new value must be, in bits.
    pub score: f64,
}

/// The settings of `volume` and `distinct`.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// What is counted.
    pub counted: Counted,
    /// Over how long; each has a history of its own.
    pub windows: Vec<Window>,
    /// Which quantile of past windows is "usual".
    pub quantile: f64,
    /// How many times the usual is too many, where no season is set.
    pub factor: f64,
    /// Fewer than this are never too many.
    pub floor: u32,
    /// Whether the usual depends on the hour.
    pub season: Season,
    /// How many deviations above the usual of its hour is too many, where a season is set.
    pub score: f64,
    /// Whether a slow rise from day to day is looked for.
    pub has_drift: bool,
}

/// What is counted in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Events.
    Events,
    /// Different values.
    Values,
}

/// On what the usual depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// On nothing.
    None,
    /// On the hour of the day.
    HourOfDay,
    /// On the day of the week and the hour.
    HourOfWeek,
}

/// A length of time over which is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How long.
    pub span: Span,
    /// Where its history is kept.
    pub(super) slot: u64,
}

/// The settings of `travel`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Travel {
    /// Nobody is faster.
    pub speed_kmh: f64,
    /// Shorter distances are no travel.
    pub distance_km: f64,
}

/// The settings of `session_change`.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionChange {
    /// What each change counts; one that is not named counts nothing.
    pub watch: Vec<(Attribute, f64)>,
    /// How much all changes together must count.
    pub score: f64,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $attribute:ident = $name:literal, $weight:literal);* $(;)?) => {
        /// What of a session is compared with how it began.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Attribute { $($(#[$doc])* $attribute),* }

        impl Attribute {
            /// All of them by name, with what a change counts unless the baseline says otherwise.
            pub const ALL: &'static [(&'static str, Self, f64)] =
                &[$(($name, Self::$attribute, $weight)),*];

            /// The name in baselines and explanations.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$attribute => $name),* }
            }
        }
    };
}

attributes! {
    /// The network around the address. Roaming changes it, so alone it says little.
    Network = "network", 1.0;
    /// The autonomous system.
    Asn = "asn", 3.0;
    /// The country.
    Country = "country", 1.5;
    /// The operating system.
    Os = "os", 4.0;
    /// The browser or tool.
    Family = "family", 3.0;
    /// A version lower than before; a higher one is an update.
    Version = "version", 2.0;
    /// The vendor's mark of the device.
    Device = "device", 4.0;
    /// Back to a network within 30 minutes: two parties use the session at once.
    Interleaved = "interleaved", 4.0;
}

impl Kind {
    /// The word in files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::FirstSeen(_) => "first_seen",
            Self::Counts(Counts { counted: Counted::Events, .. }) => "volume",
            Self::Counts(Counts { counted: Counted::Values, .. }) => "distinct",
            Self::Travel(_) => "travel",
            Self::SessionChange(_) => "session_change",
        }
    }

    /// From which score on something is raised, as the file has it.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        match self {
            Self::FirstSeen(of) => of.score,
            Self::Counts(of) => of.threshold(),
            Self::Travel(of) => of.speed_kmh,
            Self::SessionChange(of) => of.score,
        }
    }

    /// The hard floor: no threshold, written or calibrated, goes below, and lower scores are not
    /// even measured.
    #[must_use]
    pub fn floor(&self) -> f64 {
        match self {
            Self::FirstSeen(_) => 0.25,
            Self::Counts(of) if of.season == Season::None => 1.0,
            Self::Counts(_) => 3.0,
            Self::Travel(_) => 500.0,
            Self::SessionChange(_) => 2.0,
        }
    }
}

impl Counts {
    pub(super) fn threshold(&self) -> f64 {
        if self.season == Season::None { self.factor } else { self.score }
    }

    /// What is usual at least, for those whose own usual is next to nothing: so much that the
    /// floor is just too many by the file's factor.
    pub(super) fn base(&self) -> f64 {
        f64::from(self.floor) / self.factor
    }
}

/// The 48 bits of a hash by which a state knows a place.
pub(super) fn place(hash: u64) -> u64 {
    hash & ((1 << 48) - 1)
}

impl Window {
    /// A window of a baseline.
    pub(super) fn of(span: Span, meaning: u64) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&meaning.to_le_bytes());
        bytes[8..].copy_from_slice(&span.as_seconds().to_le_bytes());
        Self { span, slot: place(hash_64(&bytes)) }
    }

    /// The calendar days it has; none where it is shorter than one.
    pub(super) fn days(self) -> u32 {
        u32::try_from(self.span.as_seconds() / DAY_S).unwrap_or(u32::MAX)
    }

    /// How many steps it has.
    pub(super) fn grains(self) -> u32 {
        if self.days() == 0 { GRAINS } else { self.days() }
    }

    /// The length of a step in seconds, of a window shorter than a day.
    pub(super) fn grain_s(self) -> u32 {
        u32::try_from(self.span.as_seconds()).unwrap_or(u32::MAX) / GRAINS
    }

    /// How many steps an event may come late and still find its place.
    pub(super) fn lag(self, lateness_s: u32) -> u32 {
        let lag = if self.days() == 0 { lateness_s.div_ceil(self.grain_s().max(1)) } else { 1 };
        lag.min(LAG_GRAINS_MAX)
    }
}
