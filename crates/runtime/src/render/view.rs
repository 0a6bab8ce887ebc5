//! A question as our own page shows it, in the very words of the chat.

use model::Answer;

/// A question with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionView {
    /// "Was this you?"
    pub title: String,
    /// What happened.
    pub text: String,
    /// Details by label. Inert, and still to be escaped.
    pub facts: Vec<(String, String)>,
    /// The short code of the question, once it was put.
    pub code: Option<String>,
    /// What each answer does, by when, and how to check us.
    pub footer: Vec<String>,
    /// What can be said now, in this order.
    pub choices: Vec<Choice>,
    /// What became of it, once there is something.
    pub standing: Option<Standing>,
}

/// Something that can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What.
    pub answer: Answer,
    /// What its button reads.
    pub label: String,
}

/// Where a question stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The headline.
    pub title: String,
    /// The text.
    pub text: String,
}
