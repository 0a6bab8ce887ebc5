use super::*;
use crate::detail::Note;

fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

const LANGUAGES: [&str; 2] = ["en", "de"];

#[test]
fn every_shipped_text_is_read_and_every_sentence_is_there_in_every_language() {
    let (texts, problems) = Texts::load(&files(SHIPPED));
    assert_eq!(problems, []);
    for language in LANGUAGES {
        for note in Note::ALL {
            let own = texts.sentences[language].get(*note);
            let own = own.unwrap_or_else(|| panic!("{language} has no {}", note.name()));
            for hole in note.holes() {
                assert!(own.contains(&format!("{{{{ {hole} }}}}")), "{language}: {own}: {hole}");
            }
        }
    }
}

#[test]
fn every_practice_has_directions_where_it_can_fail_in_every_language() {
    let texts = Texts::shipped();
    let desktops = [Platform::Macos, Platform::Windows, Platform::Linux];
    let mobile = Platform::MOBILE;
    for language in LANGUAGES {
        let page = |name: &str| {
            let page = texts.pages.get(&(name.to_owned(), language.to_owned()));
            page.unwrap_or_else(|| panic!("{name} in {language}"))
        };
        for practice in Practice::BUILT_IN {
            let platforms: &[Platform] = match practice {
                Practice::Jailed | Practice::Passcode => &mobile,
                Practice::UnknownSources | Practice::AdbStatus => &[Platform::Android],
                _ => &desktops,
            };
            let page = page(&practice.to_string());
            for platform in platforms {
                assert!(page.directions(*platform).is_some(), "{practice} on {platform:?}");
            }
            for state in [State::Ok, State::Nudge, State::Warn] {
                assert_ne!(page.title(state), page.title(State::Unknown), "{practice}");
            }
            assert!(!page.description.is_empty());
        }
        page("agent");
        page("foreign");
    }
}

#[test]
fn a_text_of_this_company_lies_over_what_ships() {
    let own = [
        ("firewall.en.md", "# Ours\n\nBecause.\n\n## all\nCall 17.\n"),
        ("details.en.yml", "not_reported: Nobody knows.\n"),
    ];
    let (texts, problems) = Texts::load(&files(&own));
    assert_eq!(problems, []);
    let plain = Note::NotReported.plain();
    assert_eq!(texts.say(&plain, "en"), "Nobody knows.");
    assert_eq!(texts.say(&plain, "de"), "Niemand hat es bisher gemeldet.");
    assert_eq!(texts.say(&Note::Permission.plain(), "en"), "Our tool was not allowed to look.");
    let page = &texts.pages[&("firewall".to_owned(), "en".to_owned())];
    assert_eq!((page.title(State::Ok), page.description.as_str()), ("Ours", "Because."));
    assert_eq!(page.directions(Platform::Other), Some("Call 17."));
}

#[test]
fn what_stands_in_a_hole_is_never_a_hole_itself() {
    let texts = Texts::shipped();
    let sly = Note::Recommended.with(["{{ version }}", "1"]);
    assert_eq!(texts.say(&sly, "en"), "The recommended version of {{ version }} is 1.");
    let short = Detail { note: Note::Recommended, values: vec!["iOS".to_owned()] };
    assert_eq!(texts.say(&short, "en"), "The recommended version of iOS is .");
    assert_eq!(sentences::fill("a {{ b", &["b"], &["x".to_owned()]), "a {{ b");
}

#[test]
fn what_is_wrong_with_a_text_is_told() {
    let huge = format!("# t\n{}", "x".repeat(FILE_BYTES_MAX));
    for (name, text, path, told, nearest) in [
        ("x.en.md", "no title", "", "must begin with", None),
        ("x.en.md", "# t\n\n## waarn\nx\n", "waarn", "must be a state", Some("warn")),
        ("x.en.md", "# t\n\n## macos\n", "macos", "is empty", None),
        ("x.en.md", "# t\n\n## ok\na\n\n## ok\nb\n", "ok", "twice", None),
        ("x.en.md", huge.as_str(), "", "longer than", None),
        ("x.md", "# t", "", "must be called", None),
        ("x.en.txt", "# t", "", "must be called", None),
        ("details.en.yml", "line: '{{ lin }}'", "line", "knows no `lin`", Some("line")),
        ("details.en.yml", "lines: x", "lines", "unknown key", Some("line")),
        ("details.en.yml", "a: [", "", "", None),
    ] {
        let (_, problems) = Texts::load(&files(&[(name, text)]));
        let found = problems.iter().find(|it| it.path == path && it.text.contains(told));
        let found = found.unwrap_or_else(|| panic!("{name}: {problems:?}"));
        assert_eq!(found.nearest.as_deref(), nearest, "{name}");
    }
}
