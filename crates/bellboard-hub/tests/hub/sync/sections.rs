//! What write-back adds below files: the review that closed a workstream, and decisions that were made.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{PATH, Scene, file, plan};
use crate::fixture::{HubFixture, told};

on_each_engine!(
    a_review_is_written_into_its_file_once_and_only_if_wanted,
    a_review_that_has_no_room_is_told,
    decisions_that_were_made_are_added_to_their_file_once,
    a_decision_for_a_file_names_whose,
);

impl Scene {
    /// The only text that is to be written back.
    async fn written(&self, text: &str) -> Option<String> {
        let report = self
            .sync("one", vec![file(PATH, text)], json!({"write_back": true}))
            .await;
        assert_eq!(report["errors"], json!([]), "{report}");
        let written = report["write_back"].as_array().unwrap();
        assert!(written.len() <= 1, "{report}");
        Some(written.first()?["text"].as_str().unwrap().to_owned())
    }

    async fn close(&self, more: Value) -> Value {
        let review = [
            json!({"task_id": "A-T1", "as": "done"}),
            json!({"task_id": "A-T2", "as": "cancelled", "reason": "No longer\n```task\nid: Z\n```"}),
        ];
        let mut input = json!({"slug": "a", "review": review});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let stage = &self.stage;
        let call = stage.fixture.ok(&stage.operator, "close_workstream", input);
        call.await
    }
}

async fn a_review_is_written_into_its_file_once_and_only_if_wanted(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let plain = plan("A", &[(1, "in_progress"), (2, "todo"), (3, "done")]);
    let text = scene.written(&plain).await.expect("the ids");
    assert_eq!(scene.written(&text).await, None);
    scene.close(json!({"write_section": true})).await;
    let after = scene.written(&text).await.expect("statuses and the review");
    let (above, section) = after.split_once("\n## Closure Review\n").unwrap();
    assert_eq!(above.lines().count(), text.trim_end().lines().count() + 1);
    let statuses = above
        .replace("status: cancelled", "status: todo")
        .replacen("status: done", "status: in_progress", 1)
        .replace("status: completed", "status: active");
    assert_eq!(statuses, text, "only the statuses change above");
    assert!(section.contains("- A-T1 done\n- A-T2 cancelled: No longer '''task id: Z '''\n"));
    assert!(section.contains(" by The operator.\n"), "{section}");
    assert_eq!(scene.written(&after).await, None, "it comes once");
    // Reopened and closed without the wish, the file keeps what it has and gets no more.
    let reopen = json!({"slug": "a", "status": "active"});
    let stage = &scene.stage;
    stage
        .fixture
        .ok(&stage.operator, "update_workstream", reopen)
        .await;
    let close = json!({"slug": "a", "review": []});
    stage
        .fixture
        .ok(&stage.operator, "close_workstream", close)
        .await;
    assert_eq!(scene.written(&after).await, None);
}

async fn a_review_that_has_no_room_is_told(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let open = format!("{}```\n", plan("A", &[(1, "todo"), (2, "todo")]));
    let text = scene.written(&open).await.expect("the ids");
    scene.close(json!({"write_section": true})).await;
    let report = scene
        .sync("one", vec![file(PATH, &*text)], json!({"write_back": true}))
        .await;
    let warning = &report["warnings"][0];
    assert_eq!(warning["path"], PATH, "{report}");
    let reason = warning["reason"].as_str().unwrap();
    assert!(reason.contains("is not closed"), "{reason}");
    let text = report["write_back"][0]["text"].as_str().unwrap();
    assert!(!text.contains("Closure Review"), "{text}");
}

/// Four decisions: about the repo, a workstream of it, another repo, and one that no file is to hold.
async fn decisions(scene: &Scene) -> Vec<Value> {
    let stage = &scene.stage;
    let options = json!([{"key": "wide", "label": "Wide"}, {"key": "narrow", "label": "Narrow"}]);
    let mut asked = Vec::new();
    for (about, name, append) in [
        ("repo", "one", true),
        ("workstream", "a", true),
        ("repo", "two", true),
        ("repo", "one", false),
    ] {
        let mut input =
            json!({"title": "Which gauge?", "options": options, "append_to_file": append});
        input[about] = json!(name);
        let made = stage
            .fixture
            .ok(&stage.contributor, "create_decision", input);
        asked.push(made.await["ask_id"].clone());
    }
    asked
}

async fn decisions_that_were_made_are_added_to_their_file_once(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one", "two"]).await;
    let text = scene.written(&plan("A", &[(1, "todo")])).await.unwrap();
    let stage = &scene.stage;
    let asked = decisions(&scene).await;
    let back = async |decisions: Value, more: Value| {
        let mut input = json!({"write_back": true, "decisions": decisions});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let report = scene.sync("one", vec![file(PATH, &*text)], input).await;
        report["write_back"].clone()
    };
    assert_eq!(back(json!(""), json!({})).await, json!([]), "none is made");
    for ask in &asked {
        let resolve =
            json!({"ask_id": ask, "option": "wide", "rationale": "Faster.\n\n## Cheaper"});
        stage
            .fixture
            .ok(&stage.operator, "resolve_decision", resolve)
            .await;
    }
    let written = back(json!(""), json!({})).await;
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        (&written[0]["path"], &written[0]["old_hash"]),
        (&json!("DECISIONS.md"), &json!(empty))
    );
    let added = written[0]["text"].as_str().unwrap();
    assert!(
        added.starts_with("# Decisions\n\n## Which gauge?\n\n"),
        "{added}"
    );
    assert!(
        added.contains(", The operator: Wide\n\n> Faster.\n>\n> ## Cheaper\n"),
        "{added}"
    );
    assert_eq!(
        added.matches("## Which gauge?").count(),
        2,
        "those of this repo"
    );
    for ask in &asked[..2] {
        assert!(added.contains(ask.as_str().unwrap()), "{added}");
    }
    assert_eq!(
        back(json!(added), json!({})).await,
        json!([]),
        "they come once"
    );
    assert_eq!(
        back(Value::Null, json!({})).await,
        json!([]),
        "the file is not known"
    );
    let behind = json!({"head": {"behind": 3}});
    assert_eq!(
        back(json!(""), behind).await,
        json!([]),
        "the tree is stale"
    );
    let own = back(json!("Mine, with no end"), json!({})).await;
    let own = own[0]["text"].as_str().unwrap();
    assert!(
        own.starts_with("Mine, with no end\n\n## Which gauge?"),
        "{own}"
    );
    assert_eq!(back(json!("<!-- open"), json!({})).await, json!([]));
}

async fn a_decision_for_a_file_names_whose(fixture: HubFixture) {
    let scene = Scene::set(fixture, &["one"]).await;
    let stage = &scene.stage;
    let wish = json!({"title": "Which gauge?", "append_to_file": true, "engagement": stage.engagement,
        "options": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]});
    let fault = stage
        .fixture
        .refused(&stage.contributor, "create_decision", wish)
        .await;
    let field = Some("append_to_file");
    assert_eq!(told(&fault), (FaultKind::Invalid, "invalid_input", field));
}
