//! Text that people wrote, parsed once: trimmed, bounded, without characters that could deceive a reader.
//!
//! The maximum is part of the type, so a 200-character label cannot be handed to something that takes 140.

mod label;
mod markdown;
mod operator_safe;
mod secrets;
mod words;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use label::{SafeLabel, safe_label, safe_run_label};
pub use markdown::{escape_html, markdown_to_html};
pub use operator_safe::operator_safe;
pub use secrets::{HIDDEN, is_secret_name, redact, redact_json};
pub use words::{capital_first, grouped, humanise, reveal, sanitise, small_first};

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
pub(crate) fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The same in text of several lines, where line ends and tabs may stand.
pub(crate) fn deceives_in_lines(c: char) -> bool {
    deceives(c) && c != '\n' && c != '\t'
}

/// White space, and what looks like nothing at all: alone it is no label, reason or name.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

fn check(text: &str, max: usize, is_forbidden: impl Fn(char) -> bool) -> Result<(), TextFault> {
    // A control character is named before: it is what has to go.
    if text.chars().all(|c| is_invisible(c) && !is_forbidden(c)) {
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
        check(&text, MAX, deceives_in_lines)?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_trimmed_and_kept() {
        let label = Bounded::<200>::parse("  Größe prüfen \n").unwrap();
        assert_eq!(label.as_str(), "Größe prüfen");
        assert_eq!(&*label, label.to_string().as_str());
        assert_eq!(serde_json::to_string(&label).unwrap(), "\"Größe prüfen\"");
        assert_eq!(label.into_string(), "Größe prüfen");
        assert!(
            Bounded::<20>::parse("שלום \u{200F}עולם").is_ok(),
            "direction marks are text"
        );
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(Bounded::<3>::parse("äöü").is_ok());
        assert_eq!(
            Bounded::<3>::parse("äöüß"),
            Err(TextFault::TooLong { max: 3, has: 4 })
        );
    }

    #[test]
    fn refusals_say_the_cause_in_plain_words() {
        let fault = |json: &str| {
            serde_json::from_str::<Bounded<200>>(json)
                .unwrap_err()
                .to_string()
        };
        let long = format!("\"{}\"", "a".repeat(214));
        assert!(fault(&long).starts_with("at most 200 characters, this has 214"));
        assert!(fault("\"\"").starts_with("must not be empty"));
        assert!(fault("\" \\t \"").starts_with("must not be empty"));
        assert!(
            fault("\"a\\u0007b\"")
                .starts_with("must not hold the control character U+0007; leave it out")
        );
        assert!(fault("7").starts_with("invalid type: integer `7`, expected a string"));
    }

    #[test]
    fn what_deceives_a_reader_is_refused() {
        let deceiving = [
            '\0', '\u{7}', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{202A}', '\u{202E}',
            '\u{2066}', '\u{2069}',
        ];
        for c in deceiving {
            let text = format!("a{c}b");
            assert_eq!(Bounded::<9>::parse(&text), Err(TextFault::Forbidden(c)));
            assert_eq!(Multiline::<9>::parse(&text), Err(TextFault::Forbidden(c)));
        }
        for c in ['\n', '\t', '\r'] {
            assert_eq!(
                Bounded::<9>::parse(&format!("a{c}b")),
                Err(TextFault::Forbidden(c))
            );
        }
    }

    #[test]
    fn what_nobody_sees_is_nothing() {
        for text in [
            "\u{200B}",
            "\u{FEFF}",
            "\u{2060}\u{200D}",
            "\u{2800} \u{2800}",
            "\u{3164}",
            "\u{AD}",
            "\u{FE0F}",
            "\u{E0041}",
        ] {
            assert_eq!(Bounded::<9>::parse(text), Err(TextFault::Empty), "{text:?}");
            assert_eq!(
                Multiline::<9>::parse(text),
                Err(TextFault::Empty),
                "{text:?}"
            );
        }
        for text in ["a\u{200D}b", "👩\u{200D}🔬", "❤\u{FE0F}", "\u{200B}a", "–"] {
            assert!(Bounded::<9>::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn several_lines_keep_their_ends_and_tabs() {
        assert_eq!(
            Multiline::<20>::parse("a\r\n\tb\nc").unwrap().as_str(),
            "a\n\tb\nc"
        );
        assert_eq!(
            Multiline::<20>::parse("a\rb"),
            Err(TextFault::Forbidden('\r'))
        );
        assert_eq!(
            Multiline::<2>::parse("a\r\n\r\nb"),
            Err(TextFault::TooLong { max: 2, has: 4 })
        );
        assert_eq!(Multiline::<2>::parse("\n\n"), Err(TextFault::Empty));
        let read: Multiline<9> = serde_json::from_str("\"a\\nb\"").unwrap();
        assert_eq!(read.to_string(), "a\nb");
    }

    #[test]
    fn the_schema_says_the_bounds() {
        let schema = serde_json::to_value(schemars::schema_for!(Bounded<140>)).unwrap();
        assert_eq!(
            (&schema["minLength"], &schema["maxLength"]),
            (&1.into(), &140.into())
        );
        assert_eq!(Multiline::<7>::schema_name(), "Multiline7");
    }

    proptest! {
        #[test]
        fn what_is_accepted_keeps_its_promises(text in any::<String>()) {
            if let Ok(line) = Bounded::<12>::parse(&text) {
                prop_assert!((1..=12).contains(&line.chars().count()));
                prop_assert_eq!(line.trim(), line.as_str());
                prop_assert!(!line.chars().any(deceives));
                prop_assert_eq!(Bounded::<12>::parse(&line), Ok(line.clone()), "parsing again changes nothing");
            }
        }

        #[test]
        fn several_lines_parsed_again_are_the_same(text in "[a-z\\r\\n\\t ]{0,30}") {
            if let Ok(lines) = Multiline::<30>::parse(&text) {
                prop_assert_eq!(Multiline::<30>::parse(&lines), Ok(lines.clone()));
                prop_assert!(!lines.contains('\r'));
            }
        }
    }
}
