//! `bellboard worker`: does the runs of one type that were started from the board, one after another. It waits until one
//! is offered, wraps the command as `bellboard run` does, and waits again. It plans nothing and retries nothing.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Result;
use bellboard_core::run::claim::{LEASE_SECONDS, USUAL_LEASE_SECONDS};
use clap::Args;
use serde_json::{Value, json};

use crate::client::CallFault;
use crate::output::Mark;
use crate::run::carry_out;
use crate::run::plan::{Plan, host};
use crate::run::reporter::Reporter;
use crate::run::signals::{Leave, Signals};
use crate::session::Session;
use crate::spool::RunSpool;
use crate::wire::{Claim, Claimed, Membership};

/// How long one question waits for a run to be offered.
const WAIT_SECONDS: u32 = 20;
/// The wait between two questions to a hub that is away grows from the first to the last of these.
const RETRY_SECONDS: (u64, u64) = (1, 30);
/// A worker is heard this often within its lease, so that two beats may be lost.
const BEATS_PER_LEASE: u32 = 3;

/// The arguments of `bellboard worker`.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// The engagement whose runs are done: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// The type of the runs, dotted: `baseline.capture`
    #[arg(long = "type", value_name = "TYPE")]
    run_type: String,
    /// What people read as the worker [default: this machine and process]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// For how long a run stays ours without a sign of life
    #[arg(
        long = "lease",
        value_name = "SECONDS",
        default_value_t = USUAL_LEASE_SECONDS,
        value_parser = clap::value_parser!(u32).range(i64::from(*LEASE_SECONDS.start())..=i64::from(*LEASE_SECONDS.end()))
    )]
    lease_seconds: u32,
    /// End after one run, with its exit code
    #[arg(long)]
    once: bool,
    /// The command for each run; it finds the inputs in BELLBOARD_INPUTS, as JSON
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Works until it is told to end.
pub async fn run(args: WorkerArgs, session: &Session) -> Result<u8> {
    let mut signals = Signals::install()?;
    let mut desk = Desk::new(args, session);
    loop {
        let claim = tokio::select! {
            // A run that has come at the same moment is ours already: it is done before we go.
            biased;
            claim = desk.next_claim() => claim?,
            signal = signals.next() => {
                if signal.asks_to_stop() {
                    return Ok(0);
                }
                continue;
            }
        };
        let mut leave = Leave::AfterThisRun;
        let heartbeat = (desk.args.lease_seconds / BEATS_PER_LEASE).into();
        let plan = Plan::of_claim(&claim, &desk.args.command, heartbeat, session);
        session.output.say(
            Mark::Note,
            &format!(
                "Claimed {}, asked by {}.",
                plan.label(),
                claim.run.initiator_name
            ),
        );
        let reporter = Reporter::of_claim(plan, session.clone());
        let code = carry_out(reporter, &mut signals, &mut leave).await?;
        if desk.args.once {
            return Ok(code);
        }
        if leave == Leave::Asked {
            return Ok(0);
        }
    }
}

/// Where a worker waits, and what it has said so far.
struct Desk<'a> {
    args: WorkerArgs,
    name: String,
    session: &'a Session,
    engagement: Option<Membership>,
    retry: u64,
    said_away: bool,
}

impl<'a> Desk<'a> {
    fn new(args: WorkerArgs, session: &'a Session) -> Self {
        let machine = || format!("{} ({})", host(), std::process::id());
        Self {
            name: args.name.clone().unwrap_or_else(machine),
            args,
            session,
            engagement: None,
            retry: RETRY_SECONDS.0,
            said_away: false,
        }
    }

    /// The next run of ours. A hub that is away is waited for, however long that takes; one that refuses us is not.
    async fn next_claim(&mut self) -> Result<Claim> {
        loop {
            match self.ask().await {
                Ok(Some(claim)) => return Ok(claim),
                Ok(None) => {}
                Err(error) => self.wait_for_the_hub(error).await?,
            }
        }
    }

    async fn ask(&mut self) -> Result<Option<Claim>> {
        let engagement = match &self.engagement {
            Some(known) => known.engagement_id.clone(),
            None => self.arrive().await?,
        };
        // How the last run ended goes before the next one: while it waits here, the run is still ours and its lease runs.
        if RunSpool::all().iter().any(RunSpool::is_waiting) {
            self.session.deliver_spooled().await;
        }
        let input = json!({
            "engagement_id": engagement,
            "type": self.args.run_type,
            "worker": self.name,
            "wait_seconds": WAIT_SECONDS,
            "lease_seconds": self.args.lease_seconds,
        });
        let claimed: Claimed = self.session.client.call("claim_run", input).await?;
        self.retry = RETRY_SECONDS.0;
        if std::mem::take(&mut self.said_away) {
            self.session.output.say(Mark::Done, "The hub is back.");
        }
        Ok(claimed.claim)
    }

    /// Once, when the hub is first reached: which engagement is meant, and whether anything can ever come.
    async fn arrive(&mut self) -> Result<String> {
        let session = self.session;
        let named = self.args.engagement.as_deref();
        let engagement = session.engagement(named).await?;
        let run_type = &self.args.run_type;
        let asked = json!({"engagement_id": engagement.engagement_id, "type": run_type});
        let known: Value = session
            .client
            .call_raw("get_engagement_run_type", asked)
            .await?;
        if known["registered"] != json!(true) {
            session.output.warn(&format!(
                "Nobody has declared the type {run_type}, so no run of it can be offered. Declare it: PUT /run-types/{run_type}"
            ));
        }
        session.deliver_spooled().await;
        session.output.say(
            Mark::Note,
            &format!(
                "Waiting for {run_type} in {} as {}. Stop: Ctrl+C",
                engagement.engagement_name, self.name
            ),
        );
        let id = engagement.engagement_id.clone();
        self.engagement = Some(engagement);
        Ok(id)
    }

    async fn wait_for_the_hub(&mut self, error: anyhow::Error) -> Result<()> {
        let Some(CallFault::Unreachable { url, cause }) = error.downcast_ref::<CallFault>() else {
            return Err(error);
        };
        if !std::mem::replace(&mut self.said_away, true) {
            self.session.output.warn(&format!(
                "Bellboard at {url} cannot be reached: {cause}. The worker waits until it is back."
            ));
        }
        tokio::time::sleep(Duration::from_secs(self.retry)).await;
        // Not longer than a beat: an end that waits here has to arrive before the lease is over.
        let longest = RETRY_SECONDS
            .1
            .min((self.args.lease_seconds / BEATS_PER_LEASE).into());
        self.retry = (self.retry * 2).min(longest);
        Ok(())
    }
}
