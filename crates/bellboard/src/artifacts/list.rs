//! `bellboard artifacts list`

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::Artifact;
use crate::clock;
use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::runs::short_id;
use crate::session::Session;
use crate::when;
use crate::wire::Page;

/// The arguments of `bellboard artifacts list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// Only of this kind
    #[arg(long)]
    kind: Option<String>,
    /// Only in this state
    #[arg(long)]
    state: Option<String>,
    /// Only what this run made
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// How many, 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

/// Lists artifacts, the newest first.
pub async fn run(args: ListArgs, session: &Session) -> Result<u8> {
    let engagement = session
        .engagement_filter(args.engagement.as_deref())
        .await?;
    let run_id = match &args.run {
        Some(run) => json!(session.run_id(Some(run)).await?),
        None => Value::Null,
    };
    let input = json!({
        "engagement": engagement,
        "kind": args.kind,
        "state": args.state,
        "run_id": run_id,
        "limit": args.limit,
        "cursor": args.cursor,
    });
    let page = session.client.call_raw("list_artifacts", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&page)?;
        return Ok(0);
    }
    let page: Page<Artifact> = serde_json::from_value(page)?;
    if output.form == Form::Plain {
        for one in &page.items {
            print_plain(&[
                &one.id,
                &one.kind,
                &one.number.to_string(),
                &one.version.to_string(),
                &one.state,
                &one.engagement_name,
                &one.label,
                &one.made_at.to_string(),
            ])?;
        }
        return Ok(0);
    }
    print_table(&page, output)
}

fn print_table(page: &Page<Artifact>, output: &Output) -> Result<u8> {
    if page.items.is_empty() {
        output.data("No artifacts match. Make one: bellboard artifacts upload FILE")?;
    }
    let now = clock::now();
    // mark, id, spaces and the time take 31 columns; the name, the label and the state share the rest.
    let room = output.columns.saturating_sub(31).max(36);
    let width = room / 3;
    for one in &page.items {
        let line = format!(
            "{} {}  {:<width$}  {:<width$}  {:<width$}  {}",
            output.mark(one.mark()),
            output.faint(short_id(&one.id)),
            output.cut(&one.name(), width),
            output.cut(&one.label, width),
            output.cut(&one.state_words(), width),
            output.faint(&when::clock_words(one.made_at, now)),
        );
        output.data(line.trim_end())?;
    }
    if let Some(cursor) = &page.next_cursor {
        let words = format!("{} in all. The next: --cursor {cursor}", page.total_count);
        output.say(Mark::Note, &words);
    }
    Ok(0)
}
