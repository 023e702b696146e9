//! What happened before the curtain rose: a few runs with their times in the past, so that nothing begins empty.

use serde_json::{Value, json};

use super::cast::{ASTER, HARBOUR, LINDGREN, NORTHRAIL, PAPERBOAT};
use super::stage::Actor;
use crate::client::CallFault;
use crate::clock;
use bellboard_core::time::Timestamp;

struct Past {
    place: usize,
    run_type: &'static str,
    label: &'static str,
    began_minutes_ago: i64,
    took_seconds: i64,
    outcome: &'static str,
    message: Option<&'static str>,
    counts: fn() -> Value,
}

const PAST: [Past; 7] = [
    Past {
        place: PAPERBOAT,
        run_type: "render.production",
        label: "Incident summary",
        began_minutes_ago: 14,
        took_seconds: 95,
        outcome: "succeeded",
        message: None,
        counts: || json!({"processed": 4, "total": 4}),
    },
    Past {
        place: ASTER,
        run_type: "evidence.capture",
        label: "Capture baseline",
        began_minutes_ago: 23,
        took_seconds: 41,
        outcome: "succeeded",
        message: None,
        counts: || json!({"created": 312}),
    },
    Past {
        place: NORTHRAIL,
        run_type: "repository.fetch",
        label: "Fetch the archive",
        began_minutes_ago: 47,
        took_seconds: 22,
        outcome: "failed",
        message: Some("The remote refused, exit 128"),
        counts: || json!({}),
    },
    Past {
        place: NORTHRAIL,
        run_type: "task.tidy",
        label: "Close stale tasks",
        began_minutes_ago: 100,
        took_seconds: 78,
        outcome: "succeeded",
        message: None,
        counts: || json!({"processed": 26, "total": 26}),
    },
    Past {
        place: PAPERBOAT,
        run_type: "render.production",
        label: "Render: draft appendix",
        began_minutes_ago: 116,
        took_seconds: 180,
        outcome: "cancelled",
        message: Some("Jonas stopped it: the draft is old"),
        counts: || json!({}),
    },
    Past {
        place: HARBOUR,
        run_type: "signin.export",
        label: "Export sign-in log",
        began_minutes_ago: 190,
        took_seconds: 1_020,
        outcome: "partially_succeeded",
        message: Some("2 of 31 days have gaps"),
        counts: || json!({"processed": 31, "total": 31, "succeeded": 29}),
    },
    Past {
        place: LINDGREN,
        run_type: "measurement.import",
        label: "Import measurements",
        began_minutes_ago: 260,
        took_seconds: 240,
        outcome: "succeeded",
        message: None,
        counts: || json!({"processed": 26_908}),
    },
];

/// Tells the past of one place.
pub async fn tell(actor: &Actor, place: usize) -> Result<(), CallFault> {
    for past in PAST.iter().filter(|past| past.place == place) {
        let began = clock::now().micros() - past.began_minutes_ago * 60_000_000;
        let run_id = clock::new_id().to_string();
        let start = json!({
            "engagement_id": actor.engagement_id,
            "id": run_id,
            "type": past.run_type,
            "label": past.label,
            "identity_mode": "nonce",
            "status": "running",
            "started_at": Timestamp::from_micros(began),
        });
        actor.client.call_raw("start_run", start).await?;
        let mut end = json!({
            "run_id": run_id,
            "outcome": past.outcome,
            "counts": (past.counts)(),
            "message": past.message,
            "at": Timestamp::from_micros(began + past.took_seconds * 1_000_000),
        });
        if let (Some(message), false) = (past.message, past.outcome == "cancelled") {
            end["failures"] = json!([{"code": "reported", "message": message, "count": 1}]);
        }
        actor.client.call_raw("finish_run", end).await?;
    }
    Ok(())
}
