//! What is asked, as it is written on a command line: options, or a form. Core says what is a question; here is said which
//! argument is wrong.

use std::io::Read as _;

use bellboard_core::ask::{Answer, AskOption, Form, OptionKey, Options, Question};
use bellboard_core::text::Bounded;
use clap::Args;
use serde_json::Value;

use crate::stop::Stop;

/// The longest form that is read.
const MAX_FORM_BYTES: u64 = 64 * 1024;

/// What can be answered.
#[derive(Debug, Args)]
pub struct QuestionArgs {
    /// One of the answers to choose from: what is printed, and what a button says; 2 to 10 of them
    #[arg(
        long = "option",
        value_name = "KEY=LABEL",
        required_unless_present = "form",
        conflicts_with = "form"
    )]
    options: Vec<String>,
    /// What follows from an option, shown beside it
    #[arg(long = "consequence", value_name = "KEY=TEXT", requires = "options")]
    consequences: Vec<String>,
    /// An option whose chooser must say why
    #[arg(long = "needs-note", value_name = "KEY", requires = "options")]
    needs_note: Vec<String>,
    /// A form instead of options: a file with a small JSON Schema, `-` for standard input, or the JSON itself
    #[arg(long, value_name = "FILE")]
    form: Option<String>,
}

impl QuestionArgs {
    /// Reads the question, or says which argument is wrong and how it is written.
    pub fn read(&self) -> Result<Question, Stop> {
        match &self.form {
            Some(form) => read_form(form).map(Question::Form),
            None => self.read_options().map(Question::Options),
        }
    }

    fn read_options(&self) -> Result<Options, Stop> {
        let mut options = Vec::new();
        for text in &self.options {
            let (key, label) = pair("--option", text, "yes=\"Delete them\"")?;
            options.push(AskOption {
                key,
                label: bounded("--option", text, label)?,
                consequence: None,
                needs_note: false,
            });
        }
        for text in &self.consequences {
            let (key, words) = pair("--consequence", text, "yes=\"14 rows are gone\"")?;
            let option = among(&mut options, "--consequence", key.as_str())?;
            option.consequence = Some(bounded("--consequence", text, words)?);
        }
        for key in &self.needs_note {
            among(&mut options, "--needs-note", key)?.needs_note = true;
        }
        Options::new(options).map_err(|fault| Stop::usage(format!("--option: {fault}.")))
    }
}

/// `KEY=TEXT`.
fn pair<'a>(argument: &str, text: &'a str, example: &str) -> Result<(OptionKey, &'a str), Stop> {
    let Some((key, words)) = text.split_once('=') else {
        return Err(Stop::usage(format!(
            "{argument} {text}: a key, `=` and the words, such as {argument} {example}."
        )));
    };
    let key = key.trim().parse().map_err(|fault| {
        Stop::usage(format!(
            "{argument} {text}: the key before `=` {fault}, such as {argument} {example}."
        ))
    })?;
    Ok((key, words))
}

fn bounded<const MAX: usize>(
    argument: &str,
    text: &str,
    words: &str,
) -> Result<Bounded<MAX>, Stop> {
    let parsed = Bounded::parse(words);
    parsed.map_err(|fault| Stop::usage(format!("{argument} {text}: the words after `=`: {fault}.")))
}

fn among<'a>(
    options: &'a mut [AskOption],
    argument: &str,
    key: &str,
) -> Result<&'a mut AskOption, Stop> {
    let keys: Vec<String> = options.iter().map(|one| format!("`{}`", one.key)).collect();
    let found = options.iter_mut().find(|one| one.key.as_str() == key);
    found.ok_or_else(|| {
        Stop::usage(format!(
            "{argument} {key}: no option has this key. The options are {}.",
            keys.join(", ")
        ))
    })
}

fn read_form(from: &str) -> Result<Form, Stop> {
    let wrong = |why: String| Stop::usage(format!("--form: {why}"));
    let text = if from.trim_start().starts_with('{') {
        from.to_owned()
    } else {
        read_all(from).map_err(|fault| wrong(format!("{from} cannot be read: {fault}")))?
    };
    serde_json::from_str(&text).map_err(|fault| {
        wrong(format!(
            "{fault}. A form is {{\"type\": \"object\", \"properties\": {{\"rows\": {{\"type\": \"integer\"}}}}}}."
        ))
    })
}

