//! One row of the table: what is stored, told by few words, and what is shown.

use std::time::Duration;

use bellboard_core::run::declaration::Declaration;
use bellboard_core::run::liveness::SignsOfLife;
use bellboard_core::run::progress::{ProgressFacts, progress};
use bellboard_core::run::{Outcome, RunType, Status, SummaryCounts};
use bellboard_core::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The moment for which everything is said.
pub fn now() -> Timestamp {
    "2026-11-20T17:40:00Z".parse().unwrap()
}

/// `facts` may hold `status` (running), `outcome`, `lost`, `counts`, `progress`, `type` (nightly.sync), and in seconds
/// before now `created` (3600; 5 for what is queued) and `heard` (4; what is queued was not heard of since), and `every`,
/// the promised interval (30). `stored_counts` and `stored_context` are texts of the columns themselves.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub is: String,
    facts: Value,
    pub shown: Value,
}

/// The stored times.
#[derive(Clone, Copy)]
pub struct Times {
    pub created: Timestamp,
    pub started: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub last_seen: Timestamp,
}

impl Row {
    pub fn word(&self, key: &str) -> Option<&str> {
        self.facts.get(key).and_then(Value::as_str)
    }

    pub fn status(&self) -> Status {
        Status::parse(self.word("status").unwrap_or("running")).unwrap()
    }

    pub fn is_active(&self) -> bool {
        self.status() != Status::Completed
    }

    pub fn lost(&self) -> bool {
        self.facts["lost"] == true
    }

    pub fn stale(&self) -> bool {
        self.shown["stale"] == true
    }

    pub fn label(&self) -> &str {
        self.shown["label"].as_str().unwrap()
    }

    pub fn run_type(&self) -> &str {
        self.word("type").unwrap_or("nightly.sync")
    }

    fn seconds(&self, key: &str) -> Option<Duration> {
        self.facts.get(key)?.as_u64().map(Duration::from_secs)
    }

    /// Thirty seconds, unless the row says otherwise or that nothing was promised.
    pub fn heartbeat(&self) -> Option<Duration> {
        match self.facts.get("every") {
            None => Some(Duration::from_secs(30)),
            Some(_) => self.seconds("every"),
        }
    }

    pub fn stored_counts(&self) -> String {
        let counts = || {
            self.facts
                .get("counts")
                .map_or_else(|| "{}".to_owned(), Value::to_string)
        };
        self.word("stored_counts")
            .map_or_else(counts, str::to_owned)
    }

    pub fn stored_context(&self) -> String {
        let context = || match self.facts.get("progress") {
            Some(progress) => json!({"progress": progress}).to_string(),
            None => "{}".to_owned(),
        };
        self.word("stored_context")
            .map_or_else(context, str::to_owned)
    }

    pub fn times(&self) -> Times {
        let created = self.seconds("created").unwrap_or(Duration::from_hours(1));
        let created = now() - created;
        let is_queued = self.status() == Status::Queued;
        let heard = self.seconds("heard").unwrap_or(Duration::from_secs(4));
        Times {
            created,
            started: (!is_queued).then_some(created),
            completed: (!self.is_active()).then(now),
            last_seen: if is_queued { created } else { now() - heard },
        }
    }

    /// Everything that is said, and the moment for which it is.
    pub fn expected(&self) -> Value {
        let mut expected = self.shown.clone();
        expected["stale"] = json!(self.stale());
        expected["as_of"] = json!(now());
        expected
    }

    /// What core's function says of it.
    pub fn by_core(&self) -> Value {
        let times = self.times();
        let counts = SummaryCounts::from_stored(&self.stored_counts());
        let context: Map<String, Value> =
            serde_json::from_str(&self.stored_context()).unwrap_or_default();
        let run_type: RunType = self.run_type().parse().unwrap();
        let declared = Declaration::known_or_general(&run_type);
        let facts = ProgressFacts {
            status: self.status(),
            outcome: self.word("outcome").and_then(Outcome::parse),
            lost: self.lost(),
            counts: &counts,
            progress: context.get("progress"),
            waiting_for: None,
            waits_for_worker: false,
            signs: SignsOfLife {
                status: self.status(),
                created_at: times.created,
                started_at: times.started,
                last_seen_at: Some(times.last_seen),
                heartbeat_interval: self.heartbeat(),
                ever_heartbeat: times.last_seen > times.created,
                completed_at: times.completed,
                lost: self.lost(),
                waits_for_person: false,
            },
            phases: &declared.phases,
            policy: declared.policy,
        };
        serde_json::to_value(progress(&facts, now())).unwrap()
    }
}
