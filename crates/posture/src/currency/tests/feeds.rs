//! What is read from feeds, and when a fresher table is taken.

use super::*;
use crate::currency::{replace::Refused, sofa::FeedError};

const SOFA: &str = r#"{"UpdateHash": "x", "OSVersions": [
  {"OSVersion": "Aurora 18", "Latest": {"ProductVersion": "18.7.9", "SupportedDevices": ["J1AP"]},
   "SecurityReleases": [
    {"ProductVersion": "18.7.9", "ReleaseDate": "2026-05-11T00:00:00Z", "ActivelyExploitedCVEs": []},
    {"ProductVersion": "18.7.10", "ReleaseDate": "2026-08-17T00:00:00+00:00Z",
     "ActivelyExploitedCVEs": ["CVE-2026-1"]},
    {"ProductVersion": "beta", "ReleaseDate": "2026-08-17T00:00:00Z"},
    {"ProductVersion": "18.7.8", "ReleaseDate": "soon"}]}],
 "Models": {"Mac1,1": {"OSVersions": [18, 26], "MarketingName": "A"}, "Mac1,2": {"OSVersions": []}}}"#;

const REPOSITORY: &str = r#"{"releases": [
  {"releaseCycle": "18", "eol": false, "latest": "18.7.9"},
  {"releaseCycle": "17", "eol": "2025-05-13", "eoes": true},
  {"releaseCycle": "4.3", "eol": true}]}"#;

const API: &str = r#"{"schema_version": "1.2.0", "result": {"name": "x", "releases": [
  {"name": "18", "isEol": false, "eolFrom": null, "latest": {"name": "18.7.9", "date": null}},
  {"name": "17", "isEol": true, "eolFrom": "2025-05-13", "isEoes": true, "eoesFrom": "2027-01-01"},
  {"name": "4.3", "isEol": true, "eolFrom": null}]}}"#;

fn product(text: &str) -> Product {
    endoflife::read(text, "2026-08-22".parse().expect("a day")).expect("a table")
}

#[test]
fn the_snapshot_is_read_written_and_names_its_sources() {
    let built_in = Currency::built_in();
    assert_eq!(built_in.to_json(), BUILT_IN);
    assert!(built_in.notices.iter().any(|notice| notice.contains("SOFA")));
    assert!(built_in.notices.iter().any(|notice| notice.contains("endoflife.date")));
    for name in ["android", "debian", "ios", "ipados", "macos", "ubuntu", "windows"] {
        let product = built_in.product(name).expect(name);
        assert_eq!(product.as_of.to_string(), "2026-08-22");
        assert!(product.lines.len() >= 8, "{name}");
    }
    let newest = |product: &str, line: &str| {
        let product = built_in.product(product).expect("known");
        let line = product.lines.iter().find(|it| it.name == line).expect("known");
        line.newest(product.as_of).expect("known").version.to_string()
    };
    assert_eq!(newest("macos", "26"), "26.6.2");
    assert_eq!(newest("macos", "15"), "15.7.9");
    assert_eq!(newest("ios", "26"), "26.6.1");
    assert_eq!(newest("ios", "18"), "18.7.10", "the greatest, not the one that stands first");
    assert!(Currency::from_json("{").is_err());
    assert!(Currency::from_json(&" ".repeat(5 * 1_024 * 1_024)).is_err());
}

#[test]
fn a_feed_is_read_with_its_traps() {
    let feed = sofa::read(SOFA).expect("a feed");
    assert_eq!(feed.unread, 2);
    let versions: Vec<String> = feed.releases.iter().map(|it| it.version.to_string()).collect();
    assert_eq!(versions, ["18.7.9", "18.7.10"]);
    assert_eq!(feed.releases.iter().map(|it| it.is_urgent).collect::<Vec<_>>(), [false, true]);
    assert_eq!(feed.models["Mac1,1"], ["26", "18"]);
    assert_eq!(feed.models["J1AP"], ["18"]);
    assert!(!feed.models.contains_key("Mac1,2"), "an empty list means that nobody knows");
    let mut product = product(REPOSITORY);
    product.add(&feed);
    assert_eq!(product.lines[0].latest.as_deref(), Some("18.7.10"));
    assert!(matches!(sofa::read(r#"{"OSVersions": []}"#), Err(FeedError::Empty)));
    assert!(matches!(sofa::read("<html>"), Err(FeedError::Unreadable(_))));
    assert!(matches!(endoflife::read("{}", product.as_of), Err(FeedError::Empty)));
}

#[test]
fn an_end_may_be_a_day_or_a_truth_in_both_forms_of_a_table() {
    for text in [REPOSITORY, API] {
        let product = product(text);
        let ends: Vec<End> = product.lines.iter().map(|line| line.end).collect();
        let day = "2025-05-13".parse().expect("a day");
        assert_eq!(ends, [End::Open, End::On(day), End::Past], "{text}");
        assert_eq!(product.lines[0].latest.as_deref(), Some("18.7.9"));
        assert_ne!(product.lines[1].extended, End::Open);
    }
}

#[test]
fn a_fresher_table_is_taken_and_a_worse_one_is_not() {
    let built_in = Currency::built_in();
    let known = built_in.product("macos").expect("known");
    let next = |change: &dyn Fn(&mut Product)| {
        let mut currency = built_in.clone();
        let mut fresh = known.clone();
        fresh.as_of = "2026-09-01".parse().expect("a day");
        change(&mut fresh);
        let result = currency.replace("macos", fresh);
        let is_taken = currency.product("macos") != Some(known);
        assert_eq!(result.is_ok(), is_taken);
        result
    };
    assert_eq!(next(&|_| ()), Ok(()));
    assert_eq!(next(&|it| it.lines[0].latest = Some("26.7".to_owned())), Ok(()));
    assert_eq!(next(&|it| it.as_of = "2026-08-01".parse().expect("a day")), Err(Refused::Older));
    assert_eq!(next(&|it| it.lines.truncate(3)), Err(Refused::Shrunken));
    assert_eq!(
        next(&|it| it.lines.iter_mut().for_each(|it| it.releases.clear())),
        Err(Refused::Shrunken)
    );
    assert_eq!(next(&|it| it.models.clear()), Err(Refused::Shrunken));
    let backwards = |line: &str| Err(Refused::Backwards(line.to_owned()));
    assert_eq!(next(&|it| it.lines[0].latest = Some("26.6.1".to_owned())), backwards("26"));
    assert_eq!(next(&|it| it.lines[0].latest = None), backwards("26"));
    assert_eq!(next(&|it| drop(it.lines.remove(0))), backwards("26"));
    // A product that was not known yet.
    assert_eq!(Currency::default().replace("macos", known.clone()), Ok(()));
}
