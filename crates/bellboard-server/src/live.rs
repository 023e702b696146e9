//! `/events`: hints as server-sent events. One task per replica takes batches from the hub's feed, writes each hint once
//! and hands the text to every stream; a stream that fell behind, or that resumes, reads the table instead. A hint is
//! carried only to members, and nothing is carried on a credential that was not looked at lately.

mod audience;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bellboard_hub::Hub;
use bellboard_hub::event::{Batch, HintKind, Position};
use bellboard_hub::fault::Fault;
use serde::Deserialize;
use tokio::sync::{Semaphore, broadcast};

use crate::app::App;
use crate::problem::Problem;
use crate::session::{self, Visitor};
use audience::Audiences;
use stream::Frames;

/// A comment goes to every stream this often, so that both ends notice a dead connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What the one task tells all streams.
#[derive(Debug, Clone)]
enum Signal {
    /// Hints that were committed.
    Frames(Arc<Frames>),
    /// Time for a comment.
    Heartbeat,
    /// The server ends.
    Close,
}

/// The open streams of this replica.
pub struct Live {
    signals: broadcast::Sender<Signal>,
    slots: Arc<Semaphore>,
    audiences: Audiences,
}

impl Live {
    /// At most this many streams at once; each may fall this many signals behind before it reads the table.
    pub fn new(max_streams: usize, kept_signals: usize) -> Self {
        Self {
            signals: broadcast::Sender::new(kept_signals),
            slots: Arc::new(Semaphore::new(max_streams)),
            audiences: Audiences::default(),
        }
    }

    /// Whoever signed in with this secret carries nothing more until somebody has looked whether it is still good.
    pub fn doubt_secret(&self, secret: &str) {
        self.audiences
            .doubt(|audience| audience.is_by_secret(secret));
    }

    /// The same for the token of this id.
    pub fn doubt_token(&self, token: &str) {
        self.audiences.doubt(|audience| audience.is_by_token(token));
    }

    /// Ends every stream; each client comes back to another replica with its position.
    pub fn close(&self) {
        let _ = self.signals.send(Signal::Close);
    }

    /// Hands the hub's hints and the heartbeat to the streams until it is dropped or [`Live::close`] is called.
    pub async fn pump(&self, hub: &Hub) {
        let mut batches = hub.feed().subscribe();
        let mut signals = self.signals.subscribe();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            let signal = tokio::select! {
                batch = batches.recv() => match batch {
                    Ok(batch) => self.frames(&batch),
                    // What was missed here is missed by every stream: each reads the table from its own position.
                    Err(broadcast::error::RecvError::Lagged(_)) => Signal::Frames(Arc::new(Frames::missed())),
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = heartbeat.tick() => Signal::Heartbeat,
                signal = signals.recv() => match signal {
                    Ok(Signal::Close) => return,
                    _ => continue,
                },
            };
            let _ = self.signals.send(signal);
        }
    }

    /// A change of an engagement may have ended a membership or made one, also for somebody who did not belong to it
    /// before. Everybody looks again before the batch that tells of the change, or anything after it, is carried.
    fn frames(&self, batch: &Batch) -> Signal {
        let changed = batch
            .iter()
            .any(|hint| hint.kind == HintKind::EngagementChanged.as_str());
        if changed {
            self.audiences.doubt(|_| true);
        }
        Signal::Frames(Arc::new(Frames::of(batch)))
    }
}

/// `/events`, at the root and below `/api`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/events", get(events))
        .route("/api/events", get(events))
}

#[derive(Deserialize)]
struct From {
    /// The position that a page was drawn at; a reconnecting browser sends `Last-Event-ID` instead.
    after: Option<String>,
}

async fn events(
    State(app): State<App>,
    Visitor(caller): Visitor,
    from: Result<Query<From>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(from) =
        from.map_err(|_| Problem::invalid("after", "`after` is one position, such as `0.42`."))?;
    let secret = session::secret(&app, &headers).unwrap_or_default();
    let Some(caller) = caller else {
        return Err(Fault::unauthenticated().into());
    };
    // A stream tells which runs there are, as the list of active ones does; a token that may not ask for that hears nothing.
    if !caller.may_call("list_active") {
        return Err(Fault::forbidden(
            "token_scope",
            "This token is not for `list_active`, so it carries no events. Create one that names it.",
        )
        .into());
    }
    let slot = Arc::clone(&app.live().slots).try_acquire_owned().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_streams",
            "This replica carries as many event streams as it may. Try again shortly, or read the pages without them.",
        )
    })?;
    // Taken before the table is read, so that nothing falls between the two.
    let signals = app.live().signals.subscribe();
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let start = start(app.hub(), last.or(from.after.as_deref())).await?;
    let audience = app.live().audiences.enter(secret, &caller.credential);
    let body = Body::from_stream(stream::events(app, audience, signals, start, slot));
    let headers = [(header::CONTENT_TYPE, "text/event-stream")];
    Ok((headers, body).into_response())
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// After this position, which is still known.
    After(Position),
    /// At the newest position: what the client has seen before is unknown here, so it must read everything anew.
    Reset(Position),
}

async fn start(hub: &Hub, asked: Option<&str>) -> Result<Start, Problem> {
    let newest = bellboard_hub::event::newest(hub).await?;
    let Some(asked) = asked else {
        return Ok(Start::After(newest));
    };
    let oldest = bellboard_hub::event::oldest(hub).await?;
    match asked.parse::<Position>() {
        Ok(position) if position == newest => Ok(Start::After(position)),
        // Handed out while nobody could read a first hint yet: everything that is kept comes after it.
        Ok(position) if position == Position::default() => Ok(Start::After(position)),
        Ok(position) if position < newest && oldest.is_some_and(|oldest| oldest <= position) => {
            Ok(Start::After(position))
        }
        _ => Ok(Start::Reset(newest)),
    }
}
