//! Limits on length: a file is one idea, a function one sentence, and the tests are worth most of the code.

use super::lexer::Kind;
use super::tree::{File, Tree, item_end};

const FILE_LINES: usize = 400;
const FILE_LINES_MEDIAN: usize = 160;
const FUNCTION_LINES: usize = 70;
/// Tests have at least four lines for five of code.
const TESTS_PER_CODE: (usize, usize) = (4, 5);

pub fn files(tree: &Tree) -> Vec<String> {
    let long = tree.rust().filter(|file| file.lines().0 > FILE_LINES);
    long.map(|file| {
        format!(
            "{}: {} lines of code; {FILE_LINES} at most",
            file.path,
            file.lines().0
        )
    })
    .collect()
}

pub fn functions(tree: &Tree) -> Vec<String> {
    tree.rust().flat_map(long_functions).collect()
}

fn long_functions(file: &File) -> Vec<String> {
    let tokens = super::lexer::tokens(&file.text);
    let mut found = Vec::new();
    for at in 0..tokens.len().saturating_sub(1) {
        let (keyword, name) = (&tokens[at], &tokens[at + 1]);
        if !keyword.is("fn") || name.kind != Kind::Word {
            continue;
        }
        let lines = item_end(&tokens[at..]) - keyword.line + 1;
        if lines > FUNCTION_LINES {
            found.push(format!(
                "{}:{}: `{}` takes {lines} lines; {FUNCTION_LINES} at most",
                file.path, keyword.line, name.text
            ));
        }
    }
    found
}

pub fn median(tree: &Tree) -> Vec<String> {
    let lines = median_lines(tree);
    println!("   median file: {lines} lines of code");
    if lines <= FILE_LINES_MEDIAN {
        return Vec::new();
    }
    vec![format!(
        "the median file has {lines} lines of code; {FILE_LINES_MEDIAN} at most"
    )]
}

fn median_lines(tree: &Tree) -> usize {
    let mut lines: Vec<usize> = tree
        .rust()
        .filter(|file| !file.is_test)
        .map(|file| file.lines().0)
        .collect();
    lines.sort_unstable();
    lines.get(lines.len() / 2).copied().unwrap_or(0)
}

/// Counts the product and its tests by the lines that say something: a comment tests nothing, and nothing tests it.
/// What measures the product is neither.
pub fn tests(tree: &Tree) -> Vec<String> {
    let is_product = |path: &str| path.starts_with("crates/") && !path.contains("/examples/");
    let product = tree.rust().filter(|file| is_product(&file.path));
    let (code, tests) = product
        .map(File::statements)
        .fold((0, 0), |sum, file| (sum.0 + file.0, sum.1 + file.1));
    println!("   {code} lines of code, {tests} lines of tests");
    if tests * TESTS_PER_CODE.1 >= code * TESTS_PER_CODE.0 {
        return Vec::new();
    }
    let wanted = code * TESTS_PER_CODE.0 / TESTS_PER_CODE.1;
    vec![format!(
        "{tests} lines of tests for {code} of code; {wanted} at least"
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: String) -> Tree {
        Tree::of([("crates/x/src/a.rs".into(), text)])
    }

    #[test]
    fn a_file_may_have_four_hundred_lines_and_any_number_of_tests() {
        let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &"//\n".repeat(500) + "}\n";
        assert!(files(&tree("//\n".repeat(400) + &tests)).is_empty());
        assert_eq!(files(&tree("//\n".repeat(401) + &tests)).len(), 1);
    }

    #[test]
    fn a_function_is_measured_from_its_name_to_its_closing_brace() {
        let function = |body: usize| {
            format!(
                "fn long<T>(\n    a: T,\n) {{\n{}}}\n",
                "    { \"{\"; }\n".repeat(body)
            )
        };
        assert!(functions(&tree(function(66))).is_empty());
        let complaint = functions(&tree(function(67)));
        assert_eq!(
            complaint,
            ["crates/x/src/a.rs:1: `long` takes 71 lines; 70 at most"]
        );
    }

    #[test]
    fn few_tests_are_too_few() {
        let tests = |lines: usize| {
            "a();\n".repeat(10) + "#[cfg(test)]\nmod t {\n" + &"b();\n".repeat(lines) + "}\n"
        };
        assert!(super::tests(&tree(tests(5))).is_empty());
        assert_eq!(
            super::tests(&tree(tests(4))),
            ["7 lines of tests for 10 of code; 8 at least"]
        );
    }
}
