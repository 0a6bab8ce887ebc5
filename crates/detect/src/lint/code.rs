//! The codes of findings. A code keeps its meaning for ever; one that is given up is not given out
//! again.

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Probably a mistake.
    Warning,
    /// A mistake: the rule is not to go live.
    Error,
}

macro_rules! codes {
    ($(#[doc = $doc:literal] $code:ident = $name:literal, $level:ident;)*) => {
        /// What a finding is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $doc] $code),* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// The stable name, such as `CS401`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name),* }
            }

            /// How grave it is, where nothing makes it milder.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Self::$code => Level::$level),* }
            }

            /// What it is, in a sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => $doc),* }
            }
        }
    };
}

codes! {
    #[doc = "The file cannot be read as a rule."]
    Unreadable = "CS001", Error;

    #[doc = "A section of the ADS is missing."]
    SectionMissing = "CS101", Error;
    #[doc = "The goal is not one sentence of its own."]
    GoalUnclear = "CS102", Error;
    #[doc = "The technical context names none of the rule's logs."]
    ContextWithoutSource = "CS103", Error;
    #[doc = "A false positive is handled by something that does not exist."]
    HandlerUnknown = "CS104", Error;
    #[doc = "A false positive is handled by something that has expired."]
    HandlerExpired = "CS105", Error;
    #[doc = "The validation names a test that does not exist."]
    ValidationUnknown = "CS106", Error;
    #[doc = "The validation lacks a test that the rule fires, or one that it stays quiet."]
    ValidationOneSided = "CS107", Error;
    #[doc = "The owner is not in the directory."]
    OwnerUnknown = "CS108", Error;
    #[doc = "The response runs something that does not exist, or cannot be taken back."]
    ResponseUnsafe = "CS109", Error;

    #[doc = "No tag says which technique of ATT&CK it is about."]
    AttackMissing = "CS201", Error;
    #[doc = "A tag is no tactic or technique of the ATT&CK version in use."]
    AttackUnknown = "CS202", Error;
    #[doc = "A technique is not one of the tactics that are named."]
    AttackPair = "CS203", Error;

    #[doc = "No test shows that the rule fires."]
    TestPositiveMissing = "CS301", Error;
    #[doc = "No test shows that the rule stays quiet."]
    TestNegativeMissing = "CS302", Error;
    #[doc = "A branch of the severity does not say why."]
    BranchWithoutReason = "CS303", Error;
    #[doc = "No test expects the severity that a branch sets."]
    BranchWithoutTest = "CS304", Error;

    #[doc = "The log has no such field."]
    FieldUnknown = "CS401", Error;
    #[doc = "The log has the field in another case; names of fields count letter by letter."]
    FieldCase = "CS402", Error;
    #[doc = "A text is wanted of an object, which has none."]
    FieldIsObject = "CS403", Error;
    #[doc = "A value never occurs in this field, which has only certain words."]
    ValueUnknown = "CS404", Warning;
    #[doc = "A number beyond 53 bits is not told from its neighbours."]
    NumberTooLarge = "CS405", Warning;
    #[doc = "A selection is not in the condition."]
    SelectionUnused = "CS406", Warning;
    #[doc = "Conditions on members of one list may be met by different members."]
    MembersApart = "CS407", Note;
    #[doc = "The record has a field of a common field's name that means something else, and comes first."]
    FieldShadowed = "CS408", Warning;

    #[doc = "No configured source carries the rule's logs."]
    SourceMissing = "CS501", Warning;
    #[doc = "The condition contradicts itself."]
    Contradiction = "CS502", Error;
    #[doc = "A pattern cannot match, as the field is always in the other case."]
    PatternCase = "CS503", Error;
    #[doc = "No value that is wanted ever occurs in this field."]
    ValuesImpossible = "CS504", Error;
    #[doc = "The condition holds for every event."]
    AlwaysTrue = "CS505", Error;
    #[doc = "The condition says only what is not: the rule is asked about every event."]
    OnlyNegations = "CS506", Note;
    #[doc = "The threshold is above what a group keeps."]
    ThresholdTooHigh = "CS507", Error;
    #[doc = "The window is longer than events are kept."]
    WindowTooLong = "CS508", Error;
    #[doc = "A filter takes away everything that the rule matches."]
    FilterSwallows = "CS509", Error;
    #[doc = "A rule that is counted is not evaluated."]
    PartNotEvaluated = "CS510", Error;
    #[doc = "A small number is wanted, but only an event can make a rule fire: absence is not seen."]
    AbsenceUnseen = "CS511", Warning;
    #[doc = "The rules of a correlation never meet in one group."]
    GroupApart = "CS512", Warning;

    #[doc = "The field was never seen in this log."]
    NeverSeen = "CS601", Warning;
    #[doc = "The field was seen in another case only."]
    SeenInOtherCase = "CS602", Error;
    #[doc = "The field was seen with values of another kind only."]
    SeenOtherKind = "CS603", Warning;
    #[doc = "None of the values was ever seen in this field."]
    ValuesNeverSeen = "CS604", Note;
    #[doc = "The rule fires only because a field is missing everywhere."]
    AbsentEverywhere = "CS605", Warning;

    #[doc = "The filter has expired and filters nothing."]
    FilterExpired = "CS701", Warning;
    #[doc = "The filter expires within a week."]
    FilterExpires = "CS702", Note;
}

impl Code {
    /// The code of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Level {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_specification_as_it_is_here() {
        let page = include_str!("../../../../docs/specs/detection.md");
        for code in Code::ALL {
            let row = format!("| {} | {} | {} |", code.name(), code.level().name(), code.meaning());
            assert!(page.contains(&row), "docs/specs/detection.md: {row}");
        }
    }

    #[test]
    fn no_two_codes_share_a_name() {
        for code in Code::ALL {
            assert_eq!(Code::named(code.name()), Some(*code));
            assert!(code.meaning().ends_with('.'), "{code:?}");
        }
    }
}
