//! Rows from outside: taken whole or not at all.

use bellboard_core::dashboard::RowsFormat;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{push_as, scores, subscribe};
use crate::fixture::{HubFixture, Stage, id_in, told, with_more};

on_each_engine!(
    rows_come_as_json_ndjson_or_csv,
    wrong_rows_are_refused_whole_with_row_and_column,
    rows_are_pushed_to_a_dashboard_of_pushed_rows_only,
    an_empty_push_takes_every_row_away,
    a_question_names_any_field_of_the_rows_that_were_pushed,
    a_question_stays_and_rules_are_taken_after_rows_without_its_fields,
    ids_in_csv_stay_the_same_whatever_rows_stand_beside_them,
);

async fn shown(stage: &Stage, board: uuid::Uuid) -> Value {
    let of = json!({"dashboard_id": board, "limit": 1});
    let list = stage.fixture.ok(&stage.reader, "list_snapshots", of).await;
    let id = &list["items"][0]["id"];
    let snapshot = json!({"snapshot_id": id});
    let snapshot = stage
        .fixture
        .ok(&stage.reader, "get_snapshot", snapshot)
        .await;
    snapshot["materialized_data"]["rows"].clone()
}

async fn rows_come_as_json_ndjson_or_csv(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for (format, text) in [
        (
            RowsFormat::Json,
            r#"[{"id": "a", "score": 2}, {"id": "b", "score": 1.5}]"#,
        ),
        (
            RowsFormat::Ndjson,
            "{\"id\": \"b\", \"score\": 1.5}\n{\"id\": \"a\", \"score\": 2}\n",
        ),
        (RowsFormat::Csv, "id,score\r\na,2\r\n\"b\",1.5\r\n"),
    ] {
        let pushed = push_as(&stage, &stage.operator, board, format, text)
            .await
            .unwrap();
        assert_eq!(pushed.row_count, 2, "{format}");
        assert_eq!(
            shown(&stage, board).await,
            json!([{"id": "a", "score": 2}, {"id": "b", "score": 1.5}]),
            "{format}"
        );
    }
    let of = json!({"dashboard_id": board});
    let board = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
    assert_eq!(
        board["pushed"]["fields"],
        json!([{"name": "id", "kind": "text"}, {"name": "score", "kind": "number"}])
    );
    assert_eq!(board["last_snapshot"]["number"], 3);
}

async fn wrong_rows_are_refused_whole_with_row_and_column(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let good = r#"[{"id": "a", "score": 2}]"#;
    push_as(&stage, &stage.operator, board, RowsFormat::Json, good)
        .await
        .unwrap();
    let wide: Vec<String> = (0..10_001).map(|number| format!("c{number}")).collect();
    let wide = format!("{}\n", wide.join(","));
    let rows = [
        (
            RowsFormat::Json,
            r#"[{"id": "a"}, {"score": 1}]"#,
            json!(2),
            json!("id"),
        ),
        (
            RowsFormat::Json,
            r#"[{"id": "a"}, {"id": "b"}, {"id": "a"}]"#,
            json!(3),
            json!("id"),
        ),
        (
            RowsFormat::Json,
            r#"[{"id": "a", "score": 1}, {"id": "b", "score": "x"}]"#,
            json!(2),
            json!("score"),
        ),
        (
            RowsFormat::Json,
            r#"[{"id": "a", "score": NaN}]"#,
            json!(1),
            Value::Null,
        ),
        (
            RowsFormat::Ndjson,
            "{\"id\": \"a\"}\n[1]\n",
            json!(2),
            Value::Null,
        ),
        (
            RowsFormat::Csv,
            "id,score\na,\"1\nb,2\n",
            json!(1),
            Value::Null,
        ),
        (RowsFormat::Csv, wide.as_str(), Value::Null, json!("c10000")),
    ];
    for (format, text, row, column) in rows {
        let short = &text[..text.len().min(60)];
        let fault = push_as(&stage, &stage.operator, board, format, text)
            .await
            .expect_err(short);
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_rows", Some("rows")),
            "{short}: {fault}"
        );
        let extra = |name: &str| fault.extra.get(name).cloned().unwrap_or_default();
        assert_eq!(extra("row"), row, "{short}: {fault}");
        if !column.is_null() {
            assert_eq!(extra("column"), column, "{short}: {fault}");
        }
    }
    assert_eq!(shown(&stage, board).await, json!([{"id": "a", "score": 2}]));
    let kept = "select row_count from dashboard_rows";
    assert_eq!(stage.fixture.count(kept, vec![]).await, 1);
}

async fn rows_are_pushed_to_a_dashboard_of_pushed_rows_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"title": "Runs", "view_spec_json": {"source": "runs", "id_field": "id"}});
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await;
    let runs = made["id"].as_str().unwrap().parse().unwrap();
    let fault = push_as(&stage, &stage.operator, runs, RowsFormat::Json, "[]")
        .await
        .unwrap_err();
    assert_eq!(told(&fault), (FaultKind::Conflict, "rows_not_pushed", None));
    let board = scores(&stage).await;
    for (who, kind) in [
        (&stage.reader, FaultKind::Forbidden),
        (&stage.stranger, FaultKind::NotFound),
    ] {
        let fault = push_as(&stage, who, board, RowsFormat::Json, "[]")
            .await
            .unwrap_err();
        assert_eq!(fault.kind, kind);
    }
}

