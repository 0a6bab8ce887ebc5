//! Tables as a step of enrichment.

use model::FactValue;
use ports::{
    conformance::{self, AtHand, EnricherStage},
    enricher::{About, Enricher as _},
};

use super::*;

#[tokio::test]
async fn what_the_tables_know_of_an_alerts_address_is_a_step_of_enrichment() {
    let path = file("city.mmdb");
    put(&path, &city("Bergen"));
    let section = format!("path = {path:?}");
    let step = NetworkStep::new(Arc::new(tables(&[("geo", &section)], &clock())));
    let mut alert = alert();
    let found = async |alert: &model::Alert| {
        let about = About { alert, person: None };
        let facts = step.enrich(&about).await.expect("an answer");
        (step.key(&about), facts)
    };
    alert.facts = [("ip".to_owned(), FactValue::from("192.0.2.1"))].into();
    let (key, facts) = found(&alert).await;
    assert_eq!(key.as_deref(), Some("192.0.2.1"));
    let expected = [
        ("asn".to_owned(), FactValue::Int(64_500)),
        ("network".to_owned(), FactValue::from("Net")),
    ];
    assert_eq!(facts, Some(expected.into()), "what no table knows is absent");
    alert.facts = [("source.ip".to_owned(), FactValue::from("10.0.0.1"))].into();
    assert_eq!(found(&alert).await, (Some("10.0.0.1".to_owned()), None), "nothing is known");
    for nothing in ["", "localhost", "192.0.2.1, 192.0.2.2"] {
        alert.facts = [("ip".to_owned(), FactValue::from(nothing))].into();
        assert_eq!(found(&alert).await, (None, None), "{nothing:?}");
    }
    assert!(step.check().await.is_ok());
}

fn alert() -> model::Alert {
    let at = clock().now();
    model::Alert {
        id: model::AlertId::from_parts(at, 1),
        source: "siem".to_owned(),
        external_id: None,
        rule: "r".to_owned(),
        title: "t".to_owned(),
        description: String::new(),
        severity: model::Severity::High,
        time: at,
        person: None,
        url: None,
        facts: [("ip".to_owned(), model::FactValue::from("192.0.2.1"))].into(),
        received_at: at,
        problems: Vec::new(),
    }
}

#[tokio::test]
async fn tables_keep_what_every_enricher_must_keep() {
    let path = file("kept.mmdb");
    put(&path, &city("Bergen"));
    let list = file("exits.txt");
    put(&list, b"192.0.2.0/24\n");
    for section in [format!("path = {path:?}"), format!("path = {list:?}\nmeans = \"tor\"")] {
        conformance::enricher(async || {
            let step = NetworkStep::new(Arc::new(tables(&[("geo", &section)], &clock())));
            let (enricher, known, person) = (Arc::new(step), alert(), None);
            Box::new(AtHand { enricher, known, person }) as Box<dyn EnricherStage>
        })
        .await;
    }
}
