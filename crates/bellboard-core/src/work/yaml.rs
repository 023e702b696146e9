//! A small part of YAML, bounded: one mapping whose values are words, lists of words, or nothing that is read.
//!
//! Front matter and task blocks need no more. Aliases, anchors and merge keys are refused, so that no text can grow
//! while it is read; depth and number of nodes are bounded. Values keep the spelling of the file (`1.10` stays `1.10`)
//! and every key and value knows its bytes, because a file is edited in place and never written out again.

mod plain;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::Budget;
use serde_saphyr::{Location, MergeKeyPolicy, Options, Spanned};

use crate::text::sanitise;

/// How deep collections may be nested.
const DEPTH: usize = 8;
/// How many keys and values there may be, all levels together.
const NODES: usize = 2_000;
/// The most characters of the parser's own words that are passed on.
const REASON_CHARACTERS: usize = 160;

/// One mapping of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Its fields, in the order of the file.
    pub fields: Vec<Field>,
    /// Whether it stands between braces.
    pub is_flow: bool,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The key as it is asked for: `Topic-Slug` is `topic_slug`.
    pub key: String,
    /// The bytes of the key in the file.
    pub key_bytes: Range<usize>,
    /// The value.
    pub value: Value,
    /// The bytes of the value in the file, quotation marks included; empty where nothing was written.
    pub value_bytes: Range<usize>,
}

/// What stands after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing, or `null`, or `~`.
    Empty,
    /// A word or a text.
    Text(String),
    /// A list; what is neither word nor text in it is left out.
    List(Vec<String>),
    /// A mapping, which no field that is read may be.
    Mapping,
}

/// Why a text is no such mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct YamlFault {
    /// The byte in the file where it was noticed.
    pub at: usize,
    /// Why, in words for whoever wrote the file.
    pub what: String,
}

impl Mapping {
    /// The field of this name.
    pub fn get(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// Reads the bytes `within` of a file as one mapping. Nothing at all is a mapping without fields.
    pub fn read(file: &str, within: Range<usize>) -> Result<Self, YamlFault> {
        match plain::fields(file, within.clone()) {
            Some(fields) => Ok(Self {
                fields,
                is_flow: false,
            }),
            None => Self::parsed(file, within),
        }
    }

    /// As the YAML parser reads it.
    fn parsed(file: &str, within: Range<usize>) -> Result<Self, YamlFault> {
        let start = within.start;
        let text = &*without_common_tabs(&file[within]);
        if let Some(fault) = tab_as_indent(text) {
            return Err(YamlFault {
                at: start + fault,
                what: "a tab indents this line, and YAML takes only spaces there".to_owned(),
            });
        }
        let raw: Raw = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
            let error = error.without_snippet();
            YamlFault {
                at: start + error.location().map_or(0, |at| byte_of(text, at)),
                what: reason(error),
            }
        })?;
        let fields = raw.0.into_iter();
        let fields = fields.map(|(key, value)| field(file, start, text, key, value));
        let fields: Vec<Field> = fields.collect();
        let mut seen = BTreeSet::new();
        for field in &fields {
            if !seen.insert(field.key.as_str()) {
                let written = &file[field.key_bytes.clone()];
                return Err(YamlFault {
                    at: field.key_bytes.start,
                    what: format!("this field is written twice: {}", sanitise(written, 60)),
                });
            }
        }
        let mut said = text.lines().map(str::trim_start);
        let first = said.find(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(Self {
            fields,
            is_flow: first.is_some_and(|line| line.starts_with('{')),
        })
    }
}

fn folded(key: &str) -> String {
    key.trim().to_lowercase().replace(['-', ' '], "_")
}

/// A block in a list that is indented by tabs: the indent that all lines share becomes spaces, byte for byte.
fn without_common_tabs(text: &str) -> Cow<'_, str> {
    let mut said = text.lines().filter(|line| !line.trim().is_empty());
    let first = said.next().unwrap_or_default();
    let indent = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
    if !indent.contains('\t') || !said.all(|line| line.starts_with(indent)) {
        return Cow::Borrowed(text);
    }
    let spaces = " ".repeat(indent.len());
    let lines = text.split_inclusive('\n').map(|line| {
        line.strip_prefix(indent)
            .map_or_else(|| line.to_owned(), |rest| format!("{spaces}{rest}"))
    });
    Cow::Owned(lines.collect())
}

