//! The inputs of offered runs: told to the worker, nowhere in the database in clear, and gone at the end.

use std::time::Duration;

use bellboard_hub::db::DatabaseUrl;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::seal::InputKey;
use serde_json::{Value, json};
use uuid::Uuid;

use super::claim::{claim, offer, try_claim};
use crate::fixture::{HubFixture, Stage, id_in, told};
use crate::support::TestDb;

on_each_engine!(
    a_worker_is_told_the_inputs_and_nobody_else,
    inputs_are_nowhere_in_clear_and_gone_at_every_end,
    of_two_starts_that_are_one_the_first_inputs_stand,
    with_another_key_the_run_could_not_be_queued,
    a_hub_without_a_key_keeps_no_inputs,
);

/// Long enough that it is in no file by chance.
const SECRET: &str = "correct-horse-battery-staple-4711";

fn inputs() -> Value {
    json!({"target": "aster", "password": SECRET, "list": [1, 2.5, null]})
}

async fn a_worker_is_told_the_inputs_and_nobody_else(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&offer(&stage, json!({"inputs": inputs()})).await["id"]);
    offer(&stage, json!({})).await;
    let claimed = claim(&stage, "ann").await;
    assert_eq!(claimed["inputs"], inputs());
    assert!(!claimed["run"].to_string().contains(SECRET));
    assert_eq!(claim(&stage, "bob").await["inputs"], Value::Null);
    for verb in ["get_run", "list_run_events"] {
        let shown = stage.on_run(verb, run, json!({})).await.unwrap();
        assert!(!shown.to_string().contains(SECRET), "{verb}");
    }
}

/// Everything that the database holds, as bytes: the files themselves, or every row as text.
async fn dump(stage: &Stage, place: &DatabaseUrl) -> Vec<u8> {
    let fixture = &stage.fixture;
    match place {
        DatabaseUrl::Sqlite(path) => {
            let mut bytes = Vec::new();
            for suffix in ["", "-wal", "-shm"] {
                let file = format!("{}{suffix}", path.display());
                bytes.extend(std::fs::read(file).unwrap_or_default());
            }
            assert!(bytes.len() > 100_000, "the files hold the database");
            bytes
        }
        DatabaseUrl::Postgres(_) => {
            let names = "select cast(table_name as text) from information_schema.tables where table_schema = 'public'";
            let mut text = String::new();
            for name in fixture.rows(names, vec![]).await {
                let name = name.text(0).unwrap();
                let every = format!("select cast(x as text) from {name} x");
                for row in fixture.rows(every.leak(), vec![]).await {
                    text.push_str(&row.text(0).unwrap());
                    text.push('\n');
                }
            }
            assert!(text.contains("Aster Bank"), "the rows hold the database");
            text.into_bytes()
        }
    }
}

/// PostgreSQL writes bytes as hexadecimal digits; what is sought is sought in both forms.
fn holds(dump: &[u8], sought: &str) -> bool {
    let hex = sought
        .bytes()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    [sought.as_bytes(), hex.as_bytes()]
        .iter()
        .any(|form| dump.windows(form.len()).any(|window| window == *form))
}

async fn kept(stage: &Stage, run: Uuid) -> i64 {
    let text = "select count(*) from run_inputs where engagement_id = $1 and run_id = $2";
    let of_run = vec![stage.engagement.into(), run.into()];
    stage.fixture.count(text, of_run).await
}

async fn inputs_are_nowhere_in_clear_and_gone_at_every_end(test: TestDb) {
    let stage = HubFixture::over(test.db.clone()).stage().await;
    let marked = "LABEL-that-is-not-secret";
    let more = json!({"inputs": inputs(), "label": marked, "type": "external.production"});
    let ends = ["finished", "lost", "cancelled"];
    for end in ends {
        let run = id_in(&offer(&stage, more.clone()).await["id"]);
        assert_eq!(kept(&stage, run).await, 1);
        if end == "cancelled" {
            stage.on_run("cancel_run", run, json!({})).await.unwrap();
        } else {
            let claimed = try_claim(&stage, "external.production", "ann").await;
            assert_eq!(claimed.unwrap()["inputs"]["password"], SECRET);
            let report = json!({"fence": 1, "processed": 1});
            stage.on_run("report_run", run, report).await.unwrap();
        }
        let everything = dump(&stage, &test.url).await;
        assert!(holds(&everything, marked), "what is stored is found");
        assert!(!holds(&everything, SECRET), "{end}");
        match end {
            "finished" => {
                let finish = json!({"fence": 1, "outcome": "succeeded"});
                stage.on_run("finish_run", run, finish).await.unwrap();
            }
            "lost" => {
                let hub = &stage.fixture.hub;
                stage.fixture.world.advance(Duration::from_mins(2));
                let long_ago = hub.now() - Duration::from_hours(1);
                let lost = bellboard_hub::run::end_leases(hub, long_ago).await;
                assert_eq!(lost.unwrap(), 1);
            }
            _ => {}
        }
        assert_eq!(kept(&stage, run).await, 0, "{end}");
    }
}

async fn of_two_starts_that_are_one_the_first_inputs_stand(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let start = |secret: &str| {
        json!({"engagement_id": stage.engagement, "type": "composition", "claimable": true,
               "identity_mode": "slot", "slot": "2026-11-20", "inputs": {"secret": secret}})
    };
    for (secret, created) in [("first", true), ("second", false)] {
        let told = stage
            .fixture
            .ok(&stage.operator, "start_run", start(secret))
            .await;
        assert_eq!(told["created"], created);
    }
    assert_eq!(claim(&stage, "ann").await["inputs"]["secret"], "first");
    assert_eq!(claim(&stage, "bob").await, Value::Null);
}

async fn with_another_key_the_run_could_not_be_queued(test: TestDb) {
    let stage = HubFixture::over(test.db.clone()).stage().await;
    let run = id_in(&offer(&stage, json!({"inputs": inputs()})).await["id"]);
    let plain = id_in(&offer(&stage, json!({})).await["id"]);
    let world = stage.fixture.world.clone();
    let key = Some(InputKey::new(&[8; 32]));
    let elsewhere = HubFixture::in_world(test.open_again().await, world, key);
    let input = json!({"engagement_id": stage.engagement, "type": "composition", "worker": "ann"});
    let claimed = elsewhere.ok(&stage.operator, "claim_run", input).await;
    assert_eq!(id_in(&claimed["claim"]["run"]["id"]), plain, "the next one");
    let shown = stage.run(run).await;
    assert_eq!(shown["outcome"], "failed");
    assert_eq!(shown["failures"][0]["code"], "queue.dispatch_failed");
    assert_eq!(shown["failures"][0]["message"], "Could not be queued");
    assert_eq!(kept(&stage, run).await, 0);
    elsewhere.hub.db().close().await;
}

async fn a_hub_without_a_key_keeps_no_inputs(test: TestDb) {
    let world = HubFixture::over(test.db.clone()).world;
    let stage = HubFixture::in_world(test.db.clone(), world, None)
        .stage()
        .await;
    let start = json!({"engagement_id": stage.engagement, "type": "composition", "claimable": true, "inputs": inputs()});
    let fault = stage
        .fixture
        .refused(&stage.operator, "start_run", start)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("inputs"))
    );
    assert!(fault.detail.contains("--key-file"), "{}", fault.detail);
    offer(&stage, json!({})).await;
    assert_eq!(claim(&stage, "ann").await["fence"], 1);
}
