//! What a person may type to us in a direct message.
//!
//! Reading only: what a command may do, and whether it needs a proof first, is decided where it
//! is carried out. Ask [`looks_like_code`] first: such a message is neither used nor kept, whatever
//! else it says, and answered with a warning.

/// The longest message that is read as a command, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 1_000;
/// From how many digits on a text is taken for a code out of an authenticator.
pub const MIN_CODE_DIGITS: usize = 6;

/// A command, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What can be typed.
    Help,
    /// What is open, and what is quiet.
    Status,
    /// No more reminders.
    Stop,
    /// No questions for a while: for how long is said where it is proven, on our page.
    Snooze,
    /// Whether the short code in a message is one of ours, as typed: see
    /// [`read_code`](crate::code::read_code).
    Check(String),
}

/// Why a message is not a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Its first word is no command's name.
    #[error("unknown command")]
    Unknown,
    /// A quotation mark has no second one.
    #[error("a quotation mark is not closed")]
    OpenQuote,
    /// Longer than any command.
    #[error("longer than {MAX_MESSAGE_BYTES} bytes")]
    TooLong,
    /// A command's name, and not what has to follow it.
    #[error("usage: {}", .0.usage)]
    Usage(&'static Help),
}

/// How a command is used.
#[derive(Debug)]
pub struct Help {
    /// Its first word.
    pub name: &'static str,
    /// All its words.
    pub usage: &'static str,
    /// What it does, for the person.
    pub text: &'static str,
    read: fn(&[String]) -> Option<Command>,
}

/// A command's name is its identity.
impl PartialEq for Help {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Help {}

/// Every command, in the order in which help shows them.
pub static COMMANDS: [Help; 5] = [
    Help {
        name: "help",
        usage: "help",
        text: "Shows what you can type here.",
        read: |words| words.is_empty().then_some(Command::Help),
    },
    Help {
        name: "status",
        usage: "status",
        text: "Shows your open questions and what you have quieted.",
        read: |words| words.is_empty().then_some(Command::Status),
    },
    Help {
        name: "stop",
        usage: "stop",
        text: "Stops reminders. Questions still reach you, and silence still reaches security.",
        read: |words| words.is_empty().then_some(Command::Stop),
    },
    Help {
        name: "snooze",
        usage: "snooze",
        text: "Shows where you can hold back questions for up to 4 hours, once you have proven \
               that it is you. Urgent ones still come.",
        // People say for how long, too.
        read: |_| Some(Command::Snooze),
    },
    Help {
        name: "check",
        usage: "check CODE",
        text: "Tells whether the short code in a message is one of ours.",
        // Codes are shown in two halves, which people may type apart.
        read: |words| (!words.is_empty()).then(|| Command::Check(words.concat())),
    },
];

/// Reads a message as a command. Its name may be in any case.
///
/// # Errors
///
/// When it is none, or one with the wrong words after it.
pub fn parse(text: &str) -> Result<Command, CommandError> {
    let words = words(text)?;
    let (name, rest) = words.split_first().ok_or(CommandError::Unknown)?;
    let help = COMMANDS
        .iter()
        .find(|help| help.name.eq_ignore_ascii_case(name))
        .ok_or(CommandError::Unknown)?;
    (help.read)(rest).ok_or(CommandError::Usage(help))
}

/// The words of a message: separated by white space, or held together by double quotation marks,
/// the curly ones that chat programs make of them too.
///
/// # Errors
///
/// When the message is too long, or a quotation mark is not closed.
pub fn words(text: &str) -> Result<Vec<String>, CommandError> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(CommandError::TooLong);
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    for letter in text.chars() {
        if matches!(letter, '"' | '“' | '”') {
            is_quoted = !is_quoted;
            word.get_or_insert_default();
        } else if letter.is_whitespace() && !is_quoted {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(letter);
        }
    }
    words.extend(word);
    if is_quoted { Err(CommandError::OpenQuote) } else { Ok(words) }
}

