//! A connection that does not wait for ever. hyper knows one time-out for reading a header and starts it while a
//! connection rests between two requests; here the first byte, the header, the rest between requests and a client that
//! takes no more bytes each have their own. So has the end: closing over bytes that nobody read resets the connection,
//! and a client whose upload was refused half-way would meet the reset instead of the answer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long a connection is waited for.
#[derive(Debug)]
pub struct Patience {
    /// For the first byte of a new connection.
    pub first_byte: Duration,
    /// For a whole header, from its first byte on.
    pub header: Duration,
    /// For the next request, after an answer.
    pub rest: Duration,
    /// For a client to take at least one byte of its answer.
    pub stall: Duration,
    /// For a client to stop sending, after the last answer.
    pub leave: Duration,
}

/// What every connection of a server gets.
pub static USUAL: Patience = Patience {
    first_byte: Duration::from_secs(5),
    header: Duration::from_secs(10),
    rest: Duration::from_mins(1),
    stall: Duration::from_secs(30),
    leave: Duration::from_secs(5),
};

/// How far the service is with the requests of a connection. Shared between the two.
#[derive(Debug, Clone, Default)]
pub struct Serving(Arc<Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// How often a request began or ended; odd while one is being served. A count and not a flag, because a whole request
    /// may be served between two reads.
    turns: AtomicU64,
    /// Whether the client has not been heard to the end of its body.
    is_unheard: AtomicBool,
}

