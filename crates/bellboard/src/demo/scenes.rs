//! What happens in the demo: every progress mode and every ending, at the pace of real work. Together the workers send
//! less than two requests a second.

use serde_json::{Value, json};

use super::cast::{ASTER, HARBOUR, LINDGREN, NORTHRAIL, PAPERBOAT};

/// One kind of work, told over and over.
pub struct Scene {
    /// Which of the places.
    pub place: usize,
    /// The dotted type.
    pub run_type: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Whether it waits in a queue first; its first report begins it.
    pub queued: bool,
    /// The signs of life that it promises; `None` promises nothing.
    pub heartbeat_seconds: Option<u32>,
    /// Told as if it had begun so long ago.
    pub began_minutes_ago: Option<u32>,
    /// When its first run starts, after the demo does.
    pub first_after_seconds: u64,
    /// Between one run and the next.
    pub rest_seconds: u64,
    /// The reports of the run of this turn.
    pub acts: fn(u32) -> Vec<Act>,
    /// How the run of this turn ends.
    pub end: fn(u32) -> End,
}

/// One report.
pub struct Act {
    /// After the report before.
    pub after_seconds: u64,
    /// The report as the API takes it.
    pub report: Value,
    /// Told as if it had been said so long ago.
    pub minutes_ago: Option<u32>,
}

/// The end of a run.
pub struct End {
    /// After the last report.
    pub after_seconds: u64,
    /// How.
    pub outcome: &'static str,
    /// Why, when it did not end well: a code and a sentence.
    pub failure: Option<(&'static str, &'static str)>,
    /// What was counted in the end.
    pub counts: Value,
}

fn act(after_seconds: u64, report: Value) -> Act {
    Act {
        after_seconds,
        report,
        minutes_ago: None,
    }
}

fn end(after_seconds: u64, outcome: &'static str, counts: Value) -> End {
    End {
        after_seconds,
        outcome,
        failure: None,
        counts,
    }
}

fn end_with(outcome: &'static str, code: &'static str, message: &'static str) -> End {
    End {
        after_seconds: 4,
        outcome,
        failure: Some((code, message)),
        counts: json!({}),
    }
}

/// Work that promises a sign of life every half minute and needs nothing else said.
const PLAIN: Scene = Scene {
    place: ASTER,
    run_type: "",
    label: "",
    queued: false,
    heartbeat_seconds: Some(30),
    began_minutes_ago: None,
    first_after_seconds: 0,
    rest_seconds: 30,
    acts: |_| Vec::new(),
    end: |_| end(5, "succeeded", json!({})),
};

/// Every scene.
pub fn all() -> Vec<Scene> {
    let mut scenes = counted();
    scenes.extend(in_parts());
    scenes.extend(without_counts());
    scenes.extend(ended_early());
    scenes
}

/// Counted with a total, counted without one, and counted after a wait in the queue.
fn counted() -> Vec<Scene> {
    vec![
        Scene {
            run_type: "baseline.compare",
            label: "Compare baseline",
            acts: |turn| {
                let step = 4 + u64::from(turn % 3);
                (0..512 / step)
                    .map(|at| {
                        act(
                            4,
                            json!({"processed": at * step, "total": 512, "unit": "policies"}),
                        )
                    })
                    .chain([act(
                        3,
                        json!({"processed": 512, "total": 512, "unit": "policies"}),
                    )])
                    .collect()
            },
            end: |_| end(6, "succeeded", json!({"processed": 512, "total": 512})),
            ..PLAIN
        },
        Scene {
            place: LINDGREN,
            run_type: "measurement.import",
            label: "Import measurements",
            acts: |_| {
                (0..60)
                    .map(|at| act(5, json!({"processed": 18_422 + at * 157, "unit": "rows"})))
                    .collect()
            },
            end: |_| end(4, "succeeded", json!({"processed": 27_685})),
            first_after_seconds: 1,
            ..PLAIN
        },
        Scene {
            place: PAPERBOAT,
            run_type: "render.production",
            label: "Render: Q4 appendix",
            queued: true,
            acts: |_| {
                let first = act(45, json!({"processed": 0, "total": 38, "unit": "pages"}));
                let pages = (1..=38)
                    .map(|page| act(6, json!({"processed": page, "total": 38, "unit": "pages"})));
                std::iter::once(first).chain(pages).collect()
            },
            end: |_| end(3, "succeeded", json!({"processed": 38, "total": 38})),
            first_after_seconds: 2,
            ..PLAIN
        },
    ]
}

