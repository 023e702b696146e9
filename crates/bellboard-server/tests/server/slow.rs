//! A connection that does not get on is closed. The clock of tokio is real here, so each case waits for the event itself,
//! with a deadline well above the limit. No database is asked, so one engine is enough.

use std::time::Duration;

use bellboard_hub::db::Db;
use bellboard_server::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::house::House;

macro_rules! once {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                crate::support::run(bellboard_hub::db::Engine::Sqlite, super::$name);
            }
        }
    )+};
}

once!(
    an_unfinished_header_is_closed,
    a_silent_connection_is_closed,
    one_connection_too_many_is_told_so,
    a_connection_serves_several_requests,
    a_connection_may_rest_longer_than_a_header_may_take,
    a_refusal_reaches_whoever_sends_all_before_reading,
    a_shutdown_lets_a_request_finish,
);

async fn connect(house: &House) -> TcpStream {
    TcpStream::connect(("127.0.0.1", house.port)).await.unwrap()
}

/// Reads to the end; panics when the end does not come within this time.
async fn rest(stream: &mut TcpStream, within: Duration) -> String {
    let mut bytes = Vec::new();
    let read = timeout(within, stream.read_to_end(&mut bytes)).await;
    let _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn an_unfinished_header_is_closed(db: Db) {
    let house = House::open(db).await;
    let mut stream = connect(&house).await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: ")
        .await
        .unwrap();
    rest(&mut stream, Duration::from_secs(20)).await;
    house.close().await;
}

async fn a_silent_connection_is_closed(db: Db) {
    let house = House::open(db).await;
    let mut stream = connect(&house).await;
    assert_eq!(rest(&mut stream, Duration::from_secs(12)).await, "");
    house.close().await;
}

async fn one_connection_too_many_is_told_so(db: Db) {
    let settings = Settings {
        max_connections: 1,
        ..Settings::default()
    };
    let house = House::with(db, settings).await;
    let mut first = connect(&house).await;
    first.write_all(request(&house).as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let mut second = connect(&house).await;
    let refused = rest(&mut second, Duration::from_secs(5)).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 5"), "{refused}");
    let (head, text) = refused.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains(&format!("content-length: {}", text.len())),
        "{refused}"
    );
    drop(first);
    house.close().await;
}

async fn a_connection_serves_several_requests(db: Db) {
    let house = House::open(db).await;
    let mut stream = connect(&house).await;
    for _ in 0..3 {
        exchange(&house, &mut stream).await;
    }
    house.close().await;
}

async fn a_connection_may_rest_longer_than_a_header_may_take(db: Db) {
    let house = House::open(db).await;
    let mut stream = connect(&house).await;
    exchange(&house, &mut stream).await;
    let closed = timeout(Duration::from_secs(12), stream.read(&mut [0; 1])).await;
    assert!(closed.is_err(), "nothing happens: {closed:?}");
    exchange(&house, &mut stream).await;
    house.close().await;
}

/// One request and its whole answer.
async fn exchange(house: &House, stream: &mut TcpStream) {
    stream.write_all(request(house).as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"ok\n") {
        let mut part = [0; 1024];
        let read = timeout(Duration::from_secs(5), stream.read(&mut part)).await;
        let count = read.unwrap().unwrap();
        assert!(count > 0, "the connection stays open between requests");
        seen.extend_from_slice(&part[..count]);
    }
}

fn request(house: &House) -> String {
    format!(
        "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n",
        house.port
    )
}

/// The header of a request with a body of JSON.
fn head(house: &House, token: &str, (method, path): (&str, &str), length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
        house.port,
    )
}

/// More than any socket holds, so that the client still sends when it is refused, and sees the answer only afterwards.
async fn a_refusal_reaches_whoever_sends_all_before_reading(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let body = vec![b' '; 24 * 1024 * 1024];
    let told = [
        ("PUT", "/engagements/unknown/content", "422"),
        ("POST", "/dashboard/unknown/rows", "422"),
        ("POST", "/engagements", "413"),
    ];
    for (method, path, status) in told {
        let head = head(&house, &founder.token, (method, path), body.len());
        let mut stream = connect(&house).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let answer = rest(&mut stream, Duration::from_secs(20)).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }
    house.close().await;
}

async fn a_shutdown_lets_a_request_finish(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let body = "{\"name\":\"Late\"}";
    let head = head(&house, &founder.token, ("POST", "/engagements"), body.len());
    let mut stream = connect(&house).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body.as_bytes()[..5]).await.unwrap();
    // An answer to a later connection tells that the first one has been accepted.
    exchange(&house, &mut connect(&house).await).await;
    let closing = house.close();
    let sending = async {
        stream.write_all(&body.as_bytes()[5..]).await.unwrap();
        rest(&mut stream, Duration::from_secs(10)).await
    };
    let ((), answer) = tokio::join!(closing, sending);
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}
