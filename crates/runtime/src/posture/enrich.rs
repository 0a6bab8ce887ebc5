//! The device of an alert, for `decide` and for the question: found by what the alert says of it,
//! else by the browser it came from where the person has one such device only. How it stands and
//! how old that is are facts like any other.

use std::sync::OnceLock;

use async_trait::async_trait;
use model::{
    Alert, DeviceId, FactValue, Facts, Person, Span,
    device::{Field, IdKind, Mac, Platform},
};
use ports::{
    Failure,
    devices::store::Dossier,
    enricher::{About, Enricher},
};
use posture::{
    State,
    identity::{Handle, MatchKey},
    track::Compliance,
};

use super::{Fleet, context::Judged, rows::find_key};
use crate::engine::EngineError;

/// The name of this step: conditions read `enrich.device.grade` and the like.
pub const DEVICE_STEP: &str = "device";
/// What it may tell.
const FIELDS: [&str; 9] = [
    "id",
    "name",
    "platform",
    "grade",
    "failing",
    "is_compliant",
    "is_owners",
    "hours_since_seen",
    "found_by",
];
/// The facts of an alert by which a device is found, the surest first.
const BY_ID: [&str; 2] = ["device.id", "device_id"];
const BY_SERIAL: [&str; 3] = ["device.serial", "device_serial", "serial"];
const BY_MAC: [&str; 3] = ["device.mac", "mac_address", "mac"];
const BY_AGENT: [&str; 3] = ["client.user_agent", "user_agent", "userAgent"];
/// Words of browsers for the systems that they run on; the first that fits.
const AGENTS: [(&str, Platform); 7] = [
    ("iPhone", Platform::Ios),
    ("iPad", Platform::Ipados),
    ("Android", Platform::Android),
    ("CrOS", Platform::Chromeos),
    ("Macintosh", Platform::Macos),
    ("Windows", Platform::Windows),
    ("Linux", Platform::Linux),
];
/// How many devices with one identifier are looked at.
const HOLDERS_MAX: u32 = 4;
/// How long an answer is good.
const LIFE: Span = Span::minutes(1);

/// The step. It knows nothing until it is told which devices there are.
#[derive(Debug, Default)]
pub struct DeviceStep(OnceLock<Fleet>);

impl DeviceStep {
    /// From now on it asks these devices; told once.
    pub fn set(&self, fleet: Fleet) {
        // A second fleet would be another server's.
        let _ = self.0.set(fleet);
    }
}

#[async_trait]
impl Enricher for DeviceStep {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(FIELDS.to_vec())
    }

    fn is_local(&self) -> bool {
        true
    }

    fn key(&self, about: &About<'_>) -> Option<String> {
        let said = [&BY_ID[..], &BY_SERIAL, &BY_MAC, &BY_AGENT].concat();
        let said: Vec<&str> = said.iter().filter_map(|name| text(about.alert, name)).collect();
        let person = about.person.map(|person| person.id.to_string()).unwrap_or_default();
        (!said.is_empty()).then(|| format!("{person} {said:?}"))
    }

    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        let Some(fleet) = self.0.get() else { return Ok(None) };
        let found = fleet.of_alert(about.alert, about.person).await;
        found.map_err(|error| Failure::retry(format!("enrich.{DEVICE_STEP}: {error}")))
    }

    fn life(&self) -> Span {
        LIFE
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("looks at the devices that are kept here".to_owned())
    }
}

impl Fleet {
    /// What is known of the device that an alert speaks of.
    async fn of_alert(
        &self,
        alert: &Alert,
        person: Option<&Person>,
    ) -> Result<Option<Facts>, EngineError> {
        let found = match self.named_in(alert).await? {
            Some(found) => Some(found),
            None => self.by_agent(alert, person).await?,
        };
        let Some((dossier, found_by)) = found else { return Ok(None) };
        let (_, judged, _) = self.kept(dossier.id).await?;
        Ok(Some(told(&judged, person, found_by)))
    }

