use ports::Decision;

use super::*;

#[test]
fn an_address_is_encrypted_or_on_this_machine() {
    let cases = [
        ("https://slack.com/api", Ok("https://slack.com/api/chat.postMessage")),
        ("https://slack.com/api/", Ok("https://slack.com/api/chat.postMessage")),
        ("https://events.example:8443", Ok("https://events.example:8443/chat.postMessage")),
        ("http://127.0.0.1:9", Ok("http://127.0.0.1:9/chat.postMessage")),
        ("http://127.8.9.1", Ok("http://127.8.9.1/chat.postMessage")),
        ("http://[::1]:9/x", Ok("http://[::1]:9/x/chat.postMessage")),
        ("http://localhost:9", Ok("http://localhost:9/chat.postMessage")),
        ("http://slack.com/api", Err(AddressError::Unencrypted)),
        ("http://localhost.evil.example", Err(AddressError::Unencrypted)),
        ("http://127.0.0.1.evil.example", Err(AddressError::Unencrypted)),
        ("http://10.0.0.1", Err(AddressError::Unencrypted)),
        ("https://user:pass@slack.com", Err(AddressError::Credentials)),
        ("http://127.0.0.1@evil.example", Err(AddressError::Unencrypted)),
        ("https://slack.com/api?x=1", Err(AddressError::Trailing)),
        ("https://slack.com/api#x", Err(AddressError::Trailing)),
        ("ftp://127.0.0.1", Err(AddressError::Unreadable)),
        ("slack.com/api", Err(AddressError::Unreadable)),
        ("", Err(AddressError::Unreadable)),
    ];
    for (text, expected) in cases {
        let read = text.parse::<BaseUrl>().map(|base| base.join("chat.postMessage").to_string());
        assert_eq!(read, expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn an_address_shows_neither_path_nor_query_in_debug() {
    let target: TargetUrl = "https://hooks.example/T0/s3cret?token=s3cret".parse().expect("a url");
    assert_eq!(format!("{target:?}"), "https://hooks.example");
    let error = "http://hooks.example/s3cret".parse::<TargetUrl>().expect_err("plain http");
    assert!(!error.to_string().contains("s3cret"));
}

#[test]
fn a_status_becomes_the_decision_it_calls_for() {
    let retry = |seconds: Option<u64>| Decision::Retry { after: seconds.map(Duration::from_secs) };
    let cases = [
        (429, Some("7"), retry(Some(7)), false),
        (429, None, retry(None), false),
        (503, Some("9"), retry(Some(9)), false),
        (500, Some("9"), retry(None), true),
        (502, None, retry(None), true),
        (504, None, retry(None), true),
        (408, None, retry(None), false),
        (401, None, Decision::Denied, false),
        (403, None, Decision::Denied, false),
        (302, None, Decision::Misconfigured, false),
        (404, None, Decision::Misconfigured, false),
        (400, None, Decision::Permanent, false),
        (410, None, Decision::Permanent, false),
    ];
    for (status, wait, decision, uncertain) in cases {
        let mut headers = HeaderMap::new();
        if let Some(wait) = wait {
            headers.insert(http::header::RETRY_AFTER, wait.parse().expect("a header value"));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        let failure = Reply { status, headers, body: Bytes::new() }.failure("chat.x");
        assert_eq!((failure.decision, failure.uncertain), (decision, uncertain), "{status}");
        assert!(failure.what.starts_with("chat.x: "), "{}", failure.what);
    }
}

#[tokio::test]
async fn an_unreachable_host_is_a_certain_retry_whose_text_holds_no_secret() {
    let port = demo::loopback::HeldPort::take().expect("a port");
    let url = format!("http://127.0.0.1:{port}/s3cret?token=s3cret").parse().expect("a url");
    let client = HttpClient::for_tests();
    let request = client.post(url).bearer_auth("s3cret").body("s3cret");
    let failure = client.send("chat.x", request).await.expect_err("nobody listens");
    assert!(failure.is_retryable() && !failure.uncertain, "{failure:?}");
    assert!(!format!("{failure} {failure:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_connection_lost_after_sending_leaves_the_outcome_unknown() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let replies: [&[u8]; 3] = [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n",
    ];
    let server = tokio::spawn(async move {
        for reply in replies {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(reply).await;
            if reply.ends_with(b"2000000\r\n\r\n") {
                let _ = stream.write_all(&vec![b'x'; 2_000_000]).await;
            }
        }
    });
    let client = HttpClient::for_tests();
    for reply in replies {
        let url = format!("http://{address}/").parse().expect("a url");
        let failure = client.send("chat.x", client.post(url)).await.expect_err("cut off");
        assert!(failure.is_retryable() && failure.uncertain, "{failure:?} to {reply:?}");
    }
    server.await.expect("the server ends");
}
