//! `bellboard dashboards add`: saves a question.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;

#[derive(Debug, Args)]
pub struct AddArgs {
    /// What people call it
    title: String,
    /// The question as JSON: '{"source": "runs", "id_field": "id"}'
    #[arg(long, value_name = "JSON")]
    spec: String,
    /// When snapshots are taken: manual, hourly, every:15m, 'cron:0 7 * * mon-fri'
    #[arg(long, default_value = "manual", value_name = "POLICY")]
    policy: String,
    /// The engagement: its slug, name or id [default: $BELLBOARD_ENGAGEMENT, or your only one]
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

pub(super) async fn run(args: AddArgs, session: &Session) -> Result<u8> {
    let spec: Value = serde_json::from_str(&args.spec).map_err(|fault| {
        Stop::usage(format!(
            "The question is no JSON ({fault}). Write it like '{{\"source\": \"runs\", \"id_field\": \"id\"}}'."
        ))
    })?;
    let input = json!({
        "title": args.title,
        "view_spec_json": spec,
        "metadata": { "snapshot_policy": args.policy },
        "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
    });
    let made = session.client.call_raw("create_dashboard", input).await?;
    let (id, output) = (made["id"].as_str().unwrap_or_default(), &session.output);
    match output.form {
        Form::Json => print_json(&made)?,
        Form::Plain => print_plain(&[id])?,
        Form::Human => {
            output.say(Mark::Done, &format!("A dashboard: {}", args.title));
            output.data(id)?;
        }
    }
    Ok(0)
}
