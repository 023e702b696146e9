//! What comes of receivers that behave as badly as receivers do, and where the hub does not go at all.

use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};

use super::receiver::{Manner, Receiver};
use super::*;

fn loopback() -> AllowList {
    AllowList::new(vec!["127.0.0.0/8".parse().unwrap()])
}

/// As patient as the hub itself: an answer comes in time also on a busy machine.
fn patient() -> Courier {
    Courier::new(loopback(), EXCHANGE).unwrap()
}

/// For answers that never come.
fn impatient() -> Courier {
    Courier::new(loopback(), Duration::from_millis(1_500)).unwrap()
}

/// Waits for this outcome no longer than it needs.
fn courier_for(expected: &Sent) -> Courier {
    if *expected == Sent::failed(TIMED_OUT) {
        impatient()
    } else {
        patient()
    }
}

fn posting(url: impl Into<String>) -> Posting {
    Posting {
        url: url.into(),
        headers: vec![("webhook-id", "msg_1".to_owned())],
        body: b"{}".to_vec(),
    }
}

fn status(code: u16) -> Answer {
    Answer::Status(code, None)
}

async fn answer_of(manner: Manner) -> Sent {
    outcome_of(manner, &patient()).await
}

async fn outcome_of(manner: Manner, courier: &Courier) -> Sent {
    let receiver = Receiver::start(manner).await;
    let sent = courier.post(posting(receiver.url())).await;
    assert!(
        receiver.asked.load(Ordering::SeqCst) <= 1,
        "one try is one connection"
    );
    sent
}

