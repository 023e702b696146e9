//! `bellboard sync`: reads the plan files of working trees into the hub, and tells what differs and why.
//!
//! The hub never opens a path that somebody names: this command reads the files where they lie and posts them.

mod batch;
mod commit;
mod post;
mod repo;
mod show;
mod write_back;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use bellboard_hub::sync::checkout::Checkout;
use clap::Args;
use serde_json::{Value, json};

use crate::output::{Form, print_json};
use crate::session::Session;
use crate::stop::Stop;
pub use post::Taken;
pub use repo::of_id as repo_of_id;
use repo::{Repo, Repos};

/// Everything was read, and something should be looked at.
const WARNINGS: u8 = 2;
/// Something was not read.
const ERRORS: u8 = 1;

/// A large repo may take longer than other exchanges.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// What is synced, and how.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// A folder of each repository; this one when absent
    #[arg(value_name = "REPO_PATH")]
    paths: Vec<PathBuf>,
    /// The repo's slug in the hub; that which is registered for the folder when absent
    #[arg(long, value_name = "SLUG")]
    repo: Option<String>,
    /// The engagement, where the slug alone names repos in several
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// Only tell what would happen
    #[arg(long)]
    dry_run: bool,
    /// Let files lower statuses and bring back removed tasks
    #[arg(long)]
    force: bool,
    /// Write the hub's ids and newer statuses into the files, and commit them
    #[arg(long, conflicts_with = "dry_run")]
    write_back: bool,
}

/// What is to be done with each working tree.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    dry_run: bool,
    force: bool,
    write_back: bool,
}

/// Does it: 0 all well, 1 errors, 2 warnings.
pub async fn run(args: SyncArgs, session: &Session) -> Result<u8> {
    let session = Session {
        client: session.client.within(PATIENCE),
        ..session.clone()
    };
    if args.repo.is_some() && args.paths.len() > 1 {
        return Err(Stop::usage("--repo names the repo of one folder. Name one folder.").into());
    }
    let repos = Repos::named(&session, args.repo.as_deref(), args.engagement.as_deref());
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() {
        &here[..]
    } else {
        &args.paths
    };
    let asked = Asked {
        dry_run: args.dry_run,
        force: args.force,
        write_back: args.write_back,
    };
    let posted = batch::post_all(paths, repos, asked, &session.client).await?;
    let mut codes = Vec::new();
    let mut fault = None;
    for one in posted {
        let done = match one {
            Ok(posted) => finish(posted, asked, &session).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(code) => codes.push(code),
            // One that cannot be synced does not keep the others back.
            Err(error) if paths.len() > 1 && error.is::<Stop>() => {
                session.output.error(&format!("{error:#}"));
                codes.push(ERRORS);
            }
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    match fault {
        Some(error) => Err(error),
        None => Ok(worst(&codes)),
    }
}

/// Writes into the repository at this folder what the hub knows better, as `bellboard sync --write-back` does.
pub async fn write_back_into(folder: PathBuf, session: &Session) -> Result<u8> {
    let args = SyncArgs {
        paths: vec![folder],
        repo: None,
        engagement: None,
        dry_run: false,
        force: false,
        write_back: true,
    };
    run(args, session).await
}

/// A working tree that was posted, and what came of it.
struct Posted {
    checkout: Checkout,
    repo: Repo,
    report: Value,
}

/// Writes back what was asked for, and tells.
async fn finish(posted: Posted, asked: Asked, session: &Session) -> Result<u8> {
    let Posted {
        checkout,
        repo,
        mut report,
    } = posted;
    let mut code = code_of(&report);
    let mut written = Vec::new();
    if asked.write_back {
        written = write_back::write(&checkout, &report, &session.output)?;
        // The texts have been written; nobody wants them on the terminal.
        report["write_back"] = json!(written);
    }
    if !written.is_empty() {
        commit::commit(&checkout, &written, &session.output);
        code = again(&checkout.root, &repo.id, asked, session).await?;
    }
    if session.output.form == Form::Json {
        print_json(&report)?;
    } else {
        show::report(&report, &session.output)?;
    }
    Ok(code)
}

/// Syncs once more what was written back, so that the hub knows the new commit and lines; how well it went then is how
/// well it went.
async fn again(path: &Path, repo: &str, asked: Asked, session: &Session) -> Result<u8> {
    let asked = Asked {
        write_back: false,
        ..asked
    };
    let repo = repo::of_id(&session.client, repo).await?;
    let report = Taken::of(path)?.post(&repo, asked, &session.client).await?;
    Ok(code_of(&report))
}

fn code_of(report: &Value) -> u8 {
    let has = |name: &str| report[name].as_array().is_some_and(|rows| !rows.is_empty());
    // What was taken from the file is what sync is for; what was not is for somebody to look at.
    let mut rows = report["drift"].as_array().into_iter().flatten();
    let differs = rows.any(|row| row["takes"] != "file");
    match (has("errors"), has("warnings") || differs) {
        (true, _) => ERRORS,
        (false, true) => WARNINGS,
        (false, false) => 0,
    }
}

/// The code of several: an error outweighs a warning.
fn worst(codes: &[u8]) -> u8 {
    let order = [ERRORS, WARNINGS];
    order
        .into_iter()
        .find(|code| codes.contains(code))
        .unwrap_or(0)
}

/// A working tree that cannot be synced, in a sentence.
fn failed(text: &str) -> Stop {
    Stop {
        code: ERRORS,
        message: sentence(text),
    }
}

/// The text as a sentence.
pub fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    let begun: String = first.into_iter().flatten().chain(characters).collect();
    if begun.ends_with('.') {
        begun
    } else {
        format!("{begun}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_how_well_it_went() {
        let report = |drift: Value, warnings: Value, errors: Value| {
            code_of(&json!({"drift": drift, "warnings": warnings, "errors": errors}))
        };
        let row = |takes: &str| json!([{"takes": takes}]);
        assert_eq!(report(json!([]), json!([]), json!([])), 0);
        assert_eq!(report(row("file"), json!([]), json!([])), 0);
        assert_eq!(report(row("hub"), json!([]), json!([])), 2);
        assert_eq!(report(json!([]), json!([{}]), json!([])), 2);
        assert_eq!(report(row("neither"), json!([{}]), json!([{}])), 1);
        assert_eq!(
            [worst(&[]), worst(&[0, 2]), worst(&[2, 1, 0])],
            [0, WARNINGS, ERRORS]
        );
    }

    #[test]
    fn a_fault_is_told_as_a_sentence() {
        assert_eq!(
            sentence("there is none: make it"),
            "There is none: make it."
        );
        assert_eq!(sentence("Done."), "Done.");
    }
}
