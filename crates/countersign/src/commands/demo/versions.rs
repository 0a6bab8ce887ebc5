//! The public feeds of operating systems' versions, played. They say what is built in, as of today:
//! a demo that is looked at long after its build judges its computers all the same.

use std::collections::BTreeMap;

use ::demo::vendors::feeds::FeedWorld;
use posture::{
    Currency,
    currency::{End, Line, Product},
};
use serde_json::{Value, json};

/// The systems of the company's computers.
const PRODUCTS: [&str; 2] = ["macos", "windows"];
/// The feed of Apple's releases.
const RELEASES: &str = "sofa_macos";

/// Starts the feeds.
pub(super) async fn start() -> std::io::Result<FeedWorld> {
    let feeds = FeedWorld::start().await?;
    for (name, product) in products() {
        feeds.put(&format!("endoflife_{name}"), &support(product).to_string());
        if name == "macos" {
            feeds.put(RELEASES, &releases(product).to_string());
        }
    }
    Ok(feeds)
}

/// The setting `posture.feeds`, in one line.
pub(super) fn setting(feeds: &FeedWorld) -> String {
    let names = PRODUCTS.map(|name| format!("endoflife_{name}"));
    let named = |name: &String| format!("{name} = \"{}\"", feeds.url(name));
    let all: Vec<String> = names.iter().chain([&RELEASES.to_owned()]).map(named).collect();
    format!("{{ {} }}", all.join(", "))
}

fn products() -> impl Iterator<Item = (&'static str, &'static Product)> {
    PRODUCTS.into_iter().filter_map(|name| Some((name, Currency::built_in().product(name)?)))
}

/// Ends of support, as endoflife.date writes them.
fn support(product: &Product) -> Value {
    let end = |end: End| match end {
        End::Open => json!(false),
        End::On(day) => json!(day),
        End::Past => json!(true),
    };
    let line = |line: &Line| {
        let mut said = json!({
            "releaseCycle": line.name, "eol": end(line.end), "eoes": end(line.extended),
        });
        if let Some(latest) = &line.latest {
            said["latest"] = json!(latest);
        }
        said
    };
    json!({ "releases": product.lines.iter().map(line).collect::<Vec<_>>() })
}

/// Releases and what models can run, as SOFA writes them.
fn releases(product: &Product) -> Value {
    let line = |line: &Line| {
        let release = |it: &posture::currency::Release| {
            let holes: &[&str] = if it.is_urgent { &["CVE"] } else { &[] };
            json!({
                "ProductVersion": it.version.to_string(), "ReleaseDate": it.on,
                "ActivelyExploitedCVEs": holes,
            })
        };
        let all: Vec<Value> = line.releases.iter().map(release).collect();
        json!({ "OSVersion": format!("macOS {}", line.name), "SecurityReleases": all })
    };
    let models = product.models.iter().map(|(code, lines)| {
        let lines: Vec<u32> = lines.iter().filter_map(|line| line.parse().ok()).collect();
        (code.clone(), json!({ "OSVersions": lines }))
    });
    let models: BTreeMap<String, Value> = models.collect();
    let lines: Vec<Value> = product.lines.iter().map(line).collect();
    json!({ "OSVersions": lines, "Models": models })
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use posture::currency::{endoflife, sofa};

    use super::{Currency, products, releases, support};

    #[test]
    fn the_feeds_of_the_demo_take_the_place_of_what_is_built_in() {
        let today: Date = "2031-01-02".parse().expect("a day");
        for (name, product) in products() {
            let mut fresh = endoflife::read(&support(product).to_string(), today).expect("read");
            if name == "macos" {
                fresh.add(&sofa::read(&releases(product).to_string()).expect("read"));
            }
            let mut currency = Currency::built_in().clone();
            currency.replace(name, fresh).unwrap_or_else(|refused| panic!("{name}: {refused}"));
        }
    }
}
