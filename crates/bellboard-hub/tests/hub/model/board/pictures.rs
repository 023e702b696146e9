//! What everybody must see of a run.

use bellboard_core::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Board, Run, SECOND};

impl Board {
    /// A run as everybody must see it now.
    pub fn picture(&self, id: Uuid) -> Value {
        let run = &self.runs[&id];
        let named =
            |key: &str, count: Option<u64>| count.map(|count| (key.to_owned(), json!(count)));
        let [processed, total] = run.counts;
        let counts: serde_json::Map<_, _> = [named("processed", processed), named("total", total)]
            .into_iter()
            .flatten()
            .collect();
        json!({
            "id": id,
            "status": run.status,
            "outcome": run.outcome,
            "grade": run.grade,
            "liveness": self.liveness(id, run),
            "summary_counts": counts,
            "created_at": Timestamp::from_micros(run.created),
            "started_at": run.started.map(Timestamp::from_micros),
            "completed_at": run.completed.map(Timestamp::from_micros),
            "cancel_requested": run.cancel_requested,
            "acknowledged": run.acknowledged,
        })
    }

    fn liveness(&self, id: Uuid, run: &Run) -> &'static str {
        let patience = match (run.status, run.heartbeat) {
            ("queued", _) => 900 * SECOND,
            (_, Some(every)) => 3 * every,
            _ if run.seen > run.created => 600 * SECOND,
            _ => 6 * 3_600 * SECOND,
        };
        let heard = run.seen.max(run.started.unwrap_or(run.created));
        match run.status {
            "completed" if run.lost => "lost",
            "completed" => "finished",
            _ if self.waits(id) => "waiting",
            _ if self.now - heard > patience => "stale",
            _ => "fresh",
        }
    }

    pub fn active(&self) -> usize {
        self.runs
            .values()
            .filter(|run| run.outcome.is_none())
            .count()
    }
}
