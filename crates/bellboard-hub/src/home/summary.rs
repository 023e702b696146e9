//! `activity_summary`: one engagement in a handful of numbers, read from the counts that every change keeps. What waits is
//! what waits for the caller: the numbers add up to the needs-you zone of this engagement, as they see it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Zone, store};
use crate::access::{self, Reach};
use crate::call::Call;
use crate::engagement::OfEngagement;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// What goes on in an engagement, and what waits there for the caller; for somebody else's needs others are asked, and who
/// only reads has none.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ActivitySummaryView {
    /// Productions of shapes.
    pub shaping: ShapingView,
    /// Productions of renders.
    pub rendering: RenderingView,
    /// Assertions.
    pub memory: MemoryView,
    /// All other runs.
    pub runs: RunsView,
}

impl View for ActivitySummaryView {}

/// Productions of shapes.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ShapingView {
    /// Running or queued.
    pub running: u64,
    /// Shapes that wait for your confirmation.
    pub pending_confirmation: u64,
}

/// Productions of renders.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct RenderingView {
    /// Running or queued.
    pub running: u64,
    /// Renders that wait for your review.
    pub pending_action: u64,
}

/// Assertions.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct MemoryView {
    /// Held assertions that wait for you to commit them.
    pub pending_commit: u64,
}

/// All other runs.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct RunsView {
    /// Running or queued.
    pub running: u64,
    /// Asks that wait for your answer.
    pub pending_confirmation: u64,
    /// Everything else that waits for you.
    pub pending_action: u64,
}

/// `get_activity_summary`.
pub async fn get_activity_summary(call: Call, input: OfEngagement) -> Outcome<ActivitySummaryView> {
    let reach = Reach::of(&call, Some(input.engagement_id))?;
    let (hub, now) = (call.hub.clone(), call.now);
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                access::in_engagement(sql, &call, input.engagement_id).await?;
                let mut summary = ActivitySummaryView::default();
                for row in store::counts(sql, &reach, now).await? {
                    let held = u64::try_from(row.int(2)?).map_err(Fault::internal)?;
                    if let Some(figure) = summary.figure(&row.text(0)?, &row.text(1)?) {
                        *figure += held;
                    }
                }
                Ok(summary)
            })
        })
        .await
}

impl ActivitySummaryView {
    /// The figure that a zone's kind counts towards.
    fn figure(&mut self, zone: &str, kind: &str) -> Option<&mut u64> {
        const ACTIVE: &str = Zone::Active.as_str();
        const NEEDS_YOU: &str = Zone::NeedsYou.as_str();
        match (zone, kind) {
            (ACTIVE, "shape_production") => Some(&mut self.shaping.running),
            (ACTIVE, "render_production") => Some(&mut self.rendering.running),
            (ACTIVE, _) => Some(&mut self.runs.running),
            (NEEDS_YOU, "pending_shape") => Some(&mut self.shaping.pending_confirmation),
            (NEEDS_YOU, "produced_render_for_review") => Some(&mut self.rendering.pending_action),
            (NEEDS_YOU, "held_assertion") => Some(&mut self.memory.pending_commit),
            (NEEDS_YOU, "ask") => Some(&mut self.runs.pending_confirmation),
            (NEEDS_YOU, _) => Some(&mut self.runs.pending_action),
            _ => None,
        }
    }
}
