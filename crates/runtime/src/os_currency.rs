//! What is known of operating systems, looked at again in the public feeds.
//!
//! A product's table is made of one feed or two (ends of support, and for Apple's systems their
//! releases beside). A table that is older, much smaller, or goes backwards is refused, and the one
//! in force stays; so does it when a feed fails. A feed that says that it did not change makes the
//! table as fresh as the day on which it said so.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use ports::{
    Failure,
    feeds::{Feed, Fetched, Validators},
};
use posture::{
    Currency,
    currency::{Product, endoflife, sofa},
};
use serde::{Deserialize, Serialize};

/// The feeds, by their names in the configuration: `endoflife_PRODUCT`, `sofa_macos`, `sofa_ios`.
pub type Feeds = BTreeMap<String, Arc<dyn Feed>>;

/// The feeds of releases, and the products that they belong to.
const RELEASES: [(&str, &str); 3] =
    [("macos", "sofa_macos"), ("ios", "sofa_ios"), ("ipados", "sofa_ios")];
/// Before a product in the name of its feed.
const SUPPORT: &str = "endoflife_";

/// What feeds were told by at the last look. To be kept between looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known(BTreeMap<String, Validators>);

/// What came of a look.
#[derive(Debug)]
pub struct Refreshed {
    /// What is known now.
    pub currency: Currency,
    /// What feeds are told by the next time.
    pub known: Known,
    /// What came of each product.
    pub products: BTreeMap<String, Outcome>,
}

/// What came of a product.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Its table is a new one.
    Replaced,
    /// Its feeds say that they did not change.
    Unchanged,
    /// What its feeds say was not taken, and why.
    Refused(String),
    /// A feed could not be had.
    Failed(Failure),
}

/// Looks at the feeds of every product. `today` is the day of which they are true.
pub async fn refresh(currency: &Currency, feeds: &Feeds, known: &Known, today: Date) -> Refreshed {
    let mut after =
        Refreshed { currency: currency.clone(), known: known.clone(), products: BTreeMap::new() };
    for product in feeds.keys().filter_map(|name| name.strip_prefix(SUPPORT)) {
        let outcome = refresh_product(product, feeds, known, today, &mut after).await;
        after.products.insert(product.to_owned(), outcome);
    }
    after
}

async fn refresh_product(
    product: &str,
    feeds: &Feeds,
    known: &Known,
    today: Date,
    after: &mut Refreshed,
) -> Outcome {
    let released = RELEASES.iter().find(|(name, _)| *name == product).map(|(_, feed)| *feed);
    let names = [Some(format!("{SUPPORT}{product}")), released.map(str::to_owned)];
    let names: Vec<String> =
        names.into_iter().flatten().filter(|name| feeds.contains_key(name)).collect();
    let texts = match texts(&names, feeds, known).await {
        Ok(Some(texts)) => texts,
        Ok(None) => return unchanged(product, today, after),
        Err(failure) => return Outcome::Failed(failure),
    };
    let made = table(&texts, today);
    let replaced = made
        .and_then(|table| after.currency.replace(product, table).map_err(|why| why.to_string()));
    match replaced {
        Ok(()) => {
            let validators = names.into_iter().zip(texts.into_iter().map(|(_, it)| it));
            after.known.0.extend(validators);
            Outcome::Replaced
        }
        Err(why) => Outcome::Refused(why),
    }
}

/// The feeds of a product, all of them when one of them changed: a table is made of all.
async fn texts(
    names: &[String],
    feeds: &Feeds,
    known: &Known,
) -> Result<Option<Vec<(String, Validators)>>, Failure> {
    let mut fetched = Vec::new();
    for name in names {
        let validators = known.0.get(name).cloned().unwrap_or_default();
        fetched.push(feeds[name].fetch(&validators).await?);
    }
    if fetched.iter().all(|it| *it == Fetched::Unchanged) {
        return Ok(None);
    }
    let mut texts = Vec::new();
    for (name, fetched) in names.iter().zip(fetched) {
        let fetched = match fetched {
            Fetched::Unchanged => feeds[name].fetch(&Validators::default()).await?,
            fresh => fresh,
        };
        match fetched {
            Fetched::Fresh { body, validators } => texts.push((body, validators)),
            Fetched::Unchanged => {
                let what = format!("{name}: answers that it did not change to whoever has nothing");
                return Err(Failure::retry(what));
            }
        }
    }
    Ok(Some(texts))
}

/// The table in force is true of today too.
fn unchanged(product: &str, today: Date, after: &mut Refreshed) -> Outcome {
    let Some(table) = after.currency.product(product).cloned() else {
        return Outcome::Refused("nothing is known of it, and its feed did not change".to_owned());
    };
    let fresh = Product { as_of: today.max(table.as_of), ..table };
    match after.currency.replace(product, fresh) {
        Ok(()) => Outcome::Unchanged,
        Err(why) => Outcome::Refused(why.to_string()),
    }
}

