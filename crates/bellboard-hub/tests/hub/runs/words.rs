//! Words from workers: what everybody reads is safe, what was really said is for those who may report, and a secret is
//! not even stored.

use std::time::Duration;

use bellboard_hub::db::Engine;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    a_failure_is_told_in_safe_words_and_the_raw_ones_are_for_operators,
    a_start_and_a_report_are_shown_in_safe_words,
    a_phase_with_raw_words_is_called_by_what_its_type_declares,
    plain_words_leave_nothing_behind,
    what_was_said_goes_with_its_run,
    no_table_holds_a_secret,
);

/// What a worker may say that only its operator should read, in every field that takes words.
const RAW: &str = "ValueError: row 7 of /srv/in/may.csv is short, see https://ci.example.com/9";
const SAFE: &str = "row 7 of may.csv is short, see [link]";
const SECRET: &str = "hunter2-0123456789";

const SECRET_WORD: &str = "pushing with ghp_0123456789abcdef";

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

async fn raw_words(stage: &Stage, run: uuid::Uuid) -> Vec<(String, String)> {
    let shown = stage
        .on_run("get_run_diagnostics", run, json!({}))
        .await
        .unwrap();
    let words = shown["raw_words"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    words
        .map(|word| (text(&word["field"]), text(&word["words"])))
        .collect()
}

fn raw(field: &str, words: &str) -> (String, String) {
    (field.to_owned(), words.to_owned())
}

async fn a_start_and_a_report_are_shown_in_safe_words(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let started = stage
        .start(json!({
            "status": "running",
            "label": format!("python3 /srv/jobs/nightly_sync.py --token={SECRET}"),
            "context": {
                "links": ["https://ci.example.com/9"], "env": {"API_TOKEN": SECRET},
                "progress": {"message": "at https://a.b/c"},
            },
        }))
        .await;
    assert_eq!(started["label"], "python3 nightly sync.py --token=[hidden]");
    assert_eq!(
        started["context"],
        json!({
            "links": ["https://ci.example.com/9"], "env": {"API_TOKEN": "[hidden]"},
            "progress": {"message": "at [link]"},
        })
    );
    let run = id_in(&started["id"]);
    let label = raw(
        "label",
        "python3 /srv/jobs/nightly_sync.py --token=[hidden]",
    );
    assert_eq!(
        raw_words(&stage, run).await,
        [label.clone(), raw("message", "at https://a.b/c")]
    );

    let said = json!({
        "message": format!("{RAW} Bearer {SECRET}"),
        "phase": {"label": "sort_rows()"}, "unit": "a/b/c.d",
    });
    let told = stage.on_run("report_run", run, said).await.unwrap();
    let progress = &told["run"]["context"]["progress"];
    assert_eq!(
        progress["message"],
        "row 7 of may.csv is short, see [link] Bearer [hidden]"
    );
    assert_eq!(
        progress["phase"],
        json!({"key": "sort_rows", "label": "Sort rows"})
    );
    assert_eq!(progress["unit"], Value::Null);
    assert_eq!(told["run"], stage.run(run).await);
    assert_eq!(
        raw_words(&stage, run).await,
        [
            label,
            raw("message", &format!("{RAW} Bearer [hidden]")),
            raw("phase", "sort_rows()"),
            raw("unit", "a/b/c.d"),
        ]
    );

    readers_get_none_of_it(&stage, run).await;
}

/// Whoever may only look gets no raw words, from no verb.
async fn readers_get_none_of_it(stage: &Stage, run: uuid::Uuid) {
    for who in [&stage.reader, &stage.domain_expert] {
        let input = json!({"run_id": run});
        let fault = stage
            .fixture
            .refused(who, "get_run_diagnostics", input.clone())
            .await;
        assert_eq!(
            (fault.kind, fault.code),
            (FaultKind::Forbidden, "capability_denied")
        );
        let shown = [
            stage.fixture.ok(who, "get_run", input.clone()).await,
            stage.fixture.ok(who, "list_runs", json!({})).await,
            stage.fixture.ok(who, "list_active", json!({})).await,
            stage.fixture.ok(who, "list_run_events", input).await,
        ];
        for answer in shown {
            let text = answer.to_string();
            for word in [
                "/srv",
                "ValueError",
                "sort_rows()",
                "a/b/c.d",
                "https://a.b",
                SECRET,
            ] {
                assert!(!text.contains(word), "{}: {word} in {text}", who.name);
            }
        }
    }
    let input = json!({"run_id": run});
    let fault = stage
        .fixture
        .refused(&stage.stranger, "get_run_diagnostics", input)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn a_phase_with_raw_words_is_called_by_what_its_type_declares(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let started = stage
        .start(json!({"type": "baseline.capture", "status": "running"}))
        .await;
    let run = id_in(&started["id"]);
    let said = json!({"phase": {"key": "processing", "label": "src/process.rs"}});
    let told = stage.on_run("report_run", run, said).await.unwrap();
    let declared = &told["run"]["progress"]["phase"]["steps"][1];
    assert_eq!(declared["key"], "processing");
    assert_eq!(
        told["run"]["context"]["progress"]["phase"]["label"],
        declared["label"]
    );
    assert_eq!(
        raw_words(&stage, run).await,
        [raw("phase", "src/process.rs")]
    );
}

async fn plain_words_leave_nothing_behind(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let started = stage
        .start(json!({"status": "running", "label": "Compare baseline"}))
        .await;
    let run = id_in(&started["id"]);
    let said =
        json!({"message": "three left", "phase": {"label": "collecting"}, "unit": "policies"});
    stage.on_run("report_run", run, said).await.unwrap();
    assert_eq!(raw_words(&stage, run).await, []);
    assert_eq!(stage.run(run).await["label"], "Compare baseline");
}

async fn what_was_said_goes_with_its_run(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let said = json!({"message": "x::y() broke"});
    stage.on_run("report_run", run, said).await.unwrap();
    stage.finish(run, "succeeded").await;
    let count = "select count(*) from run_raw_words";
    assert_eq!(stage.fixture.count(count, vec![]).await, 1);
    stage.fixture.world.advance(Duration::from_hours(24 * 91));
    bellboard_hub::run::forget_expired(&stage.fixture.hub)
        .await
        .unwrap();
    assert_eq!(stage.fixture.count(count, vec![]).await, 0);
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
    let started = stage
        .start(json!({"label": format!("deploy --password {SECRET}"), "context": {"secret": SECRET, "x": [SECRET_WORD]},
            "status": "running"}))
        .await;
    let run = id_in(&started["id"]);
    let said = json!({"message": SECRET_WORD, "phase": {"label": SECRET_WORD}});
    stage.on_run("report_run", run, said).await.unwrap();
    stage.on_run("finish_run", run, ending()).await.unwrap();
    let stored = everything_stored(&stage.fixture).await;
    assert!(stored.contains("[hidden]"), "{stored}");
    assert!(!stored.contains(SECRET), "{stored}");
    assert!(!stored.contains("0123456789abcdef"), "{stored}");
}