impl Serving {
    /// A header is complete, and a body may follow.
    pub fn begin(&self, has_body: bool) {
        self.0.is_unheard.store(has_body, Ordering::Relaxed);
        self.0.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// The body came to its end.
    pub fn heard(&self) {
        self.0.is_unheard.store(false, Ordering::Relaxed);
    }

    /// Whether the client may still be sending its body.
    pub fn is_unheard(&self) -> bool {
        self.0.is_unheard.load(Ordering::Relaxed)
    }

    /// The answer has been handed over.
    pub fn end(&self) {
        self.0.turns.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    First,
    Header,
    Served,
    Rest,
    Leave,
}

type Timer = Option<Pin<Box<Sleep>>>;

/// A stream with these time-outs; each fails the read or the write, which closes the connection.
#[derive(Debug)]
pub struct Patient<S> {
    stream: S,
    patience: &'static Patience,
    serving: Serving,
    turns_seen: u64,
    reading: Reading,
    read_timer: Timer,
    write_timer: Timer,
}

impl<S> Patient<S> {
    /// A fresh connection, of which nothing was read yet.
    pub fn new(stream: S, serving: Serving, patience: &'static Patience) -> Self {
        Self {
            stream,
            patience,
            serving,
            turns_seen: 0,
            reading: Reading::First,
            read_timer: None,
            write_timer: None,
        }
    }

    /// Follows the service: no read timer while it serves, a new one when it has served.
    fn follow_service(&mut self) {
        let turns = self.serving.0.turns.load(Ordering::Relaxed);
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
            Reading::First => Some(self.patience.first_byte),
            Reading::Header => Some(self.patience.header),
            Reading::Rest => Some(self.patience.rest),
            Reading::Leave => Some(self.patience.leave),
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
        if has_run_out(&mut self.write_timer, self.patience.stall, cx) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> Patient<S> {
    /// Takes what the client still sends, until it stops or its time is up.
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut unread = [0; 8 * 1024];
        while !has_run_out(&mut self.read_timer, self.patience.leave, cx) {
            let mut buffer = ReadBuf::new(&mut unread);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
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
        let this = &mut *self;
        if this.reading != Reading::Leave {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            if !this.serving.is_unheard() {
                return Poll::Ready(Ok(()));
            }
            this.now_reading(Reading::Leave);
        }
        this.poll_leave(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(50);
    /// Longer than any short patience lasts, however busy the machine is.
    const DEADLINE: Duration = Duration::from_secs(20);

    const ENDLESS_COPY: Patience = Patience {
        first_byte: LONG,
        header: LONG,
        rest: LONG,
        stall: LONG,
        leave: LONG,
    };
    static ENDLESS: Patience = ENDLESS_COPY;
    static SHORT_FIRST_BYTE: Patience = Patience {
        first_byte: SHORT,
        ..ENDLESS_COPY
    };
    static SHORT_HEADER: Patience = Patience {
        header: SHORT,
        ..ENDLESS_COPY
    };
    static SHORT_REST: Patience = Patience {
        rest: SHORT,
        ..ENDLESS_COPY
    };
    static SHORT_STALL: Patience = Patience {
        stall: SHORT,
        ..ENDLESS_COPY
    };
    static SHORT_LEAVE: Patience = Patience {
        leave: SHORT,
        ..ENDLESS_COPY
    };

    fn pair(patience: &'static Patience) -> (DuplexStream, Patient<DuplexStream>, Serving) {
        let (client, server) = duplex(64);
        let serving = Serving::default();
        (
            client,
            Patient::new(server, serving.clone(), patience),
            serving,
        )
    }

    async fn gives_up(patient: &mut Patient<DuplexStream>) {
        let read = timeout(DEADLINE, patient.read_u8())
            .await
            .expect("it gives up");
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    /// A short patience would be over by now.
    async fn goes_on_waiting(patient: &mut Patient<DuplexStream>) {
        let read = timeout(SHORT * 4, patient.read_u8()).await;
        assert!(read.is_err(), "it goes on waiting: {read:?}");
    }

    async fn begin_of_a_header(client: &mut DuplexStream, patient: &mut Patient<DuplexStream>) {
        client.write_all(b"GET").await.unwrap();
        patient.read_exact(&mut [0; 3]).await.unwrap();
    }

    #[tokio::test]
    async fn a_silent_connection_is_given_up() {
        let (_client, mut patient, _) = pair(&SHORT_FIRST_BYTE);
        gives_up(&mut patient).await;
        let (_client, mut patient, _) = pair(&SHORT_HEADER);
        goes_on_waiting(&mut patient).await;
    }

    #[tokio::test]
    async fn a_header_that_drips_gets_no_more_time() {
        let (mut client, mut patient, _) = pair(&SHORT_HEADER);
        let drip = async {
            loop {
                client.write_all(b"x").await.unwrap();
                patient.read_u8().await.unwrap();
                let next = timeout(SHORT / 10, patient.read_u8()).await;
                if next.is_ok_and(|read| read.is_err()) {
                    return;
                }
            }
        };
        timeout(DEADLINE, drip).await.expect("it gives up");
    }

    #[tokio::test]
    async fn what_is_served_takes_its_time() {
        let (mut client, mut patient, serving) = pair(&SHORT_HEADER);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(false);
        goes_on_waiting(&mut patient).await;
        let (mut client, mut patient, serving) = pair(&SHORT_REST);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(false);
        goes_on_waiting(&mut patient).await;
        serving.end();
        gives_up(&mut patient).await;
    }

    #[tokio::test]
    async fn a_request_that_is_served_between_two_reads_is_seen() {
        let (mut client, mut patient, serving) = pair(&SHORT_HEADER);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(false);
        serving.end();
        goes_on_waiting(&mut patient).await;
        let (mut client, mut patient, serving) = pair(&SHORT_REST);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(false);
        serving.end();
        gives_up(&mut patient).await;
    }

    #[tokio::test]
    async fn the_next_header_has_its_own_time() {
        let (mut client, mut patient, serving) = pair(&SHORT_HEADER);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(false);
        serving.end();
        goes_on_waiting(&mut patient).await;
        begin_of_a_header(&mut client, &mut patient).await;
        gives_up(&mut patient).await;
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (mut client, mut patient, _) = pair(&SHORT_STALL);
        patient.write_all(&[0; 64]).await.unwrap();
        let full = timeout(DEADLINE, patient.write_u8(0))
            .await
            .expect("it gives up");
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::TimedOut);

        let (mut slow, mut patient, _) = pair(&ENDLESS);
        patient.write_all(&[0; 64]).await.unwrap();
        let full = timeout(SHORT * 4, patient.write_u8(0)).await;
        assert!(full.is_err(), "it goes on waiting");
        slow.read_exact(&mut [0; 1]).await.unwrap();
        patient.write_u8(0).await.unwrap();
        client.read_exact(&mut [0; 1]).await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_still_sends_is_heard_to_its_end() {
        let (mut client, mut patient, serving) = pair(&ENDLESS);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(true);
        let sending = async {
            client.write_all(&[0; 16 * 1024]).await.unwrap();
            drop(client);
        };
        let (ended, ()) = timeout(DEADLINE, async {
            tokio::join!(patient.shutdown(), sending)
        })
        .await
        .expect("it ends with the client");
        ended.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_never_stops_sending_is_left() {
        let (mut client, mut patient, serving) = pair(&SHORT_LEAVE);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(true);
        let sending = async {
            loop {
                client.write_all(&[0; 64]).await.unwrap();
            }
        };
        tokio::select! {
            ended = timeout(DEADLINE, patient.shutdown()) => ended.expect("it ends").unwrap(),
            () = sending => {}
        }
    }

    #[tokio::test]
    async fn a_client_that_pauses_in_its_body_is_heard_too() {
        let (mut client, mut patient, serving) = pair(&ENDLESS);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(true);
        serving.end();
        goes_on_waiting(&mut patient).await;
        let ended = timeout(SHORT * 4, patient.shutdown()).await;
        assert!(ended.is_err(), "it goes on waiting: {ended:?}");
        drop(client);
        timeout(DEADLINE, patient.shutdown())
            .await
            .expect("it ends with the client")
            .unwrap();
    }

    #[tokio::test]
    async fn a_client_that_was_heard_is_left_at_once() {
        let (mut client, mut patient, serving) = pair(&ENDLESS);
        begin_of_a_header(&mut client, &mut patient).await;
        serving.begin(true);
        serving.heard();
        timeout(DEADLINE, patient.shutdown())
            .await
            .expect("it ends at once")
            .unwrap();
    }
}
