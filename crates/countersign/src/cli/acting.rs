//! The commands about actions, playbooks and exceptions.

use clap::{Args, Subcommand, ValueEnum};

use super::{OutputArgs, ReachArgs, fact};

#[derive(Debug, Subcommand)]
pub(crate) enum ActionsCommand {
    /// Lists what waits for an approval.
    List {
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Asks for an action in a case, or tells what it would send.
    Run(OrderArgs),
    /// Approves an action that waits.
    Approve(DeedArgs),
    /// Declines an action that waits.
    Decline(DeedArgs),
    /// Takes an action back.
    Revert(DeedArgs),
    /// Tells how automatic action stands.
    Guard {
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Stops all automatic action: what is to begin waits for a person.
    Stop(SwitchArgs),
    /// Lets automatic action go on, and closes the breaker.
    Resume(SwitchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// The case's id.
    pub(crate) case: String,
    /// The responder and its action, such as `okta.clear_sessions`.
    pub(crate) action: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    /// The vendor's name for what it is done to; the person's account without it.
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Take it back after this time, such as `30m`.
    #[arg(long, value_name = "TIME")]
    pub(crate) undo_after: Option<String>,
    /// Only tell what would be sent.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeedArgs {
    /// The action's id.
    pub(crate) action: String,
    /// Why; an approval may go without.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SwitchArgs {
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PlaybooksCommand {
    /// Lists the playbooks in force.
    List {
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Begins a playbook in a case, or tells what it would do.
    Run {
        /// The case's id.
        case: String,
        /// The playbook's id.
        playbook: String,
        /// Only tell what it would do.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Approves the step of a playbook that waits for it.
    Approve(RunArgs),
    /// Stops a playbook; what it has done stays done.
    Stop(RunArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The case's id.
    pub(crate) case: String,
    /// The number of the run in its case.
    pub(crate) number: u32,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExceptionsCommand {
    /// Lists exceptions in force, oldest first, with what each has hidden.
    List {
        /// Only those that hid nothing yet, or that end within a week.
        #[arg(long, value_enum)]
        only: Option<OnlyArg>,
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Makes an exception, or tells what it would have hidden.
    Add(ExceptArgs),
    /// Ends an exception.
    End {
        /// The exception's id.
        exception: String,
        #[command(flatten)]
        reach: ReachArgs,
    },
}

/// Which exceptions, as the API spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OnlyArg {
    Unused,
    Lapsing,
}

#[derive(Debug, Args)]
pub(crate) struct ExceptArgs {
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    /// For how long, such as `30d`; at most 90 days.
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) span: String,
    /// Of this rule.
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Of this source.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// About this person: an e-mail address, an alias or an id.
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// With this fact, as NAME=VALUE. May be given often.
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact)]
    pub(crate) facts: Vec<(String, String)>,
    /// For which this condition holds.
    #[arg(long, value_name = "CEL")]
    pub(crate) condition: Option<String>,
    /// Only tell what it would have hidden of the last 30 days.
    #[arg(long)]
    pub(crate) preview: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}
