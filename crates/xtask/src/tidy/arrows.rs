//! The table of arrows of `ARCHITECTURE.md`: which crate may use which.

use std::collections::BTreeSet;

use super::manifest::Manifest;

/// What a crate of ours may be built with.
struct Arrows {
    of: &'static str,
    /// Crates of ours.
    ours: &'static [&'static str],
    /// Crates of others; `None` is any that no other rule refuses.
    others: Option<&'static [&'static str]>,
}

/// Which crates of ours may be used by whom. A new crate gets a line here first.
const ARROWS: &[Arrows] = &[
    Arrows { of: "model", ours: &[], others: Some(&["jiff", "serde", "thiserror", "ulid"]) },
    Arrows { of: "content", ours: &["model"], others: None },
    Arrows { of: "event", ours: &["model"], others: None },
    Arrows { of: "detect", ours: &["content", "event", "model"], others: None },
    Arrows { of: "expr", ours: &["content"], others: None },
    Arrows { of: "casework", ours: &["content", "expr", "model"], others: None },
    Arrows { of: "posture", ours: &["content", "expr", "model"], others: None },
    Arrows { of: "ports", ours: &["event", "model"], others: None },
    Arrows { of: "event-log", ours: &["model", "ports"], others: None },
    Arrows { of: "store-sqlite", ours: &["model", "ports"], others: None },
    Arrows { of: "connectors", ours: &["event", "model", "ports"], others: None },
    Arrows {
        of: "runtime",
        ours: &["casework", "detect", "event", "model", "ports", "posture"],
        others: None,
    },
    Arrows { of: "config", ours: &["model"], others: None },
    Arrows { of: "web", ours: &["casework", "model", "ports", "runtime"], others: None },
    Arrows { of: "demo", ours: &["model", "ports"], others: None },
    Arrows {
        of: "countersign",
        ours: &[
            "casework",
            "config",
            "connectors",
            "content",
            "demo",
            "detect",
            "event",
            "expr",
            "event-log",
            "model",
            "ports",
            "posture",
            "runtime",
            "store-sqlite",
            "web",
        ],
        others: None,
    },
    Arrows {
        of: "testkit",
        ours: &[
            "casework",
            "config",
            "connectors",
            "content",
            "countersign",
            "demo",
            "detect",
            "event",
            "expr",
            "event-log",
            "model",
            "ports",
            "posture",
            "runtime",
            "store-sqlite",
            "web",
        ],
        others: None,
    },
    Arrows { of: "xtask", ours: &[], others: None },
];

/// Crates that would let a pure crate do what it must not.
const IMPURE: &[&str] = &[
    "async-std",
    "async-trait",
    "axum",
    "chrono",
    "fastrand",
    "futures",
    "getrandom",
    "hyper",
    "log",
    "metrics",
    "rand",
    "rand_core",
    "reqwest",
    "rusqlite",
    "smol",
    "sqlx",
    "time",
    "tokio",
    "tracing",
    "uuid",
];
/// Crates of ours that do no IO, read no clock, and know no randomness and no logging.
const PURE: &[&str] = &["model", "content", "expr", "event", "detect", "casework", "posture"];

/// Heavy or dangerous crates, and the only ones of ours that may be built with them.
const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["web", "demo", "testkit"]),
    ("hyper", &["web", "demo", "testkit"]),
    ("reqwest", &["connectors", "countersign", "testkit"]),
    // The bench measures detection beside the engine it is built on.
    ("rsigma-eval", &["detect", "testkit"]),
    ("rsigma-parser", &["detect", "testkit"]),
    // And the event log beside a table of SQLite.
    ("rusqlite", &["store-sqlite", "testkit"]),
    ("sonic-rs", &["event"]),
    ("sqlx", &[]),
    ("webauthn-rs", &["connectors"]),
    ("tracing-subscriber", &["countersign", "testkit"]),
    ("zstd", &["event-log", "web", "connectors", "countersign", "testkit"]),
];

/// Where the table of `ARCHITECTURE.md` says something else than the one here. A cell that says
/// "everything" is not compared.
pub(super) fn table_findings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, of, may_use, ..] = cells[..] else { continue };
        for arrows in ARROWS.iter().filter(|arrows| words(of).contains(&arrows.of)) {
            let documented: BTreeSet<&str> =
                words(may_use).into_iter().filter(|word| is_a_crate(word)).collect();
            let enforced: BTreeSet<&str> = arrows.ours.iter().copied().collect();
            if !may_use.contains("everything") && documented != enforced {
                let (of, enforced) = (arrows.of, arrows.ours.join(", "));
                found.push(format!("ARCHITECTURE.md: {of} may use {enforced}: say exactly these"));
            }
        }
    }
    found
}

fn is_a_crate(word: &str) -> bool {
    ARROWS.iter().any(|arrows| arrows.of == word)
}

fn words(cell: &str) -> Vec<&str> {
    cell.split(|each: char| !each.is_ascii_lowercase() && each != '-').collect()
}

/// Every arrow that must not be there.
pub(super) fn findings(manifests: &[Manifest]) -> Vec<String> {
    manifests.iter().flat_map(|manifest| crate_findings(manifest, manifests)).collect()
}

fn crate_findings(manifest: &Manifest, all: &[Manifest]) -> Vec<String> {
    let folder = manifest.folder.as_str();
    let Some(arrows) = ARROWS.iter().find(|arrows| arrows.of == folder) else {
        return vec![format!(
            "crates/{folder}: the table of arrows does not know it: add it to ARCHITECTURE.md and \
             to xtask's `tidy/arrows.rs`"
        )];
    };
    let is_ours = |name: &str| all.iter().any(|other| other.folder == name);
    let refused = manifest.dependencies.iter().filter_map(|name| {
        let why = if is_ours(name) { why_not_ours(arrows, name) } else { why_not(arrows, name) };
        why.map(|why| format!("crates/{folder} must not use {name}: {why}"))
    });
    refused.collect()
}

fn why_not_ours(arrows: &Arrows, name: &str) -> Option<&'static str> {
    (!arrows.ours.contains(&name)).then_some("the table of arrows has no such arrow")
}

fn why_not(arrows: &Arrows, name: &str) -> Option<&'static str> {
    let is_listed = arrows.others.is_none_or(|listed| listed.contains(&name));
    let mut homes = HOMES.iter().filter(|(guest, _)| *guest == name);
    if !is_listed {
        Some("it may use only what is listed for it")
    } else if PURE.contains(&arrows.of) && IMPURE.contains(&name) {
        Some("it is pure")
    } else if homes.any(|(_, homes)| !homes.contains(&arrows.of)) {
        Some("that has another home")
    } else {
        None
    }
}
