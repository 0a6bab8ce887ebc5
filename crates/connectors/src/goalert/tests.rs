use std::sync::Arc;

use demo::vendors::{Fault, Faults, GoAlertWorld, goalert::TOKEN};
use ports::{
    Decision,
    conformance::{self, Mishap, PagerStage, page},
    pager::{PageKind, Pager},
};

use super::*;
use crate::respond::stage::{WAITS, fault, waits};

struct Setting {
    world: GoAlertWorld,
    pager: Arc<GoAlert>,
}

async fn setting(http: &HttpClient) -> Setting {
    let world = GoAlertWorld::start().await.expect("a free port");
    let base_url = world.base_url().parse().expect("a loopback address");
    let settings = GoAlertSettings { base_url, token: TOKEN.into() };
    Setting { world, pager: Arc::new(GoAlert::new("oncall", settings, http.clone())) }
}

impl PagerStage for Setting {
    fn pager(&self) -> Arc<dyn Pager> {
        Arc::clone(&self.pager) as Arc<dyn Pager>
    }
    fn open(&self) -> Vec<String> {
        self.world.open().into_keys().collect()
    }
    fn opened(&self) -> usize {
        self.world.opened()
    }
    fn requests(&self) -> usize {
        Faults::calls(self.world.faults())
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        self.world.faults().nth(nth, fault(mishap));
    }
    fn has_incidents(&self) -> bool {
        true
    }
    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

#[tokio::test]
async fn goalert_keeps_what_every_pager_must_keep() {
    let http = HttpClient::for_tests();
    conformance::pager(async || Box::new(setting(&http).await) as Box<dyn PagerStage>).await;
}

#[tokio::test]
async fn details_are_markdown_in_which_only_our_link_is_a_link() {
    let setting = setting(&HttpClient::for_tests()).await;
    let mut page = page(PageKind::Trigger, "cs-case_1", 1);
    page.details = vec![(
        "*What*".to_owned(),
        "[click](https://evil.example/) `x` <b> ![](//evil.example/a.png)".to_owned(),
    )];
    setting.pager.page(&page).await.expect("paged");
    let alert = setting.world.open().remove("cs-case_1").expect("open");
    let (link, rest) = alert.details.split_once("\n\n").expect("a link first");
    assert_eq!(link, format!("[Open in Countersign]({})", page.url));
    let unescaped = rest.char_indices().filter(|(at, each)| {
        "[](){}*_`<>!#".contains(*each) && rest.as_bytes().get(at.wrapping_sub(1)) != Some(&b'\\')
    });
    assert_eq!(unescaped.count(), 0, "{rest}");
}

#[tokio::test]
async fn every_style_of_asking_to_wait_is_understood_and_a_wrong_key_is_final() {
    let http = HttpClient::for_tests();
    for (headers, seconds) in WAITS {
        let setting = setting(&http).await;
        setting.world.faults().nth(0, Fault::Answer(429, headers, ""));
        let page = page(PageKind::Trigger, "cs-case_1", 1);
        waits(&setting.pager.page(&page).await.expect_err("busy"), seconds);
    }
    let setting = setting(&http).await;
    let base_url = setting.world.base_url().parse().expect("a loopback address");
    let settings = GoAlertSettings { base_url, token: "another".into() };
    let failure = GoAlert::new("oncall", settings, http).check().await.expect_err("refused");
    assert_eq!(failure.decision, Decision::Denied);
}
