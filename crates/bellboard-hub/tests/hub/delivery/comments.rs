//! Comments on dashboards, runs and artifacts.

use std::time::Duration;

use bellboard_hub::db::Db;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::bells::Bells;
use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    a_thread_holds_what_was_said_newest_first,
    whoever_is_mentioned_is_told_and_nobody_of_their_own_words,
    what_fits_no_thread_is_refused,
    a_thread_goes_with_its_run,
    a_dashboard_has_a_thread,
);

async fn say(stage: &Stage, who: &bellboard_hub::call::Caller, run: Uuid, more: Value) -> Value {
    let mut input = json!({ "run_id": run, "body": "Look at *this*." });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    stage.fixture.ok(who, "add_run_comment", input).await
}

async fn a_thread_holds_what_was_said_newest_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (run, other) = (stage.running().await, stage.running().await);
    say(&stage, &stage.owner, other, json!({})).await;
    let mut said = Vec::new();
    let types = [
        "discussion",
        "proposal",
        "question",
        "evidence",
        "objection",
        "review",
        "synthesis",
    ];
    for comment_type in types {
        let more = json!({ "comment_type": comment_type, "parent_id": said.first().map(|first: &Value| first["id"].clone()) });
        let comment = say(&stage, &stage.reader, run, more).await;
        assert_eq!(comment["comment_type"], comment_type);
        assert_eq!(comment["author_name"], "The reader");
        assert_eq!(comment["body_html"], "<p>Look at <em>this</em>.</p>\n");
        said.push(comment);
        stage.fixture.world.advance(Duration::from_secs(1));
    }
    said.reverse();
    for limit in [1, 3, 50] {
        let shown = stage
            .fixture
            .pages(
                &stage.operator,
                "list_run_comments",
                json!({ "run_id": run }),
                limit,
            )
            .await;
        assert_eq!(shown, said, "by {limit}");
    }
    assert_eq!(said[0]["parent_id"], said[6]["id"]);
}

async fn whoever_is_mentioned_is_told_and_nobody_of_their_own_words(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let (owner, reader) = (stage.owner.person_id, stage.reader.person_id);
    let made = say(
        &stage,
        &stage.owner,
        run,
        json!({ "mentions": [reader, owner, reader] }),
    )
    .await;
    assert_eq!(made["mentions"].as_array().unwrap().len(), 2);
    for (who, rung) in [(&stage.reader, 1), (&stage.owner, 0), (&stage.operator, 0)] {
        let inbox = stage.fixture.ok(who, "list_notifications", json!({})).await;
        assert_eq!(inbox["total_count"], rung, "{}", who.name);
        if rung == 1 {
            let told = &inbox["items"][0];
            assert_eq!(told["kind"], "mentioned");
            assert!(
                told["title"]
                    .as_str()
                    .unwrap()
                    .starts_with("Olive mentioned you: "),
                "{told}"
            );
            assert_eq!(told["detail"], "Look at *this*.");
            assert_eq!(
                (&told["concept"], id_in(&told["object_id"])),
                (&json!("run"), run)
            );
        }
    }
    // Another comment rings again.
    say(
        &stage,
        &stage.operator,
        run,
        json!({ "mentions": [reader] }),
    )
    .await;
    let unread = stage
        .fixture
        .ok(&stage.reader, "get_unread_count", json!({}))
        .await;
    assert_eq!(unread["unread"], 2);
}

async fn what_fits_no_thread_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (run, other) = (stage.running().await, stage.running().await);
    let elsewhere = say(&stage, &stage.owner, other, json!({})).await;
    let many: Vec<Uuid> = (0..21).map(Uuid::from_u128).collect();
    for (more, field) in [
        (json!({ "body": "  " }), "body"),
        (json!({ "body": "a\u{202e}b" }), "body"),
        (json!({ "body": "x".repeat(10_001) }), "body"),
        (json!({ "comment_type": "snapshot_alert" }), "comment_type"),
        (json!({ "comment_type": "shout" }), "comment_type"),
        (json!({ "parent_id": elsewhere["id"] }), "parent_id"),
        (json!({ "parent_id": Uuid::nil() }), "parent_id"),
        (
            json!({ "mentions": [stage.stranger.person_id] }),
            "mentions",
        ),
        (json!({ "mentions": [Uuid::nil()] }), "mentions"),
        (json!({ "mentions": many }), "mentions"),
        (json!({ "mention": [] }), "mention"),
    ] {
        let mut input = json!({ "run_id": run, "body": "x" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let fault = stage
            .fixture
            .refused(&stage.owner, "add_run_comment", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid, "{more}");
        assert_eq!(fault.field.as_deref(), Some(field), "{more}: {fault:?}");
    }
    let shown = stage
        .fixture
        .ok(&stage.owner, "list_run_comments", json!({ "run_id": run }))
        .await;
    assert_eq!(shown["total_count"], 0);
    let input = json!({ "run_id": run, "body": "x" });
    let fault = stage
        .fixture
        .refused(&stage.stranger, "add_run_comment", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
}

async fn a_thread_goes_with_its_run(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    say(
        &stage,
        &stage.owner,
        run,
        json!({ "mentions": [stage.reader.person_id] }),
    )
    .await;
    stage.finish(run, "succeeded").await;
    stage.fixture.world.advance(Duration::from_hours(24 * 500));
    bellboard_hub::loops::forget(&stage.fixture.hub)
        .await
        .unwrap();
    for left in [
        "select count(*) from runs",
        "select count(*) from comments",
        "select count(*) from comment_mentions",
        "select count(*) from notifications",
    ] {
        assert_eq!(stage.fixture.count(left, vec![]).await, 0, "{left}");
    }
}

async fn a_dashboard_has_a_thread(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let said = bells.in_dashboard(
        json!({ "body": "Why?", "comment_type": "question", "mentions": [stage.reader.person_id] }),
    );
    stage
        .fixture
        .ok(&stage.domain_expert, "add_dashboard_comment", said)
        .await;
    let [shown] = bells.thread().await.try_into().unwrap();
    assert_eq!(shown["subject_kind"], "dashboard");
    let title = "The domain_expert mentioned you: Targets".to_owned();
    assert_eq!(
        bells.inbox(&stage.reader).await,
        [("mentioned".to_owned(), title)]
    );
}
