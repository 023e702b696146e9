//! `bellboard snapshot --due`: takes the snapshots whose time has come, for those who prefer a timer of their own.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;

#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// Every one that is due where you may report
    #[arg(long, required = true)]
    due: bool,
}

/// Does it.
pub async fn run(args: SnapshotArgs, session: &Session) -> Result<u8> {
    debug_assert!(args.due, "clap asks for it");
    let done = session
        .client
        .call_raw("take_due_snapshots", json!({}))
        .await?;
    let (taken, missed) = (done["taken"].to_string(), done["missed"].to_string());
    let output = &session.output;
    match output.form {
        Form::Json => print_json(&done)?,
        Form::Plain => print_plain(&[&taken, &missed])?,
        Form::Human => output.say(
            Mark::Done,
            &format!("{taken} taken, {missed} missed before"),
        ),
    }
    Ok(0)
}
