//! `cargo xtask openapi`: writes docs/openapi.json from the table of verbs; with `--check` it only compares.

use std::process::ExitCode;

use anyhow::{Context, Result};

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

fn made() -> Result<String> {
    let document = output(&mut cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "bellboard",
        "--",
        "openapi",
    ]))?;
    Ok(document.trim_end().to_owned() + "\n")
}
