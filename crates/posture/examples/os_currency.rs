//! Writes the snapshot of operating systems from a folder of feeds to standard output.
//! `cargo xtask os-currency` runs it and puts the result into its place.
#![expect(
    clippy::disallowed_methods,
    reason = "a tool beside the crate: reading the feeds is what it is for"
)]

use std::{env, error::Error, fs, path::Path};

use posture::currency::{Currency, Product, endoflife, sofa};

const PRODUCTS: [&str; 7] = ["android", "debian", "ios", "ipados", "macos", "ubuntu", "windows"];
const NOTICES: [&str; 2] = [
    "Release dates and supported models of Apple's systems: SOFA, \
     https://github.com/macadmins/sofa, Apache-2.0",
    "Ends of support: endoflife.date, https://github.com/endoflife-date/endoflife.date, \
     Copyright 2020 endoflife.date contributors, MIT",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("name the folder of the feeds")?;
    let folder = Path::new(&folder);
    let mut currency =
        Currency { notices: NOTICES.map(str::to_owned).to_vec(), ..Currency::default() };
    let feed = |name: &str| -> Result<sofa::Feed, Box<dyn Error>> {
        Ok(sofa::read(&fs::read_to_string(folder.join("sofa").join(name))?)?)
    };
    let (mac, mobile) = (feed("macos_data_feed.json")?, feed("ios_data_feed.json")?);
    for name in PRODUCTS {
        let mut product = product(folder, name)?;
        match name {
            "macos" => product.add(&mac),
            "ios" | "ipados" => product.add(&mobile),
            _ => {}
        }
        currency.products.insert(name.to_owned(), product);
    }
    print!("{}", currency.to_json());
    Ok(())
}

fn product(folder: &Path, name: &str) -> Result<Product, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("endoflife").join(format!("{name}.json")))?;
    let head: serde_json::Value = serde_json::from_str(&text)?;
    let day = head.get("snapshot").and_then(serde_json::Value::as_str);
    Ok(endoflife::read(&text, day.ok_or("no `snapshot` day")?.parse()?)?)
}
