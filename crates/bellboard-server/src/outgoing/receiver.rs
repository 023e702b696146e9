//! Receivers on loopback that behave as badly as receivers do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How a receiver behaves once somebody connects.
#[derive(Clone)]
pub(super) enum Manner {
    /// Closes at once, with the request unread: a reset.
    Reset,
    /// Takes nothing and says nothing.
    HangAtOnce,
    /// Takes the request and says nothing.
    HangAfterRequest,
    /// Says this and then nothing more, with the connection open.
    SayAndHang(&'static str),
    /// Says this and closes.
    Say(String),
    /// A head and then a body without an end.
    EndlessBody,
    /// A head without an end, as fast as it is read.
    EndlessHead,
    /// One interim answer after the other, and never a last one.
    EndlessHints,
    /// A head without an end, byte by byte.
    DripHead,
    /// A good head, then a body byte by byte.
    DripBody,
}

/// A receiver that is asked once or often; how much it could say before we went away is counted.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    pub(super) said: Arc<AtomicUsize>,
    pub(super) asked: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    pub(super) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (said, asked): (Arc<AtomicUsize>, Arc<AtomicUsize>) = Default::default();
        let mut tasks = JoinSet::new();
        let (counter, visits) = (Arc::clone(&said), Arc::clone(&asked));
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                visits.fetch_add(1, Ordering::SeqCst);
                open.spawn(behave(stream, manner.clone(), Arc::clone(&counter)));
            }
        });
        Self {
            address,
            said,
            asked,
            _tasks: tasks,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
}

async fn behave(mut stream: TcpStream, manner: Manner, said: Arc<AtomicUsize>) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n";
    match manner {
        Manner::Reset => drop(stream),
        Manner::HangAtOnce => std::future::pending::<()>().await,
        Manner::HangAfterRequest => {
            take_request(&mut stream).await;
            std::future::pending::<()>().await;
        }
        Manner::SayAndHang(words) => {
            take_request(&mut stream).await;
            let _ = stream.write_all(words.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Manner::Say(words) => {
            take_request(&mut stream).await;
            let _ = stream.write_all(words.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Manner::EndlessBody => {
            take_request(&mut stream).await;
            let _ = stream.write_all(head.as_bytes()).await;
            pour(&mut stream, &[b'x'; 4096], &said).await;
        }
        Manner::EndlessHead => {
            take_request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await;
            pour(&mut stream, &[b'x'; 4096], &said).await;
        }
        Manner::EndlessHints => {
            take_request(&mut stream).await;
            let hint = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
            pour(&mut stream, hint, &said).await;
        }
        Manner::DripHead => {
            take_request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await;
            drip(&mut stream, &said).await;
        }
        Manner::DripBody => {
            take_request(&mut stream).await;
            let _ = stream.write_all(head.as_bytes()).await;
            drip(&mut stream, &said).await;
        }
    }
}

async fn pour(stream: &mut TcpStream, piece: &[u8], said: &AtomicUsize) {
    while stream.write_all(piece).await.is_ok() {
        said.fetch_add(piece.len(), Ordering::SeqCst);
    }
}

async fn drip(stream: &mut TcpStream, said: &AtomicUsize) {
    while stream.write_all(b"x").await.is_ok() {
        said.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Reads the head of the request and the two bytes of its body.
async fn take_request(stream: &mut TcpStream) {
    let mut taken = Vec::new();
    while !taken.ends_with(b"\r\n\r\n{}") {
        let mut byte = [0];
        if stream.read_exact(&mut byte).await.is_err() {
            return;
        }
        taken.push(byte[0]);
    }
}
