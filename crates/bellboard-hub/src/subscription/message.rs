//! What a bell says: the same bytes for every subscriber that compares with the same snapshot, made once and kept once. A
//! diff over 20 KB is cut to its summary, with the address of the whole.

use std::collections::HashMap;

use bellboard_core::dashboard::{Diff, Picture, Summary, compute_diff};
use bellboard_core::id::{DashboardId, EngagementId, SnapshotId};
use bellboard_core::time::Timestamp;
use serde::Serialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest as _, Sha256};

use super::store;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::snapshot::{SnapshotView, Taken, picture_of};

/// Bytes of a diff in a message, at most.
const DIFF_BYTES: usize = 20 * 1024;

/// A message, as it is signed and sent.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    engagement_id: EngagementId,
    dashboard_id: DashboardId,
    dashboard_title: &'a str,
    snapshot_a: SnapshotId,
    snapshot_b: SnapshotId,
    sentence: String,
    link: String,
    diff: Box<RawValue>,
}

/// What is left of a diff that is too long.
#[derive(Serialize)]
struct CutToSummary<'a> {
    cut: bool,
    #[serde(flatten)]
    summary: &'a Summary,
}

/// The messages of one snapshot, by what they compare with.
#[derive(Default)]
pub(super) struct Messages {
    hashes: HashMap<SnapshotId, [u8; 32]>,
}

impl Messages {
    /// The hash of the message about this comparison, which is kept.
    pub(super) async fn body(
        &mut self,
        sql: &mut Sql<'_>,
        taken: &Taken<'_>,
        compared_with: SnapshotId,
    ) -> Outcome<[u8; 32]> {
        if let Some(hash) = self.hashes.get(&compared_with) {
            return Ok(*hash);
        }
        let engagement = taken.dashboard.engagement_id;
        let row = crate::snapshot::store::one(sql, engagement, compared_with).await?;
        let before =
            SnapshotView::read(&row.ok_or_else(|| {
                Fault::internal("a bell compares with a snapshot that is not kept")
            })?)?;
        let picture = picture_of(sql, &before).await?;
        let body = body(taken, &before, &picture)?;
        let hash: [u8; 32] = Sha256::digest(body.as_bytes()).into();
        store::keep_body(sql, engagement, hash, &body, taken.snapshot.captured_at).await?;
        self.hashes.insert(compared_with, hash);
        Ok(hash)
    }
}

fn body(taken: &Taken<'_>, before: &SnapshotView, picture: &Picture) -> Outcome<String> {
    let diff = compute_diff(picture, taken.picture);
    let (dashboard, snapshot) = (taken.dashboard, taken.snapshot);
    let link = format!(
        "{}/ui/dashboards/{}?a={}&b={}",
        taken.hub.public_url(),
        dashboard.id,
        before.id,
        snapshot.id
    );
    let body = Body {
        kind: "dashboard.diverged",
        timestamp: snapshot.captured_at,
        engagement_id: dashboard.engagement_id,
        dashboard_id: dashboard.id,
        dashboard_title: &dashboard.title,
        snapshot_a: before.id,
        snapshot_b: snapshot.id,
        sentence: diff.sentence(picture, taken.picture),
        link,
        diff: told(&diff)?,
    };
    serde_json::to_string(&body).map_err(Fault::internal)
}

/// The whole diff; what is too long is cut to its summary, and that to its counts. It is text from here on, because a
/// difference of two whole numbers may have 65 bits, which a [`serde_json::Value`] refuses or rounds.
fn told(diff: &Diff) -> Outcome<Box<RawValue>> {
    let whole = to_raw_value(&diff.view()).map_err(Fault::internal)?;
    if whole.get().len() <= DIFF_BYTES {
        return Ok(whole);
    }
    let summary = &diff.summary;
    let cut = to_raw_value(&CutToSummary { cut: true, summary }).map_err(Fault::internal)?;
    if cut.get().len() <= DIFF_BYTES {
        return Ok(cut);
    }
    to_raw_value(&json!({
        "cut": true,
        "unchanged": summary.unchanged,
        "rows_changed": summary.rows_changed,
        "added": { "count": summary.added.count },
        "removed": { "count": summary.removed.count },
        "primary_metric": summary.primary_metric,
    }))
    .map_err(Fault::internal)
}
