//! The progress contract as tables: what is stored on the left, what everybody reads on the right.

use std::time::Duration;

use serde_json::{Value, json};

mod answer;
mod modes;
mod said;
mod silence;

use super::{Mode, Progress, ProgressFacts, progress};
use crate::run::declaration::Declaration;
use crate::run::liveness::SignsOfLife;
use crate::run::{Outcome, RunType, Status, SummaryCounts};
use crate::time::Timestamp;

fn now() -> Timestamp {
    "2026-11-20T17:40:00Z".parse().unwrap()
}

/// A stored run, written as JSON: `status` (running), `counts`, `progress`, `type`, `outcome`, `lost`, and in seconds
/// before now `created` (3600), `heard` (4) and `every` (the promised interval); `asks` is what it asks a person.
struct Stored {
    setup: Value,
    counts: SummaryCounts,
    run_type: RunType,
}

impl Stored {
    fn read(setup: &str) -> Self {
        let setup: Value =
            serde_json::from_str(setup).unwrap_or_else(|fault| panic!("{setup}: {fault}"));
        let counts =
            serde_json::from_value(setup.get("counts").cloned().unwrap_or_else(|| json!({})))
                .unwrap();
        let run_type = setup
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("nightly.sync")
            .parse()
            .unwrap();
        Self {
            setup,
            counts,
            run_type,
        }
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.setup.get(key).and_then(Value::as_str)
    }

    fn seconds(&self, key: &str) -> Option<Duration> {
        self.setup
            .get(key)
            .and_then(Value::as_u64)
            .map(Duration::from_secs)
    }

    fn shown(&self) -> Progress {
        let status = Status::parse(self.word("status").unwrap_or("running")).unwrap();
        let lost = self.setup["lost"] == true;
        let created_at = now() - self.seconds("created").unwrap_or(Duration::from_hours(1));
        let has_begun = status != Status::Queued;
        let heard = self
            .seconds("heard")
            .or(has_begun.then_some(Duration::from_secs(4)));
        let signs = SignsOfLife {
            status,
            created_at,
            started_at: has_begun.then_some(created_at),
            last_seen_at: heard.map(|ago| now() - ago),
            heartbeat_interval: self.seconds("every"),
            ever_heartbeat: self.setup["never_heard"] != true,
            completed_at: (status == Status::Completed).then(now),
            lost,
            waits_for_person: self.word("asks").is_some(),
        };
        let declared = Declaration::known_or_general(&self.run_type);
        let facts = ProgressFacts {
            status,
            outcome: self.word("outcome").and_then(Outcome::parse),
            lost,
            counts: &self.counts,
            progress: self.setup.get("progress"),
            waiting_for: self.word("asks"),
            waits_for_worker: self.setup["left"] == true,
            signs,
            phases: &declared.phases,
            policy: declared.policy,
        };
        progress(&facts, now())
    }
}

/// What is stored, the mode, the label, the detail (empty for none).
type Row = (&'static str, Mode, &'static str, &'static str);

fn check(rows: &[Row]) {
    for (setup, mode, label, detail) in rows {
        let shown = Stored::read(setup).shown();
        let seen = (
            shown.mode,
            shown.label.as_str(),
            shown.detail.as_deref().unwrap_or_default(),
        );
        assert_eq!(seen, (*mode, *label, *detail), "{setup}");
        assert_eq!(shown.as_of, now());
    }
}

const ALIVE: &str = "Last sign of life 4 s ago.";
const UNKNOWN: &str = "The source does not say how many there are.";
