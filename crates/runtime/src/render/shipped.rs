//! The texts that ship.

/// Each file's name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    ("chat.en.yml", include_str!("../../../../content/templates/chat.en.yml")),
    ("common.en.yml", include_str!("../../../../content/templates/common.en.yml")),
    ("devices.en.yml", include_str!("../../../../content/templates/devices.en.yml")),
    (
        "factor-enrolled.en.yml",
        include_str!("../../../../content/templates/factor-enrolled.en.yml"),
    ),
    ("factor-removed.en.yml", include_str!("../../../../content/templates/factor-removed.en.yml")),
    ("factor-reset.en.yml", include_str!("../../../../content/templates/factor-reset.en.yml")),
    ("form.en.yml", include_str!("../../../../content/templates/form.en.yml")),
    ("generic.en.yml", include_str!("../../../../content/templates/generic.en.yml")),
    ("new-network.en.yml", include_str!("../../../../content/templates/new-network.en.yml")),
    ("notice.en.yml", include_str!("../../../../content/templates/notice.en.yml")),
    (
        "outcome-claimed.en.yml",
        include_str!("../../../../content/templates/outcome-claimed.en.yml"),
    ),
    ("outcome-closed.en.yml", include_str!("../../../../content/templates/outcome-closed.en.yml")),
    (
        "outcome-conflict.en.yml",
        include_str!("../../../../content/templates/outcome-conflict.en.yml"),
    ),
    ("outcome-denied.en.yml", include_str!("../../../../content/templates/outcome-denied.en.yml")),
    (
        "outcome-escalated.en.yml",
        include_str!("../../../../content/templates/outcome-escalated.en.yml"),
    ),
    (
        "outcome-not-sure.en.yml",
        include_str!("../../../../content/templates/outcome-not-sure.en.yml"),
    ),
    ("outcome-silent.en.yml", include_str!("../../../../content/templates/outcome-silent.en.yml")),
    (
        "outcome-unprovable.en.yml",
        include_str!("../../../../content/templates/outcome-unprovable.en.yml"),
    ),
    ("action-done.en.yml", include_str!("../../../../content/templates/action-done.en.yml")),
    ("action-owner.en.yml", include_str!("../../../../content/templates/action-owner.en.yml")),
    ("action-report.en.yml", include_str!("../../../../content/templates/action-report.en.yml")),
    (
        "action-reverted.en.yml",
        include_str!("../../../../content/templates/action-reverted.en.yml"),
    ),
    ("exception-ends.en.yml", include_str!("../../../../content/templates/exception-ends.en.yml")),
    (
        "exception-report.en.yml",
        include_str!("../../../../content/templates/exception-report.en.yml"),
    ),
    ("confirmation.en.yml", include_str!("../../../../content/templates/confirmation.en.yml")),
    (
        "outcome-verified.en.yml",
        include_str!("../../../../content/templates/outcome-verified.en.yml"),
    ),
    ("page.en.yml", include_str!("../../../../content/templates/page.en.yml")),
    ("reminder.en.yml", include_str!("../../../../content/templates/reminder.en.yml")),
    ("report.en.yml", include_str!("../../../../content/templates/report.en.yml")),
    ("admin-granted.en.yml", include_str!("../../../../content/templates/admin-granted.en.yml")),
    ("app-allowed.en.yml", include_str!("../../../../content/templates/app-allowed.en.yml")),
    ("automated-use.en.yml", include_str!("../../../../content/templates/automated-use.en.yml")),
    ("data-export.en.yml", include_str!("../../../../content/templates/data-export.en.yml")),
    ("key-elsewhere.en.yml", include_str!("../../../../content/templates/key-elsewhere.en.yml")),
    (
        "logging-stopped.en.yml",
        include_str!("../../../../content/templates/logging-stopped.en.yml"),
    ),
    ("many-downloads.en.yml", include_str!("../../../../content/templates/many-downloads.en.yml")),
    (
        "many-repositories.en.yml",
        include_str!("../../../../content/templates/many-repositories.en.yml"),
    ),
    ("new-factor.en.yml", include_str!("../../../../content/templates/new-factor.en.yml")),
    ("new-key.en.yml", include_str!("../../../../content/templates/new-key.en.yml")),
    ("odd-sign-in.en.yml", include_str!("../../../../content/templates/odd-sign-in.en.yml")),
    ("session-moved.en.yml", include_str!("../../../../content/templates/session-moved.en.yml")),
    (
        "setting-changed.en.yml",
        include_str!("../../../../content/templates/setting-changed.en.yml"),
    ),
    ("shared-outside.en.yml", include_str!("../../../../content/templates/shared-outside.en.yml")),
    (
        "sign-in-prompts.en.yml",
        include_str!("../../../../content/templates/sign-in-prompts.en.yml"),
    ),
    ("things-deleted.en.yml", include_str!("../../../../content/templates/things-deleted.en.yml")),
];