async fn an_empty_push_takes_every_row_away(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for text in [r#"[{"id": "a", "score": 2}]"#, "[]"] {
        push_as(&stage, &stage.operator, board, RowsFormat::Json, text)
            .await
            .unwrap();
    }
    assert_eq!(shown(&stage, board).await, json!([]));
    let diff = json!({"dashboard_id": board});
    let diff = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", diff)
        .await;
    assert_eq!(diff["id_set_removed"], json!(["a"]));
}

async fn a_question_names_any_field_of_the_rows_that_were_pushed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for more in [
        json!({"order_by": [{"field": "age"}]}),
        json!({"where": {"gt": {"field": "age", "value": 3}}}),
        json!({"primary_metric": {"measure": "max", "field": "age"}}),
    ] {
        let board = scores(&stage).await;
        let rows = r#"[{"id": "a", "score": 2, "age": 9}, {"id": "b", "score": 1, "age": 5}]"#;
        push_as(&stage, &stage.operator, board, RowsFormat::Json, rows)
            .await
            .unwrap();
        let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "score"]});
        let update = json!({"dashboard_id": board, "view_spec_json": with_more(spec, &more)});
        let changed = stage
            .fixture
            .ok(&stage.operator, "update_dashboard", update)
            .await;
        let of = json!({"dashboard_id": board});
        let seen = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
        assert_eq!(seen, changed, "{more}");
        // Rows that lack the field are taken, as they are where a question came before its rows.
        let without = r#"[{"id": "a", "score": 3}]"#;
        push_as(&stage, &stage.operator, board, RowsFormat::Json, without)
            .await
            .unwrap();
        for verb in ["get_dashboard", "take_snapshot"] {
            let of = json!({"dashboard_id": board});
            stage.fixture.ok(&stage.operator, verb, of).await;
        }
    }
    let list = stage
        .fixture
        .ok(&stage.reader, "list_dashboards", json!({}))
        .await;
    assert_eq!(list["total_count"], 3);
}

async fn a_question_stays_and_rules_are_taken_after_rows_without_its_fields(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let spec = json!({
        "source": "pushed", "id_field": "id", "order_by": [{"field": "s"}],
        "primary_metric": {"measure": "sum", "field": "s"},
    });
    let input = json!({"title": "Scores", "view_spec_json": spec});
    let fixture = &stage.fixture;
    let made = fixture.ok(&stage.operator, "create_dashboard", input).await;
    let board = id_in(&made["id"]);
    for (rows, share) in [("[]", 0.1), (r#"[{"id": "a"}]"#, 0.2)] {
        for text in [r#"[{"id": "a", "s": 2}]"#, rows] {
            push_as(&stage, &stage.operator, board, RowsFormat::Json, text)
                .await
                .unwrap();
        }
        let title = format!("Scores after {rows}");
        let same = json!({"dashboard_id": board, "title": title, "view_spec_json": spec});
        let kept = fixture.ok(&stage.operator, "update_dashboard", same).await;
        assert_eq!(kept["title"], title);
        assert_eq!(kept["view_spec_json"], made["view_spec_json"]);
        let rule = json!({"value_delta_pct": share, "on_field": "s"});
        let tried = json!({"dashboard_id": board, "threshold_json": rule});
        fixture
            .ok(&stage.operator, "preview_subscription", tried)
            .await;
        subscribe(&stage, board, rule, json!({})).await;
    }
    let mut other = spec;
    other["order_by"] = json!([{"field": "t"}]);
    let other = json!({"dashboard_id": board, "view_spec_json": other});
    let fault = fixture
        .refused(&stage.operator, "update_dashboard", other)
        .await;
    let faulty = "view_spec_json.order_by[0].field";
    assert_eq!(fault.field.as_deref(), Some(faulty), "{fault}");
}

async fn ids_in_csv_stay_the_same_whatever_rows_stand_beside_them(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for text in [
        "id,score\n1.10,2\n1.20,1\n7e2,0\n",
        "id,score\n1.10,2\n1.20,1\n7e2,0\n2.0-rc1,-1\n",
    ] {
        push_as(&stage, &stage.operator, board, RowsFormat::Csv, text)
            .await
            .unwrap();
    }
    let fixture = &stage.fixture;
    let of = json!({"dashboard_id": board});
    let diff = fixture
        .ok(&stage.reader, "get_dashboard_diff", of.clone())
        .await;
    assert_eq!(diff["id_set_added"], json!(["2.0-rc1"]));
    assert_eq!(diff["id_set_removed"], json!([]));
    // Rows that are read again out of what is kept have the same ids.
    fixture
        .ok(&stage.operator, "take_snapshot", of.clone())
        .await;
    let diff = fixture.ok(&stage.reader, "get_dashboard_diff", of).await;
    assert_eq!(diff["unchanged"], true);
}