fn options() -> Options {
    let mut budget = Budget::default();
    budget.max_aliases = 0;
    budget.max_anchors = 0;
    budget.max_merge_keys = 0;
    budget.max_documents = 1;
    budget.max_depth = DEPTH;
    budget.max_nodes = NODES;
    let mut options = Options::default();
    options.budget = Some(budget);
    options.merge_keys = MergeKeyPolicy::Error;
    options.strict_booleans = true;
    options.with_snippet = false;
    options
}

/// The first line that begins with white space in which there is a tab, and that says something.
fn tab_as_indent(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim_start_matches([' ', '\t']);
        let indent = &line[..line.len() - said.len()];
        if indent.contains('\t') && !said.trim().is_empty() && !said.starts_with('#') {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Where the parser says that something is. It counts lines and characters where it has no bytes.
fn byte_of(text: &str, location: Location) -> usize {
    if let Some(at) = location.span().byte_offset() {
        return usize::try_from(at).unwrap_or(0).min(text.len());
    }
    let line = usize::try_from(location.line()).unwrap_or(0);
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    before.map(str::len).sum()
}

/// The parser's words without its own places, which are relative to the block and not to the file.
fn reason(error: &serde_saphyr::Error) -> String {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or(&said);
    let said = said
        .split(", set DuplicateKeyPolicy")
        .next()
        .unwrap_or(said);
    let plain = [
        ("duplicate mapping key: ", "this field is written twice: "),
        (
            "budget breached: Anchors",
            "anchors and aliases (`&` and `*`) are not read",
        ),
        (
            "budget breached: Aliases",
            "anchors and aliases (`&` and `*`) are not read",
        ),
        ("YAML merge keys", "merge keys (`<<`) are not read"),
        (
            "budget breached: Depth",
            "collections are nested more than 8 deep",
        ),
        (
            "budget breached: Nodes",
            "there are more than 2,000 keys and values",
        ),
        ("invalid type: ", "this is "),
    ];
    let words = plain.iter().find_map(|(theirs, ours)| {
        let rest = said.strip_prefix(theirs)?;
        let keeps_rest = ours.ends_with(' ');
        Some(format!("{ours}{}", if keeps_rest { rest } else { "" }))
    });
    sanitise(words.as_deref().unwrap_or(said), REASON_CHARACTERS)
}

fn field(
    file: &str,
    start: usize,
    text: &str,
    key: Spanned<String>,
    value: Spanned<Node>,
) -> Field {
    let key_bytes = bytes(start, text, key.referenced);
    let mut value_bytes = bytes(start, text, value.referenced);
    let value = match value.value {
        Node::Empty => Value::Empty,
        Node::Plain => Value::Text(file[value_bytes.clone()].trim().to_owned()),
        Node::Text(text) => Value::Text(text),
        Node::List(items) => Value::List(words(start, text, file, items)),
        Node::Mapping => Value::Mapping,
    };
    if matches!(value, Value::Text(_)) {
        let written = &file[value_bytes.clone()];
        value_bytes.end -= written.len() - written.trim_end().len();
    }
    Field {
        key: folded(&key.value),
        key_bytes,
        value,
        value_bytes,
    }
}

fn words(start: usize, text: &str, file: &str, items: Vec<Spanned<Node>>) -> Vec<String> {
    let items = items.into_iter();
    let words = items.filter_map(|item| match item.value {
        Node::Text(word) => Some(word),
        Node::Plain => Some(file[bytes(start, text, item.referenced)].trim().to_owned()),
        Node::Empty | Node::List(_) | Node::Mapping => None,
    });
    words.collect()
}

fn bytes(start: usize, text: &str, location: Location) -> Range<usize> {
    let at = byte_of(text, location);
    let length = location.span().byte_len().unwrap_or(0);
    let end = at.saturating_add(usize::try_from(length).unwrap_or(0));
    start + at..start + end.min(text.len())
}

/// The mapping as the parser hands it over.
struct Raw(Vec<(Spanned<String>, Spanned<Node>)>);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lines of the form `name: value`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = map.next_entry()? {
            fields.push(entry);
        }
        Ok(Raw(fields))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw(Vec::new()))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw(Vec::new()))
    }
}