/// Phases, and parts that have states of their own.
fn in_parts() -> Vec<Scene> {
    vec![
        Scene {
            place: HARBOUR,
            run_type: "evidence.capture",
            label: "Capture baseline",
            acts: |_| {
                let phases = [
                    ("plan", "planning"),
                    ("collect", "collecting evidence"),
                    ("normalise", "normalising"),
                    ("seal", "sealing"),
                ];
                let mut acts = Vec::new();
                for (at, (key, label)) in phases.into_iter().enumerate() {
                    let phase =
                        json!({"phase": {"key": key, "label": label, "number": at + 1, "of": 4}});
                    acts.push(act(if at == 0 { 1 } else { 12 }, phase.clone()));
                    acts.extend((0..at + 2).map(|_| act(12, phase.clone())));
                }
                acts
            },
            end: |_| end(5, "succeeded", json!({"created": 312})),
            ..PLAIN
        },
        Scene {
            place: HARBOUR,
            run_type: "tenant.review.compose",
            label: "Quarterly tenant review",
            acts: |_| {
                let parts = |succeeded: u32, follow_up: u32, running: u32, waiting: u32| json!({"parts": {"succeeded": succeeded, "failed": 0, "follow_up": follow_up, "running": running, "waiting": waiting}});
                vec![
                    act(1, parts(0, 0, 3, 6)),
                    act(20, parts(1, 0, 4, 4)),
                    act(20, parts(2, 0, 4, 3)),
                    act(20, parts(2, 1, 4, 2)),
                    act(25, parts(2, 1, 4, 2)),
                    act(25, parts(4, 1, 3, 1)),
                    act(25, parts(6, 1, 2, 0)),
                    act(25, parts(8, 1, 0, 0)),
                ]
            },
            end: |_| {
                end_with(
                    "partially_succeeded",
                    "evidence.gaps",
                    "The sign-in log has gaps on 2 of 31 days",
                )
            },
            rest_seconds: 60,
            ..PLAIN
        },
    ]
}

/// Signs of life only; and a worker from which nothing comes any more.
fn without_counts() -> Vec<Scene> {
    vec![
        Scene {
            place: PAPERBOAT,
            run_type: "agent.session",
            label: "Agent: sort the shared mailbox",
            acts: |turn| {
                let words = [
                    "reading the newest letters",
                    "sorting invoices",
                    "answering what has an answer",
                    "filing the rest",
                ];
                (0..40)
                    .map(|at| {
                        act(
                            5,
                            json!({"message": words[(at / 10 + turn as usize) % words.len()]}),
                        )
                    })
                    .collect()
            },
            end: |_| end(5, "succeeded", json!({"updated": 118})),
            first_after_seconds: 1,
            ..PLAIN
        },
        Scene {
            place: LINDGREN,
            run_type: "assay.batch",
            label: "Nightly assay batch",
            heartbeat_seconds: None,
            began_minutes_ago: Some(48),
            acts: |_| {
                let report = json!({"processed": 480, "total": 1_240, "unit": "wells"});
                vec![Act {
                    after_seconds: 0,
                    report,
                    minutes_ago: Some(21),
                }]
            },
            end: |_| End {
                after_seconds: 1_500,
                outcome: "failed",
                failure: Some(("host.silent", "The instrument stopped answering")),
                counts: json!({}),
            },
            rest_seconds: 240,
            ..PLAIN
        },
    ]
}

