//! The feed of hints: "engagement X changed". A hint says where to look and never what was found, so a lost one costs
//! latency and never truth. Rows are appended in the transaction of the change; one loop reads them in commit order and
//! hands them to whoever listens.

use std::sync::{Arc, RwLock};

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::Hub;
use crate::db::Row;
use crate::fault::{Fault, Outcome};

pub mod store;

/// Listeners that fall further behind than this many batches read the table instead.
const KEPT_BATCHES: usize = 1_024;
/// One reading of the feed takes at most this many rows.
pub const BATCH: u32 = 500;

/// A place in the feed, ordered as the rows were committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The database transaction; always 0 on SQLite, which has one writer.
    pub transaction: i64,
    /// The row.
    pub row: i64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.transaction, self.row)
    }
}

impl std::str::FromStr for Position {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (transaction, row) = text
            .split_once('.')
            .ok_or_else(|| Fault::invalid("last_event_id", "A position reads like `0.42`."))?;
        let number = |part: &str| {
            part.parse::<i64>()
                .ok()
                .filter(|number| *number >= 0)
                .ok_or_else(|| Fault::invalid("last_event_id", "A position reads like `0.42`."))
        };
        Ok(Self {
            transaction: number(transaction)?,
            row: number(row)?,
        })
    }
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum HintKind {
    /// A run was started or queued.
    #[serde(rename = "run.started")]
    RunStarted,
    /// A run gave a sign of life.
    #[serde(rename = "run.progress")]
    RunProgress,
    /// A run waits for a worker.
    #[serde(rename = "run.offered")]
    RunOffered,
    /// A run ended.
    #[serde(rename = "run.ended")]
    RunEnded,
    /// Something new waits for somebody, or no longer does.
    #[serde(rename = "needs_you.changed")]
    NeedsYouChanged,
    /// An artifact was made, has a new version, was decided about, or a decision about it took effect.
    #[serde(rename = "artifact.changed")]
    ArtifactChanged,
    /// An ask was made, answered, delegated, withdrawn or expired, or an answer to it took effect.
    #[serde(rename = "ask.changed")]
    AskChanged,
    /// Something of the catalogue or of the planned work was made or changed.
    #[serde(rename = "work.changed")]
    WorkChanged,
    /// A dashboard was made or changed, or who is told of it.
    #[serde(rename = "dashboard.changed")]
    DashboardChanged,
    /// A snapshot of a dashboard was taken.
    #[serde(rename = "snapshot.taken")]
    SnapshotTaken,
    /// A delivery waits, was tried or is settled.
    #[serde(rename = "delivery.changed")]
    DeliveryChanged,
    /// Somebody said something about a dashboard, a run or an artifact.
    #[serde(rename = "comment.added")]
    CommentAdded,
    /// Members, names or the engagement itself changed.
    #[serde(rename = "engagement.changed")]
    EngagementChanged,
}

impl HintKind {
    /// The event type on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunStarted => "run.started",
            Self::RunProgress => "run.progress",
            Self::RunOffered => "run.offered",
            Self::RunEnded => "run.ended",
            Self::NeedsYouChanged => "needs_you.changed",
            Self::ArtifactChanged => "artifact.changed",
            Self::AskChanged => "ask.changed",
            Self::WorkChanged => "work.changed",
            Self::DashboardChanged => "dashboard.changed",
            Self::SnapshotTaken => "snapshot.taken",
            Self::DeliveryChanged => "delivery.changed",
            Self::CommentAdded => "comment.added",
            Self::EngagementChanged => "engagement.changed",
        }
    }

    /// The concept that the changed thing belongs to.
    pub const fn concept(self) -> &'static str {
        match self {
            Self::RunStarted | Self::RunProgress | Self::RunOffered | Self::RunEnded => "run",
            Self::NeedsYouChanged => "need",
            Self::ArtifactChanged => "artifact",
            Self::AskChanged => "ask",
            Self::WorkChanged => "work",
            Self::DashboardChanged => "dashboard",
            Self::SnapshotTaken => "snapshot",
            Self::DeliveryChanged => "delivery",
            Self::CommentAdded => "comment",
            Self::EngagementChanged => "engagement",
        }
    }
}

/// One hint, as it is read from the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Where it stands.
    pub position: Position,
    /// Who may know of it: the members of this engagement.
    pub engagement_id: EngagementId,
    /// `run`, `need`, `artifact`, `ask`, `work`, `dashboard`, `snapshot`, `delivery`, `comment` or `engagement`.
    pub concept: String,
    /// `run.progress` and the like.
    pub kind: String,
    /// What changed.
    pub object_id: Uuid,
    /// When.
    pub at: Timestamp,
}

/// Hints that were committed together, shared between all listeners.
pub type Batch = Arc<[Hint]>;

/// The live end of the feed on this replica.
pub struct Feed {
    batches: broadcast::Sender<Batch>,
    end: RwLock<Position>,
    closing: watch::Sender<bool>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            batches: broadcast::Sender::new(KEPT_BATCHES),
            end: RwLock::new(Position::default()),
            closing: watch::Sender::new(false),
        }
    }
}

impl Feed {
    /// Batches from now on. Take this before reading the table with [`read_after`], and skip what both have.
    pub fn subscribe(&self) -> broadcast::Receiver<Batch> {
        self.batches.subscribe()
    }

    /// Ends every call that waits for a hint: it answers with what there is.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Comes back once [`Feed::close`] was called.
    pub(crate) async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// The last position handed out on this replica.
    pub fn end(&self) -> Position {
        *self
            .end
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn start_at(&self, position: Position) {
        *self
            .end
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = position;
    }

    pub(crate) fn publish(&self, batch: Vec<Hint>) {
        if let Some(last) = batch.last() {
            self.start_at(last.position);
            // Nobody listening is not a fault: hints are for whoever is there.
            let _ = self.batches.send(batch.into());
        }
    }
}

/// The hints after a position, oldest first, at most [`BATCH`], of all engagements; surfaces filter by membership.
pub async fn read_after(hub: &Hub, after: Position) -> Outcome<Vec<Hint>> {
    let engine = hub.db().engine();
    let rows = hub
        .db()
        .read(move |sql| Box::pin(async move { store::after(sql, engine, after, BATCH).await }))
        .await?;
    rows.iter().map(hint).collect()
}

/// The oldest position still kept, or `None` when the feed is empty.
pub async fn oldest(hub: &Hub) -> Outcome<Option<Position>> {
    let row = hub
        .db()
        .read(|sql| Box::pin(async move { store::oldest(sql).await }))
        .await?;
    row.map(|row| position(&row)).transpose()
}

/// The newest position that every reader may already see.
pub async fn newest(hub: &Hub) -> Outcome<Position> {
    let engine = hub.db().engine();
    let row = hub
        .db()
        .read(move |sql| Box::pin(async move { store::newest(sql, engine).await }))
        .await?;
    row.map_or(Ok(Position::default()), |row| position(&row))
}

fn position(row: &Row) -> Outcome<Position> {
    Ok(Position {
        transaction: row.int(0)?,
        row: row.int(1)?,
    })
}

fn hint(row: &Row) -> Outcome<Hint> {
    Ok(Hint {
        position: position(row)?,
        engagement_id: EngagementId::from_uuid(row.id(2)?),
        concept: row.text(3)?,
        kind: row.text(4)?,
        object_id: row.id(5)?,
        at: row.time(6)?,
    })
}
