//! Takes secrets out of what a worker said or printed, before anybody stores it. Better one word too many than one
//! secret. What is hidden: keys of well-known issuers, values whose names say that they are secret, what follows
//! `Bearer`, passwords in addresses, blocks of private keys.

mod keys;

use std::ops::Range;

use serde_json::Value;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// Hiding one thing can show the next; more rounds than this has no honest text.
const ROUNDS: usize = 8;

/// Parts of names whose values are secrets, in variables, options, headers and fields alike.
const SECRET_NAMES: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "accountkey",
    "sharedkey",
    "private_key",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "credential",
    "authorization",
    "cookie",
];
/// Ends of such names.
const SECRET_ENDS: [&str; 4] = ["_key", "pwd", "_pass", "_sig"];

/// What may stand for a value and is none: it tells a person what is wrong with the secret.
const NO_VALUES: [&str; 14] = [
    "none", "null", "true", "false", "empty", "missing", "required", "expired", "invalid", "unset",
    "unknown", "not", "is", "was",
];
/// Words that follow `bearer` in prose.
const AFTER_BEARER: [&str; 14] = [
    "token",
    "tokens",
    "of",
    "is",
    "was",
    "and",
    "or",
    "auth",
    "authentication",
    "header",
    "expired",
    "missing",
    "not",
    "scheme",
];

/// The same text without its secrets. Doing it again changes nothing.
pub fn redact(text: &str) -> String {
    let mut clean = text.to_owned();
    for _ in 0..ROUNDS {
        let found = secrets_in(&clean);
        if found.is_empty() {
            return clean;
        }
        let next = without(&clean, found);
        if next == clean {
            return clean;
        }
        clean = next;
    }
    HIDDEN.to_owned()
}

