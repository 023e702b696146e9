//! Runs: start, claim, report, finish, read, acknowledge. Bellboard never executes them; it keeps the one honest record.

use bellboard_core::id::RunId;
use bellboard_core::page::Limit;
use schemars::JsonSchema;
use serde::Deserialize;

mod acknowledge;
mod authority;
mod cancel;
mod claim;
mod finish;
mod forget;
mod inputs;
mod lease;
mod lose;
mod raw_words;
mod read;
mod record;
mod report;
mod sift;
mod silent;
mod start;
mod start_words;
pub mod store;
mod verify;
mod view;
mod watch;

pub use acknowledge::{AcknowledgeRun, acknowledge_run};
pub use cancel::{CancelRun, cancel_run};
pub use claim::{ClaimRun, ClaimedRun, RunClaim, claim_run};
pub use finish::{FinishRun, RunFinished, finish_run};
pub use forget::forget_expired;
pub use lease::end_leases;
pub use lose::lose_abandoned;
pub use raw_words::{RawWordsView, RunDiagnostics, get_run_diagnostics};
pub(crate) use read::of_engagement;
pub use read::{ListRuns, RunEventView, get_run, list_run_events, list_runs};
pub(crate) use record::{RunEvent, tell, too_busy};
pub use report::{ReportRun, RunReported, report_run};
pub use silent::await_silent;
pub(crate) use silent::may_be_silent;
pub use start::{RunStarted, StartRun, StartStatus, start_run};
pub use verify::{EvidenceView, VerifyRun, verify_run};
pub use view::RunView;
pub use watch::{WatchView, get_watch, unwatch_run, watch_run};

/// Which run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfRun {
    /// The run.
    pub run_id: RunId,
}

/// A page of something about one run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageOfRun {
    /// The run.
    pub run_id: RunId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}
