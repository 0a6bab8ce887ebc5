//! A stand-in for everybody's authenticator app: one page with the codes of now (RFC 6238).
//!
//! Written from the RFC and sharing no code with the server's own check of codes.

use std::{io, sync::Arc};

use axum::{Router, extract::State, response::Html, routing::get};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use ports::Clock;
use sha1::Sha1;

use super::{
    page::{escape, page},
    server::Server,
};

/// How long a code lasts, in seconds.
const STEP_SECONDS: i64 = 30;
/// A code has six digits.
const CODES: u32 = 1_000_000;

/// Somebody's app: the name over the code, and the secret it was enrolled with.
#[derive(Clone)]
pub struct Enrolled {
    /// Whose it is.
    pub name: String,
    /// The raw secret.
    pub secret: Vec<u8>,
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolled[secret]")
    }
}

impl Enrolled {
    /// The code of the step that is so many after the one of `now`.
    #[must_use]
    pub fn code(&self, now: Timestamp, steps_later: i64) -> String {
        let step = now.as_second().div_euclid(STEP_SECONDS) + steps_later;
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.secret).expect("any length will do");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[19] & 0xf);
        let word = [hash[offset] & 0x7f, hash[offset + 1], hash[offset + 2], hash[offset + 3]];
        format!("{:06}", u32::from_be_bytes(word) % CODES)
    }
}

/// The running page. Dropping it closes the server.
#[derive(Debug)]
pub struct CodesPage {
    server: Server,
}

#[derive(Clone)]
struct Shared {
    people: Arc<Vec<Enrolled>>,
    clock: Arc<dyn Clock>,
}

impl CodesPage {
    /// Starts it for these people, on this port; 0 for any.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(
        people: Vec<Enrolled>,
        clock: Arc<dyn Clock>,
        port: u16,
    ) -> io::Result<Self> {
        let shared = Shared { people: Arc::new(people), clock };
        let routes = Router::new().route("/", get(show)).with_state(shared);
        Ok(Self { server: Server::start(routes, port).await? })
    }

    /// Where the page is.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.origin()
    }
}

async fn show(State(shared): State<Shared>) -> Html<String> {
    let now = shared.clock.now();
    let left = STEP_SECONDS - now.as_second().rem_euclid(STEP_SECONDS);
    let mut body = format!("<p>New codes in {left} seconds. A code counts once.</p>");
    for person in shared.people.iter() {
        body += &format!(
            "<article><small>{}</small><p style='font-size:2rem;letter-spacing:.1em'>{}</p>\
             </article>",
            escape(&person.name),
            person.code(now, 0),
        );
    }
    page("Authenticator apps, played", true, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let person = Enrolled { name: String::new(), secret: b"12345678901234567890".to_vec() };
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_second(second).expect("in range");
            assert_eq!(person.code(now, 0), code);
            let before = Timestamp::from_second(second - STEP_SECONDS).expect("in range");
            assert_eq!(person.code(before, 1), code);
        }
    }
}
