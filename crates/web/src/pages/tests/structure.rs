//! What holds of the markup of any page. A page is read tag by tag, as a browser would, without
//! a browser.

use std::collections::BTreeSet;

/// One tag, as written.
struct Tag<'p> {
    name: &'p str,
    text: &'p str,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let start = self.text.find(&format!(" {name}=\""))? + name.len() + 3;
        self.text[start..].split('"').next()
    }
    fn has(&self, name: &str) -> bool {
        self.text.split([' ', '>', '\n']).any(|word| word == name)
    }
}

fn tags(page: &str) -> Vec<Tag<'_>> {
    let opened = page
        .split('<')
        .skip(1)
        .filter(|text| text.starts_with(|letter: char| letter.is_ascii_alphabetic()));
    opened
        .map(|text| Tag {
            name: text.split([' ', '>', '\n', '/']).next().unwrap_or_default(),
            text: text.split('>').next().unwrap_or_default(),
        })
        .collect()
}

/// Fails where a page is not as every page must be.
pub(super) fn check(path: &str, page: &str) {
    let tags = tags(page);
    let count = |name: &str| tags.iter().filter(|tag| tag.name == name).count();
    for (name, wanted) in [("html", 1), ("title", 1), ("h1", 1), ("main", 1), ("header", 1)] {
        assert!(count(name) >= wanted, "{path}: no <{name}>");
    }
    assert_eq!((count("h1"), count("main")), (1, 1), "{path}: one heading, one main part");
    let html = tags.iter().find(|tag| tag.name == "html").expect("counted");
    assert!(html.attribute("lang").is_some_and(|lang| !lang.is_empty()), "{path}: no language");
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.attribute("id")) {
        assert!(ids.insert(id), "{path}: the id {id} stands twice");
    }
    check_fields(path, &tags);
    check_policy(path, &tags);
    let headings: Vec<u32> =
        tags.iter().filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok()).collect();
    let skips = headings.windows(2).any(|pair| pair[1] > pair[0] + 1);
    assert!(!skips, "{path}: a level of headings is left out: {headings:?}");
}

/// Every field has a label, every form its token.
fn check_fields(path: &str, tags: &[Tag<'_>]) {
    let labels: BTreeSet<_> = tags
        .iter()
        .filter(|tag| tag.name == "label")
        .filter_map(|tag| tag.attribute("for"))
        .collect();
    let mut is_in_label = false;
    for tag in tags {
        is_in_label = tag.name == "label" && tag.attribute("for").is_none()
            || is_in_label && tag.name == "span";
        let kind = tag.attribute("type").unwrap_or("text");
        let is_field = matches!(tag.name, "input" | "select" | "textarea") && kind != "hidden";
        let is_labelled = tag.attribute("id").is_some_and(|id| labels.contains(id));
        let is_wrapped = matches!(kind, "radio" | "checkbox");
        assert!(!is_field || is_labelled || is_wrapped, "{path}: no label for {}", tag.text);
    }
}

/// Nothing that the content security policy forbids.
fn check_policy(path: &str, tags: &[Tag<'_>]) {
    for tag in tags {
        assert!(tag.attribute("style").is_none() && tag.name != "style", "{path}: a style inside");
        assert!(tag.name != "script" || tag.attribute("src").is_some(), "{path}: a script inside");
        // What stands between quotes is a value.
        let has_handler = tag.text.split('"').step_by(2).any(|part| part.contains(" on"));
        assert!(!has_handler, "{path}: a handler inside: {}", tag.text);
        for address in [tag.attribute("src"), tag.attribute("href")].into_iter().flatten() {
            let is_out = address.starts_with("http");
            assert!(!is_out || tag.name == "a" && tag.has("rel=\"noreferrer"), "{path}: {address}");
            assert!(!address.starts_with("javascript:"), "{path}: {address}");
        }
    }
}
