//! The program itself, started as an operator starts it, on free ports and in folders of its own.

#[path = "it/acting.rs"]
mod acting;
#[path = "it/acts.rs"]
mod acts;
#[path = "it/audit.rs"]
mod audit;
#[path = "it/backup.rs"]
mod backup;
#[path = "it/check.rs"]
mod check;
#[path = "it/company.rs"]
mod company;
#[path = "it/config.rs"]
mod config;
#[path = "it/demo.rs"]
mod demo_runs;
#[path = "it/demo_devices.rs"]
mod demo_shows_devices;
#[path = "it/events.rs"]
mod events;
#[path = "it/harness.rs"]
mod harness;
#[path = "it/history.rs"]
mod history;
#[path = "it/init.rs"]
mod init;
#[path = "it/killed.rs"]
mod killed;
#[path = "it/manual.rs"]
mod manual;
#[path = "it/people.rs"]
mod people;
#[path = "it/provider.rs"]
mod provider;
#[path = "it/rules.rs"]
mod rules;
#[path = "it/secrets.rs"]
mod secrets;
