//! The command line.

pub(crate) mod acting;
pub(crate) mod cases;
pub(crate) mod ingest;
pub(crate) mod rules;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use acting::{ActionsCommand, ExceptionsCommand, PlaybooksCommand};
use cases::CasesCommand;
use ingest::IngestArgs;
use rules::RulesCommand;

/// Asks people about alerts that concern them, has the answer proven, and ends the case or brings
/// it to somebody who can help.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", default_value = "countersign.toml")]
    pub(crate) config: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows everything at once, with a made-up company and nothing to configure.
    Demo(DemoArgs),
    /// Writes a commented configuration and keys, and prints an administrator's sign-in link.
    Init(InitArgs),
    /// Serves.
    Serve,
    /// Looks at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Looks at cases, and acts on them.
    #[command(subcommand)]
    Cases(CasesCommand),
    /// Looks at actions that wait, and asks for, approves and takes back actions.
    #[command(subcommand)]
    Actions(ActionsCommand),
    /// Looks at playbooks, and begins, approves and stops them.
    #[command(subcommand)]
    Playbooks(PlaybooksCommand),
    /// Looks at exceptions, makes and ends them.
    #[command(subcommand)]
    Exceptions(ExceptionsCommand),
    /// Sends files of audit events to a running server, and goes on where it was.
    Ingest(IngestArgs),
    /// Writes, checks and tests detection rules, and tells how they do.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Sends a person a labelled test in every chat, and tries the credentials of all other
    /// connectors where that has no effect. Pages nobody.
    Check {
        /// The person's e-mail address, alias or id.
        #[arg(value_name = "EMAIL")]
        person: String,
    },
    /// Makes a one-time sign-in link for a person.
    SigninLink(LinkArgs),
    /// Tells or erases what is held about a person.
    #[command(subcommand)]
    People(PeopleCommand),
    /// Looks at devices, and at this one.
    #[command(subcommand)]
    Posture(PostureCommand),
    /// Looks at the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Copies the store into one file, also while a server runs. The keys are not in it.
    Backup {
        /// The file to make; it must not be there.
        file: PathBuf,
    },
    /// Puts a backup in the place of the store, in a folder that holds none.
    Restore {
        /// A file that `backup` made.
        file: PathBuf,
    },
    /// Prints the description of the HTTP API.
    Openapi,
    /// Prints completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Keep the data in this folder; without it they go when the demo ends.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The port of this machine to listen on.
    #[arg(long, default_value_t = 8400)]
    pub(crate) port: u16,
    /// Which company and which troubles: the same for the same number.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The e-mail address of the first administrator.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) admin: String,
    /// Replace files that are there. Keys are never replaced.
    #[arg(long)]
    pub(crate) force: bool,
    /// Also write what ships (policies, texts, rules) into the content folder, to change it there.
    #[arg(long)]
    pub(crate) with_content: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Tells everything that is wrong with the configuration and with what it refers to.
    Check,
    /// Prints the JSON Schema of the configuration.
    Schema,
    /// Prints the configuration as it counts, defaults included and secrets not.
    Show,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PeopleCommand {
    /// Prints what is held about a person, as JSON; secrets are left out.
    Export {
        /// The person's id, e-mail address or alias; of somebody who has left, the id.
        #[arg(value_name = "ID")]
        person: String,
        /// An address that sources know their devices by, beside those of the directory; of
        /// somebody whom the directory no longer has, the only way to find them.
        #[arg(long, value_name = "EMAIL")]
        address: Vec<String>,
    },
    /// Erases the texts about a person under privacy law; the audit trail stays whole.
    Erase {
        /// The person's id, e-mail address or alias; of somebody who has left, the id.
        #[arg(value_name = "ID")]
        person: String,
        /// An address that sources know their devices by, beside those of the directory; of
        /// somebody whom the directory no longer has, the only way to find them.
        #[arg(long, value_name = "EMAIL")]
        address: Vec<String>,
        /// Do it. Without this, only what would be erased is told.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PostureCommand {
    /// Prints what can be told about this machine without changing it, and sends it where --to
    /// says. The readers for macOS and Windows were never tried on a real machine.
    Collect(CollectArgs),
    /// Lists devices.
    List {
        /// Only of this grade: critical, attention, incomplete or ok.
        #[arg(long)]
        grade: Option<String>,
        /// Only of this person.
        #[arg(long, value_name = "EMAIL")]
        person: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Tells how the sources of device facts stand; exits with 1 where one fails.
    Sources {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Tells how the fleet stood, day by day.
    Trend {
        /// Of the last so many days, today among them; at most 400.
        #[arg(long, value_name = "COUNT", default_value_t = 30)]
        days: u16,
        /// Print JSON, with how devices stood by each check.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// Tells what other checks would change, before they are put in force.
    DryRun {
        /// Files as in the folder of checks.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        reach: ReachArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CollectArgs {
    /// The server to send it to, once it was printed.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// The one-time code from your page there, to enrol this machine first.
    #[arg(long, value_name = "CODE", requires = "to")]
    pub(crate) code: Option<String>,
    /// Where this machine's own key is kept; made when it enrols.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Walks the hash chain; exits with 1 and names the first bad entry if it is broken.
    Verify(VerifyArgs),
    /// Prints the hash chain, one JSON object a line, as the API lists it.
    Export {
        #[command(flatten)]
        reach: ReachArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// An export to walk instead of the store; `-` is standard input.
    pub(crate) file: Option<PathBuf>,
    /// The hash of an entry that was written down elsewhere, which must be among them.
    #[arg(long, value_name = "HASH")]
    pub(crate) head: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How to reach cases: a running server, or else the store that `--config` names.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReachArgs {
    /// The address of a running server.
    #[arg(long, env = "COUNTERSIGN_URL", requires = "key")]
    pub(crate) url: Option<String>,
    /// A key of that server. Better set in the environment, where no list of processes shows it.
    #[arg(long, env = "COUNTERSIGN_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OutputArgs {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// The person's e-mail address.
    #[arg(value_name = "EMAIL")]
    pub(crate) email: String,
    /// The link also lets them enrol their first way to prove, and lives for 24 hours.
    #[arg(long)]
    pub(crate) enrol: bool,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

/// The word of a value of the command line.
pub(crate) fn word(value: impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}

/// A detail, as NAME=VALUE.
fn fact(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_stands_in_the_specification() {
        let specification = include_str!("../../../docs/specs/command-line.md");
        let mut left = vec![Cli::command()];
        while let Some(command) = left.pop() {
            let name = command.get_name();
            assert!(specification.contains(name), "docs/specs/command-line.md: no {name}");
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                let option = format!("--{option}");
                assert!(specification.contains(&option), "docs/specs/command-line.md: no {option}");
            }
            left.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn a_fact_is_a_name_and_a_value() {
        assert_eq!(fact("ip=192.0.2.1"), Ok(("ip".to_owned(), "192.0.2.1".to_owned())));
        assert_eq!(fact("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        for junk in ["", "=", "=x", "ip"] {
            assert!(fact(junk).is_err(), "{junk}");
        }
    }
}
