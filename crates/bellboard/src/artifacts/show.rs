//! `bellboard artifacts show`

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{Artifact, artifact_id, size_words};
use crate::clock;
use crate::output::{Form, Output, print_json};
use crate::session::Session;
use crate::when;

/// The arguments of `bellboard artifacts show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The artifact's id, or its beginning or end
    artifact: String,
}

/// Shows one artifact.
pub async fn run(args: ShowArgs, session: &Session) -> Result<u8> {
    let id = artifact_id(session, &args.artifact).await?;
    let view = session
        .client
        .call_raw("get_artifact", json!({"artifact_id": id}))
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let artifact: Artifact = serde_json::from_value(view)?;
    print_facts(&artifact, output)?;
    let page = session.page(&format!("/ui/artifacts/{}", artifact.id));
    output.data(&format!("\n{}", output.faint(&page)))?;
    Ok(0)
}

fn print_facts(artifact: &Artifact, output: &Output) -> Result<()> {
    let now = clock::now();
    let mark = output.mark(artifact.mark());
    output.data(&format!("{mark} {}", output.heading(&artifact.label)))?;
    if !artifact.detail.is_empty() {
        output.data(&artifact.detail)?;
    }
    let made = format!(
        "{} · {} · made by {} {}",
        artifact.name(),
        artifact.engagement_name,
        artifact.made_by_name,
        when::clock_words(artifact.made_at, now),
    );
    output.data(&output.faint(&made))?;
    match &artifact.decision {
        Some(decision) => {
            let at = when::clock_words(decision.decided_at, now);
            output.data(&format!("{} {at}", artifact.state_words()))?;
            if let Some(note) = &decision.note {
                output.data(note)?;
            }
        }
        None => output.data(&artifact.state_words())?,
    }
    for file in &artifact.files {
        let about = format!("{} · {}", size_words(file.size), file.media_type);
        output.data(&format!("  {}  {}", file.name, output.faint(&about)))?;
        output.data(&format!("    {}", output.faint(&file.digest)))?;
    }
    if artifact.content.is_object() {
        output.data(&serde_json::to_string_pretty(&artifact.content)?)?;
    }
    Ok(())
}
