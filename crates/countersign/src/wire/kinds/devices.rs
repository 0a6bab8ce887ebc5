//! What knows devices, and who is told whether one may be relied on.

use std::sync::Arc;

use connectors::{
    compliance::{
        caep::{Caep, CaepConfig},
        webhook::ComplianceWebhook,
    },
    devices::{
        fleet::{Fleet, FleetConfig},
        fusioninventory::{FusionInventoryConfig, FusionInventoryMap},
        google::{GoogleDevices, GoogleDevicesConfig},
        intune::{Intune, IntuneConfig},
        jamf::{Jamf, JamfConfig},
        jamf_classic::{JamfClassic, JamfClassicConfig},
        lynis::{LynisConfig, LynisMap},
        osquery::{Osquery, OsqueryConfig},
        push::PushConfig,
    },
    source::config::AuthConfig,
    webhook::WebhookConfig,
};
use jiff::tz::TimeZone;
use ports::{
    compliance::RelyingParty,
    devices::{DeviceMap, Devices},
};

use super::{Fault, Kind, Surroundings, all, one, webhook};

/// What building an adapter comes to.
type Built<P> = Result<P, Vec<Fault>>;

/// `[devices.NAME]`
pub(crate) fn devices() -> Vec<Kind<Devices>> {
    vec![
        Kind::new("jamf", |name, config: JamfConfig, around: &Surroundings| {
            let settings = config.settings().map_err(all)?;
            let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
            Ok(Devices::Asked(Arc::new(Jamf::new(name, settings, http, clock))))
        }),
        Kind::new("jamf_classic", |name, config: JamfClassicConfig, around: &Surroundings| {
            let settings = config.settings().map_err(all)?;
            Ok(Devices::Asked(Arc::new(JamfClassic::new(name, settings, around.http.clone()))))
        }),
        Kind::new("intune", |name, config: IntuneConfig, around: &Surroundings| {
            let settings = config.settings().map_err(all)?;
            let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
            Ok(Devices::Asked(Arc::new(Intune::new(name, settings, http, clock))))
        }),
        Kind::new("google", |name, config: GoogleDevicesConfig, around: &Surroundings| {
            let settings = config.settings().map_err(all)?;
            let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
            Ok(Devices::Asked(Arc::new(GoogleDevices::new(name, settings, http, clock))))
        }),
        Kind::new("fleet", |name, config: FleetConfig, around: &Surroundings| {
            let settings = config.settings().map_err(all)?;
            Ok(Devices::Asked(Arc::new(Fleet::new(name, settings, around.http.clone()))))
        }),
        Kind::new("osquery", |name, config: OsqueryConfig, _| {
            let settings = config.settings().map_err(all)?;
            Ok(Devices::Agents(Arc::new(Osquery::new(name, settings))))
        }),
        Kind::new("push", |name, config: PushConfig, _| {
            sends(&config.auth, config.map(name).map_err(one)?)
        }),
        Kind::new("fusioninventory", |name, config: FusionInventoryConfig, _| {
            sends(&config.auth, Arc::new(FusionInventoryMap::new(name)))
        }),
        Kind::new("lynis", |name, config: LynisConfig, _| {
            let zone = TimeZone::get(&config.time_zone).map_err(|_| {
                let text = "is no zone that is known".to_owned();
                vec![Fault { key: "time_zone".to_owned(), text }]
            })?;
            sends(&config.auth, Arc::new(LynisMap::new(name, zone)))
        }),
    ]
}

/// `[compliance.NAME]`
pub(crate) fn parties() -> Vec<Kind<Arc<dyn RelyingParty>>> {
    vec![Kind::new("caep", caep), Kind::new("webhook", compliance_webhook)]
}

fn sends(auth: &AuthConfig, map: Arc<dyn DeviceMap>) -> Built<Devices> {
    Ok(Devices::Sends { auth: auth.build().map_err(one)?, map })
}

fn caep(name: &str, config: CaepConfig, around: &Surroundings) -> Built<Arc<dyn RelyingParty>> {
    let public_url = around.public_url.as_str().trim_end_matches('/');
    let settings = config.settings(public_url).map_err(all)?;
    let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
    Ok(Arc::new(Caep::new(name, settings, http, clock)))
}

fn compliance_webhook(
    name: &str,
    config: WebhookConfig,
    around: &Surroundings,
) -> Built<Arc<dyn RelyingParty>> {
    let webhook = webhook(&format!("compliance.{name}"), &config, around)?;
    Ok(Arc::new(ComplianceWebhook::new(webhook)))
}
