//! What there is to say about a verdict, as data: the words are in content, in every language.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sentence to be said: which, and what stands in its holes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Which.
    pub note: Note,
    /// What stands in the holes, in the order of [`Note::holes`]. Hostile until shown inert.
    pub values: Vec<String>,
}

/// What stands in the holes may tell of people, so that it reaches no log.
impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Detail({})", self.note.name())
    }
}

macro_rules! notes {
    ($($(#[$doc:meta])* $note:ident $name:literal $holes:tt;)*) => {
        /// The sentences that can be said.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Note {
            $($(#[$doc])* $note,)*
        }
        impl Note {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$note),*];

            /// The name under which content has its words.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$note => $name,)* }
            }

            /// What its words may speak of.
            #[must_use]
            pub fn holes(self) -> &'static [&'static str] {
                match self { $(Self::$note => &$holes,)* }
            }
        }
    };
}

notes! {
    /// A line of the source's own.
    Line "line" ["line"];
    /// The version that the policy asks for.
    SuggestedVersion "suggested_version" ["version"];
    /// The version that is there.
    YourVersion "your_version" ["version"];
    /// A system gets no more updates, or is older than is allowed.
    NoLongerSupported "no_longer_supported" ["system"];
    /// The version to go to.
    Recommended "recommended" ["os", "version"];
    /// The newest system this model can run is itself out of support.
    HardwareEnd "hardware_end" [];
    /// The day of the security patches.
    PatchLevel "patch_level" ["day"];
    /// The day after which the maker sends nothing more.
    UpdatesUntil "updates_until" ["day"];
    /// Somebody sends updates for longer, for money or as volunteers.
    ExtendedUntil "extended_until" ["day"];
    /// Editions end on different days; the latest one was taken.
    EditionUnknown "edition_unknown" [];
    /// Newer than what is known of versions.
    NewerThanKnown "newer_than_known" [];
    /// How old what is known of versions is.
    FeedAge "feed_age" ["days"];
    /// An encrypted disk.
    VolumeEncrypted "volume_encrypted" ["name", "percent"];
    /// A disk that is not.
    VolumeOpen "volume_open" ["name", "percent"];
    /// A disk that is being encrypted or decrypted.
    VolumeConverting "volume_converting" ["name", "percent"];
    /// An encrypted disk whose protection is suspended.
    VolumeSuspended "volume_suspended" ["name", "percent"];
    /// A disk of which nobody can say.
    VolumeUnknown "volume_unknown" ["name", "percent"];
    /// A setting that is on.
    PartOn "part_on" ["name"];
    /// A setting that is off.
    PartOff "part_off" ["name"];
    /// A setting of which nobody can say.
    PartUnknown "part_unknown" ["name"];
    /// The screen does not lock at all.
    LockOff "lock_off" [];
    /// The screen locks after this time, and may wait at most so long.
    LockDelay "lock_delay" ["delay", "limit"];
    /// The agent is not there.
    AgentAbsent "agent_absent" ["name"];
    /// Why it is unknown: nobody reported it.
    NotReported "not_reported" [];
    /// The source was not allowed to look.
    Permission "permission" [];
    /// What was reported could not be read.
    Unreadable "unreadable" [];
    /// No disk was reported that counts.
    NoVolumes "no_volumes" [];
    /// The name of the system is not known.
    NoSystem "no_system" [];
    /// Its version is not known.
    NoVersion "no_version" [];
    /// Its exact build is not known.
    NoBuild "no_build" [];
    /// Nothing is known of this system.
    NotInTables "not_in_tables" [];
    /// What is known of versions is too old to judge by.
    FeedStale "feed_stale" [];
    /// No source takes an inventory of software.
    NoInventory "no_inventory" [];
    /// The inventory was cut short.
    PartialInventory "partial_inventory" [];
    /// A condition could not be decided, and why.
    Undecided "undecided" ["reason"];
    /// Why it does not apply: not on this platform.
    NotOnPlatform "not_on_platform" [];
    /// Nobody sits in front of it.
    NoDesktop "no_desktop" [];
    /// Its firmware is older than the matter.
    LegacyFirmware "legacy_firmware" [];
    /// Each application has a permission of its own instead.
    PerApplication "per_application" [];
    /// The system has no such thing.
    Unsupported "unsupported" [];
    /// A device that was never seen before.
    NewDevice "new_device" [];
    /// Why it is good: this platform cannot do otherwise.
    BuiltIn "built_in" [];
}

impl Note {
    /// The sentence without anything in its holes.
    #[must_use]
    pub fn plain(self) -> Detail {
        Detail { note: self, values: Vec::new() }
    }

    /// The sentence with these values in its holes, in their order.
    #[must_use]
    pub fn with<const N: usize>(self, values: [&str; N]) -> Detail {
        Detail { note: self, values: values.map(str::to_owned).to_vec() }
    }
}