/// A value as the parser understands it. What it takes for a number or a truth value is read again from the file.
enum Node {
    Empty,
    Plain,
    Text(String),
    List(Vec<Spanned<Node>>),
    Mapping,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

macro_rules! plain {
    ($($visit:ident: $of:ty),+) => {$(
        fn $visit<E>(self, _: $of) -> Result<Node, E> {
            Ok(Node::Plain)
        }
    )+};
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, a text or a list")
    }

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64);

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Empty)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Empty)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Node::Mapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Mapping {
        let file = format!("before\n{text}");
        let mapping =
            Mapping::read(&file, 7..file.len()).unwrap_or_else(|e| panic!("{text:?}: {e:?}"));
        for field in &mapping.fields {
            assert!(
                folded(&file[field.key_bytes.clone()]).contains(&field.key),
                "{text:?} {field:?}"
            );
        }
        mapping
    }

    fn written(text: &str, key: &str) -> (Value, String) {
        let file = format!("before\n{text}");
        let mapping = read(text);
        let field = mapping.get(key).unwrap();
        (
            field.value.clone(),
            file[field.value_bytes.clone()].to_owned(),
        )
    }

    #[test]
    fn values_keep_their_spelling_and_their_bytes() {
        let rows = [
            ("id: A-1\nx: y", "id", "A-1", "A-1"),
            ("id: 007", "id", "007", "007"),
            ("id: 1.10  # version", "id", "1.10", "1.10"),
            ("id: yes\n", "id", "yes", "yes"),
            ("id: 2026-01-02", "id", "2026-01-02", "2026-01-02"),
            ("status: \"to do\" # c", "status", "to do", "\"to do\""),
            ("status: 'it''s'", "status", "it's", "'it''s'"),
            ("  status:   done   # c", "status", "done", "done"),
            ("größe: ü\nstatus: dönè", "status", "dönè", "dönè"),
            ("status: done\r\nid: x\r\n", "status", "done", "done"),
            ("{id: A, status: done}", "status", "done", "done"),
            ("status:\tdone", "status", "done", "done"),
            ("\tid: A\n\n\tstatus: done\n", "status", "done", "done"),
            ("Status: done", "status", "done", "done"),
            (
                "a: 12345678901234567890123456789",
                "a",
                "12345678901234567890123456789",
                "12345678901234567890123456789",
            ),
        ];
        for (text, key, value, bytes) in rows {
            assert_eq!(
                written(text, key),
                (Value::Text(value.into()), bytes.into()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn nothing_lists_and_mappings() {
        assert_eq!(written("id:\nx: y", "id").0, Value::Empty);
        assert_eq!(written("id: ~", "id").0, Value::Empty);
        assert_eq!(written("id: null", "id").0, Value::Empty);
        let list = written("a: [x, 'y', 3, [z]]", "a").0;
        assert_eq!(list, Value::List(vec!["x".into(), "y".into(), "3".into()]));
        assert_eq!(
            written("a:\n- x\n- y\n", "a").0,
            Value::List(vec!["x".into(), "y".into()])
        );
        assert_eq!(written("a: {b: [c, {d: e}]}", "a").0, Value::Mapping);
        assert_eq!(
            written("a: |\n  one\n  two\n", "a").0,
            Value::Text("one\ntwo\n".into())
        );
        assert!(read("").fields.is_empty());
        assert!(read("# only words\n").fields.is_empty());
    }

    #[test]
    fn what_is_refused_says_where() {
        let nodes: Vec<String> = (0..2_100).map(|at| format!("k{at}: v\n")).collect();
        let nodes = nodes.concat();
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        let rows: [(&str, usize, &str); 12] = [
            ("a: b\na: c\n", 12, "this field is written twice: a"),
            ("a: b\n\tc: d\n", 12, "a tab indents this line"),
            ("a: b\nA: c\n", 12, "this field is written twice: A"),
            ("a: b: c\n", 7, "mapping values are not allowed"),
            ("a: [b\n", 7, "unclosed bracket"),
            ("a: &x b\nc: *x\n", 7, "anchors and aliases"),
            (bomb, 7, "anchors and aliases"),
            ("<<: {a: b}\n", 7, "merge keys"),
            (
                "a: {b: {c: {d: {e: {f: {g: {h: {i: j}}}}}}}}\n",
                7,
                "more than 8 deep",
            ),
            (
                "- a\n- b\n",
                7,
                "this is sequence, expected lines of the form `name: value`",
            ),
            (
                "only words\n",
                7,
                "expected lines of the form `name: value`",
            ),
            (&nodes, 7, "more than 2,000"),
        ];
        for (text, at, what) in rows {
            let file = format!("before\n{text}");
            let fault = Mapping::read(&file, 7..file.len()).expect_err(text);
            assert!(fault.what.contains(what), "{text:?}: {fault:?}");
            assert!(
                fault.at >= at && fault.at <= file.len(),
                "{text:?}: {fault:?}"
            );
        }
    }
}
