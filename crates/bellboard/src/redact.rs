//! Takes secrets out of what a command printed before its last lines travel: those that anybody can tell, as core knows
//! them, and those that only this environment knows.

use bellboard_core::text::{HIDDEN, is_secret_name, redact};

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
        redact(&text)
    }
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
            ("key bbp_0123456789abcdef used", "key [hidden] used"),
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
