//! Signature Version 4, from the side of the service.

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// How far a request's time may be off, in seconds.
const SKEW_MAX_SECONDS: i64 = 300;
/// IAM is one service for the whole world, signed for this region.
const SCOPE: &str = "us-east-1/iam/aws4_request";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The error code of a request that is not signed by our key now.
pub(super) fn refusal(headers: &HeaderMap, body: &[u8], now: i64) -> Option<&'static str> {
    let one = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let value = all.next()?.to_str().ok()?;
        all.next().is_none().then_some(value)
    };
    let Some(rest) = one(header::AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 "))
    else {
        return Some("MissingAuthenticationToken");
    };
    let part = |name: &str| rest.split(", ").find_map(|part| part.strip_prefix(name));
    let (Some(credential), Some(signed), Some(signature), Some(date)) =
        (part("Credential="), part("SignedHeaders="), part("Signature="), one("x-amz-date"))
    else {
        return Some("IncompleteSignature");
    };
    let day = date.get(..8).unwrap_or_default();
    if credential != format!("{ACCESS_KEY_ID}/{day}/{SCOPE}") {
        return Some("InvalidClientTokenId");
    }
    if !is_fresh(date, now) {
        return Some("RequestExpired");
    }
    let names: Vec<&str> = signed.split(';').collect();
    let is_sorted = names.is_sorted() && names.contains(&"host") && names.contains(&"x-amz-date");
    let lines: Option<String> =
        names.iter().map(|name| Some(format!("{name}:{}\n", one(name)?.trim()))).collect();
    let (true, Some(lines)) = (is_sorted, lines) else { return Some("IncompleteSignature") };
    let request = format!("POST\n/\n\n{lines}\n{signed}\n{}", hex(&Sha256::digest(body)));
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{day}/{SCOPE}\n{}",
        hex(&Sha256::digest(request.as_bytes()))
    );
    let key = mac(format!("AWS4{SECRET_ACCESS_KEY}").as_bytes(), day);
    let key = ["us-east-1", "iam", "aws4_request"].iter().fold(key, |key, part| mac(&key, part));
    (hex(&mac(&key, &text)) != signature).then_some("SignatureDoesNotMatch")
}

/// `20261120T080000Z`
fn is_fresh(date: &str, now: i64) -> bool {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date);
    let time = time.ok().and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC).ok());
    time.is_some_and(|time| (time.timestamp().as_second() - now).abs() <= SKEW_MAX_SECONDS)
}
