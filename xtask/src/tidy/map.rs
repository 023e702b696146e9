//! ARCHITECTURE.md's code map: made from the tree and from the first sentence of each module's own words, so that it
//! cannot tell something else than the code. `cargo xtask map` writes it, tidy compares.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::tree::{File, Tree, has_extension};
use crate::shell::root;

const DOCUMENT: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- code map: written by `cargo xtask map` -->\n";
const END: &str = "<!-- end of the code map -->";
/// The folders whose files are listed one by one; what lies deeper is listed by folder.
const ROOTS: [&str; 6] = [
    "crates/bellboard-core/src",
    "crates/bellboard-hub/src",
    "crates/bellboard-server/src",
    "crates/bellboard-server/examples/bench",
    "crates/bellboard/src",
    "xtask/src",
];

pub fn run() -> Result<ExitCode> {
    let tree = Tree::read()?;
    let document = tree.find(DOCUMENT).context("there is no ARCHITECTURE.md")?;
    let (before, _, after) =
        cut(&document.text).context("ARCHITECTURE.md has no place for the code map")?;
    std::fs::write(
        root().join(DOCUMENT),
        format!("{before}{}{after}", draw(&tree)),
    )?;
    Ok(ExitCode::SUCCESS)
}

pub fn check(tree: &Tree) -> Vec<String> {
    let map = tree
        .find(DOCUMENT)
        .and_then(|document| cut(&document.text))
        .map(|(_, map, _)| map);
    match map {
        Some(map) if map == draw(tree) => Vec::new(),
        Some(_) => vec![format!(
            "{DOCUMENT}: the code map is not that of the tree; run `cargo xtask map`"
        )],
        None => vec![format!("{DOCUMENT}: no code map")],
    }
}

/// What stands before the map, the map, and what stands after.
fn cut(document: &str) -> Option<(&str, &str, &str)> {
    let from = document.find(BEGIN)? + BEGIN.len();
    let to = from + document[from..].find(END)?;
    Some((&document[..from], &document[from..to], &document[to..]))
}

fn draw(tree: &Tree) -> String {
    let mut map = String::new();
    for folder in ROOTS {
        let entries = entries(tree, folder);
        let width = entries.keys().map(String::len).max().unwrap_or(0);
        let _infallible = writeln!(map, "\n`{folder}`\n\n```text");
        for (name, words) in entries {
            let _infallible = writeln!(map, "{name:width$}  {words}");
        }
        map.push_str("```\n");
    }
    map.push('\n');
    map
}

/// The files that lie directly in the folder, and every folder below it, each with what it says of itself.
fn entries(tree: &Tree, root: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for file in tree.rust() {
        let Some(path) = file
            .path
            .strip_prefix(root)
            .and_then(|path| path.strip_prefix('/'))
        else {
            continue;
        };
        match path.rsplit_once('/') {
            None => entries.insert(path.to_owned(), first_sentence(file)),
            Some((folder, "mod.rs")) => entries.insert(format!("{folder}/"), first_sentence(file)),
            Some((folder, _)) => {
                let declared = tree
                    .find(&format!("{root}/{folder}.rs"))
                    .map_or_else(String::new, first_sentence);
                entries.entry(format!("{folder}/")).or_insert(declared);
                None
            }
        };
    }
    for file in tree
        .files
        .iter()
        .filter(|file| !has_extension(&file.path, "rs"))
    {
        let path = file
            .path
            .strip_prefix(root)
            .and_then(|path| path.strip_prefix('/'));
        if let Some((folder, _)) = path.and_then(|path| path.rsplit_once('/')) {
            entries.entry(format!("{folder}/")).or_default();
        }
    }
    entries
}

/// The first sentence of the module's own words, on one line.
fn first_sentence(file: &File) -> String {
    let lines = file.text.lines().map_while(|line| line.strip_prefix("//!"));
    let paragraph: Vec<&str> = lines
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let words = paragraph.join(" ");
    let sentence = words.split(". ").next().unwrap_or_default();
    sentence.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(map: &str) -> Tree {
        let files = [
            (DOCUMENT, format!("# A\n{BEGIN}{map}{END}\nmore\n")),
            (
                "xtask/src/main.rs",
                "//! The toolbox: all of it.\n".to_owned(),
            ),
            (
                "xtask/src/tidy/mod.rs",
                "//! The rules of\n//! the house. They bind.\n".to_owned(),
            ),
            ("xtask/src/tidy/map.rs", "//! The map.\n".to_owned()),
            ("xtask/src/static/a.css", String::new()),
        ];
        Tree::of(files.map(|(path, text)| (path.into(), text)))
    }

    #[test]
    fn the_map_names_files_and_folders_with_their_own_words() {
        let drawn = draw(&tree(""));
        assert!(drawn.ends_with("`xtask/src`\n\n```text\nmain.rs  The toolbox: all of it\nstatic/  \ntidy/    The rules of the house\n```\n\n"), "{drawn}");
    }

    #[test]
    fn a_map_of_another_tree_is_found() {
        let drawn = draw(&tree(""));
        assert!(check(&tree(&drawn)).is_empty());
        assert_eq!(check(&tree(&drawn.replace("tidy/", "neat/"))).len(), 1);
    }
}
