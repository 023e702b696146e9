//! What the hub says after it was killed, held against what the reporters remember: nothing that was acknowledged is
//! missing, nothing is there twice, and every total is the number of what is there.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::reporter::{ROWS_PER_REPORT, Reporter, Told};
use crate::client::Client;

/// How much of the lists is read. The totals are compared in any case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// As far back as something was told since the last check.
    Fresh,
    /// To their ends.
    Everything,
}

/// Part of a list, newest first, by the id of the run that each entry is about.
struct List {
    by_run: HashMap<String, Value>,
    total: usize,
    /// Whether all of it was read.
    is_whole: bool,
}

impl List {
    /// Reads until everything wanted was seen, or to the end.
    async fn read(client: &Client, path: &str, key: &str, wanted: Option<&HashSet<&str>>) -> Self {
        let mut list = Self {
            by_run: HashMap::new(),
            total: 0,
            is_whole: false,
        };
        let mut cursor = String::new();
        loop {
            let page = client.get(&format!("{path}?limit=100{cursor}")).await;
            list.total = usize::try_from(page["total_count"].as_u64().unwrap()).unwrap();
            for entry in page["items"].as_array().unwrap() {
                let run = entry[key].as_str().unwrap().to_owned();
                let before = list.by_run.insert(run, entry.clone());
                assert_eq!(before, None, "{path} has it twice");
            }
            let seen = |run: &&str| list.by_run.contains_key(*run);
            if wanted.is_some_and(|wanted| wanted.iter().all(seen)) {
                return list;
            }
            let Some(next) = page["next_cursor"].as_str() else {
                assert_eq!(list.by_run.len(), list.total, "the total of {path}");
                list.is_whole = true;
                return list;
            };
            cursor = format!("&cursor={next}");
        }
    }

    /// Everything read is of the expected; if all was read, the expected are all there.
    fn holds(&self, name: &str, expected: &HashSet<&str>) {
        assert_eq!(self.total, expected.len(), "the total of {name}");
        for run in self.by_run.keys() {
            assert!(expected.contains(run.as_str()), "{name} holds {run}");
        }
    }
}

/// Holds the hub's words against the reporters' memory.
pub async fn check(client: &Client, reporters: &mut [Reporter], depth: Depth) {
    let acked = told_runs(reporters, depth)
        .filter(|told| told.acked > 0)
        .map(|told| told.id.as_str())
        .collect();
    let runs = List::read(client, "/api/runs", "id", Some(&acked)).await;
    let mut there = HashSet::new();
    let mut finished = HashSet::new();
    let mut needs = HashSet::new();
    for reporter in reporters.iter() {
        let mut open_failures = Vec::new();
        for (place, told) in reporter.told.iter().enumerate() {
            let outcome = if place < reporter.unchecked && depth == Depth::Fresh {
                Some(told.outcome)
            } else if let Some(run) = runs.by_run.get(&told.id) {
                compare(told, run);
                run["outcome"].as_str()
            } else {
                assert_eq!(told.acked, 0, "an acknowledged start is gone: {}", told.id);
                continue;
            };
            there.insert(told.id.as_str());
            let Some(outcome) = outcome else {
                continue;
            };
            finished.insert(told.id.as_str());
            match outcome {
                // A success settles what failed before of the same subject: here, of the same reporter.
                "succeeded" => open_failures.clear(),
                "cancelled" => {}
                _ => open_failures.push(told.id.as_str()),
            }
        }
        needs.extend(open_failures);
    }
    runs.holds("the runs", &there);
    lists(client, &there, &finished, &needs, depth).await;
    for told in told_runs(reporters, Depth::Fresh) {
        if told.repeated && there.contains(told.id.as_str()) {
            nothing_happened_twice(client, told).await;
        }
    }
    for reporter in reporters {
        reporter.unchecked = reporter.current;
    }
}

/// The zones of home, and the notifications.
async fn lists(
    client: &Client,
    there: &HashSet<&str>,
    finished: &HashSet<&str>,
    needs: &HashSet<&str>,
    depth: Depth,
) {
    let nothing = HashSet::new();
    let far = (depth == Depth::Fresh).then_some(&nothing);
    let home = "/api/me/dashboard";
    let active = List::read(client, &format!("{home}/active"), "item_id", None).await;
    active.holds("active", &(there - finished));
    let waiting = List::read(client, &format!("{home}/needs_you"), "item_id", far).await;
    waiting.holds("needs you", needs);
    let recent = List::read(client, &format!("{home}/recent"), "artifact_id", far).await;
    recent.holds("recent", finished);
    let rings = List::read(client, "/api/me/notifications", "run_id", far).await;
    rings.holds("the notifications", finished);
    for list in [&waiting, &recent, &rings] {
        assert!(list.is_whole || depth == Depth::Fresh);
    }
}

fn told_runs(reporters: &[Reporter], depth: Depth) -> impl Iterator<Item = &Told> {
    reporters.iter().flat_map(move |reporter| {
        let from = match depth {
            Depth::Fresh => reporter.unchecked,
            Depth::Everything => 0,
        };
        reporter.told[from..].iter()
    })
}

/// One run that is there: at least what was acknowledged, at most what was sent.
fn compare(told: &Told, run: &Value) {
    let id = &told.id;
    assert!(told.sent > 0, "{id} is there and was never sent");
    let reported = run["summary_counts"]["processed"].as_u64().unwrap_or(0);
    let least = told.reports_in(told.acked) * ROWS_PER_REPORT;
    let most = told.reports_in(told.sent) * ROWS_PER_REPORT;
    assert!(
        (least..=most).contains(&reported),
        "{id} has {reported} rows; {least} were acknowledged and {most} sent"
    );
    let status = run["status"].as_str().unwrap();
    if let Some(outcome) = run["outcome"].as_str() {
        assert_eq!((status, outcome), ("completed", told.outcome), "{id}");
        assert_eq!(told.sent, told.steps(), "{id} ended by itself");
    } else {
        assert!(!told.is_over(), "an acknowledged end is gone: {id}");
        let is_begun = !told.queued || reported > 0;
        let expected = if is_begun { "running" } else { "queued" };
        assert_eq!(status, expected, "{id}");
    }
}

/// "What happened" tells nothing twice about a run of which something was said twice.
async fn nothing_happened_twice(client: &Client, told: &Told) {
    let path = format!("/api/runs/{}/events?limit=100", told.id);
    let page = client.get(&path).await;
    let mut kinds: Vec<&str> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    let count = kinds.len();
    kinds.dedup();
    assert_eq!(kinds.len(), count, "{}: {page:#}", told.id);
}
