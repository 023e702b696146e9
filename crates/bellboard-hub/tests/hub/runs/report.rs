//! Reports: signs of life and counts that never fall.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    the_first_report_begins_a_queued_run,
    a_run_never_begins_before_it_was_queued,
    counts_never_fall,
    a_report_that_arrives_twice_is_one_report,
    a_percentage_is_refused_with_the_right_form,
    what_is_no_count_is_refused_by_name_and_nothing_changes,
    a_report_told_later_keeps_its_time,
    a_report_after_the_end_changes_nothing,
    what_happened_tells_the_beginning_phases_and_a_grown_total,
    what_happened_comes_in_pages_newest_first,
    a_context_too_large_is_refused,
    reporting_needs_the_capability,
);

async fn the_first_report_begins_a_queued_run(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({})).await["id"]);
    stage.fixture.world.advance(Duration::from_mins(1));
    let reported = stage
        .on_run(
            "report_run",
            run,
            json!({"processed": 3, "total": 10, "unit": "policies"}),
        )
        .await
        .unwrap();
    assert_eq!(reported["changed"], true);
    let shown = &reported["run"];
    assert_eq!(shown["status"], "running");
    assert_eq!(shown["started_at"], "2026-11-20T17:41:00.000000Z");
    assert_eq!(shown["last_seen_at"], "2026-11-20T17:41:00.000000Z");
    assert_eq!(shown["progress"]["mode"], "counted");
    assert_eq!(shown["progress"]["label"], "3 of 10 policies");
    assert_eq!(*shown, stage.run(run).await);
}

async fn a_run_never_begins_before_it_was_queued(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({})).await["id"]);
    let reported = stage
        .on_run("report_run", run, json!({"at": "2026-11-20T17:00:00Z"}))
        .await
        .unwrap();
    assert_eq!(reported["run"]["started_at"], reported["run"]["created_at"]);
}

async fn counts_never_fall(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for (report, counts) in [
        (
            json!({"processed": 5, "total": 10}),
            json!({"processed": 5, "total": 10}),
        ),
        (
            json!({"processed": 3, "total": 8}),
            json!({"processed": 5, "total": 10}),
        ),
        (
            json!({"counts": {"processed": 4, "failed": 2, "succeeded": 3}}),
            json!({"processed": 5, "total": 10, "failed": 2, "succeeded": 3}),
        ),
        (
            json!({"processed": 6, "counts": {"failed": 1}}),
            json!({"processed": 6, "total": 10, "failed": 1, "succeeded": 3}),
        ),
        (
            json!({}),
            json!({"processed": 6, "total": 10, "failed": 1, "succeeded": 3}),
        ),
    ] {
        let reported = stage.on_run("report_run", run, report).await.unwrap();
        assert_eq!(reported["run"]["summary_counts"], counts);
    }
    let finished = stage
        .on_run(
            "finish_run",
            run,
            json!({"outcome": "succeeded", "counts": {"processed": 1, "total": 12}}),
        )
        .await
        .unwrap();
    assert_eq!(finished["run"]["summary_counts"]["processed"], 6);
    assert_eq!(finished["run"]["summary_counts"]["total"], 12);
}

async fn a_report_that_arrives_twice_is_one_report(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let report = |sequence: u32, message: &str| {
        stage.on_run(
            "report_run",
            run,
            json!({"sequence": sequence, "message": message}),
        )
    };
    assert_eq!(report(2, "second").await.unwrap()["changed"], true);
    for (sequence, late) in [(2, "again"), (1, "overtaken")] {
        let repeated = report(sequence, late).await.unwrap();
        assert_eq!(repeated["changed"], false);
        assert_eq!(repeated["run"]["context"]["progress"]["message"], "second");
    }
    assert_eq!(report(3, "third").await.unwrap()["changed"], true);
    // Without a sequence every report is taken in.
    assert_eq!(
        stage.on_run("report_run", run, json!({})).await.unwrap()["changed"],
        true
    );
}

async fn a_percentage_is_refused_with_the_right_form(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for (field, report) in [
        ("percent", json!({"percent": 42})),
        ("percentage", json!({"percentage": "42"})),
        ("message", json!({"message": "42%"})),
        (
            "counts.progress_percent",
            json!({"counts": {"progress_percent": 3}}),
        ),
    ] {
        for verb in ["report_run", "finish_run"] {
            let fault = stage.on_run(verb, run, report.clone()).await.unwrap_err();
            assert_eq!(
                told(&fault),
                (FaultKind::Invalid, "percentage_refused", Some(field))
            );
            assert!(
                fault.detail.contains("processed and total"),
                "{}",
                fault.detail
            );
        }
    }
    let fault = stage
        .on_run(
            "report_run",
            run,
            json!({"processed": 1, "unit": "percent"}),
        )
        .await
        .unwrap_err();
    assert_eq!(fault.field.as_deref(), Some("unit"));
    let start = json!({
        "engagement_id": stage.engagement, "type": "build", "context": {"progress": {"phase": {"pct": 42}}},
    });
    let fault = stage
        .fixture
        .refused(&stage.operator, "start_run", start)
        .await;
    assert_eq!(
        told(&fault),
        (
            FaultKind::Invalid,
            "percentage_refused",
            Some("context.progress.phase.pct")
        )
    );
}

