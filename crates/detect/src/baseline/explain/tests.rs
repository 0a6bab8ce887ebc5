//! What the sentences say.

use super::*;

fn check(explanation: &Explanation, sentence: &str) {
    assert_eq!(explanation.to_string(), sentence);
    assert!(!explanation.facts().is_empty());
}

#[test]
fn a_count_is_told_with_the_entitys_usual_and_the_organisations() {
    let too_many = Explanation::TooMany(TooMany {
        observed: 14,
        is_estimate: false,
        unit: "distinct repositories cloned".into(),
        window: Span::minutes(10),
        whose: Whose::Person,
        quantile: 0.995,
        days: 30,
        usual: 3,
        organisation: Some(6),
    });
    check(
        &too_many,
        "14 distinct repositories cloned in 10 min; this person's 99.5th percentile over 30 days \
         is 3; the organisation's is 6",
    );
    let season = Explanation::OutOfSeason(OutOfSeason {
        observed: 1_234,
        unit: "events".into(),
        window: Span::hours(1),
        whose: Whose::Service,
        usual: 20,
        spread: 6.0,
        deviations: 202.33,
    });
    check(
        &season,
        "1,234 events in 1 h; at this hour this service account's usual is 20, give or take 6: \
         that is 202.3 deviations above",
    );
    let drift = Explanation::Drift {
        observed: 55,
        unit: "files downloaded".into(),
        whose: Whose::Account,
        usual: 20,
    };
    check(
        &drift,
        "this account's files downloaded a day have crept up: 55 on the last day, 20 usually",
    );
}

#[test]
fn a_new_value_is_told_with_what_is_usual_and_who_else_knows_it() {
    let of = |usual: &[&str], others, peers| Explanation::FirstSeen {
        what: "network".into(),
        value: "64512".into(),
        whose: Whose::Person,
        age_days: 61,
        events: 340,
        usual: usual.iter().map(|it| (*it).to_owned()).collect(),
        others,
        peers,
    };
    check(
        &of(&["64500", "64501"], 2, Some((0, 140))),
        "network 64512 is new to this person, known for 61 days and 340 events; usual: 64500, \
         64501 and 2 more; none of 140 in the organisation knows it",
    );
    check(
        &of(&[], 3, Some((7, 140))),
        "network 64512 is new to this person, known for 61 days and 340 events; 7 of 140 in the \
         organisation know it",
    );
    let denied = Explanation::Denied { what: "network".into(), value: "64512".into() };
    check(&denied, "network 64512 was denied before, and is back");
}

#[test]
fn travel_and_sessions_are_told_with_both_sides() {
    let travel = Explanation::Travel {
        from: "Oslo, NO".into(),
        to: "Singapore, SG".into(),
        distance_km: 10_050,
        minutes: 34,
        speed_kmh: 17_735,
    };
    check(&travel, "Oslo, NO to Singapore, SG: 10,050 km in 34 min, 17,735 km/h");
    let change = |attribute, from: Option<&str>, to: Option<&str>, weight| Change {
        attribute,
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        weight,
    };
    let session = Explanation::SessionChange {
        minutes: 12,
        changes: vec![
            change("asn", Some("64500"), Some("64512"), 3.0),
            change("os", None, Some("Linux"), 4.0),
            change("interleaved", None, None, 4.5),
        ],
    };
    check(
        &session,
        "the session changed, 12 min after it was first seen: asn from 64500 to 64512 (3), os \
         from another to Linux (4), interleaved (4.5); 11.5 points",
    );
}

#[test]
fn a_hostile_value_stays_one_line_and_is_no_template() {
    let value = format!("{{what}}\n{}", "x".repeat(500));
    let sentence = Explanation::Denied { what: "agent".into(), value }.to_string();
    assert!(sentence.starts_with("agent {what}\u{fffd}xx") && sentence.chars().count() < 140);
}

#[test]
fn every_template_closes_what_it_opens() {
    for text in Text::ALL {
        let names = |language| {
            let template = text.template_in(language);
            assert_eq!(template.matches('{').count(), template.matches('}').count(), "{text:?}");
            let parts = template.split('{').skip(1).filter_map(|part| part.split('}').next());
            parts.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(Language::English), names(Language::German), "{text:?}");
    }
    let quantiles = [0.5, 0.91, 0.92, 0.93, 0.11, 0.995, 0.9999];
    let ends = quantiles.map(|quantile| Language::English.ordinal(quantile));
    assert_eq!(ends, ["50th", "91st", "92nd", "93rd", "11th", "99.5th", "99.99th"]);
}

#[test]
fn the_same_is_said_in_german() {
    let too_many = Explanation::TooMany(TooMany {
        observed: 1_400,
        is_estimate: true,
        unit: "events".into(),
        window: Span::days(1),
        whose: Whose::Service,
        quantile: 0.995,
        days: 30,
        usual: 3,
        organisation: Some(6),
    });
    let new = Explanation::FirstSeen {
        what: "source.asn".into(),
        value: "64512".into(),
        whose: Whose::Person,
        age_days: 61,
        events: 340,
        usual: vec!["64500".into()],
        others: 2,
        peers: Some((0, 1_400)),
    };
    let travel = Explanation::Travel {
        from: "Oslo, NO".into(),
        to: "an unnamed place".into(),
        distance_km: 10_050,
        minutes: 34,
        speed_kmh: 17_735,
    };
    let session = Explanation::SessionChange {
        minutes: 12,
        changes: vec![Change {
            attribute: "os",
            from: None,
            to: Some("Linux".into()),
            weight: 4.5,
        }],
    };
    let values = match &too_many {
        Explanation::TooMany(many) => Explanation::TooMany(TooMany {
            unit: "different values of source.ip".into(),
            organisation: None,
            ..many.clone()
        }),
        _ => unreachable!("it was made above"),
    };
    for (explanation, sentence) in [
        (
            values,
            "etwa 1.400 verschiedene Werte von source.ip in einem Tag; für dieses Dienstkonto liegt \
             das 99,5. Perzentil über 30 Tage bei 3",
        ),
        (
            too_many,
            "etwa 1.400 Ereignisse in einem Tag; für dieses Dienstkonto liegt das 99,5. Perzentil \
             über 30 Tage bei 3; das der Organisation bei 6",
        ),
        (
            new,
            "source.asn 64512 ist neu für diese Person, bekannt seit 61 Tagen und 340 Ereignissen; \
             üblich: 64500 und 2 weitere; niemand von 1.400 in der Organisation kennt das",
        ),
        (travel, "von Oslo, NO nach einem Ort ohne Namen: 10.050 km in 34 Min., 17.735 km/h"),
        (
            session,
            "die Sitzung änderte sich, 12 Min. nachdem sie zuerst gesehen wurde: os von etwas \
             anderem zu Linux (4,5); 4,5 Punkte",
        ),
    ] {
        assert_eq!(explanation.said(Language::German), sentence);
    }
}
