//! cargo-deny: licences, banned crates and sources always; known vulnerabilities where their database can be reached.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, must, root, succeeds, tools, watch};
use crate::tally::Tally;

const VERSION: &str = "0.20.2";
const ADVISORIES_SECONDS: &str = "120";

pub fn check() -> Result<Tally> {
    let program = installed()?;
    let mut rules = Command::new(&program);
    rules
        .current_dir(root())
        .args(["--locked", "--log-level", "error", "check"])
        .args(["--hide-inclusion-graph", "bans", "licenses", "sources"]);
    let rules = Tally::of(succeeds(&mut rules)?);
    Ok(rules.plus(advisories(&program)?))
}

/// The database of advisories lies on another host. Where that host cannot be reached the check is skipped, and says so.
fn advisories(program: &Path) -> Result<Tally> {
    let mut check = Command::new("timeout");
    check
        .arg(ADVISORIES_SECONDS)
        .arg(program)
        .current_dir(root());
    check.args(["--locked", "--log-level", "error", "check", "advisories"]);
    let mut judged = false;
    let held = watch(&mut check, |line| judged |= line.starts_with("advisories "))?;
    if judged {
        return Ok(Tally::of(held));
    }
    println!("the advisory database cannot be reached: known vulnerabilities were not looked for");
    Ok(Tally::SKIP)
}

/// Builds cargo-deny into the tools folder when it is not there. Unoptimised, because it runs for two seconds.
fn installed() -> Result<PathBuf> {
    let home = tools().join("cargo").join(VERSION);
    let program = home.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    println!("building cargo-deny {VERSION}");
    let build = tools().join("cargo-build");
    let mut install = cargo(&[
        "install",
        "cargo-deny",
        "--version",
        VERSION,
        "--locked",
        "--debug",
        "--quiet",
    ]);
    install
        .arg("--root")
        .arg(&home)
        .arg("--target-dir")
        .arg(&build);
    must(install.env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    let _removed = std::fs::remove_dir_all(build);
    Ok(program)
}
