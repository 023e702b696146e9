//! Every mode and every edge of progress as HTML, from stored facts through core's presenter.

use std::time::Duration;

use bellboard_core::run::declaration::Declaration;
use bellboard_core::run::liveness::SignsOfLife;
use bellboard_core::run::progress::{ProgressFacts, progress};
use bellboard_core::run::{Count, CountKey, Outcome, RunType, Status, SummaryCounts};
use serde_json::{Value, json};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Scene {
    run_type: &'static str,
    status: Status,
    outcome: Option<Outcome>,
    counts: &'static [(CountKey, u64)],
    said: Value,
    last_seen: &'static str,
    room: Room,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            run_type: "test.work",
            status: Status::Running,
            outcome: None,
            counts: &[],
            said: Value::Null,
            last_seen: "2026-11-20T17:39:56Z",
            room: Room::Page,
        }
    }
}

impl Scene {
    fn html(&self) -> String {
        let now = at("2026-11-20T17:40:00Z");
        let mut counts = SummaryCounts::default();
        for (key, number) in self.counts {
            counts.set(*key, Count::new(*number).unwrap());
        }
        let run_type: RunType = self.run_type.parse().unwrap();
        let declared = Declaration::known_or_general(&run_type);
        let last_seen = at(self.last_seen);
        let facts = ProgressFacts {
            status: self.status,
            outcome: self.outcome,
            lost: false,
            counts: &counts,
            progress: Some(&self.said),
            waiting_for: None,
            waits_for_worker: false,
            signs: SignsOfLife {
                status: self.status,
                created_at: at("2026-11-20T17:20:00Z"),
                started_at: (self.status != Status::Queued).then(|| at("2026-11-20T17:21:00Z")),
                last_seen_at: Some(last_seen),
                heartbeat_interval: Some(Duration::from_secs(30)),
                ever_heartbeat: true,
                completed_at: None,
                lost: false,
                waits_for_person: false,
            },
            phases: &declared.phases,
            policy: declared.policy,
        };
        let scene = ProgressScene {
            name: "Compare <baseline>",
            last_seen: (self.status == Status::Running).then_some(last_seen),
            room: self.room,
            engagement: (self.room == Room::Row).then(|| EngagementTag::new("Aster & Bank")),
            now,
        };
        ProgressCell::new(&progress(&facts, now), scene).to_string()
    }
}

/// Several scenes in one snapshot, so that they are read side by side.
fn side_by_side(scenes: Vec<(&str, Scene)>) -> String {
    let parts = scenes
        .iter()
        .map(|(name, scene)| format!("=== {name}\n{}\n", scene.html()));
    parts.collect::<Vec<_>>().join("\n")
}

fn counting(counts: &'static [(CountKey, u64)], said: Value) -> Scene {
    Scene {
        counts,
        said,
        ..Scene::default()
    }
}

fn saying(said: Value) -> Scene {
    counting(&[], said)
}

#[test]
fn counted_work_and_its_edges() {
    use CountKey::{Processed, Total};
    let policies = || json!({"unit": "policies"});
    let grew = json!({"unit": "rows", "total_grew": {"from": 900, "at": "2026-11-20T17:31:00Z"}});
    insta::assert_snapshot!(side_by_side(vec![
        (
            "counted",
            counting(&[(Processed, 214), (Total, 512)], policies())
        ),
        (
            "counted, in a row",
            Scene {
                room: Room::Row,
                ..counting(&[(Processed, 214), (Total, 512)], Value::Null)
            }
        ),
        (
            "full",
            counting(&[(Processed, 512), (Total, 512)], policies())
        ),
        (
            "more than expected",
            counting(&[(Processed, 530), (Total, 512)], policies())
        ),
        (
            "total not known",
            counting(&[(Processed, 18_422)], json!({"unit": "rows"}))
        ),
        (
            "total grew",
            counting(&[(Processed, 480), (Total, 1240)], grew)
        ),
    ]));
}

#[test]
fn phases_and_parts() {
    let numbered =
        json!({"phase": {"key": "c", "label": "collecting evidence", "number": 2, "of": 4}});
    let parts = |succeeded| json!({"parts": {"succeeded": succeeded, "failed": 1, "follow_up": 1, "running": 4, "waiting": 2}});
    insta::assert_snapshot!(side_by_side(vec![
        (
            "phased, declared by the type",
            Scene {
                run_type: "baseline.capture",
                ..saying(json!({"phase": {"key": "processing", "label": "Capturing evidence"}}))
            }
        ),
        ("phased, numbered by the worker", saying(numbered)),
        (
            "phased, alone",
            saying(json!({"phase": {"key": "c", "label": "collecting evidence"}}))
        ),
        (
            "composite, in a row",
            Scene {
                room: Room::Row,
                ..saying(parts(2))
            }
        ),
        ("composite, too many for shapes", saying(parts(2000))),
    ]));
}

#[test]
fn signs_of_life_and_none() {
    let silent = Scene {
        last_seen: "2026-11-20T17:28:00Z",
        room: Room::Row,
        ..counting(
            &[(CountKey::Processed, 214), (CountKey::Total, 512)],
            Value::Null,
        )
    };
    insta::assert_snapshot!(side_by_side(vec![
        (
            "queued",
            Scene {
                status: Status::Queued,
                ..Scene::default()
            }
        ),
        (
            "activity",
            saying(json!({"message": "reading conditional access results"}))
        ),
        ("silent", silent),
        (
            "ended",
            Scene {
                status: Status::Completed,
                outcome: Some(Outcome::Succeeded),
                ..Scene::default()
            }
        ),
    ]));
}

/// Motion is evidence: whatever is reported, no page shows a percentage, and a bar stands for counted work only.
#[test]
fn no_percentage_and_no_bar_without_counts() {
    for said in [
        json!({"phase": {"key": "a", "label": "b", "number": 2, "of": 4}}),
        json!({"parts": {"succeeded": 1, "failed": 0, "follow_up": 0, "running": 1, "waiting": 0}}),
        json!({"percent": 42}),
        json!(null),
    ] {
        let html = Scene {
            said,
            ..Scene::default()
        }
        .html();
        assert!(!html.contains("<progress") && !html.contains('%'), "{html}");
    }
}
