//! `cargo xtask test`: the whole suite, and the plain count that closes it.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::bucket::Store;
use crate::postgres::{self, Durability, Postgres};
use crate::shell::{self, cargo, exists, git, step, succeeds, watch};
use crate::tally::Tally;
use crate::tools;

pub fn run(filter: &[String]) -> ExitCode {
    Tally::or_failure(suite(filter)).close()
}

/// Runs every test whose name holds one of the filters; all of them when there is none.
pub fn suite(filter: &[String]) -> Result<Tally> {
    tools::ready()?;
    let postgres = Postgres::start(Durability::None)?;
    let tests = if exists("cargo-nextest") {
        let mut nextest = cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--color",
            "never",
        ]);
        count("tests", nextest.args(filter), &postgres, nextest_summary)?
    } else {
        let mut tests = cargo(&[
            "test",
            "--workspace",
            "--all-targets",
            "--locked",
            "--no-fail-fast",
        ]);
        count(
            "tests, without nextest",
            tests.arg("--").args(filter),
            &postgres,
            cargo_summary,
        )?
    };
    let tests = tests.plus(bucket_tests(filter, &postgres)?);
    if !filter.is_empty() || !has_examples()? {
        return Ok(tests);
    }
    let mut examples = cargo(&["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]);
    Ok(tests.plus(count(
        "examples in documentation",
        &mut examples,
        &postgres,
        cargo_summary,
    )?))
}

/// The tests of content in a bucket, which the usual build leaves out.
fn bucket_tests(filter: &[String], postgres: &Postgres) -> Result<Tally> {
    if !filter.is_empty() && !filter.iter().any(|name| name.contains("bucket")) {
        return Ok(Tally::default());
    }
    let store = Store::start()?;
    let words = ["--package", "bellboard-hub", "--features", "s3", "--locked"];
    let mut runner = if exists("cargo-nextest") {
        let mut nextest = cargo(&["nextest", "run", "--color", "never"]);
        nextest.args(words).arg("bucket::");
        nextest
    } else {
        let mut tests = cargo(&["test", "--no-fail-fast"]);
        tests.args(words).args(["--", "bucket::"]);
        tests
    };
    runner.envs(store.variables());
    let summary = if exists("cargo-nextest") {
        nextest_summary
    } else {
        cargo_summary
    };
    // nextest counts as skipped what the name leaves out; the suite before this one ran all of that.
    let counted = count("tests of the S3 store", &mut runner, postgres, summary)?;
    Ok(Tally {
        skipped: 0,
        ..counted
    })
}

/// Runs one runner and adds up the summaries that it prints.
fn count(
    name: &str,
    runner: &mut Command,
    postgres: &Postgres,
    summary: fn(&str) -> Option<Tally>,
) -> Result<Tally> {
    step(name);
    runner
        .env(postgres::VARIABLE, postgres.url())
        .env("BELLBOARD_TOOLS", shell::tools())
        .env("CHROMIUM", tools::CHROMIUM)
        .env("CHROMEDRIVER", tools::CHROMEDRIVER);
    let mut counted = Tally::default();
    let held = watch(runner, |line| {
        counted = counted.plus(summary(line).unwrap_or_default());
    })?;
    // A suite that did not compile, or was stopped, has no failed test in its summary: that is one failure.
    Ok(if held || counted.failed > 0 {
        counted
    } else {
        counted.plus(Tally::FAIL)
    })
}

/// Whether any documentation in the crates holds an example to run; nextest does not run those.
fn has_examples() -> Result<bool> {
    let example = "^ *//[/!] ```(rust)?$";
    succeeds(&mut git(&[
        "grep",
        "--quiet",
        "--extended-regexp",
        example,
        "--",
        "crates/*.rs",
    ]))
}

/// Reads `Summary [ 0.1s] 3 tests run: 2 passed (1 slow), 1 failed, 0 skipped`.
fn nextest_summary(line: &str) -> Option<Tally> {
    let (_, counts) = line
        .trim_start()
        .strip_prefix("Summary [")?
        .split_once(" run: ")?;
    let mut tally = Tally::default();
    for part in counts.split(", ") {
        let (number, word) = part.split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match word.split_whitespace().next()? {
            "passed" => tally.passed += number,
            "skipped" => tally.skipped += number,
            _ => tally.failed += number,
        }
    }
    Some(tally)
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; ...`.
fn cargo_summary(line: &str) -> Option<Tally> {
    let (_, counts) = line
        .trim_start()
        .strip_prefix("test result: ")?
        .split_once(". ")?;
    let mut tally = Tally::default();
    for part in counts.split("; ") {
        let Some((Ok(number), word)) = part
            .split_once(' ')
            .map(|(number, word)| (number.parse::<u64>(), word))
        else {
            continue;
        };
        match word {
            "passed" => tally.passed += number,
            "failed" => tally.failed += number,
            "ignored" => tally.skipped += number,
            _ => {}
        }
    }
    Some(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_line_is_counted() {
        let line = "     Summary [   0.005s] 7 tests run: 4 passed (1 slow), 1 failed, 2 timed out, 3 skipped";
        let counted = nextest_summary(line);
        let expected = Tally {
            passed: 4,
            failed: 3,
            skipped: 3,
        };
        assert_eq!(counted, Some(expected));
        assert_eq!(
            nextest_summary("        PASS [   0.005s] xtask tests::x"),
            None
        );
    }

    #[test]
    fn a_summary_of_cargo_itself_is_counted() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 7 filtered out; finished in 0.00s";
        let expected = Tally {
            passed: 3,
            failed: 1,
            skipped: 2,
        };
        assert_eq!(cargo_summary(line), Some(expected));
        assert_eq!(cargo_summary("test a::b ... ok"), None);
    }
}
