//! Dashboards, what they answered, and who is told of it.

use bellboard_core::dashboard::RowsFormat;
use bellboard_core::id::DashboardId;
use bellboard_hub::call::Caller;
use bellboard_hub::fault::Fault;
use bellboard_hub::snapshot::{Makes, PushedRows, push_rows};
use bellboard_hub::verbs;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Stage, id_in, with_more};

mod bells;
mod due;
mod history;
mod lanes;
mod lists;
mod model;
mod mutes;
mod options;
mod overtaken;
mod own;
mod pushed;
mod questions;
mod races;
mod rights;
mod rows;
mod snapshots;
mod sources;
mod subscriptions;
mod timer;
mod wishes;

fn question() -> Value {
    json!({"source": "tasks", "id_field": "id"})
}

fn wish(stage: &Stage, title: &str) -> Value {
    json!({"title": title, "view_spec_json": question(), "engagement": stage.engagement})
}

/// A dashboard of tasks, made by the operator.
async fn made(stage: &Stage, title: &str) -> Uuid {
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", wish(stage, title))
        .await;
    id_in(&made["id"])
}

/// A dashboard of pushed rows, ordered by score.
async fn scores(stage: &Stage) -> Uuid {
    let spec = json!({
        "source": "pushed", "id_field": "id", "columns": ["id", "score"],
        "order_by": [{"field": "score", "direction": "desc"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    let input = json!({"title": "Scores", "view_spec_json": spec});
    let made = stage.fixture.ok(&stage.operator, "create_dashboard", input);
    id_in(&made.await["id"])
}

/// Pushes as this person, in two pieces; the rows make a snapshot.
async fn push_as(
    stage: &Stage,
    who: &Caller,
    dashboard: Uuid,
    format: RowsFormat,
    text: &str,
) -> Result<PushedRows, Fault> {
    let verb = verbs::find("take_snapshot").expect("it is in the table");
    let call = stage.fixture.hub.call(Some(who.clone()), verb);
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    let pieces = [first, second].map(|piece| Ok(Bytes::copy_from_slice(piece)));
    let id = DashboardId::from_uuid(dashboard);
    push_rows::<Fault>(call, id, format, Makes::Snapshot, stream::iter(pieces)).await
}

/// Pushes scores by id a second after whatever was before; the id of the snapshot that they make.
async fn push(stage: &Stage, dashboard: Uuid, scores: &[(&str, i64)]) -> Uuid {
    stage
        .fixture
        .world
        .advance(std::time::Duration::from_secs(1));
    let rows: Vec<Value> = scores
        .iter()
        .map(|(id, score)| json!({"id": id, "score": score}))
        .collect();
    let text = Value::from(rows).to_string();
    let pushed = push_as(stage, &stage.operator, dashboard, RowsFormat::Json, &text).await;
    let pushed = pushed.unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    pushed.snapshot.expect("a snapshot was wanted").id.uuid()
}

/// The dashboard keeps its snapshots for a day.
async fn keep_a_day(stage: &Stage, dashboard: Uuid) {
    let keep = json!({"dashboard_id": dashboard, "metadata": {"keep_days": 1}});
    let verb = "update_dashboard";
    stage.fixture.ok(&stage.operator, verb, keep).await;
}

/// Subscribes the reader; the id.
async fn subscribe(stage: &Stage, dashboard: Uuid, rule: Value, more: Value) -> Uuid {
    let input = json!({
        "dashboard_id": dashboard, "subscriber_kind": "persona",
        "subscriber_id": stage.reader.person_id, "threshold_json": rule,
    });
    let input = with_more(input, &more);
    let made = stage.fixture.ok(&stage.owner, "create_subscription", input);
    id_in(&made.await["id"])
}

/// What the ledger says of a subscription, the oldest first.
async fn ledger(stage: &Stage, dashboard: Uuid, subscription: Uuid) -> Vec<Value> {
    let input = json!({"dashboard_id": dashboard, "subscription_id": subscription});
    let mut lines = stage
        .fixture
        .pages(&stage.reader, "list_ledger", input, 3)
        .await;
    lines.reverse();
    lines
}

/// The outcomes in the ledger, the oldest first.
async fn outcomes(stage: &Stage, dashboard: Uuid, subscription: Uuid) -> Vec<String> {
    let lines = ledger(stage, dashboard, subscription).await;
    lines
        .iter()
        .map(|line| line["outcome"].as_str().expect("a word").to_owned())
        .collect()
}

/// How many deliveries a subscription has.
async fn deliveries(stage: &Stage, subscription: Uuid) -> i64 {
    let counting = "select count(*) from deliveries where subscription_id = $1";
    stage
        .fixture
        .count(counting, vec![subscription.into()])
        .await
}
