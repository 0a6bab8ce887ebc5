//! How events of each kind of source are read, for whoever reads them from files: no section, no
//! secret and no server is needed.

use config::Config;
use connectors::events::{
    JsonEventsConfig, auth0::Auth0Map, cloudtrail::CloudTrailMap, entra::EntraMap,
    github::GitHubMap, google_workspace::GoogleWorkspaceMap, okta::OktaMap,
    slack_audit::SlackAuditMap,
};
use detect::engine::Source;
use ports::events::EventMap;

/// A kind of source, and its map.
pub(crate) type Map = (&'static str, Box<dyn EventMap>);

/// The kinds whose logs are known beforehand.
pub(crate) fn known() -> Vec<Map> {
    vec![
        ("auth0", Box::new(Auth0Map)),
        ("cloudtrail", Box::new(CloudTrailMap::default())),
        ("entra", Box::new(EntraMap)),
        ("github", Box::new(GitHubMap)),
        ("google_workspace", Box::new(GoogleWorkspaceMap)),
        ("okta", Box::new(OktaMap)),
        ("slack_audit", Box::new(SlackAuditMap)),
    ]
}

/// The sections of a configuration that say themselves how their events are read, with their maps.
pub(crate) fn described(config: &Config) -> Vec<(JsonEventsConfig, Box<dyn EventMap>)> {
    let of_any_tool = config.sources.values().filter(|section| section.kind == "json_events");
    let read = |section: &config::Section| {
        let read = section.read::<JsonEventsConfig>().ok()?;
        let map: Box<dyn EventMap> = Box::new(read.map(&section.name).ok()?);
        Some((read, map))
    };
    of_any_tool.filter_map(read).collect()
}

/// The maps of the sources that a configuration has, in the order of their names.
pub(crate) fn configured(config: &Config) -> Vec<Box<dyn EventMap>> {
    let map = |section: &config::Section| -> Option<Box<dyn EventMap>> {
        if section.kind == "json_events" {
            let read = section.read::<JsonEventsConfig>().ok()?;
            return Some(Box::new(read.map(&section.name).ok()?));
        }
        known().into_iter().find(|(kind, _)| *kind == section.kind).map(|(_, map)| map)
    };
    config.sources.values().filter_map(map).collect()
}

/// The logs that these carry, as detection takes them.
pub(crate) fn logs(maps: &[Box<dyn EventMap>]) -> Vec<Source> {
    let mut logs: Vec<Source> = Vec::new();
    for map in maps {
        for log in map.logsources() {
            if !logs.iter().any(|known| known.log == *log) {
                logs.push(Source::pushed(*log, map.aliases()));
            }
        }
    }
    logs
}
