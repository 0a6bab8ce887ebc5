//! The policies and playbooks of the world, and the rules of its alerts.

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    catalog::Catalog,
    playbook::{self, Playbook},
    policy::{Files, Policies},
};
/// The policies of the world: each a name and its text. What none of them is for has the shipped
/// default.
const POLICIES: [(&str, &str); 10] = [
    (
        "calm.yml",
        "id: calm\nowner: sim\nmatch: alert.rule == \"calm\"\n\
         ask: { message: generic, deadline: 1h, clock: wall }\n\
         on: { silent: [], unprovable: [], denied: [page] }\n",
    ),
    (
        "earn.yml",
        "id: earn\nowner: sim\nmatch: alert.rule == \"earn\"\n\
         ask: { message: generic, deadline: 3h, clock: wall, reminders: [10m, 1h] }\n\
         on: { verified: [{ suppress: 20h, max_hits: 3, same: [host] }] }\n\
         group: { by: [host], window: 30m }\n",
    ),
    ("hand.yml", "id: hand\nowner: sim\nmatch: alert.rule == \"hand\"\nescalate: true\n"),
    (
        "hijack.yml",
        "id: hijack\nowner: sim\nmatch: alert.rule == \"hijack\"\nconfidence: high\n\
         ask: { message: generic, deadline: 2h, clock: wall }\n\
         do: [{ run: idp.end_sessions }, { run: idp.suspend, limit: 30m }]\n\
         on: { denied: [page, { run: contain }], silent: [page, { run: idp.end_sessions }] }\n\
         group: { by: [host, action], window: 10m }\n",
    ),
    (
        "known.yml",
        "id: known\nowner: sim\nmatch: alert.rule == \"look\" && enrich.intel.score > 50\n\
         enrich: [geo]\nescalate: true\nconfidence: high\n\
         do: [{ run: edge.block, target: host, limit: 2h }]\n",
    ),
    (
        "phish.yml",
        "id: phish\nowner: sim\nmatch: alert.rule == \"phish\"\n\
         ask: { message: generic, deadline: 30m, clock: wall }\n\
         on: { denied: [page, { run: idp.end_sessions }, { run: idp.suspend, limit: 4h }, \
         { run: idp.revoke }], silent: [page, { run: contain }] }\n",
    ),
    (
        "play.yml",
        "id: play\nowner: sim\nmatch: alert.rule == \"play\"\nconfidence: high\n\
         ask: { message: generic, deadline: 3h, clock: wall }\n\
         do: [{ run: contain }, { run: watch }]\n",
    ),
    (
        "short.yml",
        "id: short\nowner: sim\nmatch: alert.rule == \"short\"\n\
         ask: { message: generic, deadline: 5m, clock: wall, reminders: [1m, 2m], \
         late_proof: false }\n",
    ),
    (
        "strong.yml",
        "id: strong\nowner: sim\nmatch: alert.rule == \"strong\"\n\
         ask: { message: generic, assurance: phishing_resistant, deadline: 2d, clock: wall, \
         reminders: [1h], comment: required }\n\
         on: { verified: [{ suppress: 2d, max_hits: 2, same: [host, action] }] }\n\
         group: { by: [], window: 2h }\n",
    ),
    (
        "tell.yml",
        "id: tell\nowner: sim\nmatch: alert.rule == \"tell\"\nnotify: { message: notice }\n",
    ),
];

/// The playbooks.
const PLAYBOOKS: [(&str, &str); 2] = [
    (
        "contain.yml",
        "
id: contain
owner: sim
purpose: Ends what a thief could still use
steps:
  - run: idp.end_sessions
  - settle: 5m
  - enrich: [geo, intel]
  - if: case.denied
    then: [{ run: idp.suspend, limit: 1h }, { page: true }]
    else: [{ approve: { needs: 1, within: 1h } }, { run: idp.suspend, limit: 1h }]
  - wait: 20m
  - revert: idp.suspend
tests:
  - name: a denial is contained
    case: { denied: true }
    expect:
      [run idp.end_sessions, settle 5m, enrich geo intel, run idp.suspend, page, wait 20m, \
       revert idp.suspend]
",
    ),
    (
        "watch.yml",
        "
id: watch
owner: sim
purpose: Waits for the person
steps:
  - answer: 1h
  - { run: edge.block, target: host }
  - wait: 10m
  - revert: all
tests:
  - name: an address is blocked for a while
    expect: [answer 1h, run edge.block, wait 10m, revert all]
",
    ),
];

/// The rules of the alerts: one for each policy, and those that the defaults are for.
pub(super) const RULES: [&str; 18] = [
    "calm",
    "calm",
    "earn",
    "earn",
    "earn",
    "hand",
    "hijack",
    "hijack",
    "hijack",
    "look",
    "look",
    "phish",
    "play",
    "short",
    "strong",
    "tell",
    "other",
    "mfa-reset",
];

/// All playbooks, by id. A catalogue without playbooks is enough: none begins another.
pub(super) fn playbooks(catalog: &Catalog) -> BTreeMap<String, Arc<Playbook>> {
    let read = PLAYBOOKS.map(|(name, text)| {
        let (playbook, _) = playbook::read(name, text, catalog)
            .unwrap_or_else(|problems| panic!("the world's playbooks are good: {problems:?}"));
        (playbook.id.clone(), playbook)
    });
    read.into_iter().collect()
}

/// All policies.
pub(super) fn policies(catalog: &Catalog) -> Policies {
    let own = POLICIES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let files = Files { policies: own.to_vec(), ..Files::default() };
    let (policies, problems) = Policies::load(&files, catalog);
    assert!(problems.is_empty(), "the world's policies are good: {problems:?}");
    policies
}
