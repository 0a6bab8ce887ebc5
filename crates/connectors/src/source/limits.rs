//! What is taken of one alert. Beyond a limit the field is cut and a problem says so.

/// The longest name of a rule, in bytes.
pub const RULE_BYTES: usize = 256;
/// The longest title, in bytes.
pub const TITLE_BYTES: usize = 1_024;
/// The longest description, in bytes.
pub const DESCRIPTION_BYTES: usize = 16 * 1_024;
/// The longest id of a source's own; a longer one is replaced by its beginning and its digest.
pub const EXTERNAL_ID_BYTES: usize = 256;
/// The longest name of a person: the longest e-mail address is 254, an alias may be a little more.
pub const PERSON_BYTES: usize = 320;
/// The longest address; a longer one is left out, because half an address leads elsewhere.
pub const URL_BYTES: usize = 2_048;
/// The longest word for a time or a severity that is looked at.
pub const WORD_BYTES: usize = 64;

/// The most facts of one alert.
pub const FACTS: usize = 64;
/// The longest name of a fact, dots included, in bytes.
pub const FACT_KEY_BYTES: usize = 128;
/// The longest text of one fact, and of all items of a list together, in bytes.
pub const FACT_VALUE_BYTES: usize = 4 * 1_024;
/// How deep nested facts are flattened into dotted names; deeper ones are kept as JSON text.
pub const FACT_DEPTH: usize = 8;
/// The most items of a list.
pub const FACT_LIST_ITEMS: usize = 64;

/// The most problems noted on one alert; the last then says how many more there were.
pub const PROBLEMS: usize = 32;
/// The longest path in a problem, in bytes.
pub const PROBLEM_PATH_BYTES: usize = 160;
