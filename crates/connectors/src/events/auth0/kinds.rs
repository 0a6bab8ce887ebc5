//! What the short codes of Auth0's log types say of how it ended.

use event::Outcome;

/// Codes that are neither named by their first letter nor without an outcome.
const FAILED: &[&str] = &[
    "limit_wc",
    "limit_mu",
    "limit_ui",
    "limit_sul",
    "limit_delegation",
    "api_limit",
    "pwd_leak",
    "signup_pwd_leak",
    "reset_pwd_leak",
    "gd_auth_failed",
    "gd_auth_rejected",
    "gd_recovery_failed",
    "gd_recovery_rate_limit_exceed",
    "gd_otp_rate_limit_exceed",
    "gd_send_sms_failure",
    "gd_send_voice_failure",
    "gd_send_push_failure",
    "gd_send_email_failure",
    "gd_webauthn_challenge_failed",
];
const UNTOLD: &[&str] = &[
    "w",
    "depnote",
    "sys_os_update_start",
    "sys_os_update_end",
    "sys_update_start",
    "sys_update_end",
];
const SUCCEEDED: &[&str] =
    &["cls", "cs", "cui", "du", "mgmt_api_read", "ublkdu", "admin_update_launch"];

/// How an event of this type ended. Codes of success begin with `s`, codes of failure with `f`.
pub(super) fn outcome(code: &str) -> Outcome {
    let is_in = |list: &[&str]| list.contains(&code);
    if is_in(FAILED) {
        Outcome::Failure
    } else if is_in(UNTOLD) {
        Outcome::Unknown
    } else if is_in(SUCCEEDED) || code.starts_with("gd_") {
        Outcome::Success
    } else {
        match code.as_bytes().first() {
            Some(b's') => Outcome::Success,
            Some(b'f') => Outcome::Failure,
            _ => Outcome::Unknown,
        }
    }
}
