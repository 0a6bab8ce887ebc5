use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn small(seed: u64) -> Plan {
    Plan { seed, people: 160, days: 16, attacks_from: 7, attacks_each: 2, ..Plan::default() }
}

#[test]
fn the_same_seed_lives_the_same_and_another_seed_another_life() {
    let first = |seed: u64| -> Vec<Record> { Life::new(small(seed)).take(3_000).collect() };
    assert_eq!(first(3), first(3));
    assert_ne!(first(3), first(4));
}

#[test]
fn records_come_in_the_order_of_their_time_and_are_of_the_promised_size() {
    let records: Vec<Record> = Life::new(small(1)).collect();
    assert!(records.is_sorted_by_key(|record| record.at));
    let bytes: usize = records.iter().map(|record| record.body.len()).sum();
    let mean = bytes / records.len();
    assert!((1_000..2_000).contains(&mean), "{mean} bytes each");
    let sources: BTreeSet<&str> = records.iter().map(|record| record.source).collect();
    assert_eq!(sources.len(), 6, "{sources:?}");
}

#[test]
fn every_incident_has_records_and_each_story_is_told() {
    let mut life = Life::new(small(1));
    let mut told: BTreeMap<u32, u32> = BTreeMap::new();
    for record in life.by_ref() {
        if let Some(incident) = record.incident {
            *told.entry(incident).or_default() += 1;
        }
    }
    let stories: BTreeSet<Story> = life.incidents().iter().map(|it| it.story).collect();
    assert_eq!(stories.len(), Story::ALL.len());
    for incident in life.incidents() {
        assert!(told.contains_key(&incident.number), "{incident:?}");
    }
    let victims: BTreeSet<u32> = life.incidents().iter().map(|it| it.victim).collect();
    assert_eq!(victims.len(), life.incidents().len(), "nobody is attacked twice");
}

#[test]
fn a_few_do_much_and_many_do_little() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let life = Life::new(Plan { people: 400, days: 10, ..small(1) });
    for record in life.filter(|record| record.source == "slack_audit") {
        let body: serde_json::Value = serde_json::from_str(&record.body).expect("JSON");
        let who = body["actor"]["user"]["id"].as_str().expect("an id").to_owned();
        *counts.entry(who).or_default() += 1;
    }
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    let all: usize = counts.iter().sum();
    let tenth: usize = counts.iter().take(counts.len() / 10).sum();
    assert!(tenth * 10 > all * 3, "the most active tenth does {tenth} of {all}");
}
