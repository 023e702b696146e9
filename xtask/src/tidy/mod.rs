//! The house rules that no lint knows, read off the tree. Each rule gives its complaints, with file and line where it can.

mod crates;
mod house;
mod length;
mod lexer;
pub mod map;
mod sql;
mod tree;
mod words;

use std::process::ExitCode;

use anyhow::Result;

use crate::tally::Tally;
use tree::Tree;

type Rule = (&'static str, fn(&Tree) -> Vec<String>);

const RULES: [Rule; 12] = [
    ("a file has at most 400 lines of code", length::files),
    ("a function has at most 70 lines", length::functions),
    (
        "the median file has at most 160 lines of code",
        length::median,
    ),
    (
        "there are 0.8 lines of tests for each line of code",
        length::tests,
    ),
    ("SQL stands in store.rs and db/ only", sql::places),
    ("one statement changes how a run ended", sql::one_transition),
    (
        "no name uses a word that the glossary refuses",
        words::names,
    ),
    ("ARCHITECTURE.md's code map is the tree", map::check),
    ("every Rust file says why it exists", house::module_docs),
    (
        "nothing is put off without a reason",
        house::nothing_put_off,
    ),
    ("no file names one machine", house::no_machine),
    ("core reaches for nothing outside", house::pure_core),
];

pub fn run() -> Result<ExitCode> {
    Ok(check()?.close())
}

/// Applies every rule, prints what breaks one, and counts the rules that hold.
pub fn check() -> Result<Tally> {
    let tree = Tree::read()?;
    let mut tally = Tally::default();
    for (rule, complaints) in RULES {
        tally = tally.plus(report(rule, &complaints(&tree)));
    }
    tally = tally.plus(report(
        "each crate keeps to its layer",
        &crates::dependencies()?,
    ));
    Ok(tally.plus(report(
        "the product's tree has at most 400 packages",
        &crates::budget()?,
    )))
}

fn report(rule: &str, complaints: &[String]) -> Tally {
    println!("{} {rule}", if complaints.is_empty() { "ok" } else { "NO" });
    for complaint in complaints {
        println!("   {complaint}");
    }
    Tally::of(complaints.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let tally = check().expect("the rules can be applied");
        assert_eq!(
            tally.failed, 0,
            "the rules that do not hold are printed above"
        );
    }
}
