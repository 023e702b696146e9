//! The accept loop: one task per connection, a limit on their number, and an end that lets requests finish.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Write};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, Request, Response, header};
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::Service;

use crate::app::App;
use crate::guard::ListenerPort;
use crate::http::router;
use crate::patience::{Patient, Serving, USUAL};

/// A header, with its request line, is at most this long; one more byte is answered 431.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;
/// What hyper holds of one connection at most while it reads or writes.
const MAX_BUFFER_BYTES: usize = 64 * 1024;
/// Requests that are under way may take this long when the server ends.
const GRACE: Duration = Duration::from_secs(10);
/// How long the loop pauses when the machine has no further connection to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The answer to a connection beyond the limit.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
    content-type: text/plain\r\ncontent-length: 42\r\n\r\nThe hub has no connection left. Try later.";

/// Serves on these listeners until `shutdown` is ready, then lets what is under way finish within ten seconds.
pub async fn serve(
    app: App,
    listeners: Vec<TcpListener>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    if !app.behind_tls() {
        tracing::warn!(
            "sessions travel without TLS: fine on loopback; anywhere else give the hub an https public URL"
        );
    }
    let router = router(app.clone());
    let slots = Arc::new(Semaphore::new(app.settings().max_connections));
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for listener in listeners {
        let port = listener.local_addr()?.port();
        let door = Door {
            router: router.clone(),
            port,
            stopping: stopping.clone(),
        };
        tasks.spawn(accept_all(listener, door, Arc::clone(&slots)));
    }
    let pump = app.clone();
    tasks.spawn(async move { pump.live().pump(pump.hub()).await });

    shutdown.await;
    let _ = stop.send(true);
    app.live().close();
    app.hub().feed().close();
    if tokio::time::timeout(GRACE, tasks.join_all()).await.is_err() {
        tracing::warn!("some requests did not finish within ten seconds and were ended");
    }
    Ok(())
}

/// What every connection of one listener is given.
#[derive(Clone)]
struct Door {
    router: Router,
    port: u16,
    stopping: watch::Receiver<bool>,
}

async fn accept_all(listener: TcpListener, mut door: Door, slots: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    let connection_door = door.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = stopped(&mut door.stopping) => break,
        };
        match accepted {
            Ok((stream, _)) => match Arc::clone(&slots).try_acquire_owned() {
                Ok(slot) => {
                    connections.spawn(connection(stream, connection_door.clone(), slot));
                }
                Err(_) => refuse(stream),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone means the end as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Says why, as far as the socket takes it at once, and closes.
fn refuse(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(FULL);
    }
}

async fn connection(stream: TcpStream, door: Door, slot: OwnedSemaphorePermit) {
    let _ = stream.set_nodelay(true);
    let serving = Serving::default();
    let io = TokioIo::new(Patient::new(stream, serving.clone(), &USUAL));
    let Door {
        router,
        port,
        mut stopping,
    } = door;
    let service = service_fn(move |request: Request<Incoming>| {
        answer(router.clone(), port, serving.clone(), request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        // The stream has its own time-outs; this one only makes hyper read again between two requests.
        .header_read_timeout(USUAL.rest + USUAL.header)
        .max_header_size(MAX_HEADER_BYTES)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(io, service);
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stopped(&mut stopping) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(slot);
}

async fn answer(
    mut router: Router,
    port: u16,
    serving: Serving,
    mut request: Request<Incoming>,
) -> Result<Response<Served>, Infallible> {
    serving.begin(!request.body().is_end_stream());
    request.extensions_mut().insert(ListenerPort(port));
    let heard = |body| Heard {
        body,
        serving: serving.clone(),
    };
    let request = request.map(|body| Body::new(heard(body)));
    let mut response = router.call(request).await?;
    if serving.is_unheard() {
        // What follows is read no more, so no other request may come this way.
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Served { body, serving }))
}

/// The body of a request, which tells the connection when it has come to its end.
struct Heard {
    body: Incoming,
    serving: Serving,
}

impl HttpBody for Heard {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.serving.heard();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that tells the connection when it has been handed over, so that the rest between requests begins.
struct Served {
    body: Body,
    serving: Serving,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.end();
    }
}

impl HttpBody for Served {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
