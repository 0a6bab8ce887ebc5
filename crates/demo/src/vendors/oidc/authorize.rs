//! The authorization request, and what the person is sent back with.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use model::Span;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{
    Lie, OidcAccount, Provider,
    form::{fields, wanted},
    lie::another,
};
use crate::vendors::percent::encoded;

/// How long a code can be redeemed.
pub(super) const CODE_LIFETIME: Span = Span::seconds(60);
/// So many characters of base64 hold the 128 bits that cannot be guessed.
const RANDOM_MIN_CHARS: usize = 22;
/// So long is a SHA-256 in base64.
const CHALLENGE_CHARS: usize = 43;
const KNOWN: [&str; 13] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "prompt",
    "acr_values",
    "login_hint",
    "response_mode",
];
/// What a page that always shows itself can be asked to do: all but `none`.
const PROMPTS: [&str; 3] = ["login", "consent", "select_account"];

/// A request that is right.
pub(super) struct Asked {
    redirect_uri: String,
    state: String,
    nonce: String,
    challenge: String,
    max_age: Option<Span>,
    wants_login: bool,
    /// Whom the client expects.
    pub(super) login_hint: Option<String>,
}

/// What a code stands for.
pub(super) struct Grant {
    pub(super) redirect_uri: String,
    pub(super) nonce: String,
    pub(super) challenge: String,
    pub(super) account: OidcAccount,
    /// When the person signed in, where the token must tell.
    pub(super) auth_time: Option<Timestamp>,
    pub(super) expires_at: Timestamp,
}

impl Provider {
    /// The query of a link that leads here.
    pub(super) fn query_of<'a>(&self, authorize_url: &'a str) -> Result<&'a str, String> {
        let here = format!("{}/authorize?", self.issuer);
        let query = authorize_url.strip_prefix(&here);
        query.ok_or_else(|| format!("{authorize_url} does not lead to {here}"))
    }

    /// Reads a request; `Err` says what is wrong with it.
    pub(super) fn asked(&self, query: &str) -> Result<Asked, String> {
        let fields = fields(query, &KNOWN)?;
        let exactly = |name: &str, value: &str| match wanted(&fields, name)? {
            given if given == value => Ok(()),
            given => Err(format!("{name} is {given}, not {value}")),
        };
        exactly("client_id", &self.client.client_id)?;
        exactly("redirect_uri", &self.client.redirect_uri)?;
        exactly("response_type", "code")?;
        exactly("code_challenge_method", "S256")?;
        if fields.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err("response_mode is not query".to_owned());
        }
        if !words(wanted(&fields, "scope")?)?.contains("openid") {
            return Err("scope is without openid".to_owned());
        }
        fields.get("acr_values").map(words).transpose()?;
        let prompts = fields.get("prompt").map(words).transpose()?.unwrap_or_default();
        if let Some(prompt) = prompts.iter().find(|prompt| !PROMPTS.contains(prompt)) {
            return Err(format!("prompt {prompt} is not served here"));
        }
        let max_age = fields.get("max_age").map(seconds).transpose()?;
        Ok(Asked {
            redirect_uri: self.client.redirect_uri.clone(),
            state: random(wanted(&fields, "state")?, "state")?,
            nonce: random(wanted(&fields, "nonce")?, "nonce")?,
            challenge: challenge(wanted(&fields, "code_challenge")?)?,
            max_age,
            wants_login: prompts.contains("login"),
            login_hint: fields.get("login_hint").map(str::to_owned),
        })
    }

    /// Gives out a code and sends the person back with it.
    pub(super) fn let_in(&mut self, asked: &Asked, who: &OidcAccount, now: Timestamp) -> String {
        let is_too_old = |age: Span| age == Span::ZERO || age.after(who.signed_in_at) < now;
        let signs_in = asked.wants_login || asked.max_age.is_some_and(is_too_old);
        let at = if signs_in && !who.ignores_freshness { now } else { who.signed_in_at };
        let code = random_text();
        let grant = Grant {
            redirect_uri: asked.redirect_uri.clone(),
            nonce: asked.nonce.clone(),
            challenge: asked.challenge.clone(),
            account: who.clone(),
            auth_time: asked.max_age.map(|_| at),
            expires_at: CODE_LIFETIME.after(now),
        };
        self.grants.retain(|_, grant| now < grant.expires_at);
        self.grants.insert(code.clone(), grant);
        self.back(asked, "code", &code)
    }

    /// Sends the person back with an error.
    pub(super) fn turn_away(&self, asked: &Asked, error: &str) -> String {
        self.back(asked, "error", error)
    }

    fn back(&self, asked: &Asked, name: &str, value: &str) -> String {
        let state = match self.lie {
            Some(Lie::WrongState) => another(&asked.state),
            _ => asked.state.clone(),
        };
        let issuer = match self.lie {
            Some(Lie::NoIssParameter) => None,
            Some(Lie::WrongIssParameter) => Some(format!("{}/", self.issuer)),
            _ => Some(self.issuer.clone()),
        };
        let uri = &asked.redirect_uri;
        let joint = if uri.contains('?') { '&' } else { '?' };
        let mut back = format!("{uri}{joint}{name}={}&state={}", encoded(value), encoded(&state));
        if let Some(issuer) = issuer {
            back += &format!("&iss={}", encoded(&issuer));
        }
        back
    }
}

/// A text that nobody guesses, long enough for a code or a token.
pub(super) fn random_text() -> String {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Words with one space between, none of them twice.
fn words(text: &str) -> Result<BTreeSet<&str>, String> {
    let words: BTreeSet<&str> = text.split(' ').collect();
    let is_list = !words.contains("") && words.len() == text.split(' ').count();
    is_list.then_some(words).ok_or_else(|| format!("{text:?} is not a list of different words"))
}

fn seconds(text: &str) -> Result<Span, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds.map(Span::seconds).ok_or_else(|| "max_age is not a number of seconds".to_owned())
}

fn random(text: &str, name: &str) -> Result<String, String> {
    if text.len() < RANDOM_MIN_CHARS {
        return Err(format!("{name} has fewer than {RANDOM_MIN_CHARS} characters"));
    }
    Ok(text.to_owned())
}

fn challenge(text: &str) -> Result<String, String> {
    let is_base64 = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_base64 || text.len() != CHALLENGE_CHARS {
        return Err("code_challenge is not a SHA-256 in base64url".to_owned());
    }
    Ok(text.to_owned())
}