#[tokio::test]
async fn whatever_a_receiver_does_has_an_outcome() {
    let rows = [
        ("reset", Manner::Reset, Sent::failed(UNREACHABLE)),
        ("hang", Manner::HangAtOnce, Sent::failed(TIMED_OUT)),
        (
            "hang after the request",
            Manner::HangAfterRequest,
            Sent::failed(TIMED_OUT),
        ),
        (
            "hang in the status",
            Manner::SayAndHang("HTTP/1.1 20"),
            Sent::failed(TIMED_OUT),
        ),
        (
            "hang in the head",
            Manner::SayAndHang("HTTP/1.1 200 OK\r\ncontent-le"),
            Sent::failed(TIMED_OUT),
        ),
        (
            "one byte after the other in the head",
            Manner::DripHead,
            Sent::failed(TIMED_OUT),
        ),
        (
            "no HTTP",
            Manner::Say("SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
            Sent::failed(UNREACHABLE),
        ),
        (
            "an end in the head",
            Manner::Say("HTTP/1.1 200 OK\r\n".to_owned()),
            Sent::failed(UNREACHABLE),
        ),
        (
            "nothing",
            Manner::Say(String::new()),
            Sent::failed(UNREACHABLE),
        ),
        (
            "hang in the body, after an answer",
            Manner::SayAndHang("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
            Sent {
                answer: status(200),
                excerpt: Some("abc".to_owned()),
                reason: None,
            },
        ),
        (
            "a body that breaks off, after an answer",
            Manner::Say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_owned()),
            Sent {
                answer: status(200),
                excerpt: Some("abc".to_owned()),
                reason: None,
            },
        ),
    ];
    for (name, manner, expected) in rows {
        let courier = courier_for(&expected);
        assert_eq!(outcome_of(manner, &courier).await, expected, "{name}");
    }
    // Nobody listens at a port that is only held.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = nobody.local_addr().unwrap();
    let refused = patient().post(posting(format!("http://{address}/"))).await;
    assert_eq!(refused, Sent::failed(UNREACHABLE));
}

#[tokio::test]
async fn a_receiver_with_tls_has_no_more_time_than_others() {
    let rows = [
        (Manner::HangAtOnce, TIMED_OUT),
        (Manner::Reset, UNREACHABLE),
        (Manner::Say("HTTP/1.1 200 OK\r\n\r\n".to_owned()), TIMED_OUT),
    ];
    for (manner, reason) in rows {
        let receiver = Receiver::start(manner).await;
        let url = format!("https://{}/hook", receiver.address);
        let expected = Sent::failed(reason);
        let sent = courier_for(&expected).post(posting(url)).await;
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn what_comes_before_the_answer_is_not_taken_for_it() {
    for early in ["100 Continue", "102 Processing", "103 Early Hints"] {
        let words =
            format!("HTTP/1.1 {early}\r\n\r\nHTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(
            answer_of(Manner::Say(words)).await.answer,
            status(204),
            "{early}"
        );
    }
    // Whoever never comes to the answer is given up in time, and makes us keep little of what was said.
    for manner in [Manner::EndlessHints, Manner::EndlessHead] {
        let receiver = Receiver::start(manner).await;
        let sent = impatient().post(posting(receiver.url())).await;
        assert_eq!((sent.answer, sent.excerpt), (Answer::Failed, None));
    }
}

#[test]
fn an_exchange_takes_fifteen_seconds_and_brings_sixteen_kibibytes_at_most() {
    assert_eq!(EXCHANGE, Duration::from_secs(15));
    assert_eq!(ANSWER_BYTES, 16 * 1024);
}

#[tokio::test]
async fn every_status_is_told_as_it_came() {
    for code in [
        200, 201, 202, 204, 206, 226, 299, 300, 304, 305, 399, 400, 401, 403, 404, 408, 410, 418,
        425, 429, 451, 499, 500, 501, 502, 503, 504, 599,
    ] {
        let words = format!("HTTP/1.1 {code} Words\r\ncontent-length: 0\r\n\r\n");
        let sent = answer_of(Manner::Say(words)).await;
        assert_eq!((sent.answer, sent.excerpt), (status(code), None), "{code}");
    }
    for text in [
        "120",
        "0",
        "-5",
        "1.5",
        "99999999999999999999",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "soon",
    ] {
        let words =
            format!("HTTP/1.1 503 Busy\r\nretry-after: {text}\r\ncontent-length: 0\r\n\r\n");
        let sent = answer_of(Manner::Say(words)).await;
        assert_eq!(sent.answer, Answer::Status(503, Some(text.to_owned())));
    }
}

#[tokio::test]
async fn nobody_is_followed() {
    let other = Receiver::start(Manner::Say("HTTP/1.1 200 OK\r\n\r\n".to_owned())).await;
    for code in [301, 302, 303, 307, 308] {
        for to in [
            other.url(),
            "http://169.254.169.254/".to_owned(),
            "https://8.8.8.8/".to_owned(),
            "//example.com/".to_owned(),
            "/again".to_owned(),
            String::new(),
        ] {
            let words =
                format!("HTTP/1.1 {code} Elsewhere\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            assert_eq!(answer_of(Manner::Say(words)).await.answer, status(code));
        }
    }
    assert_eq!(other.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn of_an_endless_answer_little_is_read() {
    for manner in [Manner::EndlessBody, Manner::DripBody] {
        let receiver = Receiver::start(manner).await;
        let sent = patient().post(posting(receiver.url())).await;
        assert_eq!(sent.answer, status(200));
        assert!(sent.excerpt.unwrap().len() <= EXCERPT_BYTES);
        // What the two sockets hold between them is not read by us, but was said.
        assert!(receiver.said.load(Ordering::SeqCst) < 16 * 1024 * 1024);
    }
}

#[tokio::test]
async fn an_answer_is_shown_without_what_deceives() {
    let words = "HTTP/1.1 400 No\r\n\r\n{\"error\":\u{202e}\"no\u{1b}[31m\"}\n\n";
    let sent = answer_of(Manner::Say(words.to_owned())).await;
    assert_eq!(sent.excerpt.as_deref(), Some("{\"error\": \"no [31m\"}"));
}

#[tokio::test]
async fn what_the_hub_may_not_speak_to_is_refused_with_one_reason() {
    let receiver = Receiver::start(Manner::Say("HTTP/1.1 200 OK\r\n\r\n".to_owned())).await;
    let port = receiver.address.port();
    let closed = Courier::new(AllowList::default(), EXCHANGE).unwrap();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://127.1:{port}/"),
        format!("https://2130706433:{port}/"),
        format!("https://0x7f.1:{port}/"),
        format!("https://0177.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://[::ffff:7f00:1]:{port}/"),
        format!("https://[64:ff9b::7f00:1]:{port}/"),
        format!("https://[2002:7f00:1::]:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "https://name-that-does-not-exist.invalid/".to_owned(),
        "http://8.8.8.8/".to_owned(),
        "https://user:secret@8.8.8.8/".to_owned(),
        "ftp://8.8.8.8/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "https://".to_owned(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(
            closed.post(posting(url.clone())).await,
            Sent::forbidden(),
            "{url}"
        );
        assert!(!closed.admits(&url).await, "{url}");
    }
    assert_eq!(receiver.asked.load(Ordering::SeqCst), 0);
    assert!(closed.admits("https://8.8.8.8/hook").await);

    let open = patient();
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
    ] {
        assert!(open.admits(&url).await, "{url}");
    }
    assert!(!open.admits("http://10.0.0.1/").await);
    let sent = open
        .post(posting(format!("http://localhost:{port}/")))
        .await;
    assert_eq!(sent.answer, status(200), "a name in a listed network");
}

#[tokio::test]
async fn the_bytes_and_headers_go_out_as_they_were_given() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let taking = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut taken = Vec::new();
        while !taken.ends_with(b"{}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            taken.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 204 No\r\n\r\n").await.unwrap();
        String::from_utf8(taken).unwrap().to_lowercase()
    };
    let courier = patient();
    let (request, sent) = tokio::join!(
        taking,
        courier.post(posting(format!("http://{address}/a?b=c")))
    );
    assert_eq!(sent.answer, status(204));
    assert!(request.starts_with("post /a?b=c http/1.1\r\n"), "{request}");
    assert!(request.contains("webhook-id: msg_1\r\n"), "{request}");
    assert!(request.contains("user-agent: bellboard/"), "{request}");
    assert!(!request.contains("cookie") && !request.contains("authorization"));
}

#[test]
fn without_tls_only_listed_networks_are_spoken_to() {
    let courier = impatient();
    for (url, is_open) in [
        ("http://127.0.0.1/", true),
        ("https://127.0.0.1/", true),
        ("http://8.8.8.8/", false),
        ("https://8.8.8.8/", true),
        ("https://[2001:4860:4860::8888]/", true),
        ("http://10.0.0.1/", false),
        ("https://10.0.0.1/", false),
        // A name is looked at when it is resolved.
        ("https://example.com/", true),
        ("http://example.com/", true),
        ("https://ada@example.com/", false),
        ("https://:secret@example.com/", false),
        ("ftp://example.com/", false),
        ("javascript:alert(1)", false),
        ("data:text/plain,x", false),
        ("//example.com/", false),
        ("", false),
    ] {
        assert_eq!(courier.way_to(url).is_some(), is_open, "{url}");
    }
}
