//! `get_dashboard_diff`: what differs between two snapshots of a dashboard.

use bellboard_core::dashboard::{DiffView, TOP_AT_MOST, TOP_N, compute_diff_within};
use bellboard_core::id::{DashboardId, SnapshotId};
use bellboard_core::number::Whole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SnapshotView, picture_of, store};
use crate::access;
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::verbs::{ObjectConcept, View};

/// Which two snapshots.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetDiff {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// The earlier snapshot; the one before `b` when absent.
    #[serde(default)]
    pub a: Option<SnapshotId>,
    /// The later snapshot; the newest when absent.
    #[serde(default)]
    pub b: Option<SnapshotId>,
    /// Changes of rank are told within the first so many, 1 to 100000; 10 when absent.
    #[serde(default)]
    pub top_n: Option<Whole<1, TOP_AT_MOST>>,
}

/// What differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiffAnswer {
    /// The earlier snapshot.
    pub snapshot_a: SnapshotView,
    /// The later snapshot.
    pub snapshot_b: SnapshotView,
    /// What changed, in one plain line.
    pub sentence: String,
    /// What changed.
    #[serde(flatten)]
    pub diff: DiffView,
}

impl View for DiffAnswer {}

/// `get_dashboard_diff`.
pub async fn get_dashboard_diff(call: Call, input: GetDiff) -> Outcome<DiffAnswer> {
    let hub = call.hub.clone();
    let top_n = input.top_n.map_or(TOP_N, Whole::get);
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let id = input.dashboard_id;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let engagement = member.engagement_id();
                let later = if let Some(named) = input.b {
                    named_snapshot(sql, &call, id, "b", named).await?
                } else {
                    let newest = store::newest(sql, engagement, id).await?;
                    SnapshotView::read(&newest.ok_or_else(too_few)?)?
                };
                let earlier = match input.a.or(later.previous_id) {
                    Some(named) => named_snapshot(sql, &call, id, "a", named).await?,
                    None if later.number > 1 => return Err(forgotten()),
                    None => return Err(too_few()),
                };
                let a = picture_of(sql, &earlier).await?;
                let b = picture_of(sql, &later).await?;
                let diff = compute_diff_within(&a, &b, top_n);
                Ok(DiffAnswer {
                    sentence: diff.sentence(&a, &b),
                    diff: diff.view(),
                    snapshot_a: earlier,
                    snapshot_b: later,
                })
            })
        })
        .await
}

async fn named_snapshot(
    sql: &mut Sql<'_>,
    call: &Call,
    dashboard: DashboardId,
    field: &str,
    named: SnapshotId,
) -> Outcome<SnapshotView> {
    let none = || {
        Fault::invalid(
            field,
            "This dashboard has no such snapshot. List its snapshots.",
        )
    };
    let member = access::object(sql, call, ObjectConcept::Dashboard, dashboard.uuid()).await?;
    let row = store::one(sql, member.engagement_id(), named).await?;
    let found = SnapshotView::read(&row.ok_or_else(none)?)?;
    if found.dashboard_id == dashboard {
        Ok(found)
    } else {
        Err(none())
    }
}

fn too_few() -> Fault {
    Fault::conflict(
        "too_few_snapshots",
        "There is nothing to compare yet: take a second snapshot.",
    )
}

fn forgotten() -> Fault {
    Fault::conflict(
        "too_few_snapshots",
        "The snapshot before is not kept any more. Name an earlier one that is as `a`, or take another snapshot.",
    )
}
