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
