//! One event stream: small, pulled by the connection, and at home in the table whenever the live road lost it.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use bellboard_core::id::EngagementId;
use bellboard_hub::event::{self, Hint, Position};
use bellboard_hub::fault::Fault;
use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::audience::Audience;
use super::{Signal, Start};
use crate::app::App;

/// A browser comes back after this long.
const RETRY_MILLIS: u32 = 2_000;

/// Hints that were committed together, already written.
#[derive(Debug)]
pub struct Frames {
    last: Position,
    one_by_one: Vec<(EngagementId, Position, std::ops::Range<usize>)>,
    text: Bytes,
}

impl Frames {
    /// Writes each hint of the batch once.
    pub fn of(hints: &[Hint]) -> Self {
        let mut text = String::with_capacity(hints.len() * 192);
        let mut one_by_one = Vec::with_capacity(hints.len());
        for hint in hints {
            let from = text.len();
            write_event(&mut text, hint);
            one_by_one.push((hint.engagement_id, hint.position, from..text.len()));
        }
        Self {
            last: hints
                .last()
                .map_or_else(Position::default, |hint| hint.position),
            one_by_one,
            text: text.into(),
        }
    }

    /// Stands for batches that the replica's own task has missed: every stream must read the table.
    pub fn missed() -> Self {
        Self::of(&[])
    }

    fn is_missed(&self) -> bool {
        self.one_by_one.is_empty()
    }

    /// What of it is after this position and may be carried; the shared text itself when that is everything.
    fn carried(&self, after: Position, engagements: &HashSet<EngagementId>) -> Bytes {
        let passes = |engagement: &EngagementId, position: &Position| {
            *position > after && engagements.contains(engagement)
        };
        if self
            .one_by_one
            .iter()
            .all(|(engagement, position, _)| passes(engagement, position))
        {
            return self.text.clone();
        }
        let parts = self
            .one_by_one
            .iter()
            .filter(|(engagement, position, _)| passes(engagement, position));
        let parts: Vec<&[u8]> = parts
            .map(|(_, _, range)| &self.text[range.clone()])
            .collect();
        parts.concat().into()
    }
}

fn write_event(text: &mut String, hint: &Hint) {
    let Hint {
        position,
        engagement_id,
        concept,
        kind,
        object_id,
        ..
    } = hint;
    // Concepts, kinds and ids hold nothing that JSON would escape.
    let _ = write!(
        text,
        "id: {position}\nevent: {kind}\n\
         data: {{\"engagement\":\"{engagement_id}\",\"concept\":\"{concept}\",\"id\":\"{object_id}\"}}\n\n"
    );
}

