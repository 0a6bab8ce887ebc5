//! The device of an alert.

use std::sync::Arc;

use model::{
    Alert, AlertId, FactValue, Facts, Severity,
    device::{Confidence, OwnerHint, Platform, Practice},
};
use ports::{
    conformance::{self, AtHand, EnricherStage},
    enricher::{About, Enricher as _},
};

use super::{
    super::world::{ANA, MIA, run},
    world::{Devices, bad, read},
};
use crate::posture::DeviceStep;

fn step(devices: &Devices) -> DeviceStep {
    let step = DeviceStep::default();
    step.set(devices.posture.fleet().clone());
    step
}

fn alert(devices: &Devices, facts: Facts) -> Alert {
    let now = devices.now();
    Alert {
        id: AlertId::from_parts(now, 1),
        source: "siem".to_owned(),
        external_id: None,
        rule: "usual".to_owned(),
        title: "Sign-in".to_owned(),
        description: String::new(),
        severity: Severity::Medium,
        time: now,
        person: Some(MIA.into()),
        url: None,
        facts,
        received_at: now,
        problems: Vec::new(),
    }
}

async fn looked_up(devices: &Devices, facts: Facts) -> Option<Facts> {
    let (step, alert) = (step(devices), alert(devices, facts));
    let person = devices.world.engine.parts.directory.find(MIA);
    let about = About { alert: &alert, person: person.as_deref() };
    step.key(&about)?;
    step.enrich(&about).await.expect("looked up")
}

fn said(name: &str, text: &str) -> Facts {
    Facts::from([(name.to_owned(), FactValue::from(text))])
}

#[test]
fn the_device_of_an_alert_is_found_and_its_grade_is_a_fact() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption)));
        devices.sweep("jamf").await;
        let id = devices.only().await.id.to_string();
        for (facts, found_by) in [
            (said("device.id", &id), "id"),
            (said("serial", "c02aaaa11"), "serial"),
            (said("user_agent", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"), "user_agent"),
        ] {
            let found = looked_up(&devices, facts).await.expect("found");
            assert_eq!(found["found_by"], FactValue::from(found_by));
            assert_eq!(found["grade"], FactValue::from("critical"));
            assert_eq!(found["is_owners"], FactValue::Bool(true));
        }
        assert_eq!(looked_up(&devices, said("user_agent", "Windows NT 10.0")).await, None);
        assert_eq!(looked_up(&devices, said("serial", "None")).await, None);
        assert_eq!(looked_up(&devices, Facts::new()).await, None);
    });
}

#[test]
fn of_two_devices_that_it_may_be_a_browser_names_neither() {
    run(async {
        let devices = Devices::new();
        for n in ["1", "2"] {
            let mut record = devices.laptop("jamf", n, &format!("C02AAAA1{n}"));
            record.platform = Platform::Macos;
            devices.jamf.put(read(record));
        }
        devices.sweep("jamf").await;
        assert_eq!(looked_up(&devices, said("user_agent", "Macintosh")).await, None);
    });
}

#[test]
fn the_step_keeps_what_every_enricher_must_keep() {
    run(conformance::enricher(async || {
        let devices = Devices::new();
        devices.jamf.put(read(devices.laptop("jamf", "1", "C02AAAA11")));
        devices.sweep("jamf").await;
        let person = devices.world.engine.parts.directory.find(MIA);
        Box::new(AtHand {
            enricher: Arc::new(step(&devices)),
            known: alert(&devices, said("serial", "C02AAAA11")),
            person: person.map(|person| (*person).clone()),
        }) as Box<dyn EnricherStage>
    }));
}

#[test]
fn who_claims_the_serial_of_a_device_hides_it_from_no_alert() {
    run(async {
        let devices = Devices::new();
        devices.jamf.put(read(bad(devices.laptop("jamf", "1", "C02AAAA11"), Practice::Encryption)));
        devices.sweep("jamf").await;
        let id = devices.only().await.id.to_string();
        let mut claim = devices.laptop("collect", "7", "C02AAAA11");
        claim.owners = vec![OwnerHint::new(Some(ANA), None, Confidence::Reported)];
        devices.posture.fleet().receive_one(read(claim)).await.expect("taken");
        assert_eq!(devices.only().await.records.len(), 1);
        let told = looked_up(&devices, said("device.serial", "C02AAAA11")).await.expect("found");
        assert_eq!(told["id"], FactValue::from(id.as_str()));
        assert_eq!(told["grade"], FactValue::from("critical"));
    });
}
