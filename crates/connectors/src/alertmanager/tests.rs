use std::{collections::BTreeMap, sync::Arc};

use demo::vendors::{AlertmanagerWorld, Fault, alertmanager::TOKEN};
use model::{Severity, Span, Timestamp};
use ports::{
    Decision,
    clock::ManualClock,
    conformance::{self, Mishap, PagerStage, page},
    pager::{PageKind, Pager},
};

use super::*;
use crate::respond::stage::{fault, now};

struct Setting {
    members: Vec<AlertmanagerWorld>,
    pager: Arc<Alertmanager>,
    clock: ManualClock,
}

async fn setting(http: &HttpClient, count: usize) -> Setting {
    let clock = ManualClock::at(now());
    let mut members = Vec::new();
    for _ in 0..count {
        let member = AlertmanagerWorld::start(Arc::new(clock.clone()));
        members.push(member.await.expect("a free port"));
    }
    let settings = AlertmanagerSettings {
        urls: members.iter().map(|it| it.base_url().parse().expect("an address")).collect(),
        token: Some(TOKEN.into()),
        labels: BTreeMap::from([("team".to_owned(), "security".to_owned())]),
        lasts: Span::days(7),
    };
    let pager = Alertmanager::new("am", settings, http.clone(), Arc::new(clock.clone()));
    Setting { members, pager: Arc::new(pager), clock }
}

impl PagerStage for Setting {
    fn pager(&self) -> Arc<dyn Pager> {
        Arc::clone(&self.pager) as Arc<dyn Pager>
    }
    fn open(&self) -> Vec<String> {
        let firing = self.members.iter().flat_map(AlertmanagerWorld::firing);
        let mut open: Vec<_> = firing.map(|alert| alert.labels["incident"].clone()).collect();
        open.sort_unstable();
        open.dedup();
        open
    }
    fn opened(&self) -> usize {
        let all = self.members.iter().flat_map(AlertmanagerWorld::alerts);
        all.map(|alert| alert.labels).collect::<std::collections::BTreeSet<_>>().len()
    }
    fn requests(&self) -> usize {
        self.members.iter().map(|member| member.faults().calls()).sum()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        // The members are asked in turn, once each.
        if let Some(member) = self.members.get(nth) {
            member.faults().nth(0, fault(mishap));
        }
    }
    fn has_incidents(&self) -> bool {
        true
    }
    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

#[tokio::test]
async fn alertmanager_keeps_what_every_pager_must_keep() {
    let http = HttpClient::for_tests();
    for count in [1, 3] {
        conformance::pager(async || Box::new(setting(&http, count).await) as Box<dyn PagerStage>)
            .await;
    }
}

#[tokio::test]
async fn an_alert_fires_long_after_the_default_time_out_and_its_labels_never_change() {
    let setting = setting(&HttpClient::for_tests(), 1).await;
    let mut first = page(PageKind::Trigger, "cs-case_1", 1);
    setting.pager.page(&first).await.expect("paged");
    (first.severity, first.summary) = (Severity::Low, "something else".to_owned());
    setting.pager.page(&first).await.expect("paged");
    setting.clock.advance(Span::days(6));
    let [alert] = &setting.members[0].firing()[..] else { panic!("one alert") };
    let labels: Vec<_> =
        alert.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(labels, ["alertname=CountersignEscalation", "incident=cs-case_1", "team=security"]);
    assert_eq!(alert.annotations["severity"], "low");
    assert_eq!(alert.annotations["link"], first.url);
    setting.clock.advance(Span::days(2));
    assert!(setting.members[0].firing().is_empty());
}

#[tokio::test]
async fn a_member_that_is_away_does_not_keep_the_page_but_keeps_the_end() {
    let mut setting = setting(&HttpClient::for_tests(), 3).await;
    let away = setting.members.remove(1);
    drop(away);
    let trigger = page(PageKind::Trigger, "cs-case_1", 1);
    setting.pager.page(&trigger).await.expect("two have it");
    assert!(setting.members.iter().all(|member| member.firing().len() == 1));
    let end = page(PageKind::Resolve, "cs-case_1", 2);
    let failure = setting.pager.page(&end).await.expect_err("one goes on firing");
    assert!(failure.is_retryable() && failure.uncertain, "{failure:?}");
    assert!(setting.open().is_empty());
    for member in &setting.members {
        member.faults().nth(0, Fault::Status(400));
    }
    let failure = setting.pager.page(&trigger).await.expect_err("nobody has it");
    assert_eq!(failure.decision, Decision::Permanent);
}

#[tokio::test]
async fn an_alert_of_the_future_begins_now() {
    let setting = setting(&HttpClient::for_tests(), 1).await;
    let mut page = page(PageKind::Trigger, "cs-case_1", 1);
    page.at = Timestamp::MAX;
    setting.pager.page(&page).await.expect("paged");
    assert_eq!(setting.members[0].alerts()[0].starts_at, Some(now()));
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<AlertmanagerPagerConfig>(text);
    let good = "urls = [\"https://am.example\"]";
    read(good).expect("a section").settings().expect("settings");
    for bad in ["1a = \"x\"", "alertname = \"x\"", "\"a b\" = \"x\"", "\"\" = \"x\""] {
        let config = read(&format!("{good}\n[labels]\n{bad}")).expect("a section");
        assert_eq!(config.settings().expect_err(bad)[0].key, "labels");
    }
    assert!(read("urls = [\"http://am.example\"]").is_err());
    assert!(read(&format!("{good}\nurl = \"x\"")).is_err());
}
