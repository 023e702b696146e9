//! `preview_subscription`: when a rule would have rung, and why, and how often at neighbouring thresholds. It asks the same
//! code that rings.

use bellboard_core::dashboard::{Baseline, Judgement, PastRing, Rung, Seen, Threshold, back_test};
use bellboard_core::id::{DashboardId, SnapshotId};
use bellboard_core::number::Whole;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::create::rule;
use super::history::{Kept, KeptSnapshot};
use crate::access;
use crate::call::Call;
use crate::dashboard;
use crate::fault::{Fault, Outcome};
use crate::verbs::{ObjectConcept, View};

/// So many days are tried when nothing else is said.
const DAYS: u32 = 30;

/// A rule to be tried.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewSubscription {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// The rule.
    #[schemars(with = "Threshold")]
    pub threshold_json: Value,
    /// Which snapshot a new one is compared with; `previous` when absent.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// On the snapshots of how many days, 1 to 400; 30 when absent.
    #[serde(default)]
    pub days: Option<Whole<1, 400>>,
}

/// When the rule would have rung.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PreviewView {
    /// How many snapshots were looked at.
    pub checked: usize,
    /// How many there would be if the timer had missed none.
    pub expected: usize,
    /// How many more of the time are kept, all of them older, that were not looked at: beyond 9,000, or where the pictures
    /// that the rule compares take more than 64 MiB.
    pub left_out: u64,
    /// When the timer took none, the oldest first.
    pub missing: Vec<MissingSpan>,
    /// When the first of them was taken.
    pub first_at: Option<Timestamp>,
    /// When the last of them was taken.
    pub last_at: Option<Timestamp>,
    /// The snapshots that would have rung, the oldest first.
    pub rings: Vec<PreviewRing>,
    /// How many would have rung at neighbouring thresholds, the rule's own among them, the lowest first.
    pub ladder: Vec<Rung>,
    /// How many would ring if the condition that the ladder is about were never met.
    pub rings_without: usize,
    /// What the rule looked at, snapshot by snapshot, for a drawing of it.
    #[serde(skip)]
    pub points: Vec<PreviewPoint>,
    /// How many of the snapshots had one before them.
    #[serde(skip)]
    pub compared: usize,
}

/// Snapshots that are missing with none between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissingSpan {
    /// When the first of them was due.
    pub from: Timestamp,
    /// When the last of them was due.
    pub to: Timestamp,
    /// How many.
    pub count: usize,
}

/// What the rule looked at in one snapshot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PreviewPoint {
    /// When it was taken.
    pub captured_at: Timestamp,
    /// What it looked at.
    pub seen: Seen,
}

impl View for PreviewView {}

/// A snapshot that would have rung.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PreviewRing {
    /// The snapshot.
    pub snapshot_id: SnapshotId,
    /// When it was taken.
    pub captured_at: Timestamp,
    /// The one that it was compared with.
    pub compared_with: SnapshotId,
    /// Why, condition by condition.
    pub why: Judgement,
    /// Why, in one line.
    pub words: String,
}

/// `preview_subscription`.
pub async fn preview_subscription(call: Call, input: PreviewSubscription) -> Outcome<PreviewView> {
    let hub = call.hub.clone();
    let baseline = input.baseline.unwrap_or(Baseline::Previous);
    let days = input.days.map_or(DAYS, Whole::get);
    let (rule, mut kept) = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let id = input.dashboard_id;
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let engagement = member.engagement_id();
                let dashboard = dashboard::load(sql, engagement, id).await?;
                let rule = rule(&input.threshold_json, &dashboard)?;
                let since = call.now - std::time::Duration::from_hours(24 * u64::from(days));
                let with_pictures = baseline == Baseline::LastNotified;
                let kept = Kept::since(sql, (engagement, id), since, with_pictures).await?;
                Ok::<_, Fault>((rule, kept))
            })
        })
        .await?;
    tokio::task::spawn_blocking(move || tried(&mut kept, &rule, baseline))
        .await
        .map_err(Fault::internal)?
}

fn tried(kept: &mut Kept, rule: &Threshold, baseline: Baseline) -> Outcome<PreviewView> {
    let tested = back_test(kept, rule, baseline)?;
    let rings = tested.rings.into_iter();
    let tried = kept.tried();
    // The one that the first is compared with is none of those that are tried.
    let beside = tested.checked - tried.len();
    let points = tried.iter().zip(tested.seen.into_iter().skip(beside));
    Ok(PreviewView {
        checked: tried.len(),
        compared: tested.checked.saturating_sub(1),
        expected: tried.len() + kept.missed.len(),
        left_out: kept.left_out,
        missing: spans(&kept.missed, tried),
        points: points
            .map(|(snapshot, seen)| PreviewPoint {
                captured_at: snapshot.captured_at,
                seen,
            })
            .collect(),
        first_at: tried.first().map(|one| one.captured_at),
        last_at: tried.last().map(|one| one.captured_at),
        rings: rings.map(|ring| shown(&kept.snapshots, ring)).collect(),
        ladder: tested.ladder,
        rings_without: tested.rings_without,
    })
}

/// The missing ones, those together that no snapshot lies between. Both lists begin with the oldest.
fn spans(missed: &[Timestamp], snapshots: &[KeptSnapshot]) -> Vec<MissingSpan> {
    let mut spans: Vec<MissingSpan> = Vec::new();
    for due in missed {
        let before = |at: Timestamp| snapshots.partition_point(|one| one.captured_at < at);
        match spans.last_mut() {
            Some(span) if before(span.to) == before(*due) => {
                span.to = *due;
                span.count += 1;
            }
            _ => spans.push(MissingSpan {
                from: *due,
                to: *due,
                count: 1,
            }),
        }
    }
    spans
}

fn shown(snapshots: &[KeptSnapshot], ring: PastRing) -> PreviewRing {
    let snapshot = &snapshots[ring.snapshot];
    PreviewRing {
        snapshot_id: snapshot.id,
        captured_at: snapshot.captured_at,
        compared_with: snapshots[ring.compared_with].id,
        words: ring.why.words(),
        why: ring.why,
    }
}
