//! Words from workers: what everybody reads is safe, what was really said is for those who may report, and a secret is
//! not even stored.

use bellboard_hub::db::Engine;
use serde_json::{Value, json};

use crate::fixture::HubFixture;

on_each_engine!(
    a_failure_is_told_in_safe_words_and_the_raw_ones_are_for_operators,
    no_table_holds_a_secret,
);

/// What a worker may say that only its operator should read, in every field that takes words.
const RAW: &str = "ValueError: row 7 of /srv/in/may.csv is short, see https://ci.example.com/9";
const SAFE: &str = "row 7 of may.csv is short, see [link]";
const SECRET: &str = "hunter2-0123456789";

fn ending() -> Value {
    json!({
        "outcome": "failed", "exit_code": 3,
        "failures": [{"code": "import.row", "message": RAW}],
        "message": format!("{RAW}\npassword={SECRET}"),
        "tail": format!("Traceback (most recent call last):\n  File \"/srv/in.py\", line 3\nBearer {SECRET}"),
    })
}

async fn a_failure_is_told_in_safe_words_and_the_raw_ones_are_for_operators(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let ended = stage.on_run("finish_run", run, ending()).await.unwrap();
    assert_eq!(ended["run"]["failures"][0]["message"], SAFE);
    let needs = stage
        .fixture
        .ok(&stage.operator, "list_needs_you", json!({}))
        .await;
    assert_eq!(needs["items"][0]["detail"], SAFE);

    let detail = json!({
        "exit_code": 3,
        "failures": [{"code": "import.row", "message": RAW}],
        "message": format!("{RAW}\npassword=[hidden]"),
        "tail": "Traceback (most recent call last):\n  File \"/srv/in.py\", line 3\nBearer [hidden]",
    });
    let people = [
        (&stage.owner, true),
        (&stage.operator, true),
        (&stage.contributor, true),
        (&stage.domain_expert, false),
        (&stage.reader, false),
    ];
    for (who, may_operate) in people {
        let events = stage
            .fixture
            .ok(who, "list_run_events", json!({"run_id": run}))
            .await;
        let event = &events["items"][0];
        assert_eq!(event["summary"], "Failed", "{}", who.name);
        let shown = if may_operate { &detail } else { &Value::Null };
        assert_eq!(&event["diagnostics"], shown, "{}", who.name);
    }
}

/// Every text that is stored anywhere, as one.
async fn everything_stored(fixture: &HubFixture) -> String {
    let mut all = String::new();
    let catalogue = match fixture.hub.db().engine() {
        Engine::Sqlite => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        }
        Engine::Postgres => {
            "select cast(table_name as text) from information_schema.tables where table_schema = current_schema()"
        }
    };
    for table in fixture.rows(catalogue, vec![]).await {
        let name = table.text(0).unwrap();
        let text = match fixture.hub.db().engine() {
            Engine::Sqlite => {
                let columns = format!(
                    "select name from pragma_table_info('{name}') where lower(type) = 'text'"
                );
                let columns = fixture.rows(columns.leak(), vec![]).await;
                let columns: Vec<String> = columns.iter().map(|row| row.text(0).unwrap()).collect();
                if columns.is_empty() {
                    continue;
                }
                let texts = columns
                    .iter()
                    .map(|name| format!("coalesce(\"{name}\", '')"));
                format!(
                    "select {} from {name}",
                    texts.collect::<Vec<_>>().join(" || ' ' || ")
                )
            }
            Engine::Postgres => format!("select cast(x.* as text) from {name} x"),
        };
        for row in fixture.rows(text.leak(), vec![]).await {
            all.push_str(&row.text(0).unwrap());
            all.push('\n');
        }
    }
    all
}

async fn no_table_holds_a_secret(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.on_run("finish_run", run, ending()).await.unwrap();
    let stored = everything_stored(&stage.fixture).await;
    assert!(stored.contains("[hidden]"), "{stored}");
    assert!(!stored.contains(SECRET), "{stored}");
}
