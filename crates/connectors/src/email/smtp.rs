//! The conversation with a mail server (RFC 5321, 3207, 4954).
//!
//! Nothing that a server says gets into an error but its code: its words may repeat addresses.

mod wire;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ports::{Decision, Failure};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{EmailSettings, config::MailTls, map::domain};
use wire::{Reply, Stream, Wire};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends a mail to those who may be written to: to all, or to the others where one is refused.
pub(super) async fn send(
    who: &str,
    settings: &EmailSettings,
    to: &[String],
    message: &str,
) -> Result<(), Failure> {
    let mut is_sent = false;
    let sending = async {
        let mut server = Server::greeted(who, settings).await?;
        server.envelope(&settings.from, to).await?;
        server.expect("DATA", 354).await?;
        // From here on the mail may be taken without our being told.
        is_sent = true;
        server.body(message).await?;
        server.leave().await;
        Ok(())
    };
    let sent = tokio::time::timeout(settings.timeout, sending).await;
    let outcome = sent.unwrap_or_else(|_| {
        Err(Failure::retry(format!("{who}: the mail server did not answer in time")))
    });
    outcome.map_err(|failure| match failure.is_retryable() && is_sent {
        true => failure.uncertain(),
        false => failure.certain(),
    })
}

/// Signs in, and sends nothing.
pub(super) async fn check(who: &str, settings: &EmailSettings) -> Result<(), Failure> {
    let checking = async {
        let mut server = Server::greeted(who, settings).await?;
        server.expect("NOOP", 250).await?;
        server.leave().await;
        Ok(())
    };
    let checked = tokio::time::timeout(settings.timeout, checking).await;
    let late = Failure::retry(format!("{who}: the mail server did not answer in time"));
    checked.unwrap_or(Err(late)).map_err(Failure::certain)
}

/// A mail server that has let us in.
struct Server<'s> {
    who: &'s str,
    wire: Wire,
}

impl<'s> Server<'s> {
    async fn greeted(who: &'s str, settings: &EmailSettings) -> Result<Self, Failure> {
        let connecting = TcpStream::connect((settings.host.as_str(), settings.port));
        let unreachable = || Failure::retry(format!("{who}: the mail server cannot be reached"));
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let stream = stream.map_err(|_| unreachable())?.map_err(|_| unreachable())?;
        let mut server = Self { who, wire: Wire::new(Stream::Plain(stream)) };
        if settings.tls == MailTls::Implicit {
            server.secure(settings).await?;
        }
        let greeting = server.wire.read().await.map_err(|why| server.broken(why))?;
        server.accept(&greeting, "the greeting", 220)?;
        let mut can = server.hello(settings).await?;
        if settings.tls == MailTls::Starttls {
            if !can.has("STARTTLS") {
                let what = "the mail server does not offer STARTTLS, and nothing is sent without";
                return Err(Failure::misconfigured(format!("{who}: {what}")));
            }
            server.expect("STARTTLS", 220).await?;
            server.secure(settings).await?;
            // What was promised before was not protected.
            can = server.hello(settings).await?;
        }
        if let Some((name, password)) = &settings.sign_in {
            server.sign_in(&can, name, password).await?;
        }
        Ok(server)
    }

    async fn secure(&mut self, settings: &EmailSettings) -> Result<(), Failure> {
        let Some(stream) = self.wire.take_plain() else {
            // Somebody has put words into the connection that TLS would seem to have protected.
            let what = "the mail server said something in the clear where TLS begins";
            return Err(Failure::misconfigured(format!("{}: {what}", self.who)));
        };
        let connector = TlsConnector::from(std::sync::Arc::clone(&settings.client));
        let secured = connector.connect(settings.name.clone(), stream).await;
        let secured = secured.map_err(|error| {
            let is_trust = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
            match is_trust {
                true => Failure::misconfigured(format!(
                    "{}: the mail server's certificate is not accepted; check host and ca",
                    self.who
                )),
                false => Failure::retry(format!("{}: TLS with the mail server broke", self.who)),
            }
        })?;
        self.wire = Wire::new(Stream::Tls(Box::new(secured)));
        Ok(())
    }

