//! The dashboards of the demo: a board of hypotheses whose scores a laboratory pushes, and two that ask for what the demo
//! itself does. They begin with a past, and go on moving for whoever looks.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::cast::{HARBOUR, LINDGREN, NORTHRAIL};
use super::stage::Actor;
use super::worker::{Gone, ask};
use crate::client::CallFault;
use crate::clock;

/// Between two snapshots; it grows, so that a demo left alone for weeks stays small.
const REST: Duration = Duration::from_secs(45);
/// After so many snapshots a rest is longer by another [`REST`].
const SNAPSHOTS_PER_REST: u32 = 6;
/// So many snapshots come before the one of now, one for each full hour.
const PAST: u32 = 38;

/// A dashboard.
pub struct Board {
    /// Which of the places.
    pub place: usize,
    /// What people read.
    pub title: &'static str,
    /// What it is about.
    pub description: &'static str,
    /// The question.
    spec: fn() -> Value,
    /// The rows that are pushed in a turn; none where the hub has them.
    rows: Option<fn(u32) -> Vec<Score>>,
}

/// A hypothesis and what stands for it, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Score {
    name: &'static str,
    thousandths: u32,
    papers: u32,
}

/// The dashboards.
pub const BOARDS: [Board; 3] = [
    Board {
        place: LINDGREN,
        title: "Hypothesis board",
        description: "The ten hypotheses that the measurements speak for most",
        spec: || {
            json!({
                "source": "pushed",
                "columns": ["name", "score", "papers"],
                "id_field": "name",
                "order_by": [{"field": "score", "direction": "desc"}],
                "limit": 10,
                "primary_metric": {"measure": "mean", "field": "score"},
            })
        },
        rows: Some(scores),
    },
    Board {
        place: NORTHRAIL,
        title: "Open tasks",
        description: "What is planned and not done, last changed first",
        spec: || {
            json!({
                "source": "tasks",
                "where": {"not": {"in": {"field": "status", "values": ["done", "cancelled"]}}},
                "columns": ["id", "title", "workstream", "status", "priority"],
                "id_field": "id",
                "order_by": [{"field": "updated_at", "direction": "desc"}],
                "limit": 50,
            })
        },
        rows: None,
    },
    Board {
        place: HARBOUR,
        title: "Runs that take longest",
        description: "What ended, the longest first, and how long it takes on average",
        spec: || {
            json!({
                "source": "runs",
                "where": {"not": {"is_null": {"field": "duration_seconds"}}},
                "columns": ["id", "label", "outcome", "duration_seconds"],
                "id_field": "id",
                "order_by": [{"field": "duration_seconds", "direction": "desc"}],
                "limit": 20,
                "primary_metric": {"measure": "mean", "field": "duration_seconds"},
            })
        },
        rows: None,
    },
];

/// Plays until it cannot go on.
pub async fn play(board: &Board, actor: &Actor) -> Gone {
    match show(board, actor).await {
        Ok(never) => match never {},
        Err(gone) => gone,
    }
}

async fn show(board: &Board, actor: &Actor) -> Result<std::convert::Infallible, Gone> {
    let (id, mut turn) = made(board, actor).await?;
    loop {
        if turn == PAST + 1 && board.rows.is_some() {
            hang_a_bell(actor, &id).await?;
        }
        snapshot(board, actor, &id, turn).await?;
        turn += 1;
        if turn > PAST + 1 || board.rows.is_none() {
            tokio::time::sleep(REST + REST * (turn / SNAPSHOTS_PER_REST)).await;
        }
    }
}

/// The dashboard, found or made, and the turn with which it goes on.
async fn made(board: &Board, actor: &Actor) -> Result<(String, u32), Gone> {
    let known = json!({"engagement": actor.engagement_id, "limit": 100});
    let known = ask(&actor.client, "list_dashboards", known).await?;
    let known = known.unwrap_or_default();
    let mut known = known["items"].as_array().into_iter().flatten();
    if let Some(there) = known.find(|one| one["title"] == board.title) {
        return Ok((text(&there["id"]), PAST + 2));
    }
    let new = json!({
        "engagement": actor.engagement_id,
        "title": board.title,
        "description": board.description,
        "view_spec_json": (board.spec)(),
        "metadata": {"snapshot_policy": "hourly"},
    });
    let made = ask(&actor.client, "create_dashboard", new).await?;
    let id = made.map(|made| text(&made["id"])).unwrap_or_default();
    Ok((id, 0))
}

/// Whoever brought the demo is told when a score moves by a tenth from now on: for what is past nobody was there.
async fn hang_a_bell(actor: &Actor, id: &str) -> Result<(), Gone> {
    let me = ask(&actor.reviewer, "get_me", json!({})).await?;
    let Some(me) = me else { return Ok(()) };
    let bell = json!({
        "dashboard_id": id,
        "subscriber_kind": "persona",
        "subscriber_id": me["id"],
        "threshold_json": {"value_delta_pct": 0.10, "on_field": "score"},
    });
    ask(&actor.reviewer, "create_subscription", bell)
        .await
        .map(drop)
}

