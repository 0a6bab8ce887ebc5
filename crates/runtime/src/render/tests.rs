use std::collections::BTreeMap;

use super::{sample, *};

/// The most words before the details (voice).
const WORDS_MAX: usize = 60;
/// Messages that ask; their foot says what each answer does.
const QUESTIONS: [&str; 19] = [
    "admin-granted",
    "app-allowed",
    "automated-use",
    "data-export",
    "factors-were-reset",
    "generic",
    "key-elsewhere",
    "logging-stopped",
    "many-downloads",
    "many-repositories",
    "new-factor",
    "new-key",
    "new-network",
    "odd-sign-in",
    "session-moved",
    "setting-changed",
    "shared-outside",
    "sign-in-prompts",
    "things-deleted",
];

#[test]
fn every_shipped_text_renders_with_sample_data() {
    let files: Vec<(String, String)> =
        SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let (templates, problems) = Templates::load(&files);
    assert_eq!(problems, []);
    let others = ["notice", "reminder", "factor-enrolled", "factors-reset"];
    for name in QUESTIONS.iter().chain(&others) {
        assert!(templates.has(name), "{name}");
    }
}

/// The parts of a shipped text in a language.
fn shipped(name: &str, language: &str) -> Option<BTreeMap<String, String>> {
    let file = format!("{name}.{language}.yml");
    let (_, text) = SHIPPED.iter().find(|(name, _)| *name == file)?;
    Some(read(&file, text).expect("a map of texts").2)
}

#[test]
fn every_shipped_text_is_there_in_german_with_all_its_parts() {
    let english = SHIPPED.iter().filter_map(|(name, _)| name.strip_suffix(".en.yml"));
    let mut count = 0;
    for name in english {
        let parts = |language| shipped(name, language).map(BTreeMap::into_keys);
        let (ours, theirs) = (parts("en"), parts("de"));
        let lists = [ours, theirs].map(|it| it.map(Iterator::collect::<Vec<_>>));
        assert_eq!(lists[0], lists[1], "{name}");
        count += 1;
    }
    assert!(count > QUESTIONS.len(), "{count}");
}

#[test]
fn a_language_comes_before_another_and_in_it_what_the_company_wrote() {
    let own = [("generic.en.yml", "title: Ours"), ("notice.de.yml", "title: Unseres")];
    let own = own.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (templates, problems) = Templates::load(&own);
    assert_eq!(problems, []);
    let words = sample::full();
    for (name, languages, title) in [
        ("generic", &["en"][..], "Ours"),
        ("generic", &["de-AT", "en"], "Warst du das?"),
        ("notice", &["de_CH"], "Unseres"),
        ("notice", &["fr", "de"], "Unseres"),
        ("notice", &["fr"], "Just so you know"),
        ("no-such-message", &["de"], "Warst du das?"),
    ] {
        assert_eq!(templates.part(name, "title", languages, &words), title, "{name} {languages:?}");
    }
}

#[test]
fn what_a_rule_of_ours_found_is_called_in_the_readers_language() {
    let templates = Templates::default();
    let called = |languages: &[&str]| {
        templates.called(RULE_TITLES, "okta-travel", "Okta sign-ins too far apart", languages)
    };
    assert_eq!(called(&["en"]), "Okta sign-ins too far apart");
    assert_eq!(called(&["en-GB", "de"]), "Okta sign-ins too far apart", "English comes first");
    assert!(called(&["de-AT", "en"]).starts_with("Okta-Anmeldungen"));
    assert!(called(&["fr", "de"]).starts_with("Okta-Anmeldungen"));
    let own = templates.called(RULE_TITLES, "of-the-company", "Its own title", &["de"]);
    assert_eq!(own, "Its own title", "a rule without a text keeps its title");
}

#[test]
fn no_shipped_text_names_a_provider() {
    // What a rule looks at is what its title is about.
    for (name, text) in SHIPPED.iter().filter(|(name, _)| !name.starts_with(RULE_TITLES)) {
        let text = text.to_lowercase();
        let mut words = text.split(|letter: char| !letter.is_alphanumeric());
        let named = words.find(|word| ["duo", "okta", "yubikey", "microsoft"].contains(word));
        assert_eq!(named, None, "{name}");
    }
}

#[test]
fn a_question_has_at_most_sixty_words_before_its_details() {
    let templates = Templates::default();
    for words in sample::all() {
        for name in &templates.messages {
            for language in ["en", "de"] {
                let part = |name: &str, part| templates.part(name, part, &[language], &words);
                let mut whole = vec![part(name, "title"), part(name, "text")];
                if QUESTIONS.contains(&name.as_str()) {
                    whole.push(part("common", "footer"));
                }
                let count: usize = whole.iter().map(|text| text.split_whitespace().count()).sum();
                assert!(count <= WORDS_MAX, "{name}: {count} words: {whole:?}");
            }
        }
    }
}

#[test]
fn a_bad_file_is_told_and_the_shipped_text_stands() {
    let bad = [
        ("generic.en.yml", "title: '{{ nobody_knows }}'\ntext: fine"),
        (
            "endless.en.yml",
            "title: '{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}'\ntext: t",
        ),
        ("open.en.yml", "title: '{{ title'\ntext: t"),
        ("list.en.yml", "- a\n- b"),
        ("nameless.yml", "title: a"),
    ];
    let bad = bad.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (templates, problems) = Templates::load(&bad);
    let told: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(
        told,
        [
            "generic.en.yml: title",
            "endless.en.yml: title",
            "open.en.yml: title",
            "list.en.yml",
            "nameless.yml"
        ]
    );
    let words = sample::full();
    assert_eq!(templates.part("generic", "title", &["en"], &words), "Was this you?");
    assert_eq!(templates.part("generic", "text", &["en"], &words), "fine");
    assert_eq!(templates.part("no-such-message", "title", &["fr"], &words), "Was this you?");
}
