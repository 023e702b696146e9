//! Dashboards: saved questions about one engagement, asked again and again; what they answered is kept as snapshots.

use bellboard_core::dashboard::{Number, SnapshotPolicy, Source, SourceField, ViewSpec};
use bellboard_core::id::{DashboardId, EngagementId, SnapshotId};
use bellboard_core::number::Whole;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod archive;
mod create;
mod read;
mod refusal;
pub(crate) mod source;
pub mod store;
mod update;
mod zone;

pub use archive::{OfDashboard, archive_dashboard};
pub use create::{CreateDashboard, create_dashboard};
pub use read::{ListDashboards, get_dashboard, list_dashboards};
pub(crate) use refusal::refused;
pub use update::{UpdateDashboard, update_dashboard};
pub use zone::ZoneName;

/// Snapshots are kept for so many days when nothing else is said: a year of them, and a month beside it.
const KEEP_DAYS: u32 = 400;

/// For how many days snapshots are kept.
pub type KeepDays = Whole<1, 3650>;

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DashboardView {
    /// Its id.
    pub id: DashboardId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// What people call it.
    pub title: String,
    /// More words; may be empty.
    pub description: String,
    /// The question.
    pub view_spec_json: ViewSpec,
    /// When snapshots are taken, and for how long they are kept.
    pub metadata: DashboardMetadata,
    /// When the timer takes the next snapshot; absent without a timer.
    pub next_due_at: Option<Timestamp>,
    /// The rows that were pushed last; absent for other sources, and before the first ones.
    pub pushed: Option<PushedView>,
    /// The newest snapshot.
    pub last_snapshot: Option<LastSnapshot>,
    /// How many are told of it.
    pub subscriptions: u64,
    /// Who made it.
    pub created_by_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// When it was taken out of use: nothing new comes of it, and what was kept stays readable.
    pub archived_at: Option<Timestamp>,
    #[serde(skip)]
    new: bool,
}

/// When snapshots are taken, and for how long they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DashboardMetadata {
    /// `manual`, `hourly`, `every:15m` or `cron:0 7 * * mon-fri`.
    pub snapshot_policy: SnapshotPolicy,
    /// The time zone that a cron line goes by.
    pub zone: ZoneName,
    /// For how many days snapshots are kept; the newest stays longer.
    pub keep_days: u32,
}

impl DashboardMetadata {
    /// Whether the timer takes snapshots at the same times.
    fn has_times_of(&self, other: &Self) -> bool {
        self.snapshot_policy == other.snapshot_policy && self.zone == other.zone
    }
}

/// The same as somebody sets it; what is absent stays, or is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MetadataInput {
    /// `manual`, `hourly`, `every:15m` or `cron:0 7 * * mon-fri`; `manual` for a new dashboard.
    pub snapshot_policy: Option<SnapshotPolicy>,
    /// The time zone that a cron line goes by, such as `Europe/Berlin`; `UTC` for a new dashboard.
    pub zone: Option<ZoneName>,
    /// For how many days snapshots are kept, 1 to 3650; 400 for a new dashboard.
    pub keep_days: Option<KeepDays>,
}

/// Rows that were pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PushedView {
    /// How many.
    pub row_count: u64,
    /// Their columns.
    pub fields: Vec<SourceField>,
    /// Who pushed them.
    pub pushed_by_name: String,
    /// When.
    pub pushed_at: Timestamp,
}

/// The newest snapshot of a dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LastSnapshot {
    /// Its id.
    pub id: SnapshotId,
    /// Its number among those of the dashboard, from 1.
    pub number: u64,
    /// When it was taken.
    pub captured_at: Timestamp,
    /// How many rows it shows.
    pub row_count: u64,
    /// The one number; absent when there was none.
    pub primary_metric: Option<Number>,
}

impl View for DashboardView {
    fn created(&self) -> bool {
        self.new
    }
}

impl DashboardView {
    /// The fields that its pictures show, which are those that a rule may name.
    pub fn shown_fields(&self) -> Vec<SourceField> {
        let pushed = self.pushed.as_ref().map(|pushed| pushed.fields.as_slice());
        self.view_spec_json.shown_fields(pushed)
    }

    /// When the timer takes the next snapshot after this moment.
    pub(crate) fn next_due_after(&self, now: Timestamp) -> Option<Timestamp> {
        let metadata = &self.metadata;
        metadata.snapshot_policy.next_due(now, &metadata.zone.get())
    }

    /// Refuses what would change a dashboard that was taken out of use.
    pub(crate) fn require_in_use(&self) -> Outcome<()> {
        match self.archived_at {
            None => Ok(()),
            Some(at) => Err(Fault::conflict(
                "dashboard_archived",
                format!(
                    "This dashboard was archived at {at}. Make a new one; what it kept stays readable."
                ),
            )),
        }
    }

    /// Reads `dashboard_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        let wrong = |column: &str, why: &dyn std::fmt::Display| {
            Fault::internal(format!("dashboards.{column}: {why}"))
        };
        let spec: ViewSpec =
            serde_json::from_str(&row.text(5)?).map_err(|why| wrong("view_spec", &why))?;
        let policy = row.text(6)?;
        let is_pushed = spec.source == Source::Pushed;
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            title: row.text(3)?,
            description: row.text(4)?,
            view_spec_json: spec,
            metadata: DashboardMetadata {
                snapshot_policy: policy
                    .parse()
                    .map_err(|why| wrong("snapshot_policy", &why))?,
                zone: ZoneName::parse(&row.text(7)?).map_err(|why| wrong("zone", &why))?,
                keep_days: u32::try_from(row.int(8)?).map_err(Fault::internal)?,
            },
            next_due_at: row.opt_time(9)?,
            created_by_name: row.text(10)?,
            created_at: row.time(11)?,
            changed_at: row.time(12)?,
            archived_at: row.opt_time(13)?,
            last_snapshot: last_snapshot(row)?,
            pushed: if is_pushed { pushed(row)? } else { None },
            subscriptions: u64::try_from(row.int(23)?).map_err(Fault::internal)?,
            new: false,
        })
    }
}

fn last_snapshot(row: &Row) -> Outcome<Option<LastSnapshot>> {
    let Some(id) = row.opt_id(14)? else {
        return Ok(None);
    };
    Ok(Some(LastSnapshot {
        id,
        number: u64::try_from(row.int(15)?).map_err(Fault::internal)?,
        captured_at: row.time(16)?,
        row_count: u64::try_from(row.int(17)?).map_err(Fault::internal)?,
        primary_metric: number_in(row.opt_text(18)?.as_deref())?,
    }))
}

fn pushed(row: &Row) -> Outcome<Option<PushedView>> {
    let Some(rows) = row.opt_int(19)? else {
        return Ok(None);
    };
    Ok(Some(PushedView {
        row_count: u64::try_from(rows).map_err(Fault::internal)?,
        fields: serde_json::from_str(&row.text(20)?).map_err(Fault::internal)?,
        pushed_by_name: row.text(21)?,
        pushed_at: row.time(22)?,
    }))
}

/// The number that is kept as JSON.
pub(crate) fn number_in(json: Option<&str>) -> Outcome<Option<Number>> {
    json.map(|json| {
        let value: Value = serde_json::from_str(json).map_err(Fault::internal)?;
        serde_json::from_value(value).map_err(Fault::internal)
    })
    .transpose()
}

/// The dashboard, which the proof says the caller may see.
pub(crate) async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
) -> Outcome<DashboardView> {
    let row = store::one(sql, engagement, id).await?;
    DashboardView::read(&row.ok_or_else(Fault::not_found)?)
}
