//! The corpus, and how two texts differ.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use bellboard_core::work::{Format, Plan, Reading, read_file};

static CORPUS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/work/corpus");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort();
    files
});

/// Every file of the corpus by its path in a repository, sorted.
pub fn corpus() -> &'static [(String, Vec<u8>)] {
    &CORPUS
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            let name = name.to_str().expect("UTF-8").replace('\\', "/");
            files.push((name, fs::read(&path).expect("a file of the corpus")));
        }
    }
}

/// What is said of a file whose path has a format.
pub fn reading(path: &str, bytes: &[u8]) -> Reading {
    assert!(Format::of(path).is_some(), "{path}");
    read_file(path, bytes).expect("its path has a format")
}

/// The files of the corpus that hold plans, as text.
pub fn plans() -> Vec<(&'static str, &'static str, Plan)> {
    let files = corpus().iter().filter_map(|(path, bytes)| {
        let plan = reading(path, bytes).plan?;
        let text = std::str::from_utf8(bytes).expect("a plan is UTF-8");
        Some((path.as_str(), text, plan))
    });
    files.collect()
}

/// The lines of `before` that went, those of `after` that came in their place, and the line where.
pub struct Change {
    pub line: usize,
    pub went: Vec<String>,
    pub came: Vec<String>,
}

/// The smallest run of lines in which two texts differ.
pub fn change(before: &str, after: &str) -> Change {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tails = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = tails.take_while(|(a, b)| a == b).count();
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    Change {
        line: head + 1,
        went: owned(&old[head..old.len() - tail]),
        came: owned(&new[head..new.len() - tail]),
    }
}
