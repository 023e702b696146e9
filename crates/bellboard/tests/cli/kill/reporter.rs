//! One of those who report while the hub is killed. It takes its runs from start to end, one after the other, says each
//! step again until it is acknowledged, and remembers what was acknowledged and what was only sent.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::fuse::Fuse;
use crate::chance::Chance;
use crate::client::Client;

/// Every report adds so many.
pub const ROWS_PER_REPORT: u64 = 10;
/// A run has fewer reports than this.
const MAX_REPORTS: u64 = 4;
/// Most work goes well.
const OUTCOMES: [&str; 8] = [
    "succeeded",
    "succeeded",
    "succeeded",
    "succeeded",
    "failed",
    "partially_succeeded",
    "blocked",
    "cancelled",
];
/// The time in the chosen ids: 1 January 2026. The hub orders by its own clock.
const ID_MILLIS: u64 = 1_767_225_600_000;

/// One run, as its reporter knows it.
pub struct Told {
    pub id: String,
    pub queued: bool,
    pub identity_mode: &'static str,
    pub reports: u64,
    pub outcome: &'static str,
    /// Steps that the hub acknowledged: the start, each report, the end.
    pub acked: u64,
    /// Steps that were sent at least once: at most one more.
    pub sent: u64,
    /// Whether a step was sent again.
    pub repeated: bool,
}

impl Told {
    fn plan(chance: &mut Chance) -> Self {
        let reports = chance.below(MAX_REPORTS);
        let outcome = chance.one_of(&OUTCOMES);
        // A run that nobody began cannot have done its work.
        let needs_a_beginning = reports == 0 && outcome.ends_with("succeeded");
        let mut random = [0; 10];
        random[..8].copy_from_slice(&chance.draw().to_be_bytes());
        let id = uuid::Builder::from_unix_timestamp_millis(ID_MILLIS, &random).into_uuid();
        Self {
            id: Uuid::to_string(&id),
            queued: !needs_a_beginning && chance.below(2) == 0,
            identity_mode: chance.one_of(&["while_active", "nonce"]),
            reports,
            outcome,
            acked: 0,
            sent: 0,
            repeated: false,
        }
    }

    /// The start, the reports, the end.
    pub fn steps(&self) -> u64 {
        self.reports + 2
    }

    pub fn is_over(&self) -> bool {
        self.acked == self.steps()
    }

    /// How many of `steps` are reports.
    pub fn reports_in(&self, steps: u64) -> u64 {
        steps.saturating_sub(1).min(self.reports)
    }

    /// Where the next step is said, and in which words: the same ones each time.
    fn next_step(&self, reporter: u64, engagement: &str) -> (String, Value) {
        let id = &self.id;
        match self.acked {
            0 => (
                format!("/api/engagements/{engagement}/runs"),
                json!({
                    "id": id,
                    "type": "baseline.capture",
                    "label": format!("Reporter {reporter}"),
                    "status": if self.queued { "queued" } else { "running" },
                    "identity_mode": self.identity_mode,
                    "inputs": {"reporter": reporter},
                }),
            ),
            step if step <= self.reports => (
                format!("/api/runs/{id}/report"),
                json!({
                    "sequence": step,
                    "processed": step * ROWS_PER_REPORT,
                    "total": self.reports * ROWS_PER_REPORT,
                    "unit": "rows",
                }),
            ),
            _ => (
                format!("/api/runs/{id}/finish"),
                json!({"outcome": self.outcome, "grade": "observed"}),
            ),
        }
    }
}

/// What came of all that a reporter said.
#[derive(Default)]
pub struct Tally {
    pub acked: u64,
    /// Said again, because the hub was killed before it answered.
    pub repeated: u64,
    /// Of those, what the hub had done the first time.
    pub known_already: u64,
}

/// A reporter and all its runs, the current one last but for those that are only planned.
pub struct Reporter {
    pub number: u64,
    pub told: Vec<Told>,
    /// The run that is told now.
    pub current: usize,
    /// The first run that changed since the last check.
    pub unchecked: usize,
    /// Whether another run follows when all are told.
    pub endless: bool,
    pub tally: Tally,
    chance: Chance,
}

impl Reporter {
    /// One that has so many runs to tell.
    pub fn with_runs(seed: u64, number: u64, runs: usize) -> Self {
        let mut chance = Chance::new(seed, number + 1);
        Self {
            number,
            told: (0..runs).map(|_| Told::plan(&mut chance)).collect(),
            current: 0,
            unchecked: 0,
            endless: false,
            tally: Tally::default(),
            chance,
        }
    }

    /// One that never runs out of runs, until it is told to come to an end.
    pub fn endless(seed: u64, number: u64) -> Self {
        Self {
            endless: true,
            ..Self::with_runs(seed, number, 1)
        }
    }

    /// Steps that are still to be acknowledged.
    pub fn steps_left(&self) -> u64 {
        let open = self.told[self.current.min(self.told.len())..].iter();
        open.map(|told| told.steps() - told.acked).sum()
    }

    /// Reports until the hub goes away or everything is told.
    pub async fn work(mut self, client: Client, fuse: Arc<Fuse>) -> Self {
        loop {
            if self.current == self.told.len() {
                if !self.endless {
                    return self;
                }
                self.told.push(Told::plan(&mut self.chance));
            }
            let Some(answer) = self.say_next(&client).await else {
                return self;
            };
            fuse.burn();
            self.heard(&answer);
        }
    }

    async fn say_next(&mut self, client: &Client) -> Option<Value> {
        let told = &mut self.told[self.current];
        let (path, words) = told.next_step(self.number, &client.engagement);
        if told.sent > told.acked {
            told.repeated = true;
            self.tally.repeated += 1;
        }
        told.sent = told.acked + 1;
        client.say(&path, &words).await
    }

    fn heard(&mut self, answer: &Value) {
        let told = &mut self.told[self.current];
        if let Some(run) = answer.get("run") {
            assert_eq!(run["id"], told.id.as_str(), "it answers about another run");
        }
        let done_now = answer.get("created").or(answer.get("changed"));
        if done_now == Some(&Value::Bool(false)) {
            assert!(told.repeated, "{}: done before it was said", told.id);
            self.tally.known_already += 1;
        }
        told.acked += 1;
        self.tally.acked += 1;
        if told.is_over() {
            self.current += 1;
        }
    }
}
