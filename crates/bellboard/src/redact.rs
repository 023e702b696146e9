//! Takes secrets out of what a command printed before its last lines travel. Better one word too many than one secret.

/// What stands in the place of a secret.
const HIDDEN: &str = "[hidden]";

/// Parts of names whose values are secrets, in variables, options and fields alike.
const SECRET_NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "private_key",
    "credential",
    "authorization",
];

/// How the secrets of well-known issuers begin.
const SECRET_STARTS: [&str; 20] = [
    "bbp_",
    "bba_",
    "bbr_",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk_live_",
    "rk_live_",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "AKIA",
    "ASIA",
    "eyJ",
    "npm_",
];

/// A shorter value in the environment is no secret worth the damage that hiding it everywhere would do.
const MIN_SECRET_VALUE: usize = 8;

/// Knows the secrets of this environment.
#[derive(Debug, Default, Clone)]
pub struct Redactor {
    values: Vec<String>,
}

impl Redactor {
    /// Remembers the values of variables whose names say that they are secret.
    pub fn of_environment(variables: impl Iterator<Item = (String, String)>) -> Self {
        let mut values: Vec<String> = variables
            .filter(|(name, value)| is_secret_name(name) && value.len() >= MIN_SECRET_VALUE)
            .map(|(_, value)| value)
            .collect();
        // The longest first, so that a secret inside another does not leave its rest behind.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { values }
    }

    /// The same text without its secrets and without terminal escapes.
    pub fn redact(&self, text: &str) -> String {
        let mut text = anstream::adapter::strip_str(text).to_string();
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), HIDDEN);
            }
        }
        redact_words(&text)
    }
}

/// Goes word by word; a word that announces a secret hides what comes after it.
fn redact_words(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut next_is_secret = false;
    let mut was_secret_name = false;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let space = &piece[word.len()..];
        if word.is_empty() {
            clean.push_str(piece);
            continue;
        }
        let lower = word.to_ascii_lowercase();
        if next_is_secret && !matches!(lower.as_str(), "=" | ":" | "bearer" | "basic") {
            clean.push_str(HIDDEN);
            next_is_secret = false;
        } else if matches!(lower.as_str(), "=" | ":") {
            clean.push_str(word);
            next_is_secret |= was_secret_name;
        } else {
            let (shown, announces) = redact_word(word, &lower);
            clean.push_str(&shown);
            next_is_secret = announces;
        }
        was_secret_name = is_secret_name(&lower);
        clean.push_str(space);
    }
    clean
}

/// The word without a secret in it, and whether it announces one in the next word.
fn redact_word(word: &str, lower: &str) -> (String, bool) {
    if matches!(lower, "bearer" | "basic" | "bearer:" | "basic:") {
        return (word.to_owned(), true);
    }
    if let Some(start) = word
        .find(['=', ':'])
        .filter(|start| !word[*start..].starts_with("://"))
    {
        let (name, value) = word.split_at(start + 1);
        if is_secret_name(name) {
            let bare = value.trim_matches(['"', '\'']);
            return if bare.is_empty() {
                (word.to_owned(), true)
            } else {
                (format!("{name}{HIDDEN}"), false)
            };
        }
        if let (shown, true) = redact_address(word) {
            return (shown, false);
        }
        let (shown, _) = redact_word(value, &value.to_ascii_lowercase());
        return (format!("{name}{shown}"), false);
    }
    if lower.starts_with("--") && is_secret_name(lower) {
        return (word.to_owned(), true);
    }
    if let (shown, true) = redact_address(word) {
        return (shown, false);
    }
    let bare = word.trim_start_matches(['"', '\'', '(', '[', '<', '`', ',']);
    let secret = SECRET_STARTS
        .iter()
        .any(|start| bare.starts_with(start) && bare.len() >= start.len() + 8);
    if secret {
        (HIDDEN.to_owned(), false)
    } else {
        (word.to_owned(), false)
    }
}

/// `https://user:password@host/` keeps its scheme and host.
fn redact_address(word: &str) -> (String, bool) {
    let Some((scheme, rest)) = word.split_once("://") else {
        return (word.to_owned(), false);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let Some(at) = authority.rfind('@') else {
        return (word.to_owned(), false);
    };
    (format!("{scheme}://{HIDDEN}@{}", &rest[at + 1..]), true)
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part)) || name.ends_with("_key") || name == "pwd="
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_words_are_kept() {
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
            ("key bbp_0123456789abcdef used", "key [hidden] used"),
            ("'ghp_0123456789abcdef'", "[hidden]"),
            ("at 12:30:45 done", "at 12:30:45 done"),
            ("\u{1b}[31mred\u{1b}[0m line", "red line"),
            ("  indented   text ", "  indented   text "),
        ];
        for (text, clean) in table {
            assert_eq!(Redactor::default().redact(text), clean, "{text}");
        }
    }

    #[test]
    fn values_of_secret_variables_are_hidden_wherever_they_stand() {
        let variables = [
            ("MY_TOKEN", "s3cr3t-value"),
            ("HOME", "/home/somebody"),
            ("A_SECRET", "short"),
        ];
        let redactor = Redactor::of_environment(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        assert_eq!(
            redactor.redact("got xs3cr3t-valuex in /home/somebody, short"),
            "got x[hidden]x in /home/somebody, short"
        );
    }
}