/// Whether a message holds what may be a code out of an authenticator: six digits or more, alone
/// or in a sentence, also in groups. Digits inside a word, such as an id, are none.
#[must_use]
pub fn looks_like_code(text: &str) -> bool {
    let is_separator =
        |letter: char| letter.is_whitespace() || matches!(letter, '-' | '‐' | '–' | '.');
    let is_mark =
        |letter: char| !letter.is_alphanumeric() && letter != '_' && !is_separator(letter);
    text.split(is_mark).any(|phrase| {
        let mut digits = 0;
        phrase.split(is_separator).filter(|group| !group.is_empty()).any(|group| {
            let is_number = group.chars().all(char::is_numeric);
            digits = if is_number { digits + group.chars().count() } else { 0 };
            digits >= MIN_CODE_DIGITS
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotation_marks_hold_words_together() {
        let cases: [(&str, &[&str]); 8] = [
            ("command text", &["command", "text"]),
            ("command unquoted text", &["command", "unquoted", "text"]),
            ("command \"quoted text\"", &["command", "quoted text"]),
            ("command “quoted text”", &["command", "quoted text"]),
            ("  command\t\n text ", &["command", "text"]),
            ("command a\"b c\"d", &["command", "ab cd"]),
            ("command \"\"", &["command", ""]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text).expect("words"), expected, "{text}");
        }
        assert_eq!(words("command \"open"), Err(CommandError::OpenQuote));
        let long = "a".repeat(MAX_MESSAGE_BYTES + 1);
        assert_eq!(words(&long), Err(CommandError::TooLong));
    }

    #[test]
    fn every_command_is_read_and_has_help() {
        let cases = [
            ("help", Command::Help),
            ("Status", Command::Status),
            (" STOP ", Command::Stop),
            ("snooze", Command::Snooze),
            ("snooze 30m", Command::Snooze),
            ("check K7Q-4M2", Command::Check("K7Q-4M2".to_owned())),
            ("check k7q 4m2", Command::Check("k7q4m2".to_owned())),
        ];
        for (text, expected) in &cases {
            assert_eq!(parse(text).as_ref(), Ok(expected), "{text}");
        }
        for help in &COMMANDS {
            assert!(help.usage.starts_with(help.name) && !help.text.is_empty(), "{}", help.name);
            let is_tried = cases
                .iter()
                .any(|(text, _)| text.trim().to_lowercase().split(' ').next() == Some(help.name));
            assert!(is_tried, "{} is not tried above", help.name);
        }
    }

    #[test]
    fn what_is_no_command_is_unknown_and_a_wrong_use_is_told_the_right_one() {
        for text in ["", "hello", "\"\"", "help! me", "stopp", "yes it was me"] {
            assert_eq!(parse(text), Err(CommandError::Unknown), "{text}");
        }
        let wrong = [("help me", "help"), ("stop it", "stop"), ("check", "check CODE")];
        for (text, usage) in wrong {
            let error = parse(text).expect_err("wrong words");
            assert_eq!(error.to_string(), format!("usage: {usage}"), "{text}");
        }
    }

    #[test]
    fn six_digits_in_chat_look_like_a_code() {
        let codes = [
            "123456",
            "123 456",
            "123-456",
            "12 34 56",
            "123 - 456",
            "123.456",
            "my code is 123456.",
            "it's 123 456 ok?",
            "12345678",
            "code:123456",
            "code 123456 please",
            "١٢٣٤٥٦",
        ];
        for text in codes {
            assert!(looks_like_code(text), "{text}");
        }
        let other = [
            "",
            "hello",
            "12345",
            "it was 12:30, then 14:05",
            "K7Q-4M2",
            "about case_01J123456789ABCDEFGHJKMNPQ for 2h",
            "room 123, floor 4, 56 people",
        ];
        for text in other {
            assert!(!looks_like_code(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_message_makes_the_reader_fail(text in ".{0,200}") {
            let _ = parse(&text);
            let _ = looks_like_code(&text);
        }
    }
}
