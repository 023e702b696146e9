//! Slugs: the names of domains, repos, topics and workstreams in addresses and files.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 1 to `MAX` of the characters `a-z`, `0-9`, `_` and `-`. Nothing is folded: what is stored is what was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug<const MAX: usize>(String);

/// Why a text is no slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlugFault {
    /// Nothing there.
    #[error("must not be empty; use a-z, 0-9, `_` and `-`")]
    Empty,
    /// Longer than the field takes.
    #[error("at most {max} characters, this has {has}")]
    TooLong {
        /// What the field takes.
        max: usize,
        /// What was given.
        has: usize,
    },
    /// Another character than a slug has.
    #[error("may hold only a-z, 0-9, `_` and `-`{}", suggestion(.instead.as_deref()))]
    Character {
        /// A slug that would be taken, when one can be made of the text.
        instead: Option<String>,
    },
    /// It could be taken for an id, which stands in the same places.
    #[error("must not have the form of an id; choose a name that people can say")]
    LooksLikeId,
}

fn suggestion(instead: Option<&str>) -> String {
    instead.map_or_else(String::new, |slug| format!("; `{slug}` would do"))
}

fn is_slug_character(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '_' | '-')
}

impl<const MAX: usize> Slug<MAX> {
    /// Parses; see [`SlugFault`] for what is refused.
    pub fn parse(text: &str) -> Result<Self, SlugFault> {
        text.parse()
    }

    /// A slug made of a name: lower case, `-` in place of everything else, cut at `MAX`. `None` when nothing is left.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            if slug.len() >= MAX {
                break;
            }
            if is_slug_character(c) && c != '-' {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.trim_end_matches('-').parse().ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> FromStr for Slug<MAX> {
    type Err = SlugFault;

    fn from_str(text: &str) -> Result<Self, SlugFault> {
        if text.is_empty() {
            return Err(SlugFault::Empty);
        }
        let has = text.chars().count();
        if has > MAX {
            return Err(SlugFault::TooLong { max: MAX, has });
        }
        if !text.chars().all(is_slug_character) {
            let instead = Self::of_name(text).map(Self::into_string);
            return Err(SlugFault::Character { instead });
        }
        if text.len() == 36 && uuid::Uuid::try_parse(text).is_ok() {
            return Err(SlugFault::LooksLikeId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MAX: usize> Deref for Slug<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Slug<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> Serialize for Slug<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Slug<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<const MAX: usize> JsonSchema for Slug<MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Slug{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": MAX, "pattern": "^[a-z0-9_-]+$"})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_are_taken_as_they_are() {
        let longest = "x".repeat(50);
        for text in ["railiance", "a", "net-kingdom", "0_1-2", "-", &longest] {
            assert_eq!(Slug::<50>::parse(text).unwrap().as_str(), text);
        }
        let slug: Slug<100> = serde_json::from_str("\"hub\"").unwrap();
        assert_eq!(serde_json::to_string(&slug).unwrap(), "\"hub\"");
    }

    #[test]
    fn what_is_refused_says_the_rule_and_what_would_do() {
        let rows = [
            ("", "must not be empty; use a-z, 0-9, `_` and `-`"),
            (
                "Rail Iance!",
                "may hold only a-z, 0-9, `_` and `-`; `rail-iance` would do",
            ),
            (
                "Größe",
                "may hold only a-z, 0-9, `_` and `-`; `gr-e` would do",
            ),
            (" a", "may hold only a-z, 0-9, `_` and `-`; `a` would do"),
            ("/", "may hold only a-z, 0-9, `_` and `-`"),
            (
                "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7",
                "must not have the form of an id; choose a name that people can say",
            ),
        ];
        for (text, said) in rows {
            assert_eq!(Slug::<50>::parse(text).unwrap_err().to_string(), said);
        }
        let long = Slug::<50>::parse(&"x".repeat(51)).unwrap_err();
        assert_eq!(long.to_string(), "at most 50 characters, this has 51");
    }

    #[test]
    fn a_name_becomes_a_slug() {
        let rows = [
            ("Bellboard Hub", Some("bellboard-hub")),
            ("  --a  b--", Some("a-b")),
            ("CUST-WP-0005 (draft)", Some("cust-wp-0005-draft")),
            ("???", None),
        ];
        for (name, slug) in rows {
            assert_eq!(Slug::<50>::of_name(name).as_deref(), slug);
        }
        assert_eq!(Slug::<4>::of_name("abc def").unwrap().as_str(), "abc");
    }

    proptest! {
        #[test]
        fn whatever_is_suggested_is_taken(text in "\\PC{0,80}") {
            if let Some(slug) = Slug::<50>::of_name(&text) {
                prop_assert_eq!(Slug::<50>::parse(&slug), Ok(slug.clone()));
            }
        }
    }
}
