//! Filters of lists by the status of planned work: one word of the set, `open` for all that are not closed, or `all`.

use std::borrow::Cow;
use std::marker::PhantomData;

use bellboard_core::work::{TaskStatus, WorkstreamStatus};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A set of status words of which some are closed.
pub trait StatusWord: Copy + 'static {
    /// Every word.
    const ALL: &'static [Self];
    /// The word on the wire and in the store.
    fn word(self) -> &'static str;
    /// Reads the word, or says which there are.
    fn read(text: &str) -> Result<Self, String>;
    /// Whether something remains to be done.
    fn is_open(self) -> bool;
}

impl StatusWord for TaskStatus {
    const ALL: &'static [Self] = Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::read("status", text).map_err(|fault| fault.to_string())
    }

    fn is_open(self) -> bool {
        self.is_open()
    }
}

impl StatusWord for WorkstreamStatus {
    const ALL: &'static [Self] = Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::read("status", text).map_err(|fault| fault.to_string())
    }

    fn is_open(self) -> bool {
        !self.is_closed()
    }
}

/// Which words pass; all when it is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhichWords<T> {
    pattern: String,
    set: PhantomData<T>,
}

impl<T> WhichWords<T> {
    /// `,todo,in_progress,` for the words that pass, or an empty text for all.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }
}

impl<T> Default for WhichWords<T> {
    fn default() -> Self {
        Self {
            pattern: String::new(),
            set: PhantomData,
        }
    }
}

impl<'de, T: StatusWord> Deserialize<'de> for WhichWords<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let words: Vec<&str> = match text.trim() {
            "all" => Vec::new(),
            "open" => {
                let open = T::ALL.iter().filter(|word| word.is_open());
                open.map(|word| word.word()).collect()
            }
            one => {
                let word = T::read(one)
                    .map_err(|fault| de::Error::custom(format!("{fault}; or open, or all")))?;
                vec![word.word()]
            }
        };
        let pattern = if words.is_empty() {
            String::new()
        } else {
            format!(",{},", words.join(","))
        };
        Ok(Self {
            pattern,
            set: PhantomData,
        })
    }
}

impl<T: StatusWord> JsonSchema for WhichWords<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WhichWords".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut words = vec!["all"];
        let open = T::ALL.iter().all(|word| word.word() != "open");
        words.extend(open.then_some("open"));
        words.extend(T::ALL.iter().map(|word| word.word()));
        json_schema!({"type": "string", "enum": words})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_become_the_pattern_of_those_that_pass() {
        let rows = [
            ("all", ""),
            ("open", ",todo,in_progress,blocked,"),
            ("done", ",done,"),
            ("In Progress", ",in_progress,"),
            ("cancel", ",cancelled,"),
        ];
        for (text, expected) in rows {
            let which: WhichWords<TaskStatus> = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(which.pattern(), expected, "{text}");
        }
        let which: WhichWords<WorkstreamStatus> = serde_json::from_value(json!("open")).unwrap();
        assert_eq!(which.pattern(), ",proposed,ready,active,blocked,backlog,");
        let fault =
            serde_json::from_value::<WhichWords<TaskStatus>>(json!("sleeping")).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "`sleeping` is no task status; one of todo, in_progress, blocked, done, cancelled; or open, or all"
        );
    }
}
