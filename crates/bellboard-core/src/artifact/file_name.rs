//! The names of files in an artifact: they become names on the disks of people who download them, so none of them can
//! lead anywhere else or pass for something that it is not.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use unicode_normalization::UnicodeNormalization as _;

use crate::text::{Bounded, TextFault};

/// A file's name without any path: 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FileName(String);

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameFault {
    /// As for every line of text.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// It names a place and not only a file.
    #[error(
        "must be a file's name alone, without `/`, `\\`, `:` and folders; send only its last part"
    )]
    Path,
    /// Two names that differ in it look alike.
    #[error("must not hold the invisible character U+{:04X}; leave it out", u32::from(*.0))]
    Invisible(char),
    /// File systems take no longer names.
    #[error("at most 240 bytes in UTF-8, this has {0}")]
    TooManyBytes(usize),
}

/// Nobody needs these in a name, and nobody sees them.
const INVISIBLE: [char; 3] = ['\u{200B}', '\u{2060}', '\u{FEFF}'];

impl FileName {
    /// The most characters.
    pub const MAX_CHARACTERS: usize = 200;
    /// The most bytes, which is what file systems count.
    pub const MAX_BYTES: usize = 240;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two names of one artifact must not share: disks that do not tell capitals apart, drop dots at the end, or take an
    /// accent for the same whether it is a character of its own or not (NFC), would keep one file only.
    pub fn folded(&self) -> String {
        let name = self.0.trim_end_matches(['.', ' ']);
        name.to_lowercase().nfc().collect()
    }
}

impl FromStr for FileName {
    type Err = FileNameFault;

    fn from_str(text: &str) -> Result<Self, FileNameFault> {
        let name = Bounded::<{ Self::MAX_CHARACTERS }>::parse(text)?.into_string();
        let is_dots = name.bytes().all(|byte| byte == b'.');
        if is_dots || name.contains(['/', '\\', ':']) {
            return Err(FileNameFault::Path);
        }
        if let Some(c) = name.chars().find(|c| INVISIBLE.contains(c)) {
            return Err(FileNameFault::Invisible(c));
        }
        if name.len() > Self::MAX_BYTES {
            return Err(FileNameFault::TooManyBytes(name.len()));
        }
        Ok(Self(name))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for FileName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FileName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": Self::MAX_CHARACTERS})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_give_files() {
        for name in ["report.pdf", "Größe 2.csv", ".env.sample", "a..b", "–"] {
            assert_eq!(name.parse::<FileName>().unwrap().as_str(), name);
        }
        assert_eq!(" a.txt ".parse::<FileName>().unwrap().as_str(), "a.txt");
        for same in ["A.TXT", "a.txt.", "a.txt. ."] {
            assert_eq!(same.parse::<FileName>().unwrap().folded(), "a.txt");
        }
        let composed = "R\u{E9}sum\u{E9}".parse::<FileName>().unwrap();
        let decomposed = "RE\u{301}SUME\u{301}.".parse::<FileName>().unwrap();
        assert_eq!(decomposed.folded(), composed.folded());
    }

    #[test]
    fn nothing_that_leads_elsewhere() {
        for name in [
            "../secret",
            "a/b",
            "/etc/passwd",
            "..",
            ".",
            "...",
            "a\\b",
            "C:x",
            "x:stream",
        ] {
            assert_eq!(name.parse::<FileName>(), Err(FileNameFault::Path), "{name}");
        }
        for name in ["", "  ", "a\u{0}b", "a\nb", "txt\u{202E}gpj.exe"] {
            let told = name.parse::<FileName>();
            assert!(matches!(told, Err(FileNameFault::Text(_))), "{name:?}");
        }
        for c in INVISIBLE {
            let told = format!("a{c}.txt").parse::<FileName>();
            assert_eq!(told, Err(FileNameFault::Invisible(c)));
        }
        assert_eq!(
            "ä".repeat(121).parse::<FileName>(),
            Err(FileNameFault::TooManyBytes(242))
        );
        assert!("a".repeat(201).parse::<FileName>().is_err());
    }
}
