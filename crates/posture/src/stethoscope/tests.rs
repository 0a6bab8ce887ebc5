use model::device::{Absence, Installed, Lock, Observation, Software, SourceRecord};

use super::*;
use crate::{
    device::devices,
    fixture::{Build, record},
    merge::MergeRules,
};

const POLICY: &str = r#"
osVersion:
  darwin: { ok: ">=10.15.0", nudge: ">=10.14.0" }
  ubuntu: { ok: ">=18.04" }
firewall: ALWAYS
diskEncryption: ALWAYS
automaticUpdates: SUGGESTED
screenLock: IF_SUPPORTED
remoteLogin: NEVER
screenIdle: <=120
applications:
  - { name: Foobar, version: ">=1.0.0", assertion: ALWAYS }
  - { name: Other, assertion: SUGGESTED, platform: { darwin: ">=10.15.0" } }
  - { name: Evil, assertion: NEVER, platform: { all: true }, exactMatch: true }
"#;

fn policy() -> AppPolicy {
    AppPolicy::read("p.yml", POLICY).expect("a policy")
}

fn device(record: SourceRecord) -> Device {
    devices(&[record], &[], &MergeRules::default()).remove(0)
}

fn mac(version: &str) -> SourceRecord {
    record("a", "1").synced(9).on(Platform::Macos).fact(Field::OsVersion, version)
}

fn with(installed: &[(&str, &str)]) -> Device {
    let installed = installed.iter().map(|(name, version)| Installed {
        name: (*name).to_owned(),
        version: Some((*version).to_owned()),
        ..Installed::default()
    });
    let software = Software { installed: installed.collect(), ..Software::default() };
    device(mac("10.15").with(software))
}

fn application(assertion: Requirement, version: Option<&str>) -> Application {
    Application {
        name: "Foobar".to_owned(),
        assertion,
        version: version.map(|range| range.parse().expect("a range")),
        platform: None,
        is_exact: false,
    }
}

#[test]
fn t1_an_application_that_must_be_there_in_a_version() {
    let state = |installed: &[(&str, &str)]| {
        let state = application(Requirement::Always, Some(">=1.0.0")).state(&with(installed));
        (state, state.outcome())
    };
    assert_eq!(state(&[("Foobar", "2.0.0")]), (AppState::Valid, Outcome::Pass));
    assert_eq!(state(&[("Foobar", "0.1.0")]), (AppState::InvalidVersion, Outcome::Fail));
    assert_eq!(state(&[]), (AppState::InvalidInstallState, Outcome::Fail));
    assert_eq!(state(&[("Foobar", "0.1.0"), ("foobar.app", "1.1")]).0, AppState::Valid);
    assert_eq!(state(&[("Foobar", "new")]).0, AppState::Unknown);
}

#[test]
fn t2_an_application_that_must_not_or_should_be_there() {
    let never = |installed| application(Requirement::Never, None).state(&with(installed)).outcome();
    assert_eq!(never(&[]), Outcome::Pass);
    assert_eq!(never(&[("Foobar", "1")]), Outcome::Fail);
    let suggested = |installed: &[(&str, &str)]| {
        let state = application(Requirement::Suggested, Some(">=1.0.0")).state(&with(installed));
        (state, state.outcome())
    };
    assert_eq!(suggested(&[("Foobar", "1.0.0")]), (AppState::Valid, Outcome::Pass));
    assert_eq!(suggested(&[("Foobar", "0.1")]), (AppState::SuggestedUpgrade, Outcome::Nudge));
    assert_eq!(suggested(&[]), (AppState::SuggestedInstall, Outcome::Nudge));
    // Without an inventory nobody knows, also what must not be there.
    for assertion in [Requirement::Never, Requirement::Always] {
        let bare = device(mac("10.15"));
        assert_eq!(application(assertion, None).state(&bare), AppState::Unknown);
    }
}

#[test]
fn t4_any_failure_fails_and_any_nudge_nudges_also_among_applications() {
    use Outcome::{Fail, NotApplicable, Nudge, Pass, Unknown};
    for (outcomes, expected) in [
        (&[Fail, Pass, Nudge][..], Fail),
        (&[Pass, Nudge], Nudge),
        (&[Pass, NotApplicable], Pass),
        (&[Pass, Unknown], Pass),
    ] {
        assert_eq!(overall(outcomes), expected, "{outcomes:?}");
    }
    let report = |applications| Report { items: vec![("firewall".to_owned(), Pass)], applications };
    let app = |state| vec![("Foobar".to_owned(), state)];
    assert_eq!(report(app(AppState::SuggestedInstall)).overall(), Nudge);
    assert_eq!(report(app(AppState::InvalidVersion)).overall(), Fail);
    let unknown = report(app(AppState::Unknown));
    assert_eq!((unknown.overall(), unknown.unknown()), (Pass, vec!["Foobar"]));
}

#[test]
fn t9_an_application_is_asked_for_where_its_platform_says() {
    let asked = |platform: Option<&str>, device: &Device| {
        let text = platform.map(|it| format!(", platform: {it}")).unwrap_or_default();
        let text = format!("applications: [{{ name: x{text} }}]");
        let policy = AppPolicy::read("p.yml", &text).expect("a policy");
        policy.applications[0].is_asked_for(device)
    };
    let linux = device(record("a", "1").on(Platform::Linux).fact(Field::OsVersion, "10.15"));
    let (new, old) = (device(mac("10.15")), device(mac("10.12.1")));
    for device in [&new, &old, &linux] {
        assert!(asked(None, device));
        assert!(asked(Some("{ all: true }"), device));
        assert!(!asked(Some("{ all: false }"), device));
    }
    let darwin = Some("{ darwin: '>=10.15.0' }");
    assert_eq!([&new, &old, &linux].map(|it| asked(darwin, it)), [true, false, false]);
}

