use std::time::Duration;

use demo::vendors::{
    SmtpWorld,
    smtp::{PASSWORD, SmtpFault, Tls, USER, authority},
};
use model::{Answer, DeliveryId};
use ports::{
    Decision,
    chat::{Button, Chat, HttpCall, Notice, Question, Refusal, Report},
    clock::ManualClock,
    conformance::{self, Mishap, PagerStage, page},
    pager::{PageKind, Pager},
};

use super::*;
use crate::respond::stage::now;

/// A file that is removed when the test is over.
struct CaFile(std::path::PathBuf);

impl CaFile {
    fn new() -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("countersign-ca-{}-{number}.pem", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, authority()).expect("a file");
        Self(path)
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn section(port: u16, tls: &str, ca: &CaFile) -> EmailConfig {
    let text = format!(
        "host = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nca = \"{}\"\n\
         username = \"{USER}\"\npassword = {{ env = \"PATH\" }}\n\
         from = \"countersign@example.com\"\nto = [\"security@example.com\"]",
        ca.0.display()
    );
    toml::from_str(&text).expect("a section")
}

fn email(port: u16, tls: &str) -> Email {
    let mut settings = section(port, tls, &CaFile::new()).settings().expect("settings");
    settings.sign_in = Some((USER.to_owned(), PASSWORD.into()));
    Email::new("chat.mail", settings, Arc::new(ManualClock::at(now())))
}

async fn world(tls: Tls) -> (SmtpWorld, Email) {
    let world = SmtpWorld::start(tls).await.expect("a free port");
    let word = match tls {
        Tls::None => "none",
        Tls::Starttls => "starttls",
        Tls::Implicit => "implicit",
    };
    let email = email(world.port(), word);
    (world, email)
}

struct Setting {
    world: SmtpWorld,
    email: Arc<Email>,
}

impl PagerStage for Setting {
    fn pager(&self) -> Arc<dyn Pager> {
        Arc::clone(&self.email) as Arc<dyn Pager>
    }
    fn open(&self) -> Vec<String> {
        Vec::new()
    }
    fn opened(&self) -> usize {
        assert_eq!(self.world.complaints(), Vec::<String>::new());
        self.world.mails().len()
    }
    fn requests(&self) -> usize {
        self.world.connections()
    }
    fn fail(&self, nth: usize, mishap: Mishap) {
        let fault = match mishap {
            Mishap::Busy => SmtpFault::Refuse("MAIL", 451),
            Mishap::Lost => SmtpFault::Drop("DATA"),
            Mishap::ReplyLost => SmtpFault::DropAfter,
            Mishap::FailsAfter => SmtpFault::After(451),
            Mishap::Denied => SmtpFault::Refuse("AUTH", 535),
        };
        self.world.fail(nth, fault);
    }
    fn has_incidents(&self) -> bool {
        false
    }
    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }
}

#[tokio::test]
async fn a_mail_box_keeps_what_every_pager_must_keep() {
    for tls in [Tls::None, Tls::Starttls, Tls::Implicit] {
        conformance::pager(async || {
            let (world, email) = world(tls).await;
            Box::new(Setting { world, email: Arc::new(email) }) as Box<dyn PagerStage>
        })
        .await;
    }
}

fn question(text: &str) -> Question {
    Question {
        delivery: DeliveryId::from_parts(now(), 2),
        code: "K7Q-4M2".to_owned(),
        title: text.to_owned(),
        text: text.to_owned(),
        facts: vec![(text.to_owned(), text.to_owned()); 3],
        buttons: vec![Button {
            answer: Answer::NotMe,
            label: "Not me".to_owned(),
            token: "opaque-token-1".to_owned(),
        }],
        footer: "Check us.".to_owned(),
        url: "https://countersign.example.com/ask/ask_1".to_owned(),
    }
}

