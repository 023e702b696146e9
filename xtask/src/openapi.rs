//! `cargo xtask openapi`: writes docs/openapi.json from the table of verbs; with `--check` it only compares.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{cargo, output, root};

const DOCUMENT: &str = "docs/openapi.json";

pub fn run(arguments: &[String]) -> Result<ExitCode> {
    if arguments.iter().any(|argument| argument == "--check") {
        let code = if is_current()? {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
        return Ok(code);
    }
    std::fs::write(root().join(DOCUMENT), made()?)
        .with_context(|| format!("cannot write {DOCUMENT}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the committed document is that of the table.
pub fn is_current() -> Result<bool> {
    let committed = std::fs::read_to_string(root().join(DOCUMENT)).unwrap_or_default();
    let holds = committed == made()?;
    if !holds {
        println!("{DOCUMENT} is not that of the table of verbs; run `cargo xtask openapi`");
    }
    Ok(holds)
}

/// The document as the binary tells it, one field on a line, so that a change of it can be read.
/// The document as the binary tells it, one field on a line, so that a change of it can be read.
fn made() -> Result<String> {
    let mut bellboard = cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "bellboard",
        "--",
        "openapi",
    ]);
    let document: Value = serde_json::from_str(&output(&mut bellboard)?)
        .context("`bellboard openapi` gave no JSON")?;
    Ok(format!("{document:#}\n"))
}
