//! Reading snapshots.

use bellboard_core::id::{DashboardId, SnapshotId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SnapshotDetail, SnapshotView, load, picture_of, store};
use crate::access;
use crate::call::Call;
use crate::dashboard;
use crate::fault::Outcome;
use crate::paging::{self, page_of_rows};
use crate::verbs::ObjectConcept;

/// Which snapshots.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSnapshots {
    /// Of which dashboard.
    pub dashboard_id: DashboardId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Which snapshot.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfSnapshot {
    /// The snapshot.
    pub snapshot_id: SnapshotId,
}

/// `list_snapshots`.
pub async fn list_snapshots(call: Call, input: ListSnapshots) -> Outcome<Page<SnapshotView>> {
    let person = call.signed_in()?.person_id;
    let id = input.dashboard_id;
    let filter = id.to_string();
    let scope = CursorScope {
        list: "snapshots",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope);
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let filters = vec![member.engagement_id().into(), id.into()];
                paging::rows_of(sql, &store::LIST, filters, after?, limit).await
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, SnapshotView::read, |one| Cursor {
        at: one.captured_at,
        id: one.id.uuid(),
    })
}

/// `get_snapshot`.
pub async fn get_snapshot(call: Call, input: OfSnapshot) -> Outcome<SnapshotDetail> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let id = input.snapshot_id;
                let concept = ObjectConcept::Snapshot;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let snapshot = load(sql, member.engagement_id(), id).await?;
                let picture = picture_of(sql, &snapshot).await?;
                let of = snapshot.dashboard_id;
                let dashboard = dashboard::load(sql, member.engagement_id(), of).await?;
                let place = (member.engagement_id(), of);
                let next = store::after(sql, place, snapshot.number).await?;
                Ok(SnapshotDetail {
                    dashboard_title: dashboard.title,
                    next_id: next.map(|row| row.id(0)).transpose()?,
                    ..SnapshotDetail::of(snapshot, picture)
                })
            })
        })
        .await
}
