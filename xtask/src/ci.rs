//! `cargo xtask ci`: everything that must hold before a change lands. Each gate is one check in the closing count,
//! and a gate that fails does not hide the next.

use std::process::ExitCode;

use crate::shell::{cargo, step, succeeds};
use crate::tally::Tally;
use crate::{deny, test, tidy};

pub fn run() -> ExitCode {
    let mut tally = Tally::default();
    for (name, arguments) in GATES {
        step(name);
        tally = tally.plus(Tally::or_failure(
            succeeds(&mut cargo(arguments)).map(Tally::of),
        ));
    }
    step("house rules");
    tally = tally.plus(Tally::or_failure(tidy::check()));
    step("dependencies");
    tally = tally.plus(Tally::or_failure(deny::check()));
    tally = tally.plus(Tally::or_failure(test::suite(&[])));
    tally.close()
}

const GATES: [(&str, &[&str]); 3] = [
    ("formatting", &["fmt", "--all", "--check"]),
    (
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ],
    ),
    (
        "lints of the build with S3",
        &[
            "clippy",
            "--package",
            "bellboard-hub",
            "--features",
            "s3",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ],
    ),
];
