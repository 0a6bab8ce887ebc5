//! Slack's error codes, as decisions.

use ports::Failure;

use super::client::Answer;
use crate::http::Reply;

/// How much of a vendor's word gets into a text, in characters.
const WORD_MAX: usize = 64;

/// The failure that an answer with `"ok": false` means.
pub(super) fn failure(who: &str, answer: &Answer, reply: &Reply) -> Failure {
    let code = word(answer.error.as_deref().unwrap_or("no_error_code"));
    let told = |advice: &str| format!("{who}: {advice} ({code})");
    match code.as_str() {
        "ratelimited" | "rate_limited" => reply.busy(told("asked to wait")),
        // These come after the work may have been done.
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            Failure::retry(told("failed")).uncertain()
        }
        "invalid_auth" | "account_inactive" | "token_revoked" | "token_expired" | "not_authed" => {
            Failure::denied(told("the bot token is not accepted; install the app again"))
        }
        "missing_scope" => {
            let scope = word(answer.needed.as_deref().unwrap_or("a scope"));
            Failure::misconfigured(told(&format!("the app lacks {scope}; add it and reinstall")))
        }
        "users_not_found"
        | "channel_not_found"
        | "user_not_found"
        | "user_disabled"
        | "cannot_dm_bot"
        | "is_archived"
        | "not_in_channel"
        | "user_not_in_channel" => {
            Failure::permanent(told("this account or channel cannot be reached"))
        }
        "restricted_action" | "ekm_access_denied" | "messages_tab_disabled" => {
            Failure::permanent(told("the workspace's settings forbid it"))
        }
        "message_not_found" | "cant_update_message" | "edit_window_closed" => {
            Failure::permanent(told("the message is gone or cannot be changed"))
        }
        "expired_trigger_id" | "exchanged_trigger_id" | "invalid_trigger_id" => {
            Failure::permanent(told("the form came too late; the button must be pressed again"))
        }
        _ => Failure::permanent(told("refused the request")),
    }
}

/// Whether it says that there is nobody of that address.
pub(super) fn is_nobody(failure: &Failure) -> bool {
    failure.what.ends_with("(users_not_found)")
}

/// A vendor's word, of plain characters only.
fn word(text: &str) -> String {
    let plain = |each: &char| each.is_ascii_alphanumeric() || matches!(each, '_' | ':' | '.' | ',');
    text.chars().filter(plain).take(WORD_MAX).collect()
}
