use std::collections::BTreeMap;

use demo::life::{Plan, Story};
use detect::{
    engine::Serial,
    rule::{LoadOptions, Origin, RuleFile, Rules, State},
    trial::AsWritten,
};

use super::*;

const TOR: &str = "\
title: Signed in somewhere from Tor
id: from-tor
logsource: { product: okta, service: okta }
detection:
  s: { eventType: user.authentication.sso, cs.source.anonymiser: tor }
  condition: s
level: high
";

/// Everybody's work, and so much that is wrong.
const ANY_SIGN_IN: &str = "\
title: Anybody signed in
id: any-sign-in
logsource: { product: okta, service: okta }
detection:
  s: { eventType: user.authentication.sso }
  condition: s
level: low
";

const ANY_DOWNLOAD: &str = "\
title: Anything downloaded
id: any-download
logsource: { product: gcp, service: google_workspace.drive }
detection:
  s: { eventName: download }
  condition: s
level: low
";

fn told(rules: &[&str]) -> Judged {
    let files: Vec<RuleFile<'_>> = rules
        .iter()
        .map(|text| RuleFile { name: "rule.yml", text, origin: Origin::Sigma })
        .collect();
    let (rules, problems) =
        Rules::load(&files, &LoadOptions { sigma_state: State::Live, ..LoadOptions::default() });
    assert_eq!(problems, []);
    let plan = Plan { people: 200, days: 9, attacks_from: 4, attacks_each: 2, ..Plan::default() };
    let mut outcome = run(plan, &rules, &AsWritten, &Serial).expect("a life that can be told");
    outcome.judged.pop().expect("two ways to choose")
}

fn found(outcome: &Judged) -> BTreeMap<Story, usize> {
    let stories = outcome.score.stories().into_iter();
    stories.filter(|of| of.found > 0).map(|of| (of.story, of.found)).collect()
}

#[test]
fn a_rule_finds_the_incidents_whose_own_events_it_matches_and_no_others() {
    let outcome = told(&[TOR]);
    assert_eq!(found(&outcome), BTreeMap::from([(Story::StolenCookie, 2)]));
    let rule = &outcome.score.rules["from-tor"];
    assert_eq!((rule.incidents.len(), rule.false_alerts), (2, 0));
    assert_eq!(outcome.score.alerts(), (rule.true_alerts, rule.true_alerts));
}

#[test]
fn alerts_about_everybodys_work_are_held_against_a_rule() {
    let outcome = told(&[ANY_SIGN_IN, ANY_DOWNLOAD]);
    let [sign_ins, downloads] =
        ["any-sign-in", "any-download"].map(|rule| &outcome.score.rules[rule]);
    assert!(sign_ins.false_alerts > sign_ins.true_alerts, "{sign_ins:?}");
    assert!(downloads.false_alerts > 0, "{downloads:?}");
    let real = sign_ins.true_alerts + downloads.true_alerts;
    let in_vain = sign_ins.false_alerts + downloads.false_alerts;
    assert_eq!(outcome.score.alerts(), (real, real + in_vain));
}

#[test]
fn an_incident_is_found_only_through_its_own_events() {
    let outcome = told(&[ANY_DOWNLOAD]);
    assert!(found(&outcome).contains_key(&Story::FarAway));
    assert!(!found(&outcome).contains_key(&Story::StolenCookie));
}

#[test]
fn what_rules_of_one_group_find_in_one_event_is_one_question() {
    let asking = |id: &str, group: &str| {
        format!(
            "{}id: {id}\ncountersign: {{ state: live, owner: o, group: {{ window: 1h{group} }}, \
             ask: {{ message: generic, deadline: 1h }} }}\n",
            ANY_SIGN_IN.replace("id: any-sign-in\n", "")
        )
    };
    let questions = |rules: [String; 2]| told(&[&rules[0], &rules[1]]).score.questions();
    let apart = questions([asking("a", ""), asking("b", "")]);
    let joined = questions([asking("a", ", name: one"), asking("b", ", name: one")]);
    assert!(joined.1 > 0);
    assert_eq!(apart, (2 * joined.0, 2 * joined.1));
}
