//! One call of the matrix: its path, its body, who calls, and the whole answer but for what differs each time.

use bellboard_hub::verbs::{Access, Method, Verb};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::input::input;
use super::{Caller, NEVER, Place, Sign};
use crate::house::House;

pub async fn call(
    house: &House,
    verb: &Verb,
    caller: &Caller,
    place: &Place,
) -> (StatusCode, String) {
    let mut path = verb.path.to_owned();
    for (name, value) in [
        ("{engagement_id}", &place.engagement),
        ("{run_id}", &place.run),
        ("{artifact_id}", &place.artifact),
        ("{ask_id}", ask_of(verb, place)),
        ("{token_id}", &place.token),
        ("{person_id}", &place.member),
        ("{notification_id}", &place.notification),
        ("{dashboard_id}", &place.dashboard),
        ("{snapshot_id}", &place.snapshot),
        ("{subscription_id}", &place.subscription),
        ("{delivery_id}", &place.delivery),
        ("{slug}", &place.slug),
        ("{domain_slug}", &place.slug),
        ("{ep_id}", &place.slug),
        ("{td_id}", &place.slug),
        ("{task_id}", &place.slug),
        ("{type}", &"test.work".to_owned()),
    ] {
        path = path.replace(name, value);
    }
    if verb.name == "unsnooze_need" {
        path = format!("{path}?engagement_id={NEVER}&kind=ask&item_id={NEVER}");
    }
    if verb.name == "delete_dependency" {
        let (engagement, slug) = (&place.engagement, &place.slug);
        path = format!("{path}?engagement={engagement}&workstream={slug}&depends_on=groundwork");
    }
    let method = verb.method.as_str().parse().unwrap();
    let mut request = house.request(method, &path);
    match &caller.sign {
        Sign::Nothing => {}
        Sign::Bearer(token) => request = request.bearer_auth(token),
        Sign::Cookie(cookie) => {
            request = request
                .header("cookie", cookie)
                .header("sec-fetch-site", "same-origin");
        }
    }
    if matches!(verb.method, Method::Post | Method::Put | Method::Patch) {
        request = request.json(&aimed(input(verb.name), verb, place));
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = response.text().await.unwrap().replace(&id, "");
    (status, format!("{}\n{text}", headers.join("\n")))
}

/// A decision of the plan has an ask of its own.
fn ask_of<'a>(verb: &Verb, place: &'a Place) -> &'a String {
    match verb.access {
        Access::Work(..) => &place.decision,
        _ => &place.ask,
    }
}

/// The body with what it says of the place.
fn aimed(mut body: Value, verb: &Verb, place: &Place) -> Value {
    if matches!(verb.access, Access::Chosen(_)) {
        body["engagement"] = json!(place.engagement);
    }
    if verb.name == "create_subscription" {
        body["subscriber_id"] = json!(place.member);
    }
    if verb.name == "sync_repos" {
        body["repos"][0]["slug"] = json!(place.slug);
    }
    // A new slug is the old one, so that the next cell finds it there.
    for field in ["new_slug", "domain_slug", "domain", "workstream"] {
        if let Some(slug) = body.get_mut(field) {
            *slug = json!(place.slug);
        }
    }
    body
}
