//! `countersign rules …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{OutputArgs, ReachArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Tells everything that is wrong with rules; exits with 1 if any of it is an error.
    Lint(LintArgs),
    /// Runs the tests that stand beside rules; exits with 1 if one fails.
    Test(TestArgs),
    /// Writes the beginnings of a rule, with two tests.
    New(NewArgs),
    /// Tells what rules would have raised and asked over stored history, and does nothing.
    Backtest(BacktestArgs),
    /// Chooses thresholds that keep the rules' budgets over stored history.
    Calibrate(CalibrateArgs),
    /// Tells what one content folder would have raised over stored history and another not.
    Diff(DiffArgs),
    /// Prints which techniques the rules cover, as a layer of ATT&CK Navigator.
    Coverage(CoverageArgs),
    /// Tells how rules do, by what became of their cases, and what the numbers propose.
    Health(HealthArgs),
}

/// Which rules are meant.
#[derive(Debug, Clone, Args)]
pub(crate) struct ContentArgs {
    /// The content folder. Without it, the one that the configuration names.
    #[arg(long, value_name = "DIR")]
    pub(crate) content: Option<PathBuf>,
    /// A folder of other people's Sigma rules, read beside ours. May be given often.
    #[arg(long, value_name = "DIR")]
    pub(crate) sigma: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    pub(crate) format: LintFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The ids of the rules whose tests are run; without any, all.
    #[arg(value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    /// How results are written.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub(crate) format: TestFormat,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The rule's id: a to z, 0 to 9 and hyphens.
    #[arg(value_name = "RULE")]
    pub(crate) id: String,
    /// The log that it looks at, as PRODUCT/SERVICE, such as okta/okta.
    #[arg(long, value_name = "LOG")]
    pub(crate) log: String,
    /// The team that answers for it.
    #[arg(long, default_value = "security")]
    pub(crate) owner: String,
    /// Write a baseline in the place of a detection.
    #[arg(long)]
    pub(crate) baseline: bool,
    /// The content folder. Without it, the one that the configuration names.
    #[arg(long, value_name = "DIR")]
    pub(crate) content: Option<PathBuf>,
}

/// Which history is meant.
#[derive(Debug, Clone, Args)]
pub(crate) struct HistoryArgs {
    /// The folder of an event log; a server may be writing it meanwhile.
    #[arg(long, value_name = "DIR")]
    pub(crate) log: PathBuf,
    /// Count only the end of history, such as `30d`; what comes before is learned from.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(crate) since: Option<model::Span>,
}

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// The ids of the rules to be calibrated; without any, all that have a budget.
    #[arg(value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    #[command(flatten)]
    pub(crate) content: ContentArgs,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// Also choose from this share of history alone, and tell what that spends on the rest.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) held_out: Option<f64>,
    /// Also go below the thresholds that rules' files have, as far as their budgets allow. That asks
    /// more, and has found nothing more where it was measured.
    #[arg(long)]
    pub(crate) below_written: bool,
    /// Write the thresholds to `calibrated.yml` in the content folder. Review it as you would a
    /// rule.
    #[arg(long)]
    pub(crate) write: bool,
    /// Choose nothing: hold the thresholds in `calibrated.yml` against history, and exit with 1 if
    /// a change is proposed.
    #[arg(long, conflicts_with_all = ["write", "held_out"])]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The content folder as it is.
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The content folder as it would be.
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// Also tell which of the alerts were confirmed as real or as harmless, by what became of their
    /// cases: in the store of the configuration, or on the server at `--url`.
    #[arg(long)]
    pub(crate) outcomes: bool,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CoverageArgs {
    #[command(flatten)]
    pub(crate) content: ContentArgs,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    Text,
    Json,
    Sarif,
    Junit,
}

/// How results of tests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    Text,
    Json,
    Junit,
}

fn span(text: &str) -> Result<model::Span, String> {
    text.parse().map_err(|_| "write a span of time, such as 30d".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok().filter(|share| (0.1..=0.9).contains(share));
    share.ok_or_else(|| "write a number from 0.1 to 0.9".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// One rule, as alerts name it, version by version; without it, all of them.
    pub(crate) rule: Option<String>,
    /// Over so many days.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub(crate) days: u16,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}