/// The stream of one client. Ends when the credential is no longer good or the server ends.
pub fn events(
    app: App,
    audience: Arc<Audience>,
    signals: broadcast::Receiver<Signal>,
    start: Start,
    slot: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Bytes, Fault>> + Send {
    let (position, first) = match start {
        Start::After(position) => (
            position,
            format!("retry: {RETRY_MILLIS}\nid: {position}\n\n"),
        ),
        Start::Reset(position) => (
            position,
            format!("retry: {RETRY_MILLIS}\nid: {position}\nevent: reset\ndata: {{}}\n\n"),
        ),
    };
    let client = Client {
        app,
        audience,
        signals,
        position,
        first: Some(first.into()),
        behind: true,
        _slot: slot,
    };
    futures_util::stream::unfold(client, |mut client| async move {
        match client.next().await {
            Ok(Some(bytes)) => Some((Ok(bytes), client)),
            Ok(None) => None,
            // The connection is cut; the client resumes from its position when the database answers again.
            Err(fault) => Some((Err(fault), client)),
        }
    })
}

struct Client {
    app: App,
    audience: Arc<Audience>,
    signals: broadcast::Receiver<Signal>,
    position: Position,
    first: Option<Bytes>,
    /// Whether the table may hold something between our position and the next signal.
    behind: bool,
    _slot: OwnedSemaphorePermit,
}

impl Client {
    /// The next bytes to carry, or `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            if self.behind {
                // Boxed, so that the thousands of streams that only wait stay small.
                match Box::pin(self.catch_up()).await? {
                    Caught::Nothing => continue,
                    Caught::Some(bytes) => return Ok(Some(bytes)),
                    Caught::Revoked => return Ok(None),
                }
            }
            let signal = match self.signals.recv().await {
                Ok(signal) => signal,
                Err(RecvError::Lagged(_)) => {
                    self.behind = true;
                    continue;
                }
                Err(RecvError::Closed) => return Ok(None),
            };
            let seen = self.audience.seen(&self.app).await?;
            let Some(engagements) = &seen.engagements else {
                return Ok(None);
            };
            match signal {
                Signal::Close => return Ok(None),
                Signal::Heartbeat => return Ok(Some(self.heartbeat())),
                Signal::Frames(frames) if frames.is_missed() => self.behind = true,
                Signal::Frames(frames) if frames.last <= self.position => {}
                Signal::Frames(frames) => {
                    let bytes = frames.carried(self.position, engagements);
                    self.position = frames.last;
                    if !bytes.is_empty() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// A comment, and the position without an event, so that a client of quiet engagements resumes from here.
    fn heartbeat(&self) -> Bytes {
        format!(": live\nid: {}\n\n", self.position).into()
    }

    /// One batch out of the table.
    async fn catch_up(&mut self) -> Result<Caught, Fault> {
        let hints = event::read_after(self.app.hub(), self.position).await?;
        let Some(last) = hints.last() else {
            self.behind = false;
            return Ok(Caught::Nothing);
        };
        let last = last.position;
        let seen = self.audience.seen(&self.app).await?;
        let Some(engagements) = &seen.engagements else {
            return Ok(Caught::Revoked);
        };
        let bytes = Frames::of(&hints).carried(self.position, engagements);
        self.position = last;
        Ok(if bytes.is_empty() {
            Caught::Nothing
        } else {
            Caught::Some(bytes)
        })
    }
}

/// What one reading of the table gave.
enum Caught {
    Nothing,
    Some(Bytes),
    Revoked,
}

#[cfg(test)]
mod tests {
    use bellboard_core::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn hint(row: i64, engagement: u128) -> Hint {
        Hint {
            position: Position {
                transaction: 0,
                row,
            },
            engagement_id: EngagementId::from_uuid(Uuid::from_u128(engagement)),
            concept: "run".to_owned(),
            kind: "run.started".to_owned(),
            object_id: Uuid::from_u128(7),
            at: Timestamp::from_micros(0),
        }
    }

    fn carried(frames: &Frames, after: i64, engagements: &[u128]) -> Vec<String> {
        let after = Position {
            transaction: 0,
            row: after,
        };
        let ids = engagements
            .iter()
            .map(|id| EngagementId::from_uuid(Uuid::from_u128(*id)));
        let bytes = frames.carried(after, &ids.collect());
        let text = std::str::from_utf8(&bytes).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("id: "))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_hint_is_written_as_one_event() {
        let frames = Frames::of(&[hint(42, 1)]);
        let expected = "id: 0.42\nevent: run.started\n\
            data: {\"engagement\":\"00000000-0000-0000-0000-000000000001\",\"concept\":\"run\",\
            \"id\":\"00000000-0000-0000-0000-000000000007\"}\n\n";
        assert_eq!(frames.text, expected);
    }

    #[test]
    fn only_what_is_new_and_may_be_seen_is_carried() {
        let frames = Frames::of(&[hint(1, 10), hint(2, 20), hint(3, 10)]);
        assert_eq!(carried(&frames, 0, &[10, 20]), ["0.1", "0.2", "0.3"]);
        assert_eq!(carried(&frames, 0, &[10]), ["0.1", "0.3"]);
        assert_eq!(carried(&frames, 1, &[10, 20]), ["0.2", "0.3"]);
        assert_eq!(carried(&frames, 3, &[10, 20]), [""; 0]);
        assert_eq!(carried(&frames, 0, &[30]), [""; 0]);
    }

    #[test]
    fn what_everybody_sees_is_shared_and_not_copied() {
        let frames = Frames::of(&[hint(1, 10), hint(2, 10)]);
        let all = HashSet::from([EngagementId::from_uuid(Uuid::from_u128(10))]);
        let carried = frames.carried(Position::default(), &all);
        assert_eq!(carried.as_ptr(), frames.text.as_ptr());
    }
}
