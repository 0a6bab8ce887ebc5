//! Real connections: heads that never end, floods, stopping.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use web::keys::Scope;

use crate::world::{World, token};

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn served(world: &World) -> Server {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let router = world.router.clone();
    let task = tokio::spawn(web::serve(listener, router, async {
        let _ = stopped.await;
    }));
    Server { address, stop, task }
}

/// Sends some bytes and reads until the other side closes.
async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    // A reset after the answer is as good as an end.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_is_answered_over_a_connection_that_then_ends_as_asked() {
    let world = World::new();
    let server = served(&world).await;
    let answer = talk(
        server.address,
        b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("{\"alive\":true}"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_and_an_idle_connection_are_given_up() {
    let world = World::new();
    let server = served(&world).await;
    for bytes in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nhost: localhost\r\nx-a: "] {
        let patience = Duration::from_secs(35);
        let answer = tokio::time::timeout(patience, talk(server.address, bytes)).await;
        let answer = answer.expect("the server closes first");
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
}

#[tokio::test]
async fn what_is_not_http_1_or_far_too_long_is_refused_on_the_wire() {
    let world = World::new();
    let server = served(&world).await;
    let long = format!("GET / HTTP/1.1\r\nx-long: {}\r\n\r\n", "x".repeat(100 * 1024));
    let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200));
    let huge = "POST /v1/alerts/siem HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n";
    let smuggled =
        "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd";
    for (bytes, status) in [
        ("\x16\x03\x01 nonsense\r\n\r\n", "400"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        (long.as_str(), "431"),
        (headers.as_str(), "431"),
        (huge, "400"),
        (smuggled, "400"),
    ] {
        let answer = talk(server.address, bytes.as_bytes()).await;
        let expected = format!("HTTP/1.1 {status}");
        let is_refused = answer.starts_with(&expected) && !status.is_empty();
        assert!(
            is_refused || (status.is_empty() && !answer.contains(" 200 ")),
            "{status}: {answer}"
        );
    }
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_takes_no_new_ones() {
    let world = World::new();
    let server = served(&world).await;
    let mut idle = TcpStream::connect(server.address).await.expect("connected");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sent");
    let mut byte = [0; 1];
    idle.read_exact(&mut byte).await.expect("answered");
    server.stop.send(()).expect("running");
    tokio::time::timeout(Duration::from_secs(5), server.task)
        .await
        .expect("in time")
        .expect("well");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_ends_a_stream_in_good_order() {
    let world = World::new();
    let server = served(&world).await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let token = token(Scope::Read);
    let request =
        format!("GET /v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut byte = [0; 1];
    stream.read_exact(&mut byte).await.expect("answered");
    server.stop.send(()).expect("running");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("not cut off");
    assert!(rest.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
    server.task.await.expect("well");
}