fn read_all(from: &str) -> std::io::Result<String> {
    let mut text = String::new();
    if from == "-" {
        std::io::stdin()
            .take(MAX_FORM_BYTES)
            .read_to_string(&mut text)?;
    } else {
        let file = std::fs::File::open(from)?;
        file.take(MAX_FORM_BYTES).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// What holds when nobody answers, checked against the question.
pub fn read_fallback(question: &Question, text: &str) -> Result<Answer, Stop> {
    let answer = match question {
        Question::Options(_) => Answer::Option(text.to_owned()),
        Question::Form(_) => match serde_json::from_str(text) {
            Ok(Value::Object(values)) => Answer::Values(values),
            _ => {
                return Err(Stop::usage(format!(
                    "--fallback {text}: of a form its values as JSON, such as {{\"rows\": 14}}."
                )));
            }
        },
    };
    question.check(&answer).map_err(|wrong| {
        let field = wrong.field.strip_prefix("values.");
        let field = field.map(|name| format!(" {name}:")).unwrap_or_default();
        Stop::usage(format!("--fallback {text}:{field} {}", wrong.detail))
    })?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<const COUNT: usize>(texts: [&str; COUNT]) -> Vec<String> {
        texts.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read_with_what_follows_from_them() {
        let read = QuestionArgs {
            options: words(["yes=Delete them = now", "no=Keep"]),
            consequences: words(["yes=14 rows are gone"]),
            needs_note: words(["no"]),
            form: None,
        };
        let Question::Options(options) = read.read().unwrap() else {
            panic!("no options");
        };
        assert_eq!(
            serde_json::to_value(&options).unwrap(),
            serde_json::json!([
                {"key": "yes", "label": "Delete them = now", "consequence": "14 rows are gone", "needs_note": false},
                {"key": "no", "label": "Keep", "needs_note": true},
            ])
        );
    }

    #[test]
    fn a_wrong_argument_is_named_with_the_way_out() {
        for (options, consequences, needs_note, said) in [
            (
                words(["yes", "no=No"]),
                vec![],
                vec![],
                "--option yes: a key, `=` and the words",
            ),
            (
                words(["Yes=Yes", "no=No"]),
                vec![],
                vec![],
                "the key before `=` must be 1 to 40 of a-z",
            ),
            (
                words(["=Yes", "no=No"]),
                vec![],
                vec![],
                "the key before `=` must be",
            ),
            (
                words(["yes=", "no=No"]),
                vec![],
                vec![],
                "--option yes=: the words after `=`: must not be empty",
            ),
            (
                words(["yes=Yes"]),
                vec![],
                vec![],
                "--option: 2 to 10 options, this has 1.",
            ),
            (
                words(["yes=Yes", "yes=Ja"]),
                vec![],
                vec![],
                "two options have the key `yes`",
            ),
            (
                words(["yes=Yes", "no=No"]),
                words(["maybe=x"]),
                vec![],
                "The options are `yes`, `no`.",
            ),
            (
                words(["yes=Yes", "no=No"]),
                vec![],
                words(["nein"]),
                "--needs-note nein: no option has this key",
            ),
        ] {
            let args = QuestionArgs {
                options,
                consequences,
                needs_note,
                form: None,
            };
            let stop = args.read().unwrap_err();
            assert_eq!(stop.code, crate::stop::USAGE);
            assert!(stop.message.contains(said), "{said}: {}", stop.message);
        }
    }

    #[test]
    fn a_form_and_its_fallback_are_checked_as_the_hub_checks_them() {
        let form =
            r#"{"type": "object", "properties": {"rows": {"type": "integer", "minimum": 1}}}"#;
        let question = Question::Form(read_form(form).unwrap());
        assert!(read_fallback(&question, r#"{"rows": 3}"#).is_ok());
        for (text, said) in [
            ("no", "--fallback no: of a form its values as JSON"),
            (r#"{"rows": 0}"#, " rows: Must be a whole number from 1"),
        ] {
            let stop = read_fallback(&question, text).unwrap_err();
            assert!(stop.message.contains(said), "{said}: {}", stop.message);
        }
        for (form, said) in [
            (
                "/nowhere/form.json",
                "--form: /nowhere/form.json cannot be read",
            ),
            (r#"{"type": "array"}"#, "--form: "),
            (
                r#"{"type": "object", "properties": {"rows": {"type": "date"}}}"#,
                "A form is {",
            ),
        ] {
            let stop = read_form(form).unwrap_err();
            assert!(stop.message.contains(said), "{said}: {}", stop.message);
        }
    }
}
