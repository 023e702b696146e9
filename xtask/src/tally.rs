//! Counts of what passed and failed, summed over every runner; the last line of `test` and `ci` is made here.

use std::process::ExitCode;

use anyhow::Result;

/// What one runner, or all of them together, saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    pub const PASS: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub const SKIP: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };
    pub const FAIL: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };

    /// One check that either held or did not.
    pub fn of(held: bool) -> Self {
        if held { Self::PASS } else { Self::FAIL }
    }

    /// What a runner counted; one that could not even run says why, and is one failure.
    pub fn or_failure(counted: Result<Self>) -> Self {
        counted.unwrap_or_else(|fault| {
            println!("{fault:#}");
            Self::FAIL
        })
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    /// Prints the plain count alone on a line and turns it into the exit code.
    /// Nothing counted at all is a failure: a gate that ran nothing has shown nothing.
    pub fn close(self) -> ExitCode {
        println!("{self}");
        if self.failed == 0 && self.passed > 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_plain_and_names_skipped_only_when_there_are_some() {
        let both = Tally::PASS.plus(Tally::FAIL);
        assert_eq!(both.to_string(), "1 passed, 1 failed");
        let skipped = Tally { skipped: 2, ..both };
        assert_eq!(skipped.to_string(), "1 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn a_runner_that_cannot_run_is_a_failure_and_hides_no_other() {
        let broken = Tally::or_failure(Err(anyhow::anyhow!("no network")));
        assert_eq!(
            broken.plus(Tally::or_failure(Ok(Tally::PASS))).to_string(),
            "1 passed, 1 failed"
        );
    }
}
