//! `cargo xtask test`: the whole suite, and the plain count that closes it.

use std::process::ExitCode;

use anyhow::Result;

use crate::postgres::{self, Postgres};
use crate::shell::{self, cargo, step, watch};
use crate::tally::Tally;
use crate::tools;

pub fn run(filter: &[String]) -> Result<ExitCode> {
    Ok(suite(filter)?.close())
}

/// Runs every test whose name holds one of the filters; all of them when there is none.
pub fn suite(filter: &[String]) -> Result<Tally> {
    tools::ready()?;
    let postgres = Postgres::start()?;
    step("tests");
    let mut command = cargo(&["nextest", "run", "--workspace", "--color", "never"]);
    command
        .args(filter)
        .env(postgres::VARIABLE, postgres.url())
        .env("BELLBOARD_TOOLS", shell::tools())
        .env("CHROMIUM", tools::CHROMIUM)
        .env("CHROMEDRIVER", tools::CHROMEDRIVER);
    let mut seen = None;
    let held = watch(&mut command, |line| seen = nextest_summary(line).or(seen))?;
    let counted = seen.unwrap_or_default();
    // A suite that did not compile, or was stopped, has no summary or no failed test in it: that is one failure.
    Ok(if held || counted.failed > 0 {
        counted
    } else {
        counted.plus(Tally::FAIL)
    })
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
}
