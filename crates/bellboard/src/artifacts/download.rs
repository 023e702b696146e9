//! `bellboard artifacts download`: nothing stands under the name of the file before all of it is here and proven.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Map, json};

use super::hash::Hash;
use super::{artifact_id, size_words};
use crate::client::{DOWNLOAD, with_query};
use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;

/// Between two pieces of a download at most so much time passes.
const PAUSE: Duration = Duration::from_mins(1);

/// The arguments of `bellboard artifacts download`.
#[derive(Debug, Args)]
pub struct DownloadArgs {
    /// The artifact's id, or its beginning or end
    artifact: String,
    /// Where to: a file, a folder, or - for stdout [default: its own name, here]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Only this file of several
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// An older version than the newest
    #[arg(long = "at-version", value_name = "NUMBER")]
    at: Option<u32>,
}

/// Downloads.
pub async fn run(args: DownloadArgs, session: &Session) -> Result<u8> {
    let id = artifact_id(session, &args.artifact).await?;
    let mut wish = Map::new();
    if let Some(version) = args.at {
        wish.insert("version".to_owned(), version.into());
    }
    if let Some(file) = args.file {
        wish.insert("file".to_owned(), file.into());
    }
    let path = with_query(&format!("/api/artifacts/{id}/download"), &wish);
    let answer = session
        .client
        .stream(DOWNLOAD, &path, |request| request)
        .await?;
    if args.output.as_deref() == Some(Path::new("-")) {
        receive(answer, &mut io::stdout().lock()).await?;
        return Ok(0);
    }
    let target = target(args.output, &name_in(&answer)?)?;
    let size = save(answer, &target).await?;
    let output = &session.output;
    let shown = target.display().to_string();
    match output.form {
        Form::Json => print_json(&json!({"path": shown, "size": size}))?,
        Form::Plain => print_plain(&[&shown])?,
        Form::Human => output.say(Mark::Done, &format!("{shown} ({})", size_words(size))),
    }
    Ok(0)
}

/// Where the file goes. What is there already is replaced only when it was named.
fn target(asked: Option<PathBuf>, name: &str) -> Result<PathBuf> {
    let target = match asked {
        Some(path) if !path.is_dir() => return Ok(path),
        Some(folder) => folder.join(name),
        None => PathBuf::from(name),
    };
    if target.exists() {
        return Err(Stop::usage(format!(
            "{0} is there already. Name where to write: -o {0}",
            target.display()
        ))
        .into());
    }
    Ok(target)
}

/// The name that the hub gives the file. It is a name and no path, whatever the hub says.
fn name_in(answer: &reqwest::Response) -> Result<String> {
    let header = answer.headers().get("content-disposition");
    let text = header.and_then(|value| value.to_str().ok());
    let encoded = text.and_then(|text| text.split_once("filename*=UTF-8''"));
    let name = encoded.and_then(|(_, name)| decoded(name));
    let name = name.context("the hub gave the file no name: -o PATH")?;
    let is_name = Path::new(&name)
        .file_name()
        .is_some_and(|last| last == name.as_str());
    if !is_name {
        bail!("the hub gave the file a name that is none: {name:?}. Give one: -o PATH");
    }
    Ok(name)
}

/// RFC 8187.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Writes beside the target first, so that its name stands for the whole file or for nothing.
async fn save(answer: reqwest::Response, target: &Path) -> Result<u64> {
    let mut draft = target.as_os_str().to_owned();
    draft.push(format!(".{}.part", std::process::id()));
    let draft = PathBuf::from(draft);
    let shown = target.display();
    let mut file =
        File::create_new(&draft).with_context(|| format!("{shown} cannot be written"))?;
    let received = receive(answer, &mut file).await;
    let saved = received.and_then(|size| {
        fs::rename(&draft, target).with_context(|| format!("{shown} cannot be written"))?;
        Ok(size)
    });
    if saved.is_err() {
        drop(fs::remove_file(&draft));
    }
    saved
}

/// Takes all of it, and proves it where the hub says what it is.
async fn receive(mut answer: reqwest::Response, into: &mut impl Write) -> Result<u64> {
    let digest = answer.headers().get("repr-digest");
    let digest = digest.and_then(|value| value.to_str().ok().map(str::to_owned));
    let mut hash = Hash::new();
    let mut size = 0;
    loop {
        let piece = tokio::time::timeout(PAUSE, answer.chunk()).await;
        let piece = piece.context("the download paused for a minute")?;
        let Some(piece) = piece.context("the download broke off")? else {
            break;
        };
        hash.add(&piece);
        size += piece.len() as u64;
        into.write_all(&piece)?;
    }
    into.flush()?;
    if digest.is_some_and(|digest| digest != hash.field()) {
        bail!("what came is not what the hub keeps: its SHA-256 differs. Try again");
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (text, name) in [
            ("plan.svg", Some("plan.svg")),
            ("Gr%C3%B6%C3%9Fe%202.csv", Some("Größe 2.csv")),
            ("%", None),
            ("%4", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(decoded(text).as_deref(), name, "{text}");
        }
    }
}
