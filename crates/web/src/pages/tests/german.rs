//! Whoever reads German reads nothing else on the pages that are theirs.

use std::{fs, path::Path};

use model::Severity;
use runtime::posture::Posture;

use super::{
    structure,
    world::{MIA, World, draft},
};

/// Names that are the same in both languages, and addresses.
const NAMES: [&str; 3] = ["Passkey", "Countersign", "check"];
/// Words that every English sentence has one of, and no German one.
const ENGLISH: [&str; 16] = [
    "the", "you", "your", "we", "and", "it", "that", "this", "not", "is", "with", "until", "for",
    "of", "what", "by",
];

/// What is between two marks, left out; without the second one all that follows.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        left.push_str(before);
        left.push(' ');
        rest = after.split_once(to).map_or("", |(_, after)| after);
    }
    left + rest
}

/// The words of a text, without those of one letter.
fn words(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_alphabetic());
    words.filter(|word| word.chars().count() > 1).collect()
}

/// The words that stand in a template itself, and so in every language.
fn words_of_template(text: &str) -> Vec<String> {
    let spoken = [("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<pre", "</pre>")]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| without(&text, from, to));
    // What is read aloud or shown stands in these attributes too.
    let shown = ["placeholder=\"", "aria-label=\"", "title=\"", "alt=\""];
    let attributes = shown.iter().flat_map(|name| spoken.split(name).skip(1));
    let attributes: Vec<&str> = attributes.filter_map(|rest| rest.split('"').next()).collect();
    let visible = without(&without(&spoken, "<", ">"), "&", ";");
    let all = [visible.as_str()].into_iter().chain(attributes);
    let found = all.flat_map(|text| words(text).into_iter().map(str::to_owned).collect::<Vec<_>>());
    found.filter(|word| !NAMES.contains(&word.as_str())).collect()
}

#[test]
fn every_word_of_a_persons_page_is_there_in_both_languages() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut count = 0;
    for folder in ["person", "ways", "signin"] {
        for entry in fs::read_dir(templates.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("a template");
            // `an` is a part of a German verb, and stands under a condition.
            let left: Vec<String> =
                words_of_template(&text).into_iter().filter(|word| word != "an").collect();
            assert_eq!(left, [""; 0], "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 17, "{count}");
    let bare = "<p class=\"a\">Hello {{ frame.say(\"x y\", \"z\") }}</p><i alt=\"seen\"></i>";
    assert_eq!(words_of_template(bare), ["Hello", "seen"]);
}

/// What is to be read of a page, without what came from outside.
fn read(html: &str) -> String {
    let from = [("<bdi", "</bdi>"), ("<script", "</script>"), ("<head", "</head>")];
    let own = from.into_iter().fold(html.to_owned(), |text, (from, to)| without(&text, from, to));
    without(&without(&own, "<", ">"), "&", ";")
}

/// Whether a page of this address says nothing in English.
fn check(path: &str, html: &str) {
    assert!(html.contains("<html lang=\"de\">"), "{path}: {html:.200}");
    let text = read(html).to_lowercase();
    let found: Vec<&str> = words(&text).into_iter().filter(|word| ENGLISH.contains(word)).collect();
    assert_eq!(found, [""; 0], "{path}: {text}");
    structure::check(path, html);
}

#[tokio::test]
async fn a_question_is_read_answered_and_proven_in_german() {
    let world = World::with(Some("de-AT"), |engine, _, _| Posture::without_devices(engine.clone()));
    let case = world.question(MIA).await;
    let mia = world.browser(MIA).await;
    let path = format!("/ask/{case}");
    for page in ["/me", "/me/history", "/me/settings", "/me/ways", "/me/prove?next=/me/ways"] {
        check(page, &mia.get(page).await.html);
    }
    for now in ["changed", "wrong", "limited", "busy", "comment", "no-way", "noted"] {
        check(now, &mia.get(&format!("{path}?now={now}")).await.html);
    }
    mia.post(&format!("{path}/answer"), &[("answer", "me"), ("revision", "1")]).await;
    let claimed = mia.get(&path).await.html;
    assert!(claimed.contains("Mit einem Passkey nachweisen"), "{claimed}");
    check("claimed", &claimed);
    for method in ["passkey", "totp", "duo"] {
        mia.post(&format!("{path}/prove"), &[("method", method)]).await;
        check(method, &mia.get(&path).await.html);
        world.dispatch().await;
        check(method, &mia.get(&path).await.html);
        mia.post("/me/prove", &[("method", method), ("next", "/me")]).await;
        check("prove", &mia.get("/me/prove?next=/me").await.html);
    }
    let other = world.alert(draft(MIA, "Sign-in from a new country", Severity::High)).await;
    let path = format!("/ask/{other}");
    mia.post(&format!("{path}/answer"), &[("answer", "not_me"), ("revision", "1")]).await;
    let denied = mia.get(&path).await.html;
    assert!(denied.contains("Das Sicherheitsteam weiß davon."), "{denied}");
    check("denied", &denied);
}
