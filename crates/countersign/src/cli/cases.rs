//! The commands about cases.

use clap::{Args, Subcommand, ValueEnum};

use super::{OutputArgs, ReachArgs, fact};

#[derive(Debug, Subcommand)]
pub(crate) enum CasesCommand {
    /// Lists cases, newest first.
    List(ListArgs),
    /// Shows a case and its whole story.
    Show {
        /// The case's id.
        case: String,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Asks a person something by hand.
    Ask(AskArgs),
    /// Ends a case by an analyst's disposition.
    Close(CloseArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// `open`, or states with commas between them.
    #[arg(long)]
    pub(crate) state: Option<String>,
    /// People, by e-mail or id, with commas between them.
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// Rules, with commas between them.
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Severities, with commas between them.
    #[arg(long)]
    pub(crate) severity: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
    /// Where the last list ended.
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// Whom: an e-mail address, an alias or an id.
    pub(crate) person: String,
    /// What it is about, in one line.
    pub(crate) title: String,
    /// More about it.
    #[arg(long)]
    pub(crate) message: Option<String>,
    /// How grave it is.
    #[arg(long, value_enum, default_value_t = SeverityArg::Medium)]
    pub(crate) severity: SeverityArg,
    /// A detail, as NAME=VALUE. May be given often.
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact)]
    pub(crate) facts: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CloseArgs {
    /// The case's id.
    pub(crate) case: String,
    /// What it turned out to be.
    #[arg(value_enum)]
    pub(crate) disposition: DispositionArg,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    /// The revision that you looked at; facts that came in since are not decided about unseen.
    #[arg(long)]
    pub(crate) revision: Option<u32>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

/// How grave, as the API spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SeverityArg {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// An analyst's disposition, as the API spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum DispositionArg {
    Benign,
    Malicious,
    FalsePositive,
    Duplicate,
}
