//! `bellboard progress`: says from inside of a run how far it is. Counts, a phase, parts or a word; never a percentage.

use std::time::Duration;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::CallFault;
use crate::clock;
use crate::counts;
use crate::output::print_json;
use crate::session::{Session, fence_of};
use crate::spool::{Line, RunSpool};
use crate::stop::Stop;

/// A script is not held up longer than this; its report then waits in the spool.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of a run's progress; shared by `progress` and `runs report`.
#[derive(Debug, Args)]
pub struct ProgressArgs {
    /// Done and total, `214/512`; or only what is done, when nobody knows the total
    #[arg(value_name = "DONE/TOTAL", allow_hyphen_values = true)]
    counts: Option<String>,
    /// What is counted: policies, rows, files
    #[arg(long)]
    unit: Option<String>,
    /// Where the run is among its phases, and the phase in words: `--phase 2/4 "collecting evidence"`
    #[arg(long, num_args = 1..=2, value_names = ["N/OF", "WORDS"])]
    phase: Option<Vec<String>>,
    /// How its parts stand: `--parts succeeded=2,failed=0,follow_up=1,running=4,waiting=2`
    #[arg(long, value_name = "COUNTS")]
    parts: Option<String>,
    /// A word on what it is doing
    #[arg(long, short)]
    message: Option<String>,
    /// Refused: Bellboard takes counts
    #[arg(long, alias = "percentage", hide = true, num_args = 0..=1, default_missing_value = "")]
    percent: Option<String>,
}

impl ProgressArgs {
    /// The report as the API takes it. Nothing at all is a sign of life.
    pub fn report(&self) -> Result<Value, Stop> {
        if self.percent.is_some() {
            return Err(Stop::usage(counts::NO_PERCENTAGES));
        }
        let mut report = json!({});
        if let Some(text) = &self.counts {
            let (processed, total) = counts::read_counts(text)?;
            report["processed"] = json!(processed);
            if let Some(total) = total {
                report["total"] = json!(total);
            }
        }
        if let Some(unit) = &self.unit {
            report["unit"] = json!(unit);
        }
        if let Some(words) = &self.phase {
            report["phase"] = counts::read_phase(words)?;
        }
        if let Some(text) = &self.parts {
            report["parts"] = counts::read_parts(text)?;
        }
        if let Some(message) = &self.message {
            report["message"] = json!(message);
        }
        Ok(report)
    }
}

/// Reports the progress of the run around us. A hub that is away does not fail the script that calls this.
pub async fn run(args: ProgressArgs, session: &Session) -> Result<u8> {
    let mut input = args.report()?;
    let run_id = session.run_id(None).await?;
    input["run_id"] = json!(run_id);
    input["fence"] = json!(fence_of(&run_id));
    let spool = RunSpool::of(&run_id);
    if !spool.is_waiting() {
        let client = session.client.within(PATIENCE);
        match client.call_raw("report_run", input.clone()).await {
            Ok(answer) => {
                if session.output.form == crate::output::Form::Json {
                    print_json(&answer)?;
                }
                return Ok(0);
            }
            Err(fault @ CallFault::Refused(_)) => return Err(fault.into()),
            Err(fault) => session
                .output
                .warn(&format!("{fault} The report is kept and delivered later.")),
        }
    }
    // Earlier reports of this run wait already, or the hub is away: this one goes behind them, with its true time.
    let at = clock::now();
    input["at"] = json!(at);
    input["sequence"] = json!(sequence(&run_id, at));
    let line = Line {
        hub: session.config.url.clone(),
        verb: "report_run".to_owned(),
        engagement: None,
        input,
    };
    spool.append(&line)?;
    Ok(0)
}

/// A number that grows with every report of a run, whichever process sends it: milliseconds since the run's id was made.
fn sequence(run_id: &str, at: Timestamp) -> u32 {
    let made = Uuid::try_parse(run_id)
        .ok()
        .and_then(|id| id.get_timestamp());
    let made_millis = made.map_or(0, |made| {
        let (seconds, nanos) = made.to_unix();
        seconds * 1_000 + u64::from(nanos) / 1_000_000
    });
    let at_millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    u32::try_from(at_millis.saturating_sub(made_millis).max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_grows_with_time_from_the_id_on() {
        let run = "019aa3f2-7b1c-7000-8000-000000000000";
        let made = i64::from_str_radix("019aa3f27b1c", 16).unwrap() * 1_000;
        let at = |millis: i64| Timestamp::from_micros(made + millis * 1_000);
        assert_eq!(sequence(run, at(-5)), 1);
        assert_eq!(sequence(run, at(1_500)), 1_500);
        assert_eq!(sequence(run, at(i64::from(u32::MAX) + 7)), u32::MAX);
    }
}
