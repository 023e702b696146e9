//! Lines of the form `name: words` in which every character stands for itself.
//!
//! Most blocks consist of nothing else, and a whole YAML parser for three such lines cost more than all the rest of
//! reading a plan. Whatever might mean something to YAML is left to the parser: what is read here is read alike by both.

use std::ops::Range;

use super::{Field, Value, folded};

/// More lines than anybody writes by hand, and far fewer than [`super::NODES`].
const LINES: usize = 100;

/// Words that YAML takes for something else than themselves, as a key or as a value.
const WORDS: [&str; 3] = ["null", "true", "false"];

/// The fields of the bytes `within` of a file; `None` if that is for the parser to say.
pub(super) fn fields(file: &str, within: Range<usize>) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    let mut at = within.start;
    for (number, line) in file[within].split_inclusive('\n').enumerate() {
        let said = line.strip_suffix('\n').unwrap_or(line);
        let said = said.strip_suffix('\r').unwrap_or(said);
        if !said.is_empty() {
            let field = field(said, at)?;
            if number >= LINES || fields.iter().any(|other| other.key == field.key) {
                return None;
            }
            fields.push(field);
        }
        at += line.len();
    }
    Some(fields)
}

/// The line's field; `at` is where the line begins.
fn field(line: &str, at: usize) -> Option<Field> {
    let (key, rest) = line.split_once(": ")?;
    let value = rest.trim_matches(' ');
    let is_key = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || one == b'_');
    let is_value = value.starts_with(|first: char| first.is_ascii_alphanumeric())
        && value
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || b" _-./".contains(&one));
    let means_more = |word: &str| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known));
    if !is_key || !is_value || means_more(key) || means_more(value) {
        return None;
    }
    let begins = at + line.len() - rest.trim_start_matches(' ').len();
    Some(Field {
        key: folded(key),
        key_bytes: at..at + key.len(),
        value: Value::Text(value.to_owned()),
        value_bytes: begins..begins + value.len(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Mapping;
    use super::*;

    #[test]
    fn what_every_block_says_needs_no_parser() {
        let file = "before\nid: A-1\r\n\nStatus:   in progress  \ndue_date: 2026-11-21";
        let fields = fields(file, 7..file.len()).unwrap();
        let said: Vec<_> = fields
            .iter()
            .map(|field| {
                let bytes = (
                    &file[field.key_bytes.clone()],
                    &file[field.value_bytes.clone()],
                );
                (field.key.as_str(), bytes)
            })
            .collect();
        let expected = [
            ("id", ("id", "A-1")),
            ("status", ("Status", "in progress")),
            ("due_date", ("due_date", "2026-11-21")),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_may_mean_more_is_left_to_the_parser() {
        let lines = [
            " a: b",
            "a : b",
            "a:\tb",
            "a:b",
            "a:",
            "a: ",
            "a: b # c",
            "a: b: c",
            "a: 'b'",
            "a: [b]",
            "a: {b: c}",
            "a: &x b",
            "a: *x",
            "a: !x b",
            "a: |",
            "a: >",
            "a: @b",
            "a: -b",
            "a: - b",
            "a: ~",
            "a: null",
            "a: Null",
            "a: FALSE",
            "true: a",
            "null: a",
            "- a: b",
            "? a",
            "<<: a",
            "'a': b",
            "1: a",
            "a: ü",
            "a: b\u{2028}c",
            "# a: b",
            "---",
            "...",
            "a: b\nA: c",
            "a: b\na: b",
            "a: b\rc: d",
        ];
        for line in lines {
            assert_eq!(fields(line, 0..line.len()), None, "{line:?}");
        }
        let many: Vec<String> = (0..=LINES).map(|at| format!("k{at}: v\n")).collect();
        let many = many.concat();
        assert_eq!(fields(&many, 0..many.len()), None);
    }

    /// Lines as they are in files, and lines of the characters that YAML knows.
    fn line() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            "[a-zA-Z0-9 _./-]{0,8}",
            "[-+.0-9eExXoOabf_]{1,9}",
            "(?i)(null|true|false|yes|no|on|off|y|n|inf|nan|\\.inf|~)",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}/[0-9]{2})?",
            "[-:#'\"\\[\\]{}&*!|>%@, a\t\r]{0,6}",
            "[0-9]{18,40}",
        ];
        let key = prop_oneof![8 => "[a-zA-Z][a-zA-Z0-9_]{0,4}", 1 => word.clone()];
        let between = prop_oneof![8 => Just(": "), 1 => Just(":  "), 1 => Just(":"), 1 => Just("")];
        let end = prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just(" \n"), 1 => Just("")];
        (key, between, word, end)
            .prop_map(|(key, between, word, end)| format!("{key}{between}{word}{end}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn it_is_what_the_parser_reads(lines in prop::collection::vec(line(), 0..5)) {
            let file = format!("before\n{}", lines.concat());
            if let Some(fields) = fields(&file, 7..file.len()) {
                let parsed = Mapping::parsed(&file, 7..file.len());
                prop_assert_eq!(parsed, Ok(Mapping { fields, is_flow: false }));
            }
        }
    }
}
