//! One connection.

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{PASSWORD, Shared, SmtpFault, Tls, USER, mail};

/// How long a command may be, and a mail, in bytes.
const LINE_MAX_BYTES: usize = 1_000;
const MAIL_MAX_BYTES: usize = 1_024 * 1_024;

/// Why a connection ended early.
struct Ended;

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self
    }
}

pub(super) async fn serve(stream: TcpStream, shared: &Shared) {
    let fault = {
        let state = &mut *shared.lock();
        let number = state.connections;
        state.connections += 1;
        state.faults.remove(&number)
    };
    let session = Session { shared, fault, is_secure: false, is_known: false };
    // However it ended, the client saw it.
    let _ = session.run(stream).await;
}

struct Session<'s> {
    shared: &'s Shared,
    fault: Option<SmtpFault>,
    is_secure: bool,
    is_known: bool,
}

impl Session<'_> {
    async fn run(mut self, stream: TcpStream) -> Result<(), Ended> {
        if self.fault == Some(SmtpFault::Silent) {
            tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
        }
        if self.shared.tls == Tls::Implicit {
            self.is_secure = true;
            let stream = self.shared.acceptor.accept(stream).await?;
            return self.talk(stream, true).await.map(|_| ());
        }
        let mut line = Line { stream, read: Vec::new() };
        line.say("220 mail.example ESMTP").await?;
        match self.commands(&mut line).await? {
            Next::End => Ok(()),
            Next::Secure => {
                self.is_secure = true;
                let stream = self.shared.acceptor.accept(line.stream).await?;
                self.talk(stream, false).await.map(|_| ())
            }
        }
    }

    async fn talk(
        &mut self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        greets: bool,
    ) -> Result<Next, Ended> {
        let mut line = Line { stream, read: Vec::new() };
        if greets {
            line.say("220 mail.example ESMTP").await?;
        }
        self.commands(&mut line).await
    }

    async fn commands<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        line: &mut Line<S>,
    ) -> Result<Next, Ended> {
        let mut envelope = Envelope::default();
        loop {
            let command = line.read_line().await?;
            let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match self.fault {
                Some(SmtpFault::Refuse(at, code)) if at == verb => {
                    line.say(&format!("{code} made up")).await?;
                    continue;
                }
                Some(SmtpFault::Drop(at)) if at == verb => return Err(Ended),
                Some(SmtpFault::Endless) => {
                    for _ in 0..100_000 {
                        line.say("250-and so on").await?;
                    }
                }
                _ => {}
            }
            match verb.as_str() {
                "STARTTLS" if self.has_starttls() => {
                    // In one piece, as somebody on the way would put it there.
                    let injected = self.fault == Some(SmtpFault::Inject);
                    let answer = if injected { "220 go ahead\r\n250 trust me" } else { "220 go" };
                    line.say(answer).await?;
                    return Ok(Next::Secure);
                }
                "QUIT" => {
                    line.say("221 bye").await?;
                    return Ok(Next::End);
                }
                "DATA" if self.is_known && !envelope.to.is_empty() => {
                    self.take(line, std::mem::take(&mut envelope)).await?;
                }
                _ => {
                    let answer = self.answer(&verb, &command, &mut envelope);
                    line.say(&answer).await?;
                }
            }
        }
    }

    fn has_starttls(&self) -> bool {
        self.shared.tls == Tls::Starttls && !self.is_secure
    }

    /// What is said to a command that only needs an answer.
    fn answer(&mut self, verb: &str, command: &str, envelope: &mut Envelope) -> String {
        match verb {
            "EHLO" => return self.abilities(),
            "AUTH" => {
                let plain = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
                self.is_known = command == format!("AUTH PLAIN {plain}");
                return if self.is_known { "235 welcome" } else { "535 no" }.to_owned();
            }
            _ if !self.is_known => return "530 who are you".to_owned(),
            _ => {}
        }
        let answer = match verb {
            "MAIL" => {
                envelope.from = address(command, "MAIL FROM:");
                if envelope.from.is_some() { "250 ok" } else { "501 address" }
            }
            "RCPT" => match (address(command, "RCPT TO:"), &envelope.from) {
                (Some(address), Some(_)) if address.starts_with("nobody@") => "550 nobody here",
                (Some(address), Some(_)) => {
                    envelope.to.push(address);
                    "250 ok"
                }
                _ => "503 order",
            },
            "NOOP" => "250 ok",
            _ => {
                self.shared.lock().complaints.push(format!("a strange command {verb:.20}"));
                "500 what"
            }
        };
        answer.to_owned()
    }

    fn abilities(&self) -> String {
        let starttls = self.has_starttls() && self.fault != Some(SmtpFault::NoStarttls);
        let may_sign_in = self.is_secure || self.shared.tls == Tls::None;
        let mut answer = "250-mail.example\r\n".to_owned();
        answer += if starttls { "250-STARTTLS\r\n" } else { "" };
        answer += if may_sign_in { "250-AUTH LOGIN PLAIN\r\n" } else { "" };
        answer + "250 8BITMIME"
    }

    async fn take<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        line: &mut Line<S>,
        envelope: Envelope,
    ) -> Result<(), Ended> {
        line.say("354 go ahead").await?;
        let text = line.read_mail().await?;
        let from = envelope.from.unwrap_or_default();
        mail::keep(&mut self.shared.lock(), &from, envelope.to, &text);
        match self.fault {
            Some(SmtpFault::DropAfter) => return Err(Ended),
            Some(SmtpFault::After(code)) => line.say(&format!("{code} oh")).await?,
            _ => line.say("250 kept").await?,
        }
        Ok(())
    }
}

/// From whom a mail is, and to whom.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

enum Next {
    End,
    Secure,
}

/// The address of `MAIL FROM:<a@b>`, with nothing behind it.
fn address(command: &str, verb: &str) -> Option<String> {
    let rest = command.strip_prefix(verb)?.strip_prefix('<')?.strip_suffix('>')?;
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>".contains(&byte));
    (rest.contains('@') && is_plain).then(|| rest.to_owned())
}

struct Line<S> {
    stream: S,
    read: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn until(&mut self, end: &[u8], max: usize) -> Result<String, Ended> {
        loop {
            let found = self.read.windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                let rest = self.read.split_off(at + end.len());
                let mut text = std::mem::replace(&mut self.read, rest);
                text.truncate(at);
                return String::from_utf8(text).map_err(|_| Ended);
            }
            let mut chunk = [0; 4096];
            let count = self.stream.read(&mut chunk).await?;
            if count == 0 || self.read.len() > max {
                return Err(Ended);
            }
            self.read.extend_from_slice(&chunk[..count]);
        }
    }

    async fn read_line(&mut self) -> Result<String, Ended> {
        self.until(b"\r\n", LINE_MAX_BYTES).await
    }

    async fn read_mail(&mut self) -> Result<String, Ended> {
        self.until(b"\r\n.\r\n", MAIL_MAX_BYTES).await
    }
}
