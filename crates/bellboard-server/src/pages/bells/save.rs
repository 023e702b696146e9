//! Saving a bell: one subscription for each way of telling. A refusal is told beside the editor, with all that was typed; a
//! new webhook's secret is shown once.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde_json::{Value, json};

use super::editor::{NOTHING, Sends, refusal};
use super::page;
use super::rule::{Nameable, RuleForm};
use super::told::{Saved, Told};
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::dashboards::Place;
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// Tries the rule, adds a line to it, or saves the bell.
pub async fn save(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Path(id): Path<String>,
    Form(mut typed): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    if typed.get("act").is_none_or(|act| act != "save") {
        return page(&visit, &place, &typed, None, None).await;
    }
    let form = RuleForm::read(&typed, &Nameable::of(&place.view));
    let sends = Sends::read(&typed, "UTC");
    let me = visit.caller.person_id.to_string();
    let inputs = match inputs(&place.view.id.to_string(), &me, &form, &sends) {
        Ok(inputs) => inputs,
        Err(words) => {
            let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            let page = page(&visit, &place, &typed, Some(words), None).await?;
            return Ok((status, page).into_response());
        }
    };
    let mut secret = None;
    let mut saved: Vec<&str> = Vec::new();
    for (way, input) in inputs {
        match act(
            &app,
            &request_id,
            visit.again(),
            "create_subscription",
            input,
        )
        .await
        {
            Ok(answer) => {
                secret = secret.or_else(|| secret_in(&answer.json));
                typed.remove(way.tick);
                saved.push(way.words);
            }
            // What was saved is told whatever the fault: its secret is shown this once.
            Err(problem) if problem.status.is_client_error() || !saved.is_empty() => {
                let words = format!("{}{}", refusal(&problem), left_over(&saved, way));
                let so_far = came_of(&saved, visit.sends_mail());
                let told = secret.map(|secret| Told::with_secret(secret, so_far));
                let page = page(&visit, &place, &typed, Some(words), told).await?;
                return Ok((problem.status, page).into_response());
            }
            Err(problem) => return Err(problem),
        }
    }
    let done = came_of(&saved, visit.sends_mail());
    if let Some(secret) = secret {
        let told = Told::with_secret(secret, done);
        return page(&visit, &place, &BTreeMap::new(), None, Some(told)).await;
    }
    Ok(go_back(&format!(
        "/ui/dashboards/{}/bells?did={}",
        place.view.id,
        done.word()
    )))
}

const BY_MAIL: &str = "By mail";

/// When what was saved rings.
fn came_of(saved: &[&str], sends_mail: bool) -> Saved {
    let asks = saved.contains(&BY_MAIL);
    let rings = saved.iter().any(|way| *way != BY_MAIL);
    match (asks, rings, sends_mail) {
        (false, ..) => Saved::Rings,
        (true, true, true) => Saved::RingsAndAsks,
        (true, false, true) => Saved::Asks,
        (true, true, false) => Saved::RingsAndWaits,
        (true, false, false) => Saved::Waits,
    }
}

/// A way of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    /// The box that asks for it.
    tick: &'static str,
    words: &'static str,
}

/// The subscriptions that are asked for. The one that is refused most easily comes first.
fn inputs(
    dashboard: &str,
    me: &str,
    form: &RuleForm,
    sends: &Sends,
) -> Result<Vec<(Way, Value)>, String> {
    if let Some(fault) = form.fault() {
        return Err(format!("{fault} Nothing was saved."));
    }
    let rule = form.rule().ok_or(NOTHING)?;
    let mut common = json!({
        "dashboard_id": dashboard,
        "threshold_json": rule,
        "baseline": form.baseline,
    });
    if let Some(seconds) = sends.at_most {
        common["at_most_every_seconds"] = json!(seconds);
    }
    if let Some(seconds) = sends.digest {
        common["digest_seconds"] = json!(seconds);
    }
    if !sends.quiet_from.is_empty() || !sends.quiet_to.is_empty() {
        common["quiet_hours"] =
            json!({ "from": sends.quiet_from, "to": sends.quiet_to, "zone": sends.zone });
    }
    let ways = [
        (
            sends.to_webhook,
            "webhook",
            sends.webhook.as_str(),
            "to-webhook",
            "By webhook",
        ),
        (
            sends.to_mail,
            "email",
            sends.mail.as_str(),
            "to-mail",
            BY_MAIL,
        ),
        (sends.to_me, "persona", me, "to-me", "In Bellboard"),
    ];
    let inputs: Vec<(Way, Value)> = ways
        .into_iter()
        .filter(|(asked, ..)| *asked)
        .map(|(_, kind, who, tick, words)| {
            let mut input = common.clone();
            input["subscriber_kind"] = json!(kind);
            input["subscriber_id"] = json!(who);
            (Way { tick, words }, input)
        })
        .collect();
    if inputs.is_empty() {
        let words = "Say how you want to be told: in Bellboard, by mail or by webhook.";
        return Err(words.to_owned());
    }
    Ok(inputs)
}

