//! One noun per idea: the words that the glossary says never to use are absent from the names in the code.

use std::collections::BTreeSet;

use super::lexer::{Kind, Token};
use super::tree::{File, Tree};

const GLOSSARY: &str = "docs/glossary.md";

/// Names that hold such a word because somebody else chose it.
const ALLOWED: [(&str, &str); 3] = [
    ("Tenants", "the count key `tenants` of the requirements"),
    ("tenants", "the count key `tenants` of the requirements"),
    ("user_agent", "the name of an HTTP header"),
];

pub fn names(tree: &Tree) -> Vec<String> {
    let Some(glossary) = tree.find(GLOSSARY) else {
        return vec![format!("{GLOSSARY} is missing")];
    };
    let never = never_words(&glossary.text);
    if never.is_empty() {
        return vec![format!("{GLOSSARY}: no table with a column `never`")];
    }
    tree.product()
        .flat_map(|file| bad_names(file, &never))
        .collect()
}

fn bad_names(file: &File, never: &BTreeSet<String>) -> Vec<String> {
    let tokens: Vec<Token<'_>> = file
        .code()
        .into_iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect();
    let declared = (0..tokens.len()).filter(|&at| is_declared(&tokens, at));
    let bad = declared.filter_map(|at| {
        let name = tokens[at].text;
        if ALLOWED.iter().any(|(allowed, _)| *allowed == name) {
            return None;
        }
        let word = parts(name)
            .into_iter()
            .find(|part| never.contains(part) || never.contains(part.trim_end_matches('s')))?;
        Some(format!(
            "{}:{}: `{name}`: the glossary never says `{word}`",
            file.path, tokens[at].line
        ))
    });
    bad.collect()
}

/// Whether the word here is being given as a name: after a keyword that declares, or before the colon of a field or parameter.
fn is_declared(tokens: &[Token<'_>], at: usize) -> bool {
    const KEYWORDS: [&str; 9] = [
        "struct", "enum", "trait", "type", "fn", "mod", "const", "static", "let",
    ];
    if tokens[at].kind != Kind::Word {
        return false;
    }
    let before = |distance: usize| at.checked_sub(distance).map_or("", |at| tokens[at].text);
    let after = |distance: usize| tokens.get(at + distance).map_or("", |token| token.text);
    let is_field = after(1) == ":" && after(2) != ":" && before(1) != ":";
    let is_named = KEYWORDS.contains(&before(1)) || (before(1) == "mut" && before(2) == "let");
    is_field || is_named
}

/// The words of a name, in lower case: `RunView` and `run_view` are both `run`, `view`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            parts.push(String::new());
        }
        if c != '_' {
            parts
                .last_mut()
                .expect("there is always a last part")
                .extend(c.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The column `never` of the glossary's table, its words apart.
fn never_words(glossary: &str) -> BTreeSet<String> {
    let cells = |row: &str| {
        row.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_lowercase())
            .collect::<Vec<_>>()
    };
    let mut rows = glossary
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(cells);
    let column = rows.find_map(|row| row.iter().position(|cell| cell == "never"));
    let Some(column) = column else {
        return BTreeSet::new();
    };
    let words = rows
        .filter_map(|row| row.get(column).cloned())
        .flat_map(|cell| {
            cell.split(',')
                .map(|word| word.trim().to_owned())
                .collect::<Vec<_>>()
        });
    words
        .filter(|word| word.chars().all(char::is_alphabetic) && !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| word | means | never |\n|---|---|---|\n| run | work | job, operation |\n| person | who | user |\n";

    fn complaints(code: &str) -> Vec<String> {
        names(&Tree::of([
            (GLOSSARY.into(), TABLE.into()),
            ("crates/x/src/a.rs".into(), code.into()),
        ]))
    }

    #[test]
    fn a_never_word_in_a_name_is_found() {
        assert_eq!(complaints("struct JobView;").len(), 1);
        assert_eq!(
            complaints("fn start(jobs: u8) { let mut user = 1; }").len(),
            2
        );
        assert_eq!(complaints("struct A { user_id: u8 }").len(), 1);
    }

    #[test]
    fn other_names_calls_and_prose_are_free() {
        assert!(complaints("// a job\nfn f() { config.user(\"job\"); std::job::x(); }").is_empty());
        assert!(complaints("struct Tenants; fn jobless() {}").is_empty());
    }

    #[test]
    fn the_table_is_read_by_the_name_of_its_column() {
        let expected = ["job", "operation", "user"].map(String::from);
        assert_eq!(never_words(TABLE), BTreeSet::from(expected));
        assert_eq!(complaints("fn f() {}"), Vec::<String>::new());
    }
}
