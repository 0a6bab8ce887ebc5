use super::{sample, *};

/// The most words before the details (voice).
const WORDS_MAX: usize = 60;
/// Messages that ask; their foot says what each answer does.
const QUESTIONS: [&str; 18] = [
    "admin-granted",
    "app-allowed",
    "automated-use",
    "data-export",
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
    let others = ["notice", "reminder", "factor-enrolled"];
    for name in QUESTIONS.iter().chain(&others) {
        assert!(templates.has(name), "{name}");
    }
}

#[test]
fn no_shipped_text_names_a_provider() {
    for (name, text) in SHIPPED {
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
            let part = |name: &str, part| templates.part(name, part, &["en"], &words);
            let mut whole = vec![part(name, "title"), part(name, "text")];
            if QUESTIONS.contains(&name.as_str()) {
                whole.push(part("common", "footer"));
            }
            let count: usize = whole.iter().map(|text| text.split_whitespace().count()).sum();
            assert!(count <= WORDS_MAX, "{name}: {count} words: {whole:?}");
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
    assert_eq!(templates.part("no-such-message", "title", &["de-AT"], &words), "Was this you?");
}
