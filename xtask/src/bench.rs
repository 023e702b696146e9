//! `cargo xtask bench`: the figures of speed and size. Nothing timed sits in the test suite, so they live apart, in an
//! example of the server's crate; here it is built for speed and given what it needs.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::postgres::{self, Durability, Postgres};
use crate::shell::{cargo, exists, must, step, succeeds, target};
use crate::tools;

/// Thousands of event streams need as many open files on either side.
const OPEN_FILES: &str =
    "ulimit -n 20000 2>/dev/null || ulimit -n $(ulimit -H -n); exec \"$0\" \"$@\"";

/// A real disk needs about this long to write down what was flushed; many virtual ones answer at once.
const SLOW_FLUSH: [&str; 10] = [
    "strace",
    "-f",
    "-qq",
    "--seccomp-bpf",
    "--output=/dev/null",
    "--signal=none",
    "-e",
    "trace=fsync,fdatasync",
    "-e",
    "inject=fsync,fdatasync:delay_enter=2000",
];

/// The figures of the rules alone; they need neither server nor database.
const OF_THE_RULES: [&str; 3] = ["S4", "S5", "S9"];

/// The arguments go to the programs: `[--quick] [S1 S2 S3 S4 S5 S6 S7 S8 S9 bells content sync]`.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (of_rules, others): (Vec<String>, Vec<String>) = arguments
        .iter()
        .cloned()
        .partition(|argument| OF_THE_RULES.contains(&argument.as_str()));
    let names_others = others.iter().any(|argument| !argument.starts_with('-'));
    let names_none = of_rules.is_empty() && !names_others;
    let mut held = true;
    if names_none || !of_rules.is_empty() {
        held &= rules(&of_rules)?;
    }
    if names_none || names_others {
        held &= hub(&others)?;
    }
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn rules(figures: &[String]) -> Result<bool> {
    step("build the rules");
    must(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "bellboard-core",
        "--example",
        "pictures",
    ]))?;
    step("figures of the rules");
    let python = tools::compared_with()?;
    let mut pictures = Command::new(target().join("release/examples/pictures"));
    succeeds(pictures.args(figures).env("BELLBOARD_BENCH_PYTHON", python))
}

fn hub(arguments: &[String]) -> Result<bool> {
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
    let mut held = succeeds(&mut bench(&[], arguments, &postgres))?;
    let (options, figures): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with('-'));
    if figures.is_empty() || figures.contains(&"S3") {
        step("durable writes, every flush held up for 2 ms");
        if !exists("strace") {
            bail!("S3 needs strace, which holds up each flush: apt-get install strace");
        }
        let again = [options.as_slice(), &["S3"]].concat();
        held &= succeeds(&mut bench(&SLOW_FLUSH, &again, &postgres))?;
    }
    Ok(held)
}

/// The program with what it needs, under another one that changes how it runs.
fn bench<A: AsRef<std::ffi::OsStr>>(
    under: &[&str],
    arguments: &[A],
    postgres: &Postgres,
) -> Command {
    let release = target().join("release");
    let mut bench = Command::new("sh");
    bench
        .args(["-c", OPEN_FILES])
        .args(under)
        .arg(release.join("examples/bench"))
        .args(arguments)
        .env(postgres::VARIABLE, postgres.url())
        .env("BELLBOARD_BINARY", release.join("bellboard"))
        .env("BELLBOARD_BENCH_FOLDER", target().join("bench"));
    bench
}