/// Failed, blocked and cancelled.
fn ended_early() -> Vec<Scene> {
    vec![
        Scene {
            place: NORTHRAIL,
            run_type: "repository.sync",
            label: "Sync repositories",
            acts: |_| {
                vec![
                    act(2, json!({"message": "asking the remote"})),
                    act(10, json!({})),
                ]
            },
            end: |_| end_with("failed", "exit.128", "The remote refused the sign-in"),
            first_after_seconds: 8,
            rest_seconds: 300,
            ..PLAIN
        },
        Scene {
            place: ASTER,
            run_type: "shape.production",
            label: "Draft guest access policy",
            acts: |_| {
                vec![
                    act(3, json!({"message": "reading conditional access results"})),
                    act(12, json!({})),
                ]
            },
            end: |_| {
                end_with(
                    "blocked",
                    "prerequisite.missing",
                    "Waits for the owner of the directory to agree",
                )
            },
            first_after_seconds: 20,
            rest_seconds: 420,
            ..PLAIN
        },
        Scene {
            place: PAPERBOAT,
            run_type: "render.production",
            label: "Render: draft appendix",
            acts: |_| {
                (1..=12)
                    .map(|page| act(6, json!({"processed": page, "total": 60, "unit": "pages"})))
                    .collect()
            },
            end: |_| end_with("cancelled", "asked", "Jonas stopped it: the draft is old"),
            first_after_seconds: 30,
            rest_seconds: 200,
            ..PLAIN
        },
        Scene {
            place: NORTHRAIL,
            run_type: "task.tidy",
            label: "Close stale tasks",
            acts: |_| {
                (1..=26)
                    .map(|done| act(4, json!({"processed": done, "total": 26, "unit": "tasks"})))
                    .collect()
            },
            end: |_| end(2, "succeeded", json!({"processed": 26, "total": 26})),
            first_after_seconds: 15,
            rest_seconds: 120,
            ..PLAIN
        },
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::cast::PLACES;

    #[test]
    fn every_way_of_progress_and_every_ending_is_among_them() {
        let mut ways = BTreeSet::new();
        let mut endings = BTreeSet::new();
        let mut places = BTreeSet::new();
        for scene in all() {
            places.insert(scene.place);
            endings.insert((scene.end)(0).outcome);
            if scene.queued {
                ways.insert("queued");
            }
            for act in (scene.acts)(0) {
                let has = |key: &str| act.report.get(key).is_some();
                ways.insert(match () {
                    () if act.minutes_ago.is_some() => "silent",
                    () if has("phase") => "phased",
                    () if has("parts") => "composite",
                    () if has("total") => "counted",
                    () if has("processed") => "counted without total",
                    () => "activity",
                });
            }
        }
        assert_eq!(places.len(), PLACES.len());
        assert_eq!(
            endings,
            BTreeSet::from([
                "succeeded",
                "partially_succeeded",
                "blocked",
                "failed",
                "cancelled"
            ])
        );
        assert_eq!(
            ways,
            BTreeSet::from([
                "queued",
                "silent",
                "phased",
                "composite",
                "counted",
                "counted without total",
                "activity"
            ])
        );
    }

    #[test]
    fn all_workers_together_send_less_than_two_requests_a_second() {
        let mut thousandths = 0;
        for scene in all() {
            let acts = (scene.acts)(0);
            let seconds: u64 = acts.iter().map(|act| act.after_seconds).sum::<u64>()
                + (scene.end)(0).after_seconds;
            // While it runs, without its rests.
            thousandths += 1_000 * (acts.len() as u64 + 2) / seconds.max(1);
        }
        assert!(
            thousandths < 2_000,
            "{thousandths} requests in a thousand seconds"
        );
    }
}