/// What was saved before one was refused.
fn left_over(saved: &[&str], way: Way) -> String {
    if saved.is_empty() {
        return " Nothing was saved.".to_owned();
    }
    format!(" Saved: {}. Not saved: {}.", saved.join(", "), way.words)
}

fn secret_in(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    answer["secret"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use bellboard_core::dashboard::Baseline;

    use super::*;

    fn form() -> RuleForm {
        RuleForm::of_json(r#"{"set_added_min": 1}"#, Baseline::LastNotified)
    }

    #[test]
    fn each_way_of_telling_is_a_subscription_of_its_own() {
        let sends = Sends {
            to_me: true,
            to_webhook: true,
            webhook: "https://example.com/bells".to_owned(),
            at_most: Some(21_600),
            quiet_from: "22:00".to_owned(),
            quiet_to: "07:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            ..Sends::default()
        };
        let inputs = inputs("d", "me", &form(), &sends).unwrap();
        let common = |kind: &str, who: &str| {
            json!({
                "dashboard_id": "d", "threshold_json": {"set_added_min": 1}, "baseline": "last_notified",
                "at_most_every_seconds": 21_600, "subscriber_kind": kind, "subscriber_id": who,
                "quiet_hours": {"from": "22:00", "to": "07:00", "zone": "Europe/Berlin"},
            })
        };
        let said: Vec<(&str, Value)> = inputs
            .into_iter()
            .map(|(way, input)| (way.words, input))
            .collect();
        assert_eq!(
            said,
            [
                ("By webhook", common("webhook", "https://example.com/bells")),
                ("In Bellboard", common("persona", "me")),
            ]
        );
    }

    #[test]
    fn an_address_of_mail_is_asked_before_it_rings() {
        for (saved, sends_mail, came) in [
            (&["In Bellboard"][..], true, Saved::Rings),
            (&["In Bellboard"][..], false, Saved::Rings),
            (&["By webhook", "By mail"][..], true, Saved::RingsAndAsks),
            (&["By mail"][..], true, Saved::Asks),
            (
                &["By mail", "In Bellboard"][..],
                false,
                Saved::RingsAndWaits,
            ),
            (&["By mail"][..], false, Saved::Waits),
        ] {
            assert_eq!(came_of(saved, sends_mail), came, "{saved:?} {sends_mail}");
        }
    }

    #[test]
    fn a_bell_that_says_nothing_or_tells_nobody_is_not_saved() {
        let nobody = Sends::default();
        assert!(
            inputs("d", "me", &form(), &nobody)
                .unwrap_err()
                .contains("how you want to be told")
        );
        let mut empty = form();
        empty.rows.clear();
        let me = Sends {
            to_me: true,
            ..Sends::default()
        };
        assert!(
            inputs("d", "me", &empty, &me)
                .unwrap_err()
                .contains("at least one condition")
        );
        let way = Way {
            tick: "to-me",
            words: "In Bellboard",
        };
        assert_eq!(left_over(&[], way), " Nothing was saved.");
        assert_eq!(
            left_over(&["By mail"], way),
            " Saved: By mail. Not saved: In Bellboard."
        );
    }
}
