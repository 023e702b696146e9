//! What is in an artifact: an object, one file, several; and everything that is refused and leaves nothing behind.

use bellboard_hub::db::Value as Parameter;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage, id_in, told, with_more};

on_each_engine!(
    one_file_and_several,
    what_is_wrong_is_named_and_nothing_is_stored,
    content_of_another_engagement_is_unknown,
    a_run_of_another_engagement_is_unknown,
);

/// Content that was uploaded: a digest of this one digit.
async fn upload(stage: &Stage, digit: u8, size: i64) -> String {
    let row: Vec<Parameter> = vec![
        stage.engagement.into(),
        vec![digit << 4 | digit; 32].into(),
        uuid::Uuid::from_u128(u128::from(digit)).into(),
        size.into(),
        stage.owner.person_id.into(),
    ];
    let sql =
        "insert into contents (engagement_id, digest, stored_as, size, uploaded_by, created_at)
               values ($1, $2, $3, $4, $5, 0)";
    stage.fixture.execute(sql, row).await;
    digest(digit)
}

fn digest(digit: u8) -> String {
    format!("sha-256:{}", format!("{digit:x}").repeat(64))
}

async fn one_file_and_several(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (pdf, csv) = (upload(&stage, 10, 4_096).await, upload(&stage, 11, 7).await);
    let one = json!({"content": {"files": [{"name": "Report ä.pdf", "media_type": "Application/PDF", "digest": pdf}]}});
    let made = stage.make("render", one).await;
    assert_eq!(made["content_kind"], "binary_blob");
    assert_eq!(made["content"], json!(null));
    let id = id_in(&made["id"]);
    assert_eq!(made["download_url"], format!("/artifacts/{id}/download"));
    assert_eq!(
        made["files"],
        json!([{"name": "Report ä.pdf", "media_type": "application/pdf", "size": 4096, "digest": pdf,
            "download_url": format!("/artifacts/{id}/download?version=1&file=Report%20%C3%A4.pdf")}])
    );
    let several = json!({"artifact_id": id, "expected_version": 1, "content": {"files": [
        {"name": "b.csv", "digest": csv}, {"name": "a.pdf", "digest": pdf}]}});
    let made = stage
        .fixture
        .ok(&stage.operator, "add_artifact_version", several)
        .await;
    assert_eq!(made["content_kind"], "multi_file");
    let names: Vec<&Value> = made["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["name"])
        .collect();
    assert_eq!(names, ["b.csv", "a.pdf"], "in the order in which they came");
    assert_eq!(made["files"][0]["media_type"], "application/octet-stream");
    assert_eq!(made["changes"]["added"], 2);
    assert_eq!(made["changes"]["removed"], 1);

    let alone = json!({"content_kind": "multi_file", "content": {"files": [{"name": "b.csv", "digest": csv}]}});
    assert_eq!(
        stage.make("render", alone).await["content_kind"],
        "multi_file"
    );
    let inline = stage.make("render", json!({})).await;
    assert_eq!(inline["content_kind"], "inline_dict");
    assert_eq!(inline["download_url"], json!(null));
    assert_eq!(inline["files"], json!([]));
}

/// What is laid over a right input, and the field that the answer must name.
fn cases(stage: &Stage, known: &str, other: &str) -> Vec<(Value, &'static str)> {
    let file = |name: &str, digest: &str| json!({"name": name, "digest": digest});
    let files = |list: Vec<Value>| json!({"content": {"files": list}});
    vec![
        (json!({"kind": "picture"}), "kind"),
        (json!({"label": ""}), "label"),
        (json!({"content": {}}), "content"),
        (json!({"content": {"inline": {}, "files": []}}), "content"),
        (json!({"content": {"inline": [1]}}), "content.inline"),
        (
            json!({"content": {"inline": {"text": "x".repeat(1024 * 1024)}}}),
            "content.inline",
        ),
        (files(vec![]), "content.files"),
        (files(vec![file("a", known); 501]), "content.files"),
        (files(vec![file("../a", known)]), "content.files[0].name"),
        (files(vec![file("a/b", known)]), "content.files[0].name"),
        (files(vec![file("C:\\a", known)]), "content.files[0].name"),
        (files(vec![file("a\u{7}", known)]), "content.files[0].name"),
        (
            files(vec![file("a", known), file("A", known)]),
            "content.files[1].name",
        ),
        (
            files(vec![file("a", "sha-256:77")]),
            "content.files[0].digest",
        ),
        (
            files(vec![file("a", known), file("b", &digest(12))]),
            "content.files[1].digest",
        ),
        (
            files(vec![file("a", known), file("b", other)]),
            "content.files",
        ),
        (
            json!({"content": {"files": [{"name": "a", "digest": known, "media_type": "pdf"}]}}),
            "content.files[0].media_type",
        ),
        (json!({"content_kind": "binary_blob"}), "content_kind"),
        (
            json!({"content_kind": "inline_dict", "content": {"files": [file("a", known)]}}),
            "content_kind",
        ),
        (json!({"run_id": stage.engagement}), "run_id"),
        (json!({"colour": "red"}), "colour"),
    ]
}

async fn what_is_wrong_is_named_and_nothing_is_stored(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let known = upload(&stage, 10, 600 * 1024 * 1024).await;
    let other = upload(&stage, 11, 600 * 1024 * 1024).await;
    for (more, field) in cases(&stage, &known, &other) {
        let input = json!({"engagement_id": stage.engagement, "kind": "render", "label": "R",
            "content": {"inline": {}}});
        let input = with_more(input, &more);
        let fault = stage
            .fixture
            .refused(&stage.operator, "create_artifact", input)
            .await;
        assert_eq!(
            (fault.kind, fault.field.as_deref()),
            (FaultKind::Invalid, Some(field)),
            "{fault:?}"
        );
    }
    for nothing in [
        "select count(*) from artifacts",
        "select count(*) from artifact_versions",
        "select count(*) from artifact_files",
        "select count(*) from needs",
        "select count(*) from contents where created_at <> 0",
        "select cast(coalesce(sum(held), 0) as bigint) from zone_counts",
    ] {
        assert_eq!(stage.fixture.count(nothing, vec![]).await, 0, "{nothing}");
    }
}

async fn content_of_another_engagement_is_unknown(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let known = upload(&stage, 10, 1).await;
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    let input = json!({"engagement_id": elsewhere, "kind": "render", "label": "R",
        "content": {"files": [{"name": "a", "digest": known}]}});
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_artifact", input)
        .await;
    let expected = (
        FaultKind::Invalid,
        "invalid_input",
        Some("content.files[0].digest"),
    );
    assert_eq!(told(&fault), expected);
}

async fn a_run_of_another_engagement_is_unknown(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    let input = json!({"engagement_id": elsewhere, "kind": "render", "label": "R", "run_id": run,
        "content": {"inline": {}}});
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_artifact", input)
        .await;
    assert_eq!(fault.field.as_deref(), Some("run_id"));
}