async fn what_is_no_count_is_refused_by_name_and_nothing_changes(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage
        .on_run("report_run", run, json!({"processed": 5, "total": 10}))
        .await
        .unwrap();
    let before = stage.run(run).await;
    for (field, report) in [
        (
            "counts.rows",
            json!({"processed": 6, "counts": {"rows": 3}}),
        ),
        (
            "counts.failed",
            json!({"processed": 6, "counts": {"failed": -1}}),
        ),
        (
            "counts.failed",
            json!({"processed": 6, "counts": {"failed": 1.5}}),
        ),
        (
            "counts.failed",
            json!({"processed": 6, "counts": {"failed": {"deep": 1}}}),
        ),
        ("processed", json!({"processed": -1})),
        ("processed", json!({"processed": 0.5})),
        ("total", json!({"total": "10"})),
        ("total", json!({"total": 9_223_372_036_854_775_808_u64})),
        (
            "phase.number",
            json!({"phase": {"label": "sorting", "number": 5, "of": 4}}),
        ),
        ("phase.label", json!({"phase": {}})),
        ("parts.lost", json!({"parts": {"lost": 1}})),
        ("message", json!({"message": "x".repeat(501)})),
        ("colour", json!({"colour": "red"})),
        ("at", json!({"at": "2019-01-01T00:00:00Z"})),
        ("at", json!({"at": "2026-11-20T17:46:00Z"})),
        ("at", json!({"at": "yesterday"})),
    ] {
        let fault = stage.on_run("report_run", run, report).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid, "{field}: {fault:?}");
        assert_eq!(fault.field.as_deref(), Some(field), "{fault:?}");
    }
    assert_eq!(stage.run(run).await, before);
}

async fn a_report_told_later_keeps_its_time(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(
        &stage
            .start(json!({"status": "running", "started_at": "2026-11-20T15:00:00Z"}))
            .await["id"],
    );
    for at in ["2026-11-20T15:10:00Z", "2026-11-20T15:05:00Z"] {
        let reported = stage
            .on_run("report_run", run, json!({ "at": at }))
            .await
            .unwrap();
        assert_eq!(
            reported["run"]["last_seen_at"],
            "2026-11-20T15:10:00.000000Z"
        );
    }
}

async fn a_report_after_the_end_changes_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    stage.finish(run, "succeeded").await;
    let before = stage.run(run).await;
    let reported = stage
        .on_run("report_run", run, json!({"processed": 7}))
        .await
        .unwrap();
    assert_eq!(reported["changed"], false);
    assert_eq!(stage.run(run).await, before);
}

async fn what_happened_tells_the_beginning_phases_and_a_grown_total(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({"type": "baseline.capture"})).await["id"]);
    for report in [
        json!({"phase": {"key": "preparing", "label": "preparing"}, "total": 900}),
        json!({"phase": {"key": "preparing", "label": "preparing"}, "processed": 1}),
        json!({"phase": {"key": "processing", "label": "processing"}}),
        json!({"total": 1000}),
        json!({}),
    ] {
        stage.on_run("report_run", run, report).await.unwrap();
    }
    stage
        .on_run(
            "finish_run",
            run,
            json!({"outcome": "failed", "exit_code": 3, "tail": "line\nlast"}),
        )
        .await
        .unwrap();
    let events = stage
        .on_run("list_run_events", run, json!({}))
        .await
        .unwrap();
    let kinds: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    // The clock stood still all the while, and the order is still the order in which it happened, newest first.
    assert_eq!(
        kinds,
        ["ended", "total_grew", "phase", "phase", "started", "queued"]
    );
    assert_eq!(events["total_count"], 6);
    assert_eq!(events["items"][0]["diagnostics"]["exit_code"], 3);
    assert_eq!(events["items"][0]["diagnostics"]["tail"], "line\nlast");
    assert_eq!(events["items"][0]["actor_name"], "The operator");
    assert_eq!(events["items"][1]["summary"], "The total grew from 900");
    assert_eq!(events["items"][5]["diagnostics"], Value::Null);
}

async fn what_happened_comes_in_pages_newest_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for number in 1..=9 {
        let phase = json!({"phase": {"key": format!("p{number}"), "label": "going on"}});
        stage.on_run("report_run", run, phase).await.unwrap();
    }
    let all = stage
        .on_run("list_run_events", run, json!({}))
        .await
        .unwrap();
    let mut paged = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = stage
            .on_run(
                "list_run_events",
                run,
                json!({"limit": 3, "cursor": cursor}),
            )
            .await
            .unwrap();
        assert_eq!(page["total_count"], 10);
        paged.extend(page["items"].as_array().unwrap().clone());
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(json!(paged), all["items"]);
}

async fn a_context_too_large_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let nearly = "x".repeat(64 * 1024 - 100);
    let run = id_in(
        &stage
            .start(json!({"status": "running", "context": {"target": nearly}}))
            .await["id"],
    );
    let fault = stage
        .on_run("report_run", run, json!({"message": "y".repeat(400)}))
        .await
        .unwrap_err();
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("message"))
    );
    // A plain sign of life still passes.
    assert!(stage.on_run("report_run", run, json!({})).await.is_ok());
}

async fn reporting_needs_the_capability(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for (verb, more) in [
        ("report_run", json!({})),
        ("finish_run", json!({"outcome": "failed"})),
    ] {
        let mut input = more;
        input["run_id"] = json!(run);
        for may_not in [&stage.domain_expert, &stage.reader] {
            let fault = stage.fixture.refused(may_not, verb, input.clone()).await;
            assert_eq!(
                told(&fault),
                (FaultKind::Forbidden, "capability_denied", None)
            );
        }
        let fault = stage.fixture.refused(&stage.stranger, verb, input).await;
        assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    }
    let shown = stage
        .fixture
        .ok(&stage.reader, "get_run", json!({"run_id": run}))
        .await;
    assert_eq!(shown["status"], "running");
}
