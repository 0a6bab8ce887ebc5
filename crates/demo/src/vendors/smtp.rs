//! A stand-in mail server: SMTP with or without TLS, strict about commands and about what a mail
//! looks like. Mails are kept and go nowhere.

mod mail;
mod session;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

pub use mail::Mail;

use super::keys;

/// The certificate authority that clients have to trust, as PEM. Made for this process.
#[must_use]
pub fn authority() -> &'static str {
    &keys::LOOPBACK.authority
}

/// Who may send. Made up.
pub const USER: &str = "countersign";
/// With which password.
pub const PASSWORD: &str = "made-up-smtp-password";

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// In the clear, and stays so.
    None,
    /// In the clear, until STARTTLS.
    Starttls,
    /// Within TLS.
    Implicit,
}

/// One way for a mail to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpFault {
    /// This code instead of the answer to this command, and nothing happens.
    Refuse(&'static str, u16),
    /// The connection breaks at this command.
    Drop(&'static str),
    /// The mail is kept, and the connection breaks before the answer.
    DropAfter,
    /// The mail is kept, and the answer is this code.
    After(u16),
    /// STARTTLS is not offered.
    NoStarttls,
    /// Somebody on the way puts an answer behind that to STARTTLS, in the clear.
    Inject,
    /// An answer without an end.
    Endless,
    /// Nothing is ever said.
    Silent,
}

/// A running mail server. Dropping it closes the port.
#[derive(Debug)]
pub struct SmtpWorld {
    address: SocketAddr,
    task: JoinHandle<()>,
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    tls: Tls,
    acceptor: TlsAcceptor,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared[{:?}]", self.tls)
    }
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    /// What is wrong with what came, in words.
    complaints: Vec<String>,
    faults: BTreeMap<usize, SmtpFault>,
    connections: usize,
}

impl SmtpWorld {
    /// Starts it on a free loopback port.
    pub async fn start(tls: Tls) -> io::Result<Self> {
        let broken = |_| io::Error::other("the stand-in's certificate cannot be used");
        let certificate = CertificateDer::from_pem_slice(keys::LOOPBACK.certificate.as_bytes())
            .map_err(broken)?;
        let key = PrivateKeyDer::from_pem_slice(keys::LOOPBACK.key.as_bytes()).map_err(broken)?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![certificate], key)
            })
            .map_err(io::Error::other)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Shared { tls, acceptor, state: Arc::default() };
        let serving = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { session::serve(stream, &serving).await });
            }
        });
        Ok(Self { address, task, shared })
    }

    /// The port it listens on, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The n-th connection from now, counted from 0, goes wrong.
    pub fn fail(&self, nth: usize, fault: SmtpFault) {
        let state = &mut *self.shared.lock();
        state.faults.insert(state.connections + nth, fault);
    }

    /// How many connections came.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// The mails that were taken, oldest first, each id once.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.lock().mails.clone()
    }

    /// What was wrong with what came.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.shared.lock().complaints.clone()
    }
}

impl Drop for SmtpWorld {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
