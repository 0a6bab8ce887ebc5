//! The configuration's settings as the engine and the web take them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use casework::{calendar::Calendar, input::Evidence, ledger::guard::Limits};
use config::{Config, Mode, settings, settings::Roles};
use model::Span;
use ports::source::Reads;
use runtime::{Escalation, Settings};
use web::keys::Scope;

use super::Wired;

/// How long a signed-in person stays signed in.
const SESSION_LIFE: Span = Span::hours(12);
/// How long an analyst's session may be idle.
const ANALYST_IDLE: Span = Span::hours(1);
/// What is kept free for open cases unless the configuration says otherwise, in bytes …
const DISK_RESERVE_BYTES: u64 = 256 * 1024 * 1024;
/// … or one part of so many of the volume, where that is less.
const DISK_RESERVE_PART: u64 = 20;

/// What the engine is told.
pub(crate) fn engine_settings(wired: &Wired, token_key: [u8; 32]) -> anyhow::Result<Settings> {
    let config = &wired.config;
    let reporters = wired.chats.iter().filter(|(_, wired)| wired.is_reporter);
    Ok(Settings {
        organisation: config.organisation.name.clone(),
        public_url: wired.site.base().to_owned(),
        calendar: calendar(config)?,
        languages: config.organisation.languages.clone(),
        is_observed: config.organisation.mode == Mode::Observe,
        evidence: Evidence {
            independence_window: config.verify.independence_window,
            attempts: config.verify.attempts,
            sampled_permille: config.verify.sampled_permille,
        },
        act_limits: act_limits(wired),
        enrich_deadline: config.enrich.deadline,
        escalation: escalation(config),
        event_sources: event_sources(wired),
        is_enrolment_guarded: wired.is_enrolment_guarded,
        rates: rates(wired),
        reporters: reporters.map(|(name, _)| name.clone()).collect(),
        analyst_groups: config.signin.roles.analyst.clone(),
        admin_groups: config.signin.roles.admin.clone(),
        provider_analysts: provider_roles(config).analyst,
        provider_admins: provider_roles(config).admin,
        disk_reserve_bytes: disk_reserve(config)?,
        session_life: SESSION_LIFE,
        analyst_idle: ANALYST_IDLE,
        token_key,
    })
}

/// What the identity provider's groups are here.
fn provider_roles(config: &Config) -> Roles {
    config.signin.oidc.as_ref().map(|oidc| oidc.roles.clone()).unwrap_or_default()
}

/// The sources whose alerts are raised by our own rules.
fn event_sources(wired: &Wired) -> BTreeSet<String> {
    let sources = wired.sources.values();
    let of_events = sources.filter(|source| matches!(source.reads, Reads::Events(_)));
    of_events.map(|source| source.name.clone()).collect()
}

/// What the configuration says, where it does; the rest by the size of the company.
fn act_limits(wired: &Wired) -> Option<Limits> {
    let respond = wired.config.respond;
    if respond.per_hour.is_none() && respond.per_hour_of_action.is_none() {
        return None;
    }
    let usual = Limits::of(wired.directory.people().len());
    let per_hour = respond.per_hour.unwrap_or(usual.per_hour);
    let per_hour_of_action = respond.per_hour_of_action.unwrap_or(per_hour);
    Some(Limits { per_hour, per_hour_of_action })
}

/// Whom an incident is brought to, step by step.
fn escalation(config: &Config) -> Escalation {
    let steps = &config.escalate.steps;
    Escalation {
        steps: steps.iter().map(|step| step.targets.clone()).collect(),
        waits: steps.iter().skip(1).filter_map(|step| step.after).collect(),
        resume_after: config.escalate.resume_after,
    }
}

/// What a vendor documents as its limit; whatever else it takes, it says by itself.
fn rates(wired: &Wired) -> BTreeMap<String, u32> {
    let limited = wired
        .chats
        .iter()
        .filter_map(|(name, wired)| Some((format!("report.{name}"), wired.reports_per_second?)));
    limited.collect()
}

fn calendar(config: &Config) -> anyhow::Result<Calendar> {
    let organisation = &config.organisation;
    let hours = &organisation.working_hours;
    let days = hours.days.iter().map(|day| day.weekday());
    let holidays = organisation.holidays.iter().copied().collect();
    Ok(Calendar::new(days, hours.start, hours.end, organisation.zone(), holidays)?)
}

/// The folder of the data must be there.
fn disk_reserve(config: &Config) -> anyhow::Result<u64> {
    if let Some(reserve) = config.limits.disk_reserve {
        return Ok(reserve.as_bytes());
    }
    let volume = rustix::fs::statvfs(&config.server.data_dir)?;
    let size = volume.f_blocks.saturating_mul(volume.f_frsize);
    Ok(DISK_RESERVE_BYTES.min(size / DISK_RESERVE_PART))
}

/// What the web takes at most.
pub(crate) fn web_limits(config: &Config) -> web::limits::Limits {
    let limits = &config.limits;
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    web::limits::Limits {
        alert_body_bytes: limits.alert_body.as_usize(),
        alerts: count(limits.alert_records),
        event_body_bytes: limits.event_body.as_usize(),
        event_plain_bytes: limits.event_body_plain.as_usize(),
        events: count(limits.event_records),
        json_depth: count(limits.json_depth),
        body_time: Duration::from_secs(limits.body_timeout.as_seconds()),
        ..web::limits::Limits::default()
    }
}

/// A right, in the words of the web.
pub(super) fn scope(scope: settings::Scope) -> Scope {
    match scope {
        settings::Scope::Ingest => Scope::Ingest,
        settings::Scope::Read => Scope::Read,
        settings::Scope::Analyst => Scope::Analyst,
        settings::Scope::Admin => Scope::Admin,
    }
}
