//! Counts of what passed and failed, summed over every runner; the last line of `test` and `ci` is made here.

use std::process::ExitCode;

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
}