#[tokio::test]
async fn a_question_is_mailed_with_a_link_to_our_page_and_nothing_that_answers() {
    let (world, email) = world(Tls::Starttls).await;
    let receipt = email.ask("mia@example.com", &question("Was this you? ✓")).await.expect("asked");
    let [mail] = &world.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, "Was this you? ✓");
    assert_eq!(
        (mail.from.as_str(), &mail.to[..]),
        ("countersign@example.com", &["mia@example.com".to_owned()][..])
    );
    assert_eq!(mail.headers["message-id"], format!("<{}@example.com>", receipt.message));
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    let links: Vec<_> = mail.text.lines().filter(|line| line.contains("://")).collect();
    assert_eq!(links, ["https://countersign.example.com/ask/ask_1"]);
    assert!(mail.text.contains("K7Q-4M2") && !mail.text.contains("opaque-token"));
    assert_eq!(world.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn no_text_becomes_a_header_a_recipient_or_a_link() {
    let endless = "x".repeat(1_000_000);
    for text in [
        "a\r\nBcc: thief@evil.example\r\n\r\nbody",
        "a\nTo: thief@evil.example",
        "\r\n.\r\nMAIL FROM:<thief@evil.example>",
        "https://evil.example/ www.evil.example thief@evil.example",
        "=?utf-8?B?ZXZpbA==?=",
        "<b>bold</b> \u{0}\u{202e}\u{1b}[31m",
        &endless,
        "",
    ] {
        let (world, email) = world(Tls::None).await;
        email.ask("mia@example.com", &question(text)).await.expect("asked");
        let report = Report {
            delivery: DeliveryId::from_parts(now(), 3),
            title: text.to_owned(),
            facts: vec![(text.to_owned(), text.to_owned()); 99],
            comment: Some(text.to_owned()),
            url: text.to_owned(),
        };
        let thread = ports::chat::Receipt { channel: "email".to_owned(), message: text.to_owned() };
        email.report(&report, Some(&thread)).await.expect("reported");
        assert_eq!(world.complaints(), Vec::<String>::new(), "{text:.40}");
        for mail in world.mails() {
            assert!(mail.headers.len() == 9, "{:?}", mail.headers);
            assert!(mail.text.len() < 200_000 && !mail.text.contains("evil.example"));
            assert!(mail.to.iter().all(|to| to.ends_with("@example.com")), "{:?}", mail.to);
            assert!(!mail.subject.contains(['\r', '\n', '\u{202e}']));
        }
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_not_written_to() {
    let (world, email) = world(Tls::None).await;
    for account in
        ["", "U0MIA", "mia@example.com>\r\nRCPT TO:<x@evil.example", "mia@example.com,x@y"]
    {
        let failure = email.ask(account, &question("?")).await.expect_err(account);
        assert_eq!(failure.decision, Decision::Permanent);
        assert_eq!(email.account_of(account).await, Ok(None));
    }
    assert_eq!(world.connections(), 0);
    let failure = email.ask("nobody@example.com", &question("?")).await.expect_err("550");
    assert_eq!(failure.decision, Decision::Permanent);
    assert!(!failure.what.contains("nobody"), "{failure}");
}

#[tokio::test]
async fn one_address_that_is_refused_does_not_keep_the_others() {
    let (world, mut email) = world(Tls::None).await;
    email.settings.to =
        ["a@example.com", "nobody@example.com", "b@example.com"].map(str::to_owned).into();
    email.page(&page(PageKind::Trigger, "cs-case_1", 1)).await.expect("paged");
    assert_eq!(world.mails()[0].to, ["a@example.com", "b@example.com"]);
    email.settings.to.clear();
    let failure = email.page(&page(PageKind::Trigger, "cs-case_1", 1)).await.expect_err("nobody");
    assert_eq!(failure.decision, Decision::Misconfigured);
}

#[tokio::test]
async fn a_later_report_follows_on_the_first() {
    let (world, email) = world(Tls::None).await;
    let report = |number| Report {
        delivery: DeliveryId::from_parts(now(), number),
        title: "Mia says: not me".to_owned(),
        facts: Vec::new(),
        comment: Some("I was asleep\nall night".to_owned()),
        url: "https://countersign.example.com/console/cases/case_1".to_owned(),
    };
    let first = email.report(&report(1), None).await.expect("reported");
    email.report(&report(2), Some(&first)).await.expect("reported");
    let [one, two] = &world.mails()[..] else { panic!("two mails") };
    assert_eq!(two.headers["in-reply-to"], one.headers["message-id"]);
    assert!(one.text.contains("> I was asleep\n> all night"));
}

#[tokio::test]
async fn nothing_is_said_without_tls_unless_it_is_this_machine() {
    let (world, email) = world(Tls::Starttls).await;
    for (fault, decision) in [
        (SmtpFault::NoStarttls, Decision::Misconfigured),
        (SmtpFault::Inject, Decision::Misconfigured),
        (SmtpFault::Refuse("STARTTLS", 454), Decision::Retry { after: None }),
    ] {
        world.fail(0, fault);
        let failure = Pager::check(&email).await.expect_err("no TLS");
        assert_eq!(failure.decision, decision, "{fault:?}");
    }
    Pager::check(&email).await.expect("with TLS");
    let ca = CaFile::new();
    for host in ["mail.example.com", "10.0.0.1", "localhost.evil.example"] {
        let config = EmailConfig { host: host.to_owned(), ..section(25, "none", &ca) };
        assert_eq!(config.settings().expect_err(host)[0].key, "tls");
    }
}

#[tokio::test]
async fn a_certificate_of_nobody_we_trust_is_refused() {
    for (tls, word) in [(Tls::Implicit, "implicit"), (Tls::Starttls, "starttls")] {
        let world = SmtpWorld::start(tls).await.expect("a free port");
        let ca = CaFile::new();
        let trusting = section(world.port(), word, &ca);
        let no_ca = EmailConfig { ca: None, ..trusting.clone() };
        let other_host = EmailConfig { host: "127.0.0.2".to_owned(), ..trusting };
        for config in [no_ca, other_host] {
            let settings = config.settings().expect("settings");
            let email = Email::new("chat.mail", settings, Arc::new(ManualClock::at(now())));
            let failure = Pager::check(&email).await.expect_err("not trusted");
            // Nobody listens at the other address of this machine on some systems.
            let is_trust = failure.decision == Decision::Misconfigured;
            assert!(is_trust || failure.what.contains("reached"), "{failure:?}");
        }
        assert!(world.mails().is_empty());
    }
}

#[tokio::test]
async fn a_bad_day_at_the_mail_server_becomes_the_right_decision() {
    let retry = Decision::Retry { after: None };
    for (fault, decision, uncertain) in [
        (SmtpFault::Refuse("EHLO", 421), retry, false),
        (SmtpFault::Refuse("AUTH", 535), Decision::Denied, false),
        (SmtpFault::Refuse("AUTH", 454), retry, false),
        (SmtpFault::Refuse("MAIL", 530), Decision::Misconfigured, false),
        (SmtpFault::Refuse("MAIL", 452), retry, false),
        (SmtpFault::Refuse("RCPT", 450), retry, false),
        (SmtpFault::Refuse("RCPT", 550), Decision::Permanent, false),
        (SmtpFault::Refuse("RCPT", 501), Decision::Permanent, false),
        (SmtpFault::Refuse("DATA", 554), Decision::Permanent, false),
        (SmtpFault::Refuse("DATA", 999), retry, false),
        (SmtpFault::Drop("RCPT"), retry, false),
        (SmtpFault::After(552), Decision::Permanent, false),
        (SmtpFault::After(451), retry, true),
        (SmtpFault::DropAfter, retry, true),
        (SmtpFault::Endless, retry, false),
        (SmtpFault::Silent, retry, false),
    ] {
        let (world, mut email) = world(Tls::None).await;
        email.settings.timeout = Duration::from_millis(500);
        world.fail(0, fault);
        let failure = email.ask("mia@example.com", &question("?")).await.expect_err("the fault");
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{fault:?}");
        assert!(!format!("{failure:?} {email:?}").contains(PASSWORD));
        email.settings.timeout = Duration::from_secs(30);
        email.ask("mia@example.com", &question("?")).await.expect("the next try");
        assert_eq!(world.mails().len(), 1, "the same id: {fault:?}");
    }
    let gone = SmtpWorld::start(Tls::None).await.expect("a free port").port();
    tokio::time::sleep(Duration::from_millis(10)).await;
    let failure = Pager::check(&email(gone, "none")).await.expect_err("nobody listens");
    assert!(failure.is_retryable() && !failure.uncertain, "{failure:?}");
}

#[tokio::test]
async fn what_a_mail_cannot_do_is_said_for_good() {
    let (_world, email) = world(Tls::None).await;
    let receipt = email.ask("mia@example.com", &question("?")).await.expect("asked");
    let notice = Notice {
        delivery: DeliveryId::from_parts(now(), 9),
        title: "Done".to_owned(),
        text: String::new(),
        buttons: Vec::new(),
        url: None,
    };
    let failure = email.update(&receipt, &notice).await.expect_err("cannot");
    assert!(failure.decision == Decision::Permanent && failure.what.contains("a mail cannot"));
    email.tell("mia@example.com", &notice).await.expect("told");
    let call = HttpCall {
        kind: "interactions".to_owned(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
    };
    assert!(matches!(Chat::read(&email, &call, now()), Err(Refusal::Malformed(_))));
}

#[test]
fn a_section_is_read_strictly() {
    let ca = CaFile::new();
    let good = section(25, "starttls", &ca);
    good.settings().expect("settings");
    let with = |change: fn(&mut EmailConfig)| {
        let mut config = good.clone();
        change(&mut config);
        config.settings().expect_err("bad")[0].key
    };
    assert_eq!(with(|it| it.from = "Countersign".to_owned()), "from");
    assert_eq!(with(|it| it.to.push("a@b\r\nBcc: c@d".to_owned())), "to");
    assert_eq!(with(|it| it.password = None), "username");
    assert_eq!(with(|it| it.ca = Some("/nowhere/ca.pem".into())), "ca");
    assert_eq!(with(|it| it.host = "not a host".to_owned()), "host");
    assert!(toml::from_str::<EmailConfig>("host = \"a\"\nfrom = \"a@b\"\nssl = true").is_err());
}
