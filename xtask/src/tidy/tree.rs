//! The repository as tidy sees it: every text file that git tracks or would track, and every Rust file cut into tokens,
//! with the lines known that are tests.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::lexer::{Kind, Token, tokens};
use crate::shell::{git, output, root};

#[derive(Default)]
pub struct Tree {
    pub files: Vec<File>,
}

/// One text file, its path relative to the root.
pub struct File {
    pub path: String,
    pub text: String,
    /// A whole file of tests: under `tests/`, or declared by a `#[cfg(test)] mod`.
    pub is_test: bool,
}

impl Tree {
    pub fn read() -> Result<Self> {
        let mut list = git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
        let paths: BTreeSet<String> = output(&mut list)?.lines().map(String::from).collect();
        let files = paths.into_iter().filter_map(|path| {
            // What is no text, or was deleted and not yet committed, has no lines to judge.
            let text = std::fs::read_to_string(root().join(&path)).ok()?;
            Some((path, text))
        });
        Ok(Self::of(files))
    }

    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            let is_test = path
                .split('/')
                .any(|part| part == "tests" || part == "tests.rs");
            tree.files.push(File {
                path,
                text,
                is_test,
            });
        }
        let declared: Vec<String> = tree.rust().flat_map(declared_test_modules).collect();
        for file in &mut tree.files {
            file.is_test |= declared.iter().any(|module| {
                file.path
                    .strip_prefix(module.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
        }
        tree
    }

    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files
            .iter()
            .filter(|file| has_extension(&file.path, "rs"))
    }

    /// The Rust files of the product: the four crates, without their files of tests.
    pub fn product(&self) -> impl Iterator<Item = &File> {
        self.rust()
            .filter(|file| file.path.starts_with("crates/") && !file.is_test)
    }

    pub fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

impl File {
    /// The tokens that are not tests.
    pub fn code(&self) -> Vec<Token<'_>> {
        if self.is_test {
            return Vec::new();
        }
        let tokens = tokens(&self.text);
        let tests = test_spans(&tokens);
        let inside = |line| {
            tests
                .iter()
                .any(|&(first, last)| (first..=last).contains(&line))
        };
        tokens
            .into_iter()
            .filter(|token| !inside(token.line))
            .collect()
    }

    /// How many lines hold more than a comment: of the code, and of the tests.
    pub fn statements(&self) -> (usize, usize) {
        let tokens = tokens(&self.text);
        let tests = test_spans(&tokens);
        let said = tokens.iter().filter(|token| token.kind != Kind::Comment);
        let lines: BTreeSet<usize> = said
            .flat_map(|token| token.line..=token.line + token.text.matches('\n').count())
            .collect();
        let is_test = |line: &&usize| {
            self.is_test
                || tests
                    .iter()
                    .any(|(first, last)| (first..=last).contains(line))
        };
        let tested = lines.iter().filter(is_test).count();
        (lines.len() - tested, tested)
    }

    /// How many lines are code, and how many are tests.
    pub fn lines(&self) -> (usize, usize) {
        let all = self.text.lines().count();
        if self.is_test {
            return (0, all);
        }
        let tests = test_spans(&tokens(&self.text));
        let tests: usize = tests.iter().map(|(first, last)| last - first + 1).sum();
        (all - tests, tests)
    }
}

/// The first and last line of each item under `#[cfg(test)]`.
fn test_spans(tokens: &[Token<'_>]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_marked = is_test_mark(&tokens[at..]);
        let is_inside = spans.last().is_some_and(|&(_, last)| token.line <= last);
        if is_marked && !is_inside {
            spans.push((token.line, item_end(&tokens[at..])));
        }
    }
    spans
}

fn is_test_mark(tokens: &[Token<'_>]) -> bool {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    tokens.len() >= mark.len()
        && mark
            .iter()
            .zip(tokens)
            .all(|(text, token)| token.text == *text)
}

/// The last line of the item that starts with these tokens: at its semicolon, or where its first brace closes.
pub fn item_end(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    let mut last = 0;
    for token in tokens.iter().filter(|token| token.kind == Kind::Other) {
        last = token.line;
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            ";" if depth == 0 => break,
            _ => {}
        }
    }
    last
}

/// The paths, without `.rs`, of the modules that this file declares under `#[cfg(test)]` with a semicolon.
fn declared_test_modules(file: &File) -> Vec<String> {
    let tokens = tokens(&file.text);
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let home = match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        _ => file.path.trim_end_matches(".rs").to_owned(),
    };
    let starts = (0..tokens.len()).filter(|&at| is_test_mark(&tokens[at..]));
    let modules = starts.filter_map(|at| {
        let after = &tokens[at + 7..];
        let module = after.iter().position(|token| token.is("mod"))?;
        let is_declared = module <= 4 && after.get(module + 2)?.is(";");
        is_declared.then(|| format!("{home}/{}", after[module + 1].text))
    });
    modules.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree::of(
            files
                .iter()
                .map(|(path, text)| ((*path).into(), (*text).into())),
        )
    }

    #[test]
    fn a_test_module_ends_where_its_brace_closes() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { \"}\" }\n}\nfn c() {}\n";
        let tree = tree(&[("crates/x/src/lib.rs", text)]);
        assert_eq!(tree.files[0].lines(), (2, 4));
        assert_eq!(tree.files[0].statements(), (2, 4));
        let words: Vec<&str> = tree.files[0]
            .code()
            .iter()
            .map(|token| token.text)
            .collect();
        assert!(words.contains(&"c") && !words.contains(&"b"));
    }

    #[test]
    fn comments_and_empty_lines_say_nothing_and_long_strings_say_much() {
        let text = "//! Why.\n\nfn a() {\n    // Because.\n    b(\"select\n from\")\n}\n";
        assert_eq!(
            tree(&[("crates/x/src/lib.rs", text)]).files[0].statements(),
            (4, 0)
        );
        assert_eq!(
            tree(&[("crates/x/tests/a.rs", text)]).files[0].statements(),
            (0, 4)
        );
    }

    #[test]
    fn a_module_declared_for_tests_is_a_file_of_tests() {
        let tree = tree(&[
            (
                "crates/x/src/run/mod.rs",
                "#[cfg(test)]\npub(crate) mod fixture;\nmod store;\n",
            ),
            ("crates/x/src/run/fixture.rs", "fn a() {}\n"),
            ("crates/x/src/run/store.rs", "fn a() {}\n"),
            ("crates/x/tests/all.rs", "fn a() {}\n"),
        ]);
        let tests: Vec<bool> = tree.files.iter().map(|file| file.is_test).collect();
        assert_eq!(tests, [false, true, false, true]);
        assert_eq!(tree.files[0].lines(), (1, 2));
    }
}