#[test]
fn t13_the_version_of_a_system_passes_is_nudged_or_fails() {
    let judged = |record: SourceRecord| policy().judge(&device(record), false).items[0].clone();
    let outcome = |outcome| ("osVersion".to_owned(), outcome);
    assert_eq!(judged(mac("10.15.7")), outcome(Outcome::Pass));
    assert_eq!(judged(mac("10.14.6")), outcome(Outcome::Nudge));
    assert_eq!(judged(mac("10.13")), outcome(Outcome::Fail));
    assert_eq!(judged(mac("")), outcome(Outcome::Unknown));
    let windows = record("a", "1").on(Platform::Windows).fact(Field::OsVersion, "10.0.19045");
    assert_eq!(judged(windows), outcome(Outcome::Unknown), "the policy says nothing of it");
    let ubuntu = record("a", "1").on(Platform::Linux).fact(Field::Os, "Ubuntu");
    assert_eq!(judged(ubuntu.fact(Field::OsVersion, "20.04")), outcome(Outcome::Pass));
}

#[test]
fn what_is_observed_and_what_is_asked_for_make_the_outcome() {
    use Outcome::{Fail, NotApplicable, Nudge, Pass, Unknown};
    use Requirement::{Always, IfSupported, Never, Suggested};
    let all = [Always, Suggested, IfSupported, Never];
    for (observed, expected) in [
        (Observed::True, [Pass, Pass, Pass, Fail]),
        (Observed::False, [Fail, Nudge, Fail, Pass]),
        (Observed::Unknown, [Unknown, Unknown, Unknown, Unknown]),
        (Observed::Unsupported, [NotApplicable, NotApplicable, NotApplicable, NotApplicable]),
    ] {
        assert_eq!(all.map(|it| it.judge(observed, false)), expected, "{observed:?}");
    }
    assert_eq!(Always.judge(Observed::Unsupported, true), Fail);
    assert_eq!(Suggested.judge(Observed::Unsupported, true), NotApplicable);
    let states = [Pass, Nudge, Fail, Unknown, NotApplicable].map(State::from);
    let expected = [State::Ok, State::Nudge, State::Warn, State::Unknown, State::NotApplicable];
    assert_eq!(states, expected);
}

#[test]
fn a_whole_policy_is_judged_and_unknown_is_never_a_pass() {
    let software = Software {
        installed: vec![Installed {
            name: "Foobar".to_owned(),
            version: Some("1.0".to_owned()),
            ..Installed::default()
        }],
        ..Software::default()
    };
    let lock = Lock { is_on: Some(true), delay_seconds: Some(60) };
    let good = mac("10.15")
        .says(Practice::Firewall, Some(true))
        .says(Practice::Encryption, Some(true))
        .says(Practice::AutoUpdate, Some(false))
        // True is the good state: nobody can log in.
        .says(Practice::RemoteLogin, Some(true))
        .sees(Practice::ScreenLock, Observation::new(Evidence::Lock(lock)))
        .with(software);
    let report = policy().judge(&device(good.clone()), false);
    assert_eq!(report.overall(), Outcome::Nudge);
    assert_eq!(report.unknown(), Vec::<&str>::new());
    let nudges: Vec<&str> =
        report.items.iter().filter(|it| it.1 == Outcome::Nudge).map(|it| it.0.as_str()).collect();
    assert_eq!(nudges, ["automaticUpdates"]);
    assert_eq!(report.applications[1], ("Other".to_owned(), AppState::SuggestedInstall));
    let open = policy().judge(&device(good.says(Practice::RemoteLogin, Some(false))), false);
    assert_eq!(open.overall(), Outcome::Fail);
    let silent = policy().judge(&device(mac("")), false);
    assert!(silent.items.iter().all(|(_, outcome)| *outcome == Outcome::Unknown), "{silent:?}");
    assert!(silent.applications.iter().all(|(_, state)| *state == AppState::Unknown));
    let absent = Observation::new(Evidence::Absent(Absence::NoDesktop));
    let headless = policy().judge(&device(mac("").sees(Practice::ScreenLock, absent)), false);
    assert!(headless.items.contains(&("screenLock".to_owned(), Outcome::NotApplicable)));
}

#[test]
fn a_policy_is_read_with_all_its_problems_at_once() {
    let text = "firewal: ALWAYS\nscreenIdle: soon\nremoteLogin: never\napplications: [{}]\n";
    let problems = AppPolicy::read("p.yml", text).expect_err("problems");
    let told: Vec<(&str, Option<&str>)> =
        problems.iter().map(|it| (it.path.as_str(), it.nearest.as_deref())).collect();
    for expected in [
        ("firewal", Some("firewall")),
        ("screenIdle", None),
        ("remoteLogin", None),
        ("applications[0].name", None),
    ] {
        assert!(told.contains(&expected), "{told:?}");
    }
    let json = r#"{"firewall": "ALWAYS", "screenIdle": 120}"#;
    assert_eq!(AppPolicy::read("p.json", json).expect("a policy").practices.len(), 1);
    assert!(AppPolicy::read("p.yml", &" ".repeat(FILE_BYTES_MAX + 1)).is_err());
}
