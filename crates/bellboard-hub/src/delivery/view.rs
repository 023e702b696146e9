//! Deliveries as they are shown.

use bellboard_core::id::{DashboardId, DeliveryId, EngagementId, SnapshotId, SubscriptionId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// One thing to send out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryView {
    /// The delivery, which is also the `webhook-id` and the beginning of the `Message-ID`.
    pub id: DeliveryId,
    /// Where it belongs.
    pub engagement_id: EngagementId,
    /// The dashboard that changed.
    pub dashboard_id: Option<DashboardId>,
    /// Its title today.
    pub dashboard_title: Option<String>,
    /// The bell that rang.
    pub subscription_id: Option<SubscriptionId>,
    /// The snapshot at which it rang.
    pub snapshot_id: Option<SnapshotId>,
    /// `persona`, `webhook` or `email`.
    pub kind: String,
    /// A person's id, a URL or an address.
    pub target: String,
    /// `waiting`, `sending`, `delivered`, `deferred` (until the hub can send it), `dead` (given
    /// up; it can be replayed) or `cancelled`.
    pub status: String,
    /// Whether somebody only tried the bell.
    pub is_test: bool,
    /// Tries that ended.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When nothing more was to be done.
    pub settled_at: Option<Timestamp>,
    /// Whether it would be sent again: it is no test, and its bell is there and on.
    #[serde(skip)]
    pub has_bell: bool,
}

impl DeliveryView {
    /// Reads `delivery_columns!`.
    pub(super) fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            id: row.id(0)?,
            engagement_id: row.id(1)?,
            dashboard_id: row.opt_id(2)?,
            dashboard_title: row.opt_text(3)?,
            subscription_id: row.opt_id(4)?,
            snapshot_id: row.opt_id(5)?,
            kind: row.text(6)?,
            target: row.text(7)?,
            status: row.text(8)?,
            is_test: row.bool(9)?,
            attempts: row.int(10)?,
            next_attempt_at: row.opt_time(11)?,
            created_at: row.time(12)?,
            settled_at: row.opt_time(13)?,
            has_bell: row.bool(14)?,
        })
    }
}

impl View for DeliveryView {}

/// One try.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AttemptView {
    /// Counts with each time that somebody took the delivery.
    pub number: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; absent while it is under way, and when the hub that tried died.
    pub ended_at: Option<Timestamp>,
    /// `sending`, `delivered`, `failed`, `refused`, `gone`, `deferred`, `cancelled` or `interrupted`.
    pub outcome: String,
    /// The status that came back.
    pub status_code: Option<i64>,
    /// The beginning of what came back.
    pub answer_excerpt: Option<String>,
    /// Why nothing came back, or why it was not sent.
    pub reason: Option<String>,
}

impl AttemptView {
    pub(super) fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            number: row.int(0)?,
            started_at: row.time(1)?,
            ended_at: row.opt_time(2)?,
            outcome: row.text(3)?,
            status_code: row.opt_int(4)?,
            answer_excerpt: row.opt_text(5)?,
            reason: row.opt_text(6)?,
        })
    }
}

/// One delivery with everything that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// What is sent.
    // As text, because a difference of two whole numbers may have 65 bits, which a `Value` rounds.
    #[schemars(with = "Value")]
    pub body: Box<RawValue>,
    /// Whether the snapshots that it tells of are kept: two, or none for a test.
    #[serde(skip)]
    pub tells_of_kept: bool,
    /// The newest tries, at most 100, the newest first.
    pub tries: Vec<AttemptView>,
}

impl DeliveryDetail {
    pub(super) fn read(row: &Row, tries: &[Row]) -> Outcome<Self> {
        let delivery = DeliveryView::read(row)?;
        let tells_of = if delivery.snapshot_id.is_some() { 2 } else { 0 };
        Ok(Self {
            delivery,
            body: RawValue::from_string(row.text(15)?).map_err(Fault::internal)?,
            tells_of_kept: row.int(19)? == tells_of,
            tries: tries
                .iter()
                .map(AttemptView::read)
                .collect::<Outcome<_>>()?,
        })
    }
}

impl View for DeliveryDetail {}
