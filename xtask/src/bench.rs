//! `cargo xtask bench`: the figures of speed and size. Nothing timed sits in the test suite, so they live apart, in the
//! package `bellboard-bench`, which is built like the product and prints one line for each figure.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::postgres::{self, Durability, Postgres};
use crate::shell::{cargo, root, step, succeeds};

/// Arguments go through to the package: the names of figures, for those who want only some.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    if !root().join("bench/Cargo.toml").is_file() {
        bail!("there is no package in bench/");
    }
    let postgres = Postgres::start(Durability::Full)?;
    step("figures");
    let mut bench = cargo(&[
        "run",
        "--release",
        "--locked",
        "--package",
        "bellboard-bench",
        "--",
    ]);
    bench
        .args(arguments)
        .env(postgres::VARIABLE, postgres.url());
    Ok(if succeeds(&mut bench)? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
