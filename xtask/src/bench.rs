//! `cargo xtask bench`: the figures of speed and size. Nothing timed sits in the test suite, so they live apart, in an
//! example of the server's crate; here it is built for speed and given what it needs.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::postgres::{self, Durability, Postgres};
use crate::shell::{cargo, must, step, succeeds, target};

/// Thousands of event streams need as many open files on either side.
const OPEN_FILES: &str =
    "ulimit -n 20000 2>/dev/null || ulimit -n $(ulimit -H -n); exec \"$0\" \"$@\"";

/// The arguments go to the program: `[--quick] [S1 S2 S3 S6 S7 S8]`.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    step("build");
    must(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "bellboard",
        "--package",
        "bellboard-server",
        "--bin",
        "bellboard",
        "--example",
        "bench",
    ]))?;
    let postgres = Postgres::start(Durability::Full)?;
    step("figures");
    let release = target().join("release");
    let mut bench = Command::new("sh");
    bench
        .args(["-c", OPEN_FILES])
        .arg(release.join("examples/bench"))
        .args(arguments)
        .env(postgres::VARIABLE, postgres.url())
        .env("BELLBOARD_BINARY", release.join("bellboard"))
        .env("BELLBOARD_BENCH_FOLDER", target().join("bench"));
    let held = succeeds(&mut bench)?;
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