    async fn named_in(
        &self,
        alert: &Alert,
    ) -> Result<Option<(Dossier, &'static str)>, EngineError> {
        for id in BY_ID.iter().filter_map(|name| text(alert, name)?.parse::<DeviceId>().ok()) {
            if let Some(dossier) = self.0.store.device(id).await? {
                return Ok(Some((dossier, "id")));
            }
        }
        let rules = &self.0.settings.rules;
        let serials = BY_SERIAL.iter().filter_map(|name| {
            let key = MatchKey::of(IdKind::Serial, text(alert, name)?, &rules.junk)?;
            Some((key, "serial"))
        });
        let macs = BY_MAC.iter().filter_map(|name| {
            let mac: Mac = text(alert, name)?.parse().ok()?;
            rules.is_usable(&mac).then_some((MatchKey::Mac(mac), "address"))
        });
        for (key, found_by) in serials.chain(macs) {
            if let Some(dossier) = self.holder(key).await? {
                return Ok(Some((dossier, found_by)));
            }
        }
        Ok(None)
    }

    /// The device with an identifier: what management knows counts before what a device claims. Of
    /// two with the same one it is nobody's.
    async fn holder(&self, key: MatchKey) -> Result<Option<Dossier>, EngineError> {
        for is_claim in [false, true] {
            let handle = Handle { key: key.clone(), is_claim };
            let mut found = self.0.store.having(&[find_key(&handle)], HOLDERS_MAX).await?;
            match found.len() {
                0 => {}
                1 => return Ok(found.pop()),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// By the browser's system, where the person has exactly one device of it.
    async fn by_agent(
        &self,
        alert: &Alert,
        person: Option<&Person>,
    ) -> Result<Option<(Dossier, &'static str)>, EngineError> {
        let agent = BY_AGENT.iter().find_map(|name| text(alert, name));
        let platform = agent.and_then(|agent| {
            AGENTS.iter().find(|(word, _)| agent.contains(word)).map(|(_, platform)| *platform)
        });
        let (Some(platform), Some(person)) = (platform, person) else { return Ok(None) };
        let kept = self.0.store.person(&Self::owner(person)).await?;
        let context = self.context_with(kept.sources).await?;
        let mut found = Vec::new();
        for dossier in kept.devices {
            let judged = self.judge(&dossier, &[], &context)?;
            if judged.device.platform == platform && self.is_current(&judged, context.now) {
                found.push(dossier);
            }
        }
        let only = found.pop().filter(|_| found.is_empty());
        Ok(only.map(|dossier| (dossier, "user_agent")))
    }
}

fn told(judged: &Judged, person: Option<&Person>, found_by: &str) -> Facts {
    let Judged { device, evaluation, track, owner, .. } = judged;
    let failing = evaluation.results.iter().filter(|it| it.state == State::Warn);
    let failing = failing.map(|it| FactValue::Text(it.practice.to_string())).collect();
    let is_owners = person.is_some() && owner.as_ref().map(|it| it.id) == person.map(|it| it.id);
    let mut facts = Facts::from([
        ("id".to_owned(), device.id.to_string().as_str().into()),
        ("platform".to_owned(), device.platform.name().into()),
        ("grade".to_owned(), evaluation.grade().name().into()),
        ("failing".to_owned(), FactValue::List(failing)),
        (
            "is_compliant".to_owned(),
            FactValue::Bool(track.compliance_at(evaluation.at) == Compliance::Compliant),
        ),
        ("is_owners".to_owned(), FactValue::Bool(is_owners)),
        ("found_by".to_owned(), found_by.into()),
    ]);
    let name = device.fact(Field::Name).or_else(|| device.fact(Field::Model));
    facts.extend(name.map(|name| ("name".to_owned(), name.into())));
    let hours = device.last_seen.map(|seen| evaluation.at.duration_since(seen).as_hours());
    facts.extend(hours.map(|hours| ("hours_since_seen".to_owned(), FactValue::Int(hours))));
    facts
}

/// A fact of an alert that is a text.
fn text<'a>(alert: &'a Alert, name: &str) -> Option<&'a str> {
    match alert.facts.get(name) {
        Some(FactValue::Text(text)) => Some(text),
        _ => None,
    }
}
