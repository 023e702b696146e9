//! Where a repo is fetched from.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::text::{Bounded, TextFault};

/// An address that git fetches from, at most 500 characters, without a password or token in it: everybody who sees the
/// repo sees its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl(String);

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteUrlFault {
    /// Not a text that a field takes.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// None of the forms that git fetches from.
    #[error("must begin with https://, http://, ssh://, git:// or file://, or read user@host:path")]
    Form,
    /// A secret before the host.
    #[error(
        "must not hold a name or a password before the host; everybody who sees the repo would read it"
    )]
    Secret,
}

impl RemoteUrl {
    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for RemoteUrl {
    type Err = RemoteUrlFault;

    fn from_str(text: &str) -> Result<Self, RemoteUrlFault> {
        let text = Bounded::<500>::parse(text)?.into_string();
        if text.contains(char::is_whitespace) {
            return Err(RemoteUrlFault::Form);
        }
        match text.split_once("://") {
            Some((scheme, rest)) => check_scheme(scheme, rest)?,
            None if is_host_and_path(&text) => {}
            None => return Err(RemoteUrlFault::Form),
        }
        Ok(Self(text))
    }
}

/// `scheme://rest` without a secret before the host; over SSH the name before it is none.
fn check_scheme(scheme: &str, rest: &str) -> Result<(), RemoteUrlFault> {
    let authority = rest.split('/').next().unwrap_or(rest);
    let before_host = authority.rsplit_once('@').map(|(before, _)| before);
    match (scheme, before_host) {
        ("https" | "http", Some(_)) => Err(RemoteUrlFault::Secret),
        (_, Some(before)) if before.contains(':') => Err(RemoteUrlFault::Secret),
        ("https" | "http" | "ssh" | "git" | "file", _) => Ok(()),
        _ => Err(RemoteUrlFault::Form),
    }
}

/// `user@host:path`.
fn is_host_and_path(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(_, rest)| rest.contains(':'))
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RemoteUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for RemoteUrl {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RemoteUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": 500})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_fetches_from_is_taken() {
        for text in [
            "https://git.example.com/a/b.git",
            "https://git.example.com:8443/a@b",
            "ssh://git@git.example.com/a/b",
            "git@git.example.com:a/b.git",
            "git://git.example.com/a",
            "file:///srv/git/a.git",
        ] {
            assert_eq!(text.parse::<RemoteUrl>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn secrets_and_other_things_are_refused() {
        for (text, fault) in [
            ("https://ada:pass@git.example.com/a", RemoteUrlFault::Secret),
            ("https://token@git.example.com/a", RemoteUrlFault::Secret),
            ("ssh://git:pass@git.example.com/a", RemoteUrlFault::Secret),
            ("javascript:alert(1)", RemoteUrlFault::Form),
            ("ext::sh://x", RemoteUrlFault::Form),
            ("a/b", RemoteUrlFault::Form),
            ("https://a b", RemoteUrlFault::Form),
            ("", RemoteUrlFault::Text(TextFault::Empty)),
        ] {
            assert_eq!(text.parse::<RemoteUrl>(), Err(fault), "{text}");
        }
    }
}
