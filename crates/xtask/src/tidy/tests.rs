use std::path::Path;

use super::{Manifest, arrows, claims, texts};

fn manifest(folder: &str, dependencies: &str) -> Manifest {
    let text = format!(
        "[package]\nname = \"{folder}\"\n[lints]\nworkspace = true\n[dependencies]\n{dependencies}"
    );
    Manifest::read(folder, &text).expect("TOML")
}

fn workspace(changed: Manifest) -> Vec<Manifest> {
    let mut all: Vec<_> =
        ["model", "ports", "runtime", "testkit"].map(|name| manifest(name, "")).into();
    all.retain(|manifest| manifest.folder != changed.folder);
    all.push(changed);
    all
}

#[test]
fn an_arrow_that_is_not_in_the_table_is_refused() {
    for (folder, dependency, is_refused) in [
        ("runtime", "ports.workspace = true", false),
        ("ports", "runtime.workspace = true", true),
        ("model", "serde = \"1\"", false),
        ("model", "regex = \"1\"", true),
        ("casework", "tokio.workspace = true", true),
        ("casework", "cel.workspace = true", false),
        ("runtime", "axum.workspace = true", true),
        ("web", "axum.workspace = true", false),
        ("connectors", "clock = { package = \"rusqlite\", version = \"1\" }", true),
        ("web", "testkit.workspace = true", true),
        ("web", "\n[dev-dependencies]\ntestkit.workspace = true", false),
        ("web", "\n[target.'cfg(unix)'.dependencies]\nreqwest = \"1\"", true),
        ("web", "\n[build-dependencies]\nreqwest = \"1\"", true),
        ("stranger", "", true),
    ] {
        let found = arrows::findings(&workspace(manifest(folder, dependency)));
        assert_eq!(!found.is_empty(), is_refused, "{folder}: {dependency}: {found:?}");
    }
}

#[test]
fn a_manifest_without_the_shared_lints_or_under_another_name_is_found() {
    assert!(manifest("model", "").findings().is_empty());
    let bare = Manifest::read("model", "[package]\nname = \"models\"").expect("TOML");
    assert_eq!(bare.findings().len(), 2);
}

#[test]
fn a_text_with_a_path_of_a_machine_or_without_its_last_newline_is_found() {
    for (name, text, findings) in [
        ("a.md", "fine\n".to_owned(), 0),
        ("a.md", "no newline".to_owned(), 1),
        ("a.rs", format!("// see {}main\n", ["/wo", "rk/"].concat()), 1),
        ("a.rs", format!("// {}: later\n", ["TO", "DO"].concat()), 1),
        ("mod.rs", "//! x\n".to_owned(), 1),
        ("Cargo.lock", ["/ro", "ot/"].concat(), 0),
        ("package-lock.json", "\"resolved\": \"https://mirror.example/a\"".to_owned(), 1),
        ("package-lock.json", "\"resolved\": \"https://registry.npmjs.org/a\"".to_owned(), 0),
    ] {
        let found = texts::file_findings(Path::new(name), &text);
        assert_eq!(found.len(), findings, "{name}: {text}: {found:?}");
    }
}

#[test]
fn the_map_names_exactly_the_crates_that_exist() {
    let manifests = [manifest("model", ""), manifest("store-sqlite", "")];
    let found = |text: &str| texts::architecture_findings(text, &manifests);
    let tree = "# A\n## The tree\n- `model`: words\n- `store-sqlite`: a store\n## More\n- `x`\n";
    assert_eq!(found(tree), Vec::<String>::new());
    assert_eq!(found("`crates/model` and `crates/store-sqlite`"), Vec::<String>::new());
    assert_eq!(found("crates/model"), ["ARCHITECTURE.md: does not name crates/store-sqlite"]);
    assert_eq!(
        found(&format!("{tree}crates/detect")),
        ["ARCHITECTURE.md: there is no crates/detect"]
    );
    assert_eq!(found(&(tree.to_owned() + &"\n".repeat(200))).len(), 1);
    assert!(texts::readme_findings("run `cargo xtask test`").is_none());
    assert!(texts::readme_findings("run make").is_some());
}

#[test]
fn the_table_of_the_document_is_the_one_that_is_enforced() {
    for (row, findings) in [
        ("| store-sqlite | ports, model | each other; web |", 0),
        ("| countersign | everything | business rules |", 0),
        ("| runtime | casework, detect, event, ports, posture, model | any store |", 0),
        ("| runtime | casework, event, ports, posture, model | any store |", 1),
        ("| config | model, connectors | runtime |", 1),
        ("| crate | may use | must never use |", 0),
    ] {
        assert_eq!(super::arrows::table_findings(row).len(), findings, "{row}");
    }
}

#[test]
fn a_table_names_only_tests_that_exist() {
    let known = ["silence_is_told".to_owned()].into();
    let unknown = |table| claims::unknown(table, &known);
    assert_eq!(unknown("| R1 | `a/b_c_d.rs`, `two_words` | `silence_is_told` |"), [""; 0]);
    assert_eq!(unknown("| R1 | `silence_is_told`, `noise_is_told` |"), ["noise_is_told"]);
}
