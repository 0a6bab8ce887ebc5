//! The server under every stand-in: a loopback port whose connections can be cut, a log of calls,
//! and the fault script in front of the routes.

use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::{ConnectInfo, State, connect_info::Connected},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    serve::{IncomingStream, Listener},
};
use jiff::fmt::rfc2822::DateTimePrinter;
use ports::Clock;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::faults::{Fault, Faults};

/// What every stand-in tells of itself: where it listens, what goes wrong, what was called. The
/// sentences are what is special about the first two.
macro_rules! stand_in {
    ($world:ty, $address:literal, $faults:literal) => {
        impl $world {
            #[doc = $address]
            #[must_use]
            pub fn base_url(&self) -> String {
                self.server.origin()
            }

            #[doc = $faults]
            #[must_use]
            pub fn faults(&self) -> &$crate::vendors::Faults {
                &self.server.faults
            }

            /// The calls that came.
            #[must_use]
            pub fn requests(&self) -> &$crate::vendors::RequestLog {
                &self.server.log
            }
        }
    };
}
pub(super) use stand_in;

/// How many calls the log remembers.
const LOG_MAX_CALLS: usize = 10_000;

/// The largest reply that is cut in half.
const BODY_MAX_BYTES: usize = 64 * 1024 * 1024;

/// A running stand-in. Dropping it closes the port and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
    closed: Arc<AtomicBool>,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
}

/// One call as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The last part of its path.
    pub call: String,
    /// What was answered, or would have been.
    pub status: u16,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
}

/// The latest calls, oldest first.
#[derive(Debug, Clone, Default)]
pub struct RequestLog(Arc<Mutex<VecDeque<Request>>>);

impl RequestLog {
    /// All that are remembered.
    #[must_use]
    pub fn all(&self) -> Vec<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How many calls of that name are remembered.
    #[must_use]
    pub fn count(&self, call: &str) -> usize {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|request| request.call == call).count()
    }

    fn push(&self, request: Request) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == LOG_MAX_CALLS {
            log.pop_front();
        }
        log.push_back(request);
    }
}

impl Server {
    /// Serves the routes on a free loopback port, or on the given one.
    pub(crate) async fn start(routes: Router, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (faults, log) = (Faults::default(), RequestLog::default());
        let closed = Arc::new(AtomicBool::new(false));
        let routes = routes
            .layer(middleware::from_fn_with_state((faults.clone(), log.clone()), go_wrong))
            .into_make_service_with_connect_info::<Line>();
        let listener = Cuttable { listener, closed: Arc::clone(&closed) };
        let task = tokio::spawn(async move {
            // Serving ends only when the task is aborted.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, task, closed, faults, log })
    }

    /// The same on a free port, with replies dated by the vendor's clock.
    pub(crate) async fn start_dated(routes: Router, clock: Arc<dyn Clock>) -> io::Result<Self> {
        Self::start(routes.layer(middleware::from_fn_with_state(clock, dated)), 0).await
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

async fn go_wrong(
    State((faults, log)): State<(Faults, RequestLog)>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let call = path.rsplit('/').next().unwrap_or_default().to_owned();
    let fault = faults.take(&call);
    let response = match &fault {
        None => next.run(request).await,
        Some(Fault::Busy(wait)) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", *wait)], "").into_response()
        }
        Some(Fault::Status(status)) => answer(*status, &[], ""),
        Some(Fault::Answer(status, headers, body)) => answer(*status, headers, body),
        Some(Fault::After(status)) => {
            next.run(request).await;
            answer(*status, &[], "")
        }
        Some(Fault::Page) => Html("<!doctype html><p>Please sign in.</p>").into_response(),
        Some(Fault::Half) => halved(next.run(request).await).await,
        Some(Fault::Slow(length)) => {
            let response = next.run(request).await;
            tokio::time::sleep(*length).await;
            response
        }
        Some(Fault::Drop) => {
            line.cut();
            StatusCode::OK.into_response()
        }
        Some(Fault::DropAfter) => {
            let response = next.run(request).await;
            line.cut();
            response
        }
    };
    log.push(Request { call, status: response.status().as_u16(), fault });
    response
}

fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Response {
    let mut response = body.into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in headers {
        response.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    response
}

/// Says what time it is at the vendor's, which need not be ours.
async fn dated(
    State(clock): State<Arc<dyn Clock>>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&clock.now());
    if let Some(date) = date.ok().and_then(|date| HeaderValue::from_str(&date).ok()) {
        response.headers_mut().entry(header::DATE).or_insert(date);
    }
    response
}

/// The reply with the first half of its body, which pretends to be whole.
async fn halved(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, BODY_MAX_BYTES).await.unwrap_or_default();
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(head, body.slice(..body.len() / 2).into())
}

/// The handle by which a handler cuts the connection it serves.
#[derive(Debug, Clone)]
struct Line(Arc<AtomicBool>);

impl Line {
    fn cut(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Line {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        Self(Arc::clone(&stream.io().cut))
    }
}

/// Accepts connections that can be cut.
struct Cuttable {
    listener: TcpListener,
    closed: Arc<AtomicBool>,
}

impl Listener for Cuttable {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Without it small replies wait for acknowledgements; failing to set it harms nothing.
        let _ = stream.set_nodelay(true);
        let cut = Arc::new(AtomicBool::new(false));
        (CuttableStream { stream, cut, closed: Arc::clone(&self.closed) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

struct CuttableStream {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
    closed: Arc<AtomicBool>,
}

impl CuttableStream {
    fn check(&self) -> io::Result<()> {
        let is_cut = self.cut.load(Ordering::Relaxed) || self.closed.load(Ordering::Relaxed);
        if is_cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
