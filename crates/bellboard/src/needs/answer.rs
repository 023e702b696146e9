//! An answer to an ask: one of its options, or the values of its form.

use anyhow::Result;
use bellboard_core::ask::Answer;
use clap::Args;
use serde_json::{Map, Value, json};

use super::find::Item;
use super::{What, WordsArgs, needs_note, receipt, undo_seconds, with_flag};
use crate::runs::short_id;
use crate::session::Session;
use crate::stop::Stop;

/// What is chosen.
#[derive(Debug, Args)]
pub struct ChoiceArgs {
    /// The answer to a question: the key of one of its options
    #[arg(long, value_name = "KEY", conflicts_with = "values")]
    option: Option<String>,
    /// The answer to a form, once for each of its fields
    #[arg(long = "value", value_name = "FIELD=VALUE")]
    values: Vec<String>,
}

impl ChoiceArgs {
    /// Only a question takes an answer.
    pub(super) fn refuse_for(&self, item: &Item) -> Result<()> {
        if self.option.is_none() && self.values.is_empty() {
            return Ok(());
        }
        debug_assert!(item.what != What::Ask, "a question is answered");
        let label = &item.label;
        Err(Stop::usage(format!(
            "{label}: this is no question, so it takes neither --option nor --value."
        ))
        .into())
    }
}

/// Answers.
pub(super) async fn give(
    item: &Item,
    choice: &ChoiceArgs,
    words: &WordsArgs,
    session: &Session,
) -> Result<u8> {
    let client = &session.client;
    let ask = client.call_raw("get_ask", json!({"ask_id": item.id}));
    let ask = ask.await?;
    let answer = read(&ask, item, choice)?;
    if let Some(label) = must_say_why(&ask, &answer).filter(|_| words.note.is_none()) {
        let why = format!("To answer “{label}” needs a reason");
        return Err(needs_note(&why, &item.id));
    }
    let undo = undo_seconds(words, session).await?;
    let mut input = json!(answer);
    input["ask_id"] = json!(item.id);
    input["note"] = json!(words.note);
    input["undo_seconds"] = json!(undo);
    let view = client.call_raw("answer_ask", input).await;
    let view = view.map_err(|fault| with_flag(fault, &item.id))?;
    let title = view["title"].as_str().unwrap_or_default();
    let answer = view["answer"]["label"].as_str().unwrap_or_default();
    let words = format!("Answered “{title}”: {answer}");
    receipt(&words, &item.id, undo, &view, &session.output)
}

/// What `reject` says about a question.
pub(super) async fn refuse_rejection(item: &Item, session: &Session) -> Result<Stop> {
    let ask = session
        .client
        .call_raw("get_ask", json!({"ask_id": item.id}));
    Ok(how_to_answer(&ask.await?, item))
}

fn read(ask: &Value, item: &Item, choice: &ChoiceArgs) -> Result<Answer, Stop> {
    let has_form = ask["form"].is_object();
    match (&choice.option, has_form) {
        (Some(option), false) => Ok(Answer::Option(option.clone())),
        (None, true) if !choice.values.is_empty() => {
            let values = choice
                .values
                .iter()
                .map(|text| field(ask, text))
                .collect::<Result<Map<_, _>, Stop>>()?;
            Ok(Answer::Values(values))
        }
        _ => Err(how_to_answer(ask, item)),
    }
}

/// One field of a form, as the type that the form says.
fn field(ask: &Value, text: &str) -> Result<(String, Value), Stop> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(Stop::usage(format!(
            "--value {text}: a field, `=` and its value, such as --value days=30."
        )));
    };
    let name = name.trim();
    let kind = ask["form"]["properties"][name]["type"].as_str();
    let value = match kind {
        Some("integer" | "number" | "boolean") => {
            serde_json::from_str(value.trim()).map_err(|_| {
                Stop::usage(format!(
                    "--value {text}: {name} takes {}.",
                    match kind {
                        Some("boolean") => "true or false",
                        Some("integer") => "a whole number",
                        _ => "a number",
                    }
                ))
            })?
        }
        // The hub names a field that it does not know.
        _ => json!(value),
    };
    Ok((name.to_owned(), value))
}

/// The whole command line for each answer that there is.
fn how_to_answer(ask: &Value, item: &Item) -> Stop {
    let id = short_id(&item.id);
    let title = ask["title"].as_str().unwrap_or(&item.label);
    if let Some(fields) = ask["form"]["properties"].as_object() {
        let fields: Vec<String> = fields
            .keys()
            .map(|name| format!("--value {name}=VALUE"))
            .collect();
        return Stop::usage(format!(
            "“{title}” waits for an answer: bellboard accept {id} {}",
            fields.join(" ")
        ));
    }
    let options = ask["options"].as_array();
    let options: Vec<String> = options
        .into_iter()
        .flatten()
        .filter_map(|option| {
            let (key, label) = (option["key"].as_str()?, option["label"].as_str()?);
            Some(format!("--option {key} ({label})"))
        })
        .collect();
    Stop::usage(format!(
        "“{title}” waits for an answer: bellboard accept {id} with {}",
        options.join(" or ")
    ))
}

/// What the chosen option is called, if whoever chooses it must say why.
fn must_say_why(ask: &Value, answer: &Answer) -> Option<String> {
    let Answer::Option(key) = answer else {
        return None;
    };
    let mut options = ask["options"].as_array()?.iter();
    let chosen = options.find(|option| option["key"] == **key)?;
    let label = chosen["label"].as_str()?;
    (chosen["needs_note"] == true).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_the_form_says() {
        let ask = json!({"form": {"properties": {
            "days": {"type": "integer"}, "share": {"type": "number"}, "keep": {"type": "boolean"},
            "why": {"type": "string"},
        }}});
        for (text, value) in [
            ("days=30", json!(30)),
            ("share = 0.5", json!(0.5)),
            ("keep=true", json!(true)),
            ("why=30 = thirty", json!("30 = thirty")),
            ("other=1", json!("1")),
        ] {
            assert_eq!(field(&ask, text).unwrap().1, value, "{text}");
        }
        for (text, words) in [
            ("days", "a field, `=`"),
            ("days=soon", "a whole number"),
            ("keep=yes", "true or false"),
        ] {
            let fault = field(&ask, text).unwrap_err();
            assert!(fault.message.contains(words), "{}", fault.message);
        }
    }
}