fn table(texts: &[(String, Validators)], today: Date) -> Result<Product, String> {
    let mut texts = texts.iter().map(|(text, _)| text.as_str());
    let support = texts.next().ok_or("there is no feed")?;
    let mut table = endoflife::read(support, today).map_err(|error| error.to_string())?;
    if let Some(releases) = texts.next() {
        table.add(&sofa::read(releases).map_err(|error| error.to_string())?);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use ports::feeds::FakeFeed;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn fresh(body: &str, tag: &str) -> Result<Fetched, Failure> {
        let validators = Validators { etag: Some(tag.to_owned()), last_modified: None };
        Ok(Fetched::Fresh { body: body.to_owned(), validators })
    }

    const TWO: &str = r#"{"result":{"releases":[
        {"name":"13","isEol":false,"eolFrom":null,"latest":{"name":"13.1"}},
        {"name":"12","isEol":false,"eolFrom":"2028-06-30","latest":{"name":"12.12"}}]}}"#;
    const BACK: &str = r#"{"result":{"releases":[
        {"name":"13","isEol":false,"latest":{"name":"13.0"}},
        {"name":"12","isEol":false,"latest":{"name":"12.12"}}]}}"#;
    const RELEASES: &str = r#"{"OSVersions":[{"OSVersion":"Tahoe 26","SecurityReleases":[
        {"ProductVersion":"26.1","ReleaseDate":"2026-11-01T00:00:00Z"}]}]}"#;
    const MACOS: &str = r#"{"result":{"releases":[
        {"name":"26","isEol":false,"latest":{"name":"26.0"}}]}}"#;

    fn feeds<const N: usize>(all: [(&str, &Arc<FakeFeed>); N]) -> Feeds {
        all.map(|(name, feed)| (name.to_owned(), Arc::clone(feed) as Arc<dyn Feed>)).into()
    }

    fn empty() -> Currency {
        Currency::default()
    }

    #[test]
    fn a_feed_that_changed_replaces_its_table_and_one_that_did_not_makes_it_fresh() {
        let debian = Arc::new(FakeFeed::of([fresh(TWO, "a"), Ok(Fetched::Unchanged)]));
        let feeds = feeds([("endoflife_debian", &debian)]);
        block_on(async {
            let first = refresh(&empty(), &feeds, &Known::default(), day("2026-11-20")).await;
            assert_eq!(first.products["debian"], Outcome::Replaced);
            assert_eq!(first.currency.products["debian"].lines.len(), 2);
            let second = refresh(&first.currency, &feeds, &first.known, day("2027-03-01")).await;
            assert_eq!(second.products["debian"], Outcome::Unchanged);
            assert_eq!(second.currency.products["debian"].as_of, day("2027-03-01"));
            assert_eq!(second.known, first.known);
        });
        let tags: Vec<Option<String>> = debian.asked().into_iter().map(|it| it.etag).collect();
        assert_eq!(tags, [None, Some("a".to_owned())]);
    }

    #[test]
    fn a_table_that_is_worse_is_refused_and_asked_for_again() {
        let debian = Arc::new(FakeFeed::of([
            fresh(TWO, "a"),
            fresh(BACK, "b"),
            fresh("<html>", "c"),
            fresh(r#"{"result":{"releases":[]}}"#, "d"),
            Err(Failure::retry("down")),
        ]));
        let feeds = feeds([("endoflife_debian", &debian)]);
        block_on(async {
            let first = refresh(&empty(), &feeds, &Known::default(), day("2026-11-20")).await;
            for _ in 0..3 {
                let worse = refresh(&first.currency, &feeds, &first.known, day("2026-11-21")).await;
                assert!(matches!(worse.products["debian"], Outcome::Refused(_)), "{worse:?}");
                assert_eq!((&worse.currency, &worse.known), (&first.currency, &first.known));
            }
            let down = refresh(&first.currency, &feeds, &first.known, day("2026-11-21")).await;
            assert!(matches!(down.products["debian"], Outcome::Failed(_)));
            assert_eq!(down.currency, first.currency);
        });
    }

    #[test]
    fn a_table_of_two_feeds_is_made_of_both_when_one_changed() {
        let support =
            Arc::new(FakeFeed::of([fresh(MACOS, "a"), Ok(Fetched::Unchanged), fresh(MACOS, "a")]));
        let releases = Arc::new(FakeFeed::of([fresh(RELEASES, "x"), fresh(RELEASES, "y")]));
        let feeds = feeds([("endoflife_macos", &support), ("sofa_macos", &releases)]);
        block_on(async {
            let first = refresh(&empty(), &feeds, &Known::default(), day("2026-11-20")).await;
            assert_eq!(first.products["macos"], Outcome::Replaced);
            let line = &first.currency.products["macos"].lines[0];
            assert_eq!((line.latest.as_deref(), line.releases.len()), (Some("26.1"), 1));
            let second = refresh(&first.currency, &feeds, &first.known, day("2026-11-21")).await;
            assert_eq!(second.products["macos"], Outcome::Replaced);
            assert_eq!(second.currency.products["macos"].lines[0].releases.len(), 1);
        });
        assert_eq!(support.asked().last(), Some(&Validators::default()), "all of it, not a change");
    }

    #[test]
    fn the_snapshot_that_is_built_in_is_refreshed_like_any() {
        let debian = Arc::new(FakeFeed::of([fresh(TWO, "a")]));
        let feeds = feeds([("endoflife_debian", &debian)]);
        let built_in = Currency::built_in();
        let refreshed = block_on(refresh(built_in, &feeds, &Known::default(), day("2026-11-20")));
        let Outcome::Refused(why) = &refreshed.products["debian"] else { panic!("two lines only") };
        assert!(why.contains("smaller"), "{why}");
        assert_eq!(refreshed.currency, *built_in);
    }
}
