//! One module a command.

mod actions;
mod audit;
mod backup;
mod cases;
mod check;
mod completions;
mod config;
mod demo;
mod exceptions;
mod ingest;
mod init;
mod openapi;
mod people;
mod playbooks;
mod posture;
mod rules;
mod serve;
mod signin_link;

use crate::{
    cli::{AuditCommand, Cli, Command, PeopleCommand, PostureCommand},
    ending::Ended,
    system,
};

/// Carries out what the command line says.
pub(crate) fn run(cli: Cli) -> Ended {
    let file = cli.config;
    match cli.command {
        Command::Demo(args) => system::runtime()?.block_on(demo::run(args)),
        Command::Init(args) => system::runtime()?.block_on(init::run(&file, &args)),
        Command::Serve => serve::run(&file),
        Command::Config(command) => config::run(&file, &command),
        Command::Cases(command) => system::runtime()?.block_on(cases::run(&file, &command)),
        Command::Actions(command) => system::runtime()?.block_on(actions::run(&file, &command)),
        Command::Playbooks(command) => system::runtime()?.block_on(playbooks::run(&file, &command)),
        Command::Exceptions(command) => {
            system::runtime()?.block_on(exceptions::run(&file, &command))
        }
        Command::Ingest(args) => system::runtime()?.block_on(ingest::run(&args)),
        Command::Rules(command) => rules::run(&file, &command),
        Command::Check { person } => system::runtime()?.block_on(check::run(&file, &person)),
        Command::SigninLink(args) => system::runtime()?.block_on(signin_link::run(&file, &args)),
        Command::People(PeopleCommand::Export { person, address }) => {
            system::runtime()?.block_on(people::export(&file, &person, &address))
        }
        Command::People(PeopleCommand::Erase { person, address, yes }) => {
            system::runtime()?.block_on(people::erase(&file, &person, &address, yes))
        }
        Command::Posture(PostureCommand::Collect(args)) => {
            system::runtime()?.block_on(posture::collect::run(&args))
        }
        Command::Posture(command) => system::runtime()?.block_on(posture::run(&file, &command)),
        Command::Audit(AuditCommand::Verify(args)) => {
            system::runtime()?.block_on(audit::verify(&file, &args))
        }
        Command::Audit(AuditCommand::Export { reach }) => {
            system::runtime()?.block_on(audit::export(&file, &reach))
        }
        Command::Backup { file: to } => system::runtime()?.block_on(backup::back_up(&file, &to)),
        Command::Restore { file: from } => {
            system::runtime()?.block_on(backup::restore(&file, &from))
        }
        Command::Openapi => openapi::run(),
        Command::Completions { shell } => completions::run(shell),
    }
}
