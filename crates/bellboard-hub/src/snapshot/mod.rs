//! Snapshots: what a dashboard answered at one time, kept as it was. A snapshot is never changed and never removed by
//! itself; the retention forgets whole old ones. An unchanged picture is kept once, however often it is taken.

use bellboard_core::content::ContentDigest;
use bellboard_core::dashboard::{Number, Picture, Summary};
use bellboard_core::id::{DashboardId, EngagementId, PersonId, SnapshotId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod data;
mod diff;
mod due;
mod now;
mod push;
mod read;
pub mod store;
mod take;

pub use data::{MaterializedData, RankedRow};
pub use diff::{DiffAnswer, GetDiff, get_dashboard_diff};
pub(crate) use due::miss_due;
pub use due::{
    DueView, ListMissed, MissedView, forget_expired, list_missed_snapshots, take_due,
    take_due_snapshots,
};
pub use now::{NowView, get_dashboard_now};
pub use push::{Makes, PushedRows, push_rows};
pub use read::{ListSnapshots, OfSnapshot, get_snapshot, list_snapshots};
pub use take::take_snapshot;
pub(crate) use take::{Taken, nothing_changed, picture_of};

/// Why a snapshot was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Somebody asked.
    Manual,
    /// The timer.
    Timer,
    /// Rows were pushed.
    Push,
}

impl Reason {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Timer => "timer",
            Self::Push => "push",
        }
    }

    fn parse(word: &str) -> Outcome<Self> {
        match word {
            "manual" => Ok(Self::Manual),
            "timer" => Ok(Self::Timer),
            "push" => Ok(Self::Push),
            other => Err(Fault::internal(format!("snapshots.reason holds `{other}`"))),
        }
    }
}

/// A snapshot without its rows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SnapshotView {
    /// Its id.
    pub id: SnapshotId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Of which dashboard.
    pub dashboard_id: DashboardId,
    /// Its number among those of the dashboard, from 1.
    pub number: u64,
    /// When it was taken.
    pub captured_at: Timestamp,
    /// Who asked for it; absent for the timer.
    pub taken_by: Option<PersonId>,
    /// Their name at that moment.
    pub taken_by_name: String,
    /// `manual`, `timer` or `push`.
    pub reason: Reason,
    /// The time that the timer took it for.
    pub due_at: Option<Timestamp>,
    /// The SHA-256 of the picture in its one form. Equal pictures have equal hashes.
    pub content_hash: String,
    /// How many rows it shows.
    pub row_count: u64,
    /// How many rows matched, of which it shows the first.
    pub matched: u64,
    /// The one number; absent when there was none.
    pub primary_metric: Option<Number>,
    /// Whether it shows the same as the one before.
    pub unchanged: bool,
    /// The one before, if it is still kept.
    pub previous_id: Option<SnapshotId>,
    /// What differs from the one before, in figures; absent for the first.
    pub changes: Option<Summary>,
    /// How many bells it rang.
    pub rang: u64,
    #[serde(skip)]
    pub(crate) digest: [u8; 32],
}

impl SnapshotView {
    /// Reads `snapshot_columns!`.
    pub(crate) fn read(row: &Row) -> Outcome<Self> {
        let count =
            |column| -> Outcome<u64> { u64::try_from(row.int(column)?).map_err(Fault::internal) };
        let digest = digest_in(&row.blob(9)?)?;
        Ok(Self {
            engagement_id: row.id(0)?,
            id: row.id(1)?,
            dashboard_id: row.id(2)?,
            number: count(3)?,
            captured_at: row.time(4)?,
            taken_by: row.opt_id(5)?,
            taken_by_name: row.text(6)?,
            reason: Reason::parse(&row.text(7)?)?,
            due_at: row.opt_time(8)?,
            content_hash: ContentDigest::from_bytes(digest).hex(),
            row_count: count(10)?,
            matched: count(11)?,
            primary_metric: crate::dashboard::number_in(row.opt_text(12)?.as_deref())?,
            unchanged: row.bool(13)?,
            previous_id: row.opt_id(14)?,
            changes: changes_in(row.opt_text(15)?.as_deref())?,
            rang: count(16)?,
            digest,
        })
    }
}

/// A snapshot with all that it shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SnapshotDetail {
    /// The snapshot.
    #[serde(flatten)]
    pub snapshot: SnapshotView,
    /// The columns, the rows and how many there are.
    pub materialized_data: MaterializedData,
    /// The ids of the rows with their ranks, the first first.
    pub primary_rows: Vec<RankedRow>,
    /// The title of its dashboard today, where a snapshot is read.
    #[serde(skip)]
    pub dashboard_title: String,
    /// The one after, if there is one, where a snapshot is read. It comes later, and is no part of what is kept.
    #[serde(skip)]
    pub next_id: Option<SnapshotId>,
    #[serde(skip)]
    new: bool,
}

impl View for SnapshotDetail {
    fn created(&self) -> bool {
        self.new
    }
}

impl SnapshotDetail {
    fn of(snapshot: SnapshotView, picture: Picture) -> Self {
        Self {
            snapshot,
            primary_rows: RankedRow::all(&picture),
            materialized_data: MaterializedData(picture),
            dashboard_title: String::new(),
            next_id: None,
            new: false,
        }
    }
}

/// The snapshot, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: SnapshotId,
) -> Outcome<SnapshotView> {
    let row = store::one(sql, engagement, id).await?;
    SnapshotView::read(&row.ok_or_else(Fault::not_found)?)
}

/// What differs from the one before, kept as JSON.
fn changes_in(json: Option<&str>) -> Outcome<Option<Summary>> {
    json.map(|json| serde_json::from_str(json).map_err(Fault::internal))
        .transpose()
}

fn digest_in(bytes: &[u8]) -> Outcome<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| Fault::internal("a hash of a picture has not 32 bytes"))
}
