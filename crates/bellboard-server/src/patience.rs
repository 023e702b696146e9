//! A connection that does not wait for ever. hyper knows one time-out for reading a header and starts it while a
//! connection rests between two requests; here the first byte, the header, the rest between requests and a client that
//! takes no more bytes each have their own.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A new connection must send its first byte within this time.
pub const FIRST_BYTE: Duration = Duration::from_secs(5);
/// A header must be complete this long after its first byte.
pub const HEADER: Duration = Duration::from_secs(10);
/// A connection may rest this long between two requests.
pub const REST: Duration = Duration::from_mins(1);
/// A client must take at least one byte of an answer within this time.
pub const STALL: Duration = Duration::from_secs(30);

/// How often a request of this connection began or ended; odd while one is being served. A count and not a flag, because
/// a whole request may be served between two reads. Shared between the connection and its service.
#[derive(Debug, Clone, Default)]
pub struct Serving(Arc<AtomicU64>);

impl Serving {
    /// A header is complete.
    pub fn begin(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The answer has been handed over.
    pub fn end(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    First,
    Header,
    Served,
    Rest,
}

type Timer = Option<Pin<Box<Sleep>>>;

/// A stream with these time-outs; each fails the read or the write, which closes the connection.
#[derive(Debug)]
pub struct Patient<S> {
    stream: S,
    serving: Serving,
    turns_seen: u64,
    reading: Reading,
    read_timer: Timer,
    write_timer: Timer,
}

impl<S> Patient<S> {
    /// A fresh connection, of which nothing was read yet.
    pub fn new(stream: S, serving: Serving) -> Self {
        Self {
            stream,
            serving,
            turns_seen: 0,
            reading: Reading::First,
            read_timer: None,
            write_timer: None,
        }
    }

    /// Follows the service: no read timer while it serves, a new one when it has served.
    fn follow_service(&mut self) {
        let turns = self.serving.0.load(Ordering::Relaxed);
        if turns != self.turns_seen {
            self.turns_seen = turns;
            let serves = turns % 2 == 1;
            self.now_reading(if serves {
                Reading::Served
            } else {
                Reading::Rest
            });
        }
    }

    fn now_reading(&mut self, reading: Reading) {
        self.reading = reading;
        self.read_timer = None;
    }

    fn read_patience(&self) -> Option<Duration> {
        match self.reading {
            Reading::First => Some(FIRST_BYTE),
            Reading::Header => Some(HEADER),
            Reading::Rest => Some(REST),
            Reading::Served => None,
        }
    }
}

/// Starts the timer if it does not run, and tells whether it has run out.
fn has_run_out(timer: &mut Timer, patience: Duration, cx: &mut Context<'_>) -> bool {
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
    timer.as_mut().poll(cx).is_ready()
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.follow_service();
        let before = buffer.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut this.stream).poll_read(cx, buffer) {
            let began = buffer.filled().len() > before;
            if began && matches!(this.reading, Reading::First | Reading::Rest) {
                this.now_reading(Reading::Header);
            }
            return Poll::Ready(result);
        }
        match this.read_patience() {
            Some(patience) if has_run_out(&mut this.read_timer, patience, cx) => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            _ => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    fn progress<T>(
        &mut self,
        poll: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.write_timer = None;
            return poll;
        }
        if has_run_out(&mut self.write_timer, STALL, cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.progress(poll, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.progress(poll, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
