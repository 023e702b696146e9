//! Small habits: every file says why it exists, nothing is put off without a reason, nothing names one machine.

use std::path::Path;

use super::lexer::Kind;
use super::tree::{Tree, has_extension};
use crate::shell::root;

pub fn module_docs(tree: &Tree) -> Vec<String> {
    let bare = tree.rust().filter(|file| !file.text.starts_with("//!"));
    bare.map(|file| {
        format!(
            "{}:1: starts without `//!` words that say why the file exists",
            file.path
        )
    })
    .collect()
}

/// A `TODO` gives its reason on the same line, and an ignored test too.
pub fn nothing_put_off(tree: &Tree) -> Vec<String> {
    let sources = ["rs", "js", "css", "html", "sql", "py", "toml"];
    let files = tree
        .files
        .iter()
        .filter(|file| sources.iter().any(|kind| has_extension(&file.path, kind)));
    let own = files.filter(|file| !file.path.starts_with("xtask/src/tidy/"));
    let found = own.flat_map(|file| {
        let lines = file.text.lines().enumerate();
        let bad = lines.filter(|(_, line)| is_put_off(line));
        bad.map(|(at, _)| format!("{}:{}: put off without a reason", file.path, at + 1))
            .collect::<Vec<_>>()
    });
    found.collect()
}

fn is_put_off(line: &str) -> bool {
    const REASON_WORDS: usize = 3;
    let is_part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    let marked = ["TODO", "FIXME", "XXX"]
        .iter()
        .find_map(|mark| line.split_once(mark));
    let put_off = marked.is_some_and(|(before, reason)| {
        let is_word =
            !before.ends_with(is_part_of_a_name) && !reason.starts_with(is_part_of_a_name);
        is_word
            && reason
                .split_whitespace()
                .filter(|word| word.len() > 1)
                .count()
                < REASON_WORDS
    });
    put_off || line.trim() == "#[ignore]"
}

/// Folders that stand in paths on every machine.
const EVERYBODYS: [&str; 6] = ["/", "/tmp", "/var/tmp", "/home", "/opt", "/srv"];

/// No path of this machine and no host of a package mirror: whoever clones the repository has neither.
pub fn no_machine(tree: &Tree) -> Vec<String> {
    let own = root().parent().map(|folder| folder.display().to_string());
    let folders = [own, std::env::var("HOME").ok()].into_iter().flatten();
    let own = folders.filter(|folder| !EVERYBODYS.contains(&folder.as_str()));
    let mut names: Vec<String> = own.map(|folder| format!("{folder}/")).collect();
    // Put together here, so that this file does not name one either.
    names.extend([
        ["arti", "factory"].concat(),
        ["registry", "npmjs", "org"].join("."),
    ]);
    named_machines(tree, &names)
}

fn named_machines(tree: &Tree, names: &[String]) -> Vec<String> {
    let own = ["xtask/src/tidy/house.rs", "Cargo.lock"];
    let files = tree
        .files
        .iter()
        .filter(|file| !own.contains(&file.path.as_str()));
    let found = files.flat_map(|file| {
        let lines = file.text.lines().enumerate();
        let bad = lines.filter_map(|(at, line)| {
            let name = names.iter().find(|name| stands_alone(line, name))?;
            let line = at + 1;
            Some(format!("{}:{line}: names one machine: `{name}`", file.path))
        });
        bad.collect::<Vec<_>>()
    });
    found.collect()
}

/// Whether the name stands in the line as the beginning of a path, not as the middle of one.
fn stands_alone(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || ".}_-".contains(c)))
}

/// The rules are pure: the same facts give the same answer, so they reach for nothing outside.
pub fn pure_core(tree: &Tree) -> Vec<String> {
    const OUTSIDE: [&str; 6] = ["fs", "net", "process", "thread", "env", "io"];
    let rules = tree
        .product()
        .filter(|file| Path::new(&file.path).starts_with("crates/bellboard-core/src"));
    let found = rules.flat_map(|file| {
        let code: Vec<_> = file
            .code()
            .into_iter()
            .filter(|token| matches!(token.kind, Kind::Word | Kind::Other))
            .collect();
        let bad = code.windows(4).filter(|four| {
            let reaches = four[0].is("std")
                && four[1].is(":")
                && four[2].is(":")
                && OUTSIDE.contains(&four[3].text);
            reaches || (four[0].is("async") && (four[1].is("fn") || four[1].is("move")))
        });
        bad.map(|four| {
            format!(
                "{}:{}: core is pure; this reaches outside",
                file.path, four[0].line
            )
        })
        .collect::<Vec<_>>()
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(path: &str, text: &str) -> Tree {
        Tree::of([(path.into(), text.into())])
    }

    #[test]
    fn a_file_says_why_it_exists() {
        assert_eq!(
            module_docs(&tree("crates/x/src/a.rs", "fn a() {}")).len(),
            1
        );
        assert!(module_docs(&tree("crates/x/src/a.rs", "//! Why.\nfn a() {}")).is_empty());
    }

    #[test]
    fn what_is_put_off_has_a_reason() {
        assert!(is_put_off("// TODO"));
        assert!(is_put_off("// FIXME: later"));
        assert!(!is_put_off(
            "// TODO: when the second engine can do lateral reads"
        ));
        assert!(!is_put_off("let mastodons = TODOS;"));
        assert!(is_put_off("    #[ignore]"));
        assert!(!is_put_off("    #[ignore = \"needs two hosts\"]"));
    }

    #[test]
    fn a_machine_is_named_by_an_absolute_path_only() {
        let found = |line: &str| named_machines(&tree("README.md", line), &["/mine/".into()]).len();
        assert_eq!(found("see /mine/x"), 1);
        assert_eq!(found("GET {base}/mine/x, templates/mine/x"), 0);
        assert_eq!(
            no_machine(&tree("README.md", "https://host/artifactory/x")).len(),
            1
        );
    }

    #[test]
    fn core_reaches_for_nothing_outside() {
        let path = "crates/bellboard-core/src/a.rs";
        assert_eq!(pure_core(&tree(path, "use std::fs;\n")).len(), 1);
        assert_eq!(pure_core(&tree(path, "pub async fn a() {}")).len(), 1);
        assert!(
            pure_core(&tree(
                path,
                "use std::fmt::Display; use std::collections::BTreeMap;"
            ))
            .is_empty()
        );
    }
}
