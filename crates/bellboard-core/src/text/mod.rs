//! Text that people wrote, parsed once: trimmed, bounded, without characters that could deceive a reader.
//!
//! The maximum is part of the type, so a 200-character label cannot be handed to something that takes 140.

mod operator_safe;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use operator_safe::operator_safe;

/// One line of 1 to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bounded<const MAX: usize>(String);

/// Text of 1 to `MAX` characters in which line ends and tabs may stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Multiline<const MAX: usize>(String);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than the field takes, in characters after trimming.
    #[error("at most {max} characters, this has {has}")]
    TooLong {
        /// What the field takes.
        max: usize,
        /// What was given.
        has: usize,
    },
    /// A control character, or one that turns the reading direction around.
    #[error("must not hold the control character U+{:04X}; leave it out", u32::from(*.0))]
    Forbidden(char),
}

/// Characters that change what a reader sees without being seen: controls, line separators, bidirectional overrides
/// and isolates. Plain direction marks stay allowed, because right-to-left text needs them.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn check(text: &str, max: usize, is_forbidden: impl Fn(char) -> bool) -> Result<(), TextFault> {
    if text.is_empty() {
        return Err(TextFault::Empty);
    }
    let has = text.chars().count();
    if has > max {
        return Err(TextFault::TooLong { max, has });
    }
    text.chars()
        .find(|c| is_forbidden(*c))
        .map_or(Ok(()), |c| Err(TextFault::Forbidden(c)))
}

impl<const MAX: usize> FromStr for Bounded<MAX> {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        let text = text.trim();
        check(text, MAX, deceives)?;
        Ok(Self(text.to_owned()))
    }
}

impl<const MAX: usize> FromStr for Multiline<MAX> {
    type Err = TextFault;

    /// Windows line ends become `\n`.
    fn from_str(text: &str) -> Result<Self, TextFault> {
        let text = text.trim().replace("\r\n", "\n");
        check(&text, MAX, |c| deceives(c) && c != '\n' && c != '\t')?;
        Ok(Self(text))
    }
}

macro_rules! string_like {
    ($name:ident) => {
        impl<const MAX: usize> $name<MAX> {
            /// Parses; see [`TextFault`] for what is refused.
            pub fn parse(text: &str) -> Result<Self, TextFault> {
                text.parse()
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

        impl<const MAX: usize> Deref for $name<MAX> {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<const MAX: usize> Serialize for $name<MAX> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de, const MAX: usize> Deserialize<'de> for $name<MAX> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl<const MAX: usize> JsonSchema for $name<MAX> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                format!(concat!(stringify!($name), "{}"), MAX).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "minLength": 1, "maxLength": MAX})
            }
        }
    };
}

string_like!(Bounded);
string_like!(Multiline);

/// One harmless line out of anything: control characters become spaces, white space is collapsed, the end is cut with
/// `…`. For words that come from outside (a failure's message, a worker's last line) where refusing would lose a fact.
pub fn sanitise(text: &str, max_characters: usize) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if deceives(c) { ' ' } else { c })
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max_characters {
        return line;
    }
    let kept: String = line
        .chars()
        .take(max_characters.saturating_sub(1))
        .collect();
    format!("{}…", kept.trim_end())
}

/// What a person reads for a dotted or underscored name: `baseline.capture` becomes `Baseline capture`.
pub fn humanise(type_name: &str) -> String {
    let words: Vec<&str> = type_name
        .split(['.', '_', '-', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    capital_first(&words.join(" "))
}

/// The text with its first letter as a capital.
pub fn capital_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// The text fit to stand after a colon: first letter small, unless the first word looks like an acronym or a name
/// in capitals (`SQL dump` stays).
pub fn small_first(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    if characters
        .clone()
        .next()
        .is_none_or(|second| !second.is_lowercase())
    {
        return text.to_owned();
    }
    first.to_lowercase().chain(characters).collect()
}

/// A count for people: digits are grouped by a narrow no-break space from five digits on (`512`, `1800`, `18 422`).
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}
