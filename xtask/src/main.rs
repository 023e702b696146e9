//! The only toolbox of the repository: `cargo xtask COMMAND`.
//!
//! Everything that a person or the CI does to the repository, beyond running the product, is a command here, so that
//! there is one place to look and nothing to install by hand.

mod bench;
mod browser;
mod bucket;
mod ci;
mod deny;
mod openapi;
mod pictures;
mod postgres;
mod shell;
mod tally;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use tally::Tally;

const HELP: &str = "cargo xtask COMMAND

  test [FILTER]     the whole test suite on both database engines; FILTER is part of a test's name
  ci                formatting, lints, house rules, dependencies, then the same tests
  tidy              the house rules alone
  deny              licences, banned crates, sources, advisories
  map               writes ARCHITECTURE.md's code map
  openapi [--check] writes docs/openapi.json from the table of verbs, or compares it
  pictures          takes docs/pictures from a hub with the living demo
  bench [ARGS]      the figures of speed and size, one line each
  tools             installs what the tests need beside Rust
  postgres          keeps a PostgreSQL for tests running until Ctrl-C
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let ended = match command {
        "test" => Ok(test::run(rest)),
        "ci" => Ok(ci::run()),
        "tidy" => tidy::run(),
        "deny" => deny::check().map(Tally::close),
        "map" => tidy::map::run(),
        "openapi" => openapi::run(rest),
        "pictures" => pictures::run(),
        "bench" => bench::run(rest),
        "tools" => tools::ready().map(|()| ExitCode::SUCCESS),
        "postgres" => postgres::run(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        unknown => {
            eprint!("xtask does not know `{unknown}`.\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("xtask {command}: {fault:#}");
            ExitCode::FAILURE
        }
    }
}