async fn snapshot(board: &Board, actor: &Actor, id: &str, turn: u32) -> Result<(), Gone> {
    let Some(rows) = board.rows else {
        let of = json!({ "dashboard_id": id });
        return ask(&actor.client, "take_snapshot", of).await.map(drop);
    };
    let rows: Vec<Value> = rows(turn).into_iter().map(Score::row).collect();
    let body = Value::from(rows).to_string();
    let path = match hour_of(turn, clock::now()) {
        Some(at) => format!("/dashboard/{id}/rows?captured_at={at}"),
        None => format!("/dashboard/{id}/rows"),
    };
    loop {
        let pushed = actor.client.stream(Method::POST, &path, |request| {
            request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone())
        });
        match pushed.await {
            Err(CallFault::Unreachable { .. }) => tokio::time::sleep(REST).await,
            Err(CallFault::SignedOut { .. }) => return Err(Gone::SignedOut),
            Err(CallFault::Refused(problem)) if matches!(problem.status, 403 | 404) => {
                return Err(Gone::Removed);
            }
            Ok(_) | Err(CallFault::Refused(_)) => return Ok(()),
        }
    }
}

/// The full hour that a turn of the past tells of; the last of them is the one that has just begun.
fn hour_of(turn: u32, now: Timestamp) -> Option<Timestamp> {
    const HOUR: i64 = 3_600_000_000;
    let hours = i64::from(PAST.checked_sub(turn)?);
    Some(Timestamp::from_micros((now.micros() / HOUR - hours) * HOUR))
}

impl Score {
    fn row(self) -> Value {
        json!({
            "name": self.name,
            "score": f64::from(self.thousandths) / 1000.0,
            "papers": self.papers,
        })
    }
}

/// The scores before the last hour and after it.
const SCORES: [(&str, u32, u32); 12] = [
    ("APOE clearance", 812, 812),
    ("Tau spread via exosomes", 797, 797),
    ("Microglial TREM2 switch", 781, 845),
    ("Gut–vagus axis", 744, 744),
    ("Lysosomal pH drift", 731, 712),
    ("Synaptic pruning C1q", 702, 702),
    ("Sleep glymphatic flow", 695, 768),
    ("Mitochondrial NAD+", 660, 660),
    ("Insulin resistance", 652, 648),
    ("Viral reactivation HSV-1", 649, 641),
    ("Astrocyte lactate shuttle", 633, 733),
    ("Locus coeruleus decline", 610, 655),
];

/// The scores in a turn: a past in which a few move a little and two jump for some hours, then the last hour, then a little
/// again.
fn scores(turn: u32) -> Vec<Score> {
    let rows = (0u32..).zip(SCORES);
    rows.map(|(row, (name, before, after))| {
        let settled = if turn > PAST { after } else { before };
        let jumps =
            ((11..16).contains(&turn) && row == 3) || ((26..31).contains(&turn) && row == 9);
        let wave = (turn * 5 + row * 7) % 13;
        let is_still = turn == PAST || turn == PAST + 1;
        let moved = match wave {
            _ if is_still => settled,
            _ if jumps => settled + settled / 8,
            0 => settled + settled / 50,
            1 => settled - settled / 70,
            _ => settled,
        };
        Score {
            name,
            thousandths: moved,
            papers: 4 + row + turn / 9 * (row % 3),
        }
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use bellboard_core::dashboard::{RowsFormat, RowsReader, ViewSpec, compute_diff};

    use super::*;

    #[test]
    fn every_question_is_one_that_the_hub_takes() {
        for board in &BOARDS {
            let spec = (board.spec)();
            ViewSpec::parse(&spec, None).unwrap_or_else(|faults| panic!("{spec}: {faults:?}"));
        }
    }

    #[test]
    fn the_past_is_hourly_and_ends_with_the_hour_that_has_begun() {
        let now: Timestamp = "2026-11-20T17:42:14.5Z".parse().unwrap();
        let at = |turn| hour_of(turn, now).map(|at| at.to_string());
        assert_eq!(at(PAST).unwrap(), "2026-11-20T17:00:00.000000Z");
        assert_eq!(at(PAST - 1).unwrap(), "2026-11-20T16:00:00.000000Z");
        assert_eq!(at(0).unwrap(), "2026-11-19T03:00:00.000000Z");
        assert_eq!(at(PAST + 1), None, "the rest is of now");
    }

    #[test]
    fn the_last_hour_has_a_new_leader_and_the_past_is_no_straight_line() {
        let board = &BOARDS[0];
        let spec = ViewSpec::parse(&(board.spec)(), None).unwrap();
        let picture = |turn| {
            let rows: Vec<Value> = scores(turn).into_iter().map(Score::row).collect();
            let text = Value::from(rows).to_string();
            let rows = RowsReader::read(RowsFormat::Json, text.as_bytes()).unwrap();
            spec.answer(&rows).unwrap()
        };
        let (before, after) = (picture(PAST), picture(PAST + 1));
        let said = compute_diff(&before, &after).sentence(&before, &after);
        assert!(
            said.starts_with("Microglial TREM2 switch took the lead from third."),
            "{said}"
        );
        let moved = (0..PAST).filter(|turn| picture(*turn) != picture(turn + 1));
        assert!(moved.count() > 20);
    }
}