/// The same for every text in a JSON value, and for whatever text stands under the name of a secret.
pub fn redact_json(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(values) => values.iter_mut().for_each(redact_json),
        Value::Object(entries) => {
            for (name, value) in entries {
                match value {
                    value if is_secret_name(name) => hide_texts(value),
                    value => redact_json(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Hides every text of a value whose name says that it is secret. Numbers stay: `tokens` and `max_tokens` count.
fn hide_texts(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() => HIDDEN.clone_into(text),
        Value::Array(values) => values.iter_mut().for_each(hide_texts),
        Value::Object(entries) => entries.values_mut().for_each(hide_texts),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a value of this name is a secret: `DB_PASSWORD`, `--api-key`, `authorization`.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
        || SECRET_ENDS.iter().any(|end| name.ends_with(end))
        || name == "sig"
}

fn secrets_in(text: &str) -> Vec<Range<usize>> {
    let mut found = key_blocks(text);
    found.extend(address_passwords(text));
    found.extend(keys::known_keys(text));
    found.extend(named_values(text));
    found.extend(options(text));
    found.extend(bearers(text));
    found.retain(|range| !range.is_empty() && !is_hidden(&text[range.clone()]));
    found
}

fn is_hidden(value: &str) -> bool {
    value.trim_matches(['"', '\'', '`', '\\']) == HIDDEN
}

fn without(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_by_key(|range| (range.start, range.end));
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for range in found {
        if range.start >= end {
            clean.push_str(&text[end..range.start]);
            clean.push_str(HIDDEN);
        }
        end = end.max(range.end);
    }
    clean.push_str(&text[end..]);
    clean
}

/// `-----BEGIN ... PRIVATE KEY-----` to its end, or to the end of the text when that was cut off.
fn key_blocks(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("-----BEGIN ").map(|at| at + from) {
        let head = text[at + 11..].split("-----").next().unwrap_or_default();
        from = at + 11;
        if !head.contains("PRIVATE KEY") {
            continue;
        }
        let end = text[from..].find("-----END ").map_or(text.len(), |end| {
            let end = from + end + 9;
            text[end..]
                .find("-----")
                .map_or(text.len(), |dashes| end + dashes + 5)
        });
        found.push(at..end);
        from = end;
    }
    found
}

/// `scheme://user:password@host`: whatever stands before the `@`.
fn address_passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        let end = rest
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`')
            })
            .unwrap_or(rest.len());
        if let Some(host) = rest[..end].rfind('@') {
            found.push(start..start + host);
        }
    }
    found
}

/// `name=value`, `name: value`, `"name": "value"`, `name => value`.
fn named_values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, separator) in text.match_indices(['=', ':']) {
        if text[at..].starts_with("://") {
            continue;
        }
        let name = name_before(&text[..at]);
        if !is_secret_name(name) {
            continue;
        }
        let mut start = at + separator.len();
        start += leading(&text[start..], |c| matches!(c, '=' | '>' | ':'));
        start += leading(&text[start..], char::is_whitespace);
        let lower = name.to_ascii_lowercase();
        let range = if lower.ends_with("cookie") {
            start..start + text[start..].find('\n').unwrap_or(text.len() - start)
        } else {
            value_at(text, start)
        };
        let value = text[range.clone()].to_ascii_lowercase();
        let is_count = lower.ends_with("tokens")
            && value
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        if matches!(
            value.as_str(),
            "bearer" | "basic" | "digest" | "token" | "apikey"
        ) {
            let next = range.end + leading(&text[range.end..], char::is_whitespace);
            found.push(value_at(text, next));
        } else if !is_count && !NO_VALUES.contains(&value.as_str()) {
            found.push(range);
        }
    }
    found
}

fn leading(text: &str, is_skipped: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_skipped(c)).unwrap_or(text.len())
}

/// The name that stands before a separator, perhaps in quotes.
fn name_before(text: &str) -> &str {
    let text = text
        .trim_end_matches([' ', '\t'])
        .trim_end_matches(['"', '\'', '`', '\\']);
    let start = text
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .map_or(0, |at| {
            at + text[at..].chars().next().map_or(1, char::len_utf8)
        });
    &text[start..]
}

/// A value: to the closing quote, or one word without the punctuation that closes it.
fn value_at(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    let bare = rest.trim_start_matches('\\');
    let begin = start + rest.len() - bare.len();
    if let Some(quote) = bare
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
    {
        let inside = &bare[1..];
        let mut escaped = bare.len() < rest.len();
        let deep = escaped;
        for (at, c) in inside.char_indices() {
            if c == '\n' || (c == quote && (deep || !escaped)) {
                let end = begin + 1 + at;
                let end = if deep && text[..end].ends_with('\\') {
                    end - 1
                } else {
                    end
                };
                return (begin + 1).min(end)..end;
            }
            escaped = c == '\\' && !escaped;
        }
        return begin + 1..text.len();
    }
    if rest.starts_with(HIDDEN) {
        let end = start + HIDDEN.len();
        let more = leading(&text[end..], |c| {
            !ends_value(c) && !matches!(c, ',' | ')' | ']' | '}' | '.')
        });
        return start..end + more;
    }
    let end = leading(rest, |c| !ends_value(c));
    let value = rest[..end].trim_end_matches([',', ')', ']', '}', '.', ':', '\\']);
    start..start + value.len()
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '&' | ';' | '<' | '>' | '|')
}

/// `--token abc`, `-u user:password`.
fn options(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut before: Option<&str> = None;
    let mut at = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if !word.is_empty() {
            let value = value_at(text, at);
            match before {
                Some("-u" | "--user") => {
                    if let Some(colon) = text[value.clone()].find(':') {
                        found.push(value_at(text, value.start + colon + 1));
                    }
                }
                Some(option)
                    if option.starts_with("--")
                        && !option.contains('=')
                        && is_secret_name(option)
                        && !word.starts_with('-') =>
                {
                    found.push(value);
                }
                _ => {}
            }
            before = Some(word);
        }
        at += piece.len();
    }
    found
}

/// What follows `Bearer`, and what follows `Basic` when it looks like a credential.
fn bearers(text: &str) -> Vec<Range<usize>> {
    let small = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (scheme, hides_words) in [("bearer", true), ("basic", false)] {
        for (at, _) in small.match_indices(scheme) {
            let end = at + scheme.len();
            let space = leading(&text[end..], |c| c.is_whitespace() || c == ':');
            if space == 0
                || small[..at]
                    .chars()
                    .next_back()
                    .is_some_and(char::is_alphanumeric)
            {
                continue;
            }
            let value = value_at(text, end + space);
            let word = &text[value.clone()];
            let hides = if hides_words {
                !AFTER_BEARER.contains(&word.to_ascii_lowercase().trim_end_matches(['.', ',', ':']))
            } else {
                looks_encoded(word)
            };
            if hides {
                found.push(value);
            }
        }
    }
    found
}

fn looks_encoded(word: &str) -> bool {
    word.len() >= 8
        && (word
            .bytes()
            .any(|byte| byte.is_ascii_digit() || byte == b'=')
            || word.chars().skip(1).any(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_everything_else_is_kept() {
        let table = [
            (
                "nothing to hide here: 3 files",
                "nothing to hide here: 3 files",
            ),
            ("password=hunter2 next", "password=[hidden] next"),
            ("password: hunter2 next", "password: [hidden] next"),
            ("DB_PASSWORD = hunter2", "DB_PASSWORD = [hidden]"),
            ("--token abc --verbose", "--token [hidden] --verbose"),
            ("--token=abc --verbose", "--token=[hidden] --verbose"),
            (
                "Authorization: Bearer abc.def",
                "Authorization: Bearer [hidden]",
            ),
            ("sent Bearer abc.def to it", "sent Bearer [hidden] to it"),
            (
                "clone https://me:pw@host.example/x.git",
                "clone https://[hidden]@host.example/x.git",
            ),
            (
                "url=postgres://u:p@localhost/db",
                "url=postgres://[hidden]@localhost/db",
            ),
            (
                "see https://host.example/a:b",
                "see https://host.example/a:b",
            ),
            ("GET /x?token=abc&page=2", "GET /x?token=[hidden]&page=2"),
            ("key bbp_0123456789abcdef used", "key [hidden] used"),
            ("'ghp_0123456789abcdef'", "'[hidden]'"),
            ("at 12:30:45 done", "at 12:30:45 done"),
            ("  indented   text ", "  indented   text "),
            (
                "sk-slovakia-report is a label",
                "sk-slovakia-report is a label",
            ),
            ("disk-usage-0123456789abc", "disk-usage-0123456789abc"),
            (
                r#"{"password":"a b","n":1}"#,
                r#"{"password":"[hidden]","n":1}"#,
            ),
            (r#"{\"secret\":\"abc\"}"#, r#"{\"secret\":\"[hidden]\"}"#),
            ("Cookie: a=b; c=d\nnext line", "Cookie: [hidden]\nnext line"),
            ("curl -u me:pw host", "curl -u me:[hidden] host"),
            ("password=[hidden]rest", "password=[hidden]"),
            (
                "File \"/srv/app/x.py\", line 3",
                "File \"/srv/app/x.py\", line 3",
            ),
            (
                "key:\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nend",
                "key:\n[hidden]\nend",
            ),
            ("-----BEGIN PRIVATE KEY-----\ncut off", "[hidden]"),
            (
                "-----BEGIN CERTIFICATE-----\nMIIB",
                "-----BEGIN CERTIFICATE-----\nMIIB",
            ),
            (
                "post to hooks.slack.com/services/T0/B0/XyZ now",
                "post to [hidden] now",
            ),
        ];
        for (text, clean) in table {
            assert_eq!(redact(text), clean, "{text}");
        }
    }

    #[test]
    fn names_tell_what_is_secret() {
        for name in [
            "DB_PASSWORD",
            "--api-key",
            "Authorization",
            "STRIPE_KEY",
            "sig",
            "MYSQL_PWD",
            "my.client_secret",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["key", "path", "monkey", "signal", "pass", "author"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn json_is_looked_through_to_the_last_leaf() {
        let mut value = serde_json::json!({
            "links": ["https://me:pw@host/x", 7],
            "auth": {"token": "abc", "tries": 3},
            "secrets": ["hunter2", {"value": "hunter2"}, 7],
            "max_tokens": 4096,
            "command": "deploy --password=abc",
        });
        redact_json(&mut value);
        let clean = serde_json::json!({
            "links": ["https://[hidden]@host/x", 7],
            "auth": {"token": "[hidden]", "tries": 3},
            "secrets": ["[hidden]", {"value": "[hidden]"}, 7],
            "max_tokens": 4096,
            "command": "deploy --password=[hidden]",
        });
        assert_eq!(value, clean);
    }
}
