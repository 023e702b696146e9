//! One delivery: what is sent, every try with what came back, and trying again.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use bellboard_hub::delivery::{self, AttemptView, OfDelivery};
use bellboard_hub::fault::Fault;
use serde::Deserialize;
use serde_json::Value;

use super::DeliveryRow;
use crate::pages::assets::Asset;
use crate::pages::mark::Mark;
use crate::pages::moment::{Moment, Reading};
use crate::pages::shell::{Here, Shell};
use crate::pages::visit::Visit;
use crate::pages::{render, strip};
use crate::problem::Problem;

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeliveryQuery {
    did: String,
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct DeliveryPage {
    shell: Shell,
    row: DeliveryRow,
    told: Option<&'static str>,
    wrong: Option<String>,
    bell_url: Option<String>,
    change_url: Option<String>,
    settled: Option<Moment>,
    body: String,
    tries: Vec<TryRow>,
}

struct TryRow {
    number: i64,
    mark: Mark,
    at: Moment,
    said: String,
}

/// Answers `/ui/deliveries/{delivery_id}`.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Response, Problem> {
    let told = (query.did == "replayed")
        .then_some("It is tried again, with the same id and the same bytes.");
    page(&visit, &id, told, None).await
}

/// The page, perhaps with why it is not tried again.
pub async fn page(
    visit: &Visit,
    id: &str,
    told: Option<&'static str>,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let of = OfDelivery {
        delivery_id: id.parse().map_err(|_| Fault::not_found())?,
    };
    let found = delivery::get_delivery(visit.call("get_delivery"), of).await?;
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(visit, None).await?;
    let shell = visit
        .shell("Delivery", Here::Bells, strip.counts(), &engagements)
        .with_strip(strip);
    let said: Value = serde_json::from_str(found.body.get()).map_err(Fault::internal)?;
    let link = said["link"]
        .as_str()
        .filter(|_| found.tells_of_kept)
        .and_then(|link| link.find("/ui/").map(|at| link[at..].to_owned()));
    let clock = |at| Moment::new(at, Reading::Clock, visit.now);
    render(&DeliveryPage {
        shell,
        told,
        wrong,
        bell_url: found
            .delivery
            .dashboard_id
            .map(|dashboard| format!("/ui/dashboards/{dashboard}/bells")),
        change_url: link,
        settled: found.delivery.settled_at.map(clock),
        body: serde_json::to_string_pretty(&said).map_err(Fault::internal)?,
        tries: found
            .tries
            .into_iter()
            .map(|one| TryRow::new(one, visit))
            .collect(),
        row: DeliveryRow::new(found.delivery, visit, &engagements),
    })
}

impl TryRow {
    fn new(view: AttemptView, visit: &Visit) -> Self {
        let (icon, hue, word) = outcome(&view.outcome);
        let code = view.status_code.map(|code| code.to_string());
        let said = [code, view.reason, view.answer_excerpt];
        let said: Vec<String> = said
            .into_iter()
            .flatten()
            .filter(|said| !said.is_empty())
            .collect();
        Self {
            number: view.number,
            mark: Mark { icon, hue, word },
            at: Moment::new(view.started_at, Reading::Clock, visit.now),
            said: said.join(" · "),
        }
    }
}

/// One shape and word for each end of a try.
fn outcome(word: &str) -> (&'static str, &'static str, &'static str) {
    match word {
        "sending" => ("s-run", "blue", "Under way"),
        "delivered" => ("s-ok", "green", "Arrived"),
        "refused" => ("s-stop", "red", "Not allowed to go there"),
        "gone" => ("x", "red", "The receiver wants no more"),
        "deferred" => ("s-ext", "dim", "Cannot be sent yet"),
        "cancelled" => ("pause", "dim", "Cancelled"),
        "interrupted" => ("s-mute", "amber", "The hub stopped meanwhile"),
        _ => ("s-bad", "red", "Did not arrive"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_try_has_its_own_shape() {
        let all = [
            "sending",
            "delivered",
            "failed",
            "refused",
            "gone",
            "deferred",
            "cancelled",
            "interrupted",
        ];
        let icons: std::collections::BTreeSet<_> = all.map(|word| outcome(word).0).into();
        assert_eq!(icons.len(), all.len());
    }
}