    async fn hello(&mut self, settings: &EmailSettings) -> Result<Reply, Failure> {
        self.expect(&format!("EHLO {}", domain(&settings.from)), 250).await
    }

    async fn sign_in(
        &mut self,
        can: &Reply,
        name: &str,
        password: &SecretString,
    ) -> Result<(), Failure> {
        let password = password.expose_secret();
        if can.offers("AUTH", "PLAIN") {
            let proof = STANDARD.encode(format!("\0{name}\0{password}"));
            return self.expect(&format!("AUTH PLAIN {proof}"), 235).await.map(|_| ());
        }
        if can.offers("AUTH", "LOGIN") {
            self.expect("AUTH LOGIN", 334).await?;
            self.expect(&STANDARD.encode(name), 334).await?;
            return self.expect(&STANDARD.encode(password), 235).await.map(|_| ());
        }
        let what = "the mail server offers no way to sign in that we know (PLAIN, LOGIN)";
        Err(Failure::misconfigured(format!("{}: {what}", self.who)))
    }

    async fn envelope(&mut self, from: &str, to: &[String]) -> Result<(), Failure> {
        self.expect(&format!("MAIL FROM:<{from}>"), 250).await?;
        let (mut taken, mut refused) = (0, None);
        for address in to {
            match self.expect(&format!("RCPT TO:<{address}>"), 250).await {
                Ok(_) => taken += 1,
                // One who cannot be written to does not keep the others.
                Err(failure) if failure.decision == Decision::Permanent => refused = Some(failure),
                Err(failure) => return Err(failure),
            }
        }
        match refused {
            Some(failure) if taken == 0 => Err(failure),
            _ => Ok(()),
        }
    }

    /// Our lines never begin with a dot: they are headers and base64.
    async fn body(&mut self, message: &str) -> Result<(), Failure> {
        self.wire.write(&format!("{message}\r\n.")).await.map_err(|why| self.broken(why))?;
        let reply = self.wire.read().await.map_err(|why| self.broken(why))?;
        self.accept(&reply, "the mail", 250)
    }

    /// Says goodbye; whether it is heard does not matter.
    async fn leave(&mut self) {
        let _ = self.wire.write("QUIT").await;
    }

    async fn expect(&mut self, command: &str, code: u16) -> Result<Reply, Failure> {
        self.wire.write(command).await.map_err(|why| self.broken(why))?;
        let reply = self.wire.read().await.map_err(|why| self.broken(why))?;
        let verb = command.split(' ').next().unwrap_or_default();
        let shown = match code {
            // What a base64 line says of whom stays out.
            334 | 235 => "the sign-in",
            _ => verb,
        };
        self.accept(&reply, shown, code).map(|()| reply)
    }

    /// The decision that another code than the one that was wanted calls for.
    fn accept(&self, reply: &Reply, what: &str, wanted: u16) -> Result<(), Failure> {
        let (who, code) = (self.who, reply.code);
        let told = |advice: &str| format!("{who}: the mail server {advice} ({what}: {code})");
        Err(match code {
            _ if code == wanted || (wanted == 250 && code == 251) => return Ok(()),
            454 | 432 if wanted == 235 => Failure::retry(told("cannot check a sign-in now")),
            400..=499 => Failure::retry(told("asks to try later")),
            530 => Failure::misconfigured(told("wants us to sign in: set username and password")),
            534 | 535 | 538 => Failure::denied(told("refused our name and password")),
            500..=504 if what != "RCPT" => Failure::misconfigured(told("does not understand us")),
            500..=599 => Failure::permanent(told("refused it")),
            _ => Failure::retry(told("said something strange")),
        })
    }

    fn broken(&self, why: wire::Broken) -> Failure {
        let what = match why {
            wire::Broken::Closed => "the mail server broke the connection",
            wire::Broken::Strange => "that is not a mail server's answer; check host and port",
        };
        Failure::retry(format!("{}: {what}", self.who))
    }
}
