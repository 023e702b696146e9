//! `bellboard artifacts upload`: each file goes up in a stream, then one artifact names them all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bellboard_core::content::MAX_CONTENT_BYTES;
use clap::Args;
use serde_json::{Value, json};

use super::{Artifact, hash, media_type, size_words};
use crate::client::UPLOAD;
use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;

/// The arguments of `bellboard artifacts upload`.
#[derive(Debug, Args)]
pub struct UploadArgs {
    /// What to upload; each keeps its name
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// shape, assertion, render, review_report, downstream_specification or transformed_artifact
    #[arg(long, default_value = "render")]
    kind: String,
    /// What a person reads [default: the name of the only file]
    #[arg(long)]
    label: Option<String>,
    /// What it is about
    #[arg(long)]
    detail: Option<String>,
    /// What is new in it
    #[arg(long)]
    note: Option<String>,
    /// The run that made it [default: the one around this command, if there is one]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

/// A file that can be read, and what is said of it.
struct Ready<'a> {
    path: &'a Path,
    name: String,
    size: u64,
}

/// Uploads and makes.
pub async fn run(args: UploadArgs, session: &Session) -> Result<u8> {
    // All that can be wrong here is found before the first byte is sent.
    let ready = args
        .files
        .iter()
        .map(|path| look_at(path))
        .collect::<Result<Vec<_>>>()?;
    let label = match (args.label, ready.as_slice()) {
        (Some(label), _) => label,
        (None, [one]) => one.name.clone(),
        (None, _) => return Err(Stop::usage("Several files need a name: --label TEXT").into()),
    };
    let engagement = session.engagement(args.engagement.as_deref()).await?;
    let around = crate::config::variable("BELLBOARD_RUN");
    let run_id = match args.run.or(around) {
        Some(run) => json!(session.run_id(Some(&run)).await?),
        None => Value::Null,
    };
    let mut files = Vec::new();
    for one in &ready {
        files.push(send(one, &engagement.engagement_id, session).await?);
    }
    let input = json!({
        "engagement_id": engagement.engagement_id,
        "kind": args.kind,
        "label": label,
        "detail": args.detail,
        "note": args.note,
        "run_id": run_id,
        "content": {"files": files},
    });
    let view = session.client.call_raw("create_artifact", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let made: Artifact = serde_json::from_value(view)?;
    if output.form == Form::Plain {
        print_plain(&[&made.id])?;
        return Ok(0);
    }
    let page = session.page(&format!("/ui/artifacts/{}", made.id));
    output.say(Mark::Done, &format!("{}: {}", made.name(), made.label));
    output.data(&page)?;
    Ok(0)
}

fn look_at(path: &Path) -> Result<Ready<'_>> {
    let shown = path.display();
    let found = fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?;
    if !found.is_file() {
        return Err(Stop::usage(format!("{shown} is no file")).into());
    }
    if found.len() > MAX_CONTENT_BYTES {
        let (size, most) = (size_words(found.len()), size_words(MAX_CONTENT_BYTES));
        return Err(Stop::usage(format!("{shown} has {size}; a file has at most {most}")).into());
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("the name of {shown} is not UTF-8"))?;
    Ok(Ready {
        path,
        name: name.to_owned(),
        size: found.len(),
    })
}

/// Sends one file; how the artifact names it.
async fn send(one: &Ready<'_>, engagement: &str, session: &Session) -> Result<Value> {
    let shown = one.path.display();
    let digest = hash::field_of(one.path).with_context(|| format!("{shown} cannot be read"))?;
    let file = tokio::fs::File::open(one.path).await;
    let file = file.with_context(|| format!("{shown} cannot be read"))?;
    let path = format!("/api/engagements/{engagement}/content");
    let answer = session
        .client
        .stream(UPLOAD, &path, |request| {
            request
                .header("content-length", one.size)
                .header("content-digest", digest)
                .body(file)
        })
        .await
        .with_context(|| format!("{shown} was not uploaded"))?;
    let view = session.client.json(answer).await?;
    let words = format!("Uploaded {} ({})", one.name, size_words(one.size));
    session.output.say(Mark::Note, &words);
    Ok(json!({
        "name": one.name,
        "media_type": media_type::of(one.path),
        "digest": view["digest"],
    }))
}
