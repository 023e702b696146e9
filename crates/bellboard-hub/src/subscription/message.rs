//! What a bell says: the same bytes for every subscriber that compares with the same snapshot, made once and kept once. A
//! diff over 20 KB is cut to its summary, with the address of the whole.

use std::collections::HashMap;

use bellboard_core::dashboard::{Diff, Picture, compute_diff};
use bellboard_core::id::SnapshotId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::store;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::snapshot::{SnapshotView, Taken, picture_of};

/// Bytes of a diff in a message, at most.
const DIFF_BYTES: usize = 20 * 1024;

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
    Ok(json!({
        "type": "dashboard.diverged",
        "timestamp": snapshot.captured_at,
        "engagement_id": dashboard.engagement_id,
        "dashboard_id": dashboard.id,
        "dashboard_title": dashboard.title,
        "snapshot_a": before.id,
        "snapshot_b": snapshot.id,
        "sentence": diff.sentence(picture, taken.picture),
        "link": link,
        "diff": told(&diff)?,
    })
    .to_string())
}

/// The whole diff; what is too long is cut to its summary, and that to its counts.
fn told(diff: &Diff) -> Outcome<Value> {
    let whole = serde_json::to_value(diff.view()).map_err(Fault::internal)?;
    if whole.to_string().len() <= DIFF_BYTES {
        return Ok(whole);
    }
    let mut summary = serde_json::to_value(&diff.summary).map_err(Fault::internal)?;
    summary["cut"] = json!(true);
    if summary.to_string().len() <= DIFF_BYTES {
        return Ok(summary);
    }
    let summary = &diff.summary;
    Ok(json!({
        "cut": true,
        "unchanged": summary.unchanged,
        "rows_changed": summary.rows_changed,
        "added": { "count": summary.added.count },
        "removed": { "count": summary.removed.count },
        "primary_metric": summary.primary_metric,
    }))
}
