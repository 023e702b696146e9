//! What is wrong with a question or a rule that somebody wrote: every fault with the JSON path where it stands, and
//! the nearest word that would be right.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::text::sanitise;

/// More faults than this are not listed; whoever mends these is told the next.
pub const FAULTS_AT_MOST: usize = 20;

/// A list of words in a refusal holds at most this many.
const WORDS_AT_MOST: usize = 12;

/// One fault of a written question or rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// Where it stands: `where.and[1].eq.field`. Empty when the whole is meant.
    pub path: String,
    /// What is wrong, and the way out.
    pub detail: String,
}

/// All faults of one text, at least one and at most [`FAULTS_AT_MOST`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// A single fault.
    pub fn one(path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self(vec![Fault {
            path: path.into(),
            detail: detail.into(),
        }])
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.detail)
        } else {
            write!(f, "{}: {}", self.path, self.detail)
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            let between = if place == 0 { "" } else { "; " };
            write!(f, "{between}{fault}")?;
        }
        Ok(())
    }
}

/// The end of a refusal of a word: the nearest word that is known, or the known ones when none is near.
pub fn near_miss<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let small = word.to_lowercase();
    let nearest = known
        .iter()
        .map(|right| {
            (
                strsim::damerau_levenshtein(&small, &right.to_lowercase()),
                *right,
            )
        })
        .min();
    match nearest {
        Some((distance, right)) if distance <= (right.chars().count() / 3).max(1) => {
            format!("; did you mean `{right}`?")
        }
        None => String::new(),
        Some(_) => {
            let shown: Vec<String> = known
                .iter()
                .take(WORDS_AT_MOST)
                .map(|word| format!("`{word}`"))
                .collect();
            let more = match known.len().saturating_sub(WORDS_AT_MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("; known are {}{more}", shown.join(", "))
        }
    }
}

/// A word of somebody else, fit for a refusal.
pub(super) fn quoted(word: &str) -> String {
    format!("`{}`", sanitise(word, 40))
}

/// What is being read: one value, and the faults found so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    /// Notes a fault. Answers `None`, so that a reading function can end with it.
    pub(super) fn refuse<T>(&mut self, path: &str, detail: impl Into<String>) -> Option<T> {
        if self.faults.len() < FAULTS_AT_MOST {
            self.faults.push(Fault {
                path: path.to_owned(),
                detail: detail.into(),
            });
        }
        None
    }

    /// What was read, unless a fault was found on the way.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Faults> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(Faults(self.faults)),
        }
    }

    /// An object, each of whose keys is among `keys`.
    pub(super) fn object<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        keys: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(fields) = value else {
            return self.refuse(
                path,
                format!("must be an object, this is {}", kind_of(value)),
            );
        };
        for key in fields.keys().filter(|key| !keys.contains(&key.as_str())) {
            let near = near_miss(key, keys.iter().copied());
            let _: Option<()> =
                self.refuse(&below(path, key), format!("no key {}{near}", quoted(key)));
        }
        Some(fields)
    }

    /// An object of exactly one key, which names what it is: `{"and": [...]}`. The words and, or, not may be in capitals. Answers
    /// the word as it is known, the path of the key as it was sent, and what stands below it.
    pub(super) fn one_of<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        keys: &[&'static str],
    ) -> Option<(&'static str, String, &'v Value)> {
        let Value::Object(fields) = value else {
            return self.refuse(
                path,
                format!("must be an object, this is {}", kind_of(value)),
            );
        };
        let mut entries = fields.iter();
        let (Some((key, below_it)), None) = (entries.next(), entries.next()) else {
            let words: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let detail = format!("must have exactly one of the keys {}", words.join(", "));
            return self.refuse(path, detail);
        };
        let found = keys.iter().find(|known| {
            **known == key
                || (matches!(**known, "and" | "or" | "not") && known.to_uppercase() == *key)
        });
        if let Some(known) = found {
            return Some((known, below(path, key), below_it));
        }
        let near = near_miss(key, keys.iter().copied());
        self.refuse(&below(path, key), format!("no key {}{near}", quoted(key)))
    }

    /// One of the words of a closed set.
    pub(super) fn word<T: Copy>(
        &mut self,
        path: &str,
        value: &Value,
        words: &[T],
        spelled: fn(T) -> &'static str,
    ) -> Option<T> {
        let Value::String(text) = value else {
            return self.refuse(path, format!("must be a word, this is {}", kind_of(value)));
        };
        let found = words.iter().copied().find(|word| spelled(*word) == text);
        if found.is_none() {
            let near = near_miss(text, words.iter().map(|word| spelled(*word)));
            return self.refuse(path, format!("no {}{near}", quoted(text)));
        }
        found
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&mut self, path: &str, value: &Value, most: u32) -> Option<u32> {
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| (1..=most).contains(number)) {
            Some(number) => Some(number),
            None => self.refuse(path, format!("must be a whole number from 1 to {most}")),
        }
    }

    /// A list of 1 to `most` entries.
    pub(super) fn list<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        most: usize,
    ) -> Option<&'v [Value]> {
        match value {
            Value::Array(entries) if entries.is_empty() => {
                self.refuse(path, "must not be empty; leave it out or name at least one")
            }
            Value::Array(entries) if entries.len() > most => self.refuse(
                path,
                format!("at most {most} entries, this has {}", entries.len()),
            ),
            Value::Array(entries) => Some(entries),
            _ => self.refuse(path, format!("must be a list, this is {}", kind_of(value))),
        }
    }
}

/// The path of a key below a path.
pub(super) fn below(path: &str, key: &str) -> String {
    let key = sanitise(key, 40);
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// The path of an entry of a list.
pub(super) fn entry(path: &str, place: usize) -> String {
    format!("{path}[{place}]")
}

/// What a JSON value is, in a refusal.
pub(super) const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_word_is_named_when_one_is_near() {
        let known = ["score", "status", "created_at"];
        assert_eq!(near_miss("scor", known), "; did you mean `score`?");
        assert_eq!(near_miss("STATUS", known), "; did you mean `status`?");
        assert_eq!(
            near_miss("craeted_at", known),
            "; did you mean `created_at`?"
        );
        assert_eq!(
            near_miss("zebra", known),
            "; known are `score`, `status`, `created_at`"
        );
        assert_eq!(near_miss("zebra", []), "");
        let many: Vec<String> = (0..20).map(|n| format!("column_{n:02}")).collect();
        assert!(near_miss("x", many.iter().map(String::as_str)).ends_with(" and 8 more"));
    }

    #[test]
    fn unknown_keys_are_named_with_their_path() {
        let mut reader = Reader::default();
        let value = json!({"limt": 3, "title": "x"});
        assert!(reader.object("a.b", &value, &["limit", "title"]).is_some());
        let faults = reader.finish(Some(())).unwrap_err();
        assert_eq!(
            faults.to_string(),
            "a.b.limt: no key `limt`; did you mean `limit`?"
        );
    }

    #[test]
    fn faults_are_listed_to_a_bound_and_deceive_nobody() {
        let mut reader = Reader::default();
        for _ in 0..100 {
            let _: Option<()> = reader.refuse("", "no");
        }
        assert_eq!(reader.finish(Some(())).unwrap_err().0.len(), FAULTS_AT_MOST);
        assert_eq!(quoted("a\u{202E}b\n"), "`a b`");
        assert_eq!(below("", "key"), "key");
        assert_eq!(entry(&below("where", "and"), 1), "where.and[1]");
        assert_eq!(Faults::one("", "no").to_string(), "no");
    }
}
