//! Lines to and from a mail server, with a limit on everything.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// How long a line may be, in bytes.
const LINE_MAX_BYTES: usize = 4 * 1024;
/// How many lines an answer may have.
const LINES_MAX: usize = 100;

/// Why a conversation cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Closed,
    Strange,
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

/// An answer: its code, and the rest of each line.
#[derive(Debug)]
pub(super) struct Reply {
    pub code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// Whether a line of it is this word.
    pub(super) fn has(&self, word: &str) -> bool {
        self.lines.iter().any(|line| line.eq_ignore_ascii_case(word))
    }

    /// Whether a line of it begins with a word and has another.
    pub(super) fn offers(&self, first: &str, other: &str) -> bool {
        self.lines.iter().any(|line| {
            let mut words = line.split(' ');
            words.next().is_some_and(|word| word.eq_ignore_ascii_case(first))
                && words.any(|word| word.eq_ignore_ascii_case(other))
        })
    }
}

/// A connection, in the clear or within TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Between the two.
    Gone,
}

/// Lines over a connection.
pub(super) struct Wire {
    stream: Stream,
    read: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, read: Vec::new() }
    }

    /// The connection in the clear, where nothing unread is left in it.
    pub(super) fn take_plain(&mut self) -> Option<TcpStream> {
        match std::mem::replace(&mut self.stream, Stream::Gone) {
            Stream::Plain(stream) if self.read.is_empty() => Some(stream),
            _ => None,
        }
    }

    /// Sends a line.
    pub(super) async fn write(&mut self, line: &str) -> Result<(), Broken> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    /// Reads an answer of one or several lines.
    pub(super) async fn read(&mut self) -> Result<Reply, Broken> {
        let mut lines = Vec::new();
        let mut code = None;
        while lines.len() < LINES_MAX {
            let line = self.line().await?;
            let (number, rest) = line.split_at_checked(3).ok_or(Broken::Strange)?;
            let number: u16 = number.parse().map_err(|_| Broken::Strange)?;
            let is_same = code.is_none_or(|code| code == number);
            if !(200..=599).contains(&number) || !is_same {
                return Err(Broken::Strange);
            }
            code = Some(number);
            lines.push(rest.get(1..).unwrap_or_default().trim_end().to_owned());
            match rest.bytes().next() {
                None | Some(b' ') => return Ok(Reply { code: number, lines }),
                Some(b'-') => {}
                Some(_) => return Err(Broken::Strange),
            }
        }
        Err(Broken::Strange)
    }

    async fn line(&mut self) -> Result<String, Broken> {
        loop {
            if let Some(at) = self.read.iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(at + 1);
                let line = std::mem::replace(&mut self.read, rest);
                let line = String::from_utf8_lossy(&line);
                return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.read.len() > LINE_MAX_BYTES {
                return Err(Broken::Strange);
            }
            let mut chunk = [0; 2_048];
            match self.stream.read(&mut chunk).await? {
                0 => return Err(Broken::Closed),
                count => self.read.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }
}
