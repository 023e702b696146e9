//! The summary: totals, domains, what is stuck, what changed, what could be done next.

use bellboard_hub::fault::FaultKind;
use bellboard_hub::state::{self, GetSummary};
use bellboard_hub::verbs;
use serde_json::{Value, json};
use uuid::Uuid;

use super::domain;
use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    p3_2_the_summary_counts_each_domain,
    the_summary_takes_the_same_statements_however_much_there_is,
    the_summary_of_a_realistic_domain_is_small,
    next_steps_follow_decisions_and_cleared_dependencies,
);

/// A workstream straight in the tables.
async fn workstream(stage: &Stage, domain: &Value, slug: &str, status: &str) -> Uuid {
    let id = stage.fixture.hub.world().new_id();
    let insert = "insert into workstreams (engagement_id, id, domain_id, slug, title, owner, description, status, created_at,
                                           changed_at)
                  values ($1, $2, $3, $4, $5, '', '', $6, 7, 7)";
    let parameters = vec![
        stage.engagement.into(),
        id.into(),
        id_in(&domain["id"]).into(),
        slug.into(),
        format!("What is planned as {slug}").into(),
        status.into(),
    ];
    stage.fixture.execute(insert, parameters).await;
    id
}

/// A task straight in the tables.
async fn task(stage: &Stage, workstream: Uuid, (title, status, rank): (&str, &str, i64)) -> Uuid {
    let id = stage.fixture.hub.world().new_id();
    let insert = "insert into tasks (engagement_id, id, workstream_id, position, title, description, priority, assignee,
                                     status, rank, blocking_reason, needs_human, claim_fence, created_at, changed_at)
                  values ($1, $2, $3, $6, $4, '', 'medium', '', $5, $6, 'It waits for somebody', 0, 0, 7, 7)";
    let parameters = vec![
        stage.engagement.into(),
        id.into(),
        workstream.into(),
        title.into(),
        status.into(),
        rank.into(),
    ];
    stage.fixture.execute(insert, parameters).await;
    id
}

async fn depends(stage: &Stage, waits: Uuid, for_what: Uuid) {
    let insert = "insert into dependencies (engagement_id, workstream_id, depends_on_id, created_at) values ($1, $2, $3, 7)";
    let parameters = vec![stage.engagement.into(), waits.into(), for_what.into()];
    stage.fixture.execute(insert, parameters).await;
}

async fn p3_2_the_summary_counts_each_domain(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    let railiance = domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    let repo = json!({"domain_slug": "railiance", "name": "hub"});
    hub.ok(&stage.operator, "register_repo", repo).await;
    let ep = json!({"domain": "railiance", "ep_id": "EP-1", "title": "More"});
    hub.ok(&stage.operator, "create_extension_point", ep).await;
    let td = json!({"domain": "railiance", "td_id": "TD-1", "title": "Less"});
    hub.ok(&stage.operator, "create_technical_debt", td).await;
    let active = workstream(&stage, &railiance, "lay-tracks", "active").await;
    let ready = workstream(&stage, &railiance, "run-trains", "ready").await;
    workstream(&stage, &railiance, "survey", "completed").await;
    depends(&stage, ready, active).await;
    task(&stage, active, ("Lay them", "blocked", 1)).await;
    task(&stage, active, ("Measure", "done", 2)).await;
    task(&stage, ready, ("Fetch coal", "todo", 0)).await;
    let rename = json!({"slug": "railiance", "new_slug": "rail"});
    hub.ok(&stage.operator, "rename_domain", rename).await;
    let summary = hub.ok(&stage.reader, "get_summary", json!({})).await;
    let empty = json!({"slug": "markitect", "name": "Domain markitect", "engagement": "aster-bank", "repo_count": 0,
                       "active_workstream_count": 0, "ep_count": 0, "td_count": 0});
    let full = json!({"slug": "rail", "name": "Domain railiance", "engagement": "aster-bank", "repo_count": 1,
                      "active_workstream_count": 1, "ep_count": 1, "td_count": 1});
    assert_eq!(summary["domains"], json!([empty, full]));
    let totals = json!({"domains": 2, "repos": 1, "topics": 0, "open_workstreams": 2, "todo_tasks": 1,
                        "in_progress_tasks": 0, "blocked_tasks": 1, "open_decisions": 0, "extension_points": 1,
                        "technical_debts": 1});
    assert_eq!(summary["totals"], totals);
    assert_eq!(summary["blocked_tasks"][0]["title"], "Lay them");
    let open = &summary["open_workstreams"];
    let of = |slug: &str| {
        let mut all = open.as_array().unwrap().iter();
        all.find(|one| one["slug"] == slug).unwrap().clone()
    };
    assert_eq!(of("run-trains")["depends_on"], json!(["lay-tracks"]));
    assert_eq!(of("lay-tracks")["blocks"], json!(["run-trains"]));
    assert_eq!(
        (&of("lay-tracks")["done"], &of("lay-tracks")["open"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        open.as_array().unwrap().len(),
        2,
        "what is closed is not open"
    );
    assert_eq!(summary["recent_events"][0]["type"], "domain_renamed");
    assert_eq!(summary["next_steps"], json!([]), "it still waits");
    let nothing = hub.ok(&stage.stranger, "get_summary", json!({})).await;
    assert_eq!(
        (&nothing["domains"], &nothing["totals"]["domains"]),
        (&json!([]), &json!(0))
    );
    let unknown = json!({"domain": "unknown"});
    let fault = hub.refused(&stage.reader, "get_summary", unknown).await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "unknown_domain", Some("domain"))
    );
}

async fn the_summary_takes_the_same_statements_however_much_there_is(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut taken = Vec::new();
    for round in 0..3 {
        for number in 0..round * 8 {
            let slug = format!("d-{round}-{number}");
            let domain = domain(&stage, &slug).await;
            let first = workstream(&stage, &domain, &slug, "active").await;
            let second = workstream(&stage, &domain, &format!("{slug}-b"), "ready").await;
            depends(&stage, second, first).await;
            task(&stage, first, ("Blocked", "blocked", 1)).await;
        }
        let verb = verbs::find("get_summary").unwrap();
        let call = stage.fixture.hub.call(Some(stage.reader.clone()), verb);
        let view = state::get_summary(call, GetSummary::default())
            .await
            .unwrap();
        taken.push(view.statements);
    }
    assert_eq!(taken, [9, 9, 9]);
}

async fn the_summary_of_a_realistic_domain_is_small(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let railiance = domain(&stage, "railiance").await;
    for number in 0..12 {
        let slug = format!("cust-wp-{number:04}-replace-the-signals");
        let status = ["active", "ready", "blocked"][number % 3];
        let id = workstream(&stage, &railiance, &slug, status).await;
        for at in 0..10 {
            let (status, rank) = [("done", 2), ("blocked", 1), ("todo", 0)][at % 3];
            let title = format!(
                "Step {at}: agree with the neighbours, order the parts, put them in, measure, hand over"
            );
            task(&stage, id, (&title, status, rank)).await;
        }
        let repo = json!({"domain_slug": "railiance", "name": format!("rail-{number}")});
        stage
            .fixture
            .ok(&stage.operator, "register_repo", repo)
            .await;
    }
    let scoped = json!({"domain": "railiance"});
    let verb = "get_summary";
    let answer = stage
        .fixture
        .answer(Some(&stage.reader), verb, scoped)
        .await
        .unwrap();
    assert!(answer.json.len() <= 2_048, "{} bytes", answer.json.len());
    let summary: Value = serde_json::from_slice(&answer.json).unwrap();
    assert_eq!(
        (
            &summary["totals"]["open_workstreams"],
            &summary["totals"]["blocked_tasks"]
        ),
        (&json!(12), &json!(36))
    );
    for list in ["open_workstreams", "blocked_tasks", "recent_events"] {
        assert!(
            !summary[list].as_array().unwrap().is_empty(),
            "{list} of {summary}"
        );
    }
    let whole = stage
        .fixture
        .answer(Some(&stage.reader), verb, json!({}))
        .await
        .unwrap();
    assert!(whole.json.len() > 2_048);
    // The same state has the same tag, and a change another.
    let again = stage
        .fixture
        .answer(Some(&stage.reader), verb, json!({}))
        .await
        .unwrap();
    assert!(whole.tag.is_some() && whole.tag == again.tag);
    domain(&stage, "markitect").await;
    let after = stage
        .fixture
        .answer(Some(&stage.reader), verb, json!({}))
        .await
        .unwrap();
    assert_ne!(after.tag, again.tag);
}

async fn next_steps_follow_decisions_and_cleared_dependencies(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let railiance = domain(&stage, "railiance").await;
    let first = workstream(&stage, &railiance, "lay-tracks", "active").await;
    let second = workstream(&stage, &railiance, "run-trains", "ready").await;
    depends(&stage, second, first).await;
    let coal = task(&stage, second, ("Fetch coal", "todo", 0)).await;
    task(&stage, second, ("Whistle", "todo", 0)).await;
    let steps = |of: Value| async {
        stage.fixture.ok(&stage.reader, "list_next_steps", of).await["items"].clone()
    };
    assert_eq!(steps(json!({})).await, json!([]));
    let close = "update workstreams set status = 'completed' where id = $1";
    stage.fixture.execute(close, vec![first.into()]).await;
    let cleared = steps(json!({"domain": "railiance"})).await;
    assert_eq!(
        (
            &cleared[0]["because"],
            &cleared[0]["workstream"],
            &cleared[0]["task"]
        ),
        (
            &json!("dependency_cleared"),
            &json!("run-trains"),
            &json!("Fetch coal")
        )
    );
    assert_eq!(id_in(&cleared[0]["task_id"]), coal);
    // A decision about the workstream is the first reason of its first open task.
    let ask = json!({"engagement_id": stage.engagement, "title": "Coal or wood?", "options": [
        {"key": "coal", "label": "Coal"}, {"key": "wood", "label": "Wood"}]});
    let ask = id_in(&stage.fixture.ok(&stage.operator, "create_ask", ask).await["id"]);
    let decision = "insert into plan_decisions (engagement_id, ask_id, workstream_id, context, append_to_file, created_at)
                    values ($1, $2, $3, '', 0, 7)";
    let parameters = vec![stage.engagement.into(), ask.into(), second.into()];
    stage.fixture.execute(decision, parameters).await;
    let summary = stage
        .fixture
        .ok(&stage.reader, "get_summary", json!({}))
        .await;
    assert_eq!(summary["open_decisions"][0]["title"], "Coal or wood?");
    let answered = "update asks set state = 'answered', closed_at = 9 where id = $1";
    stage.fixture.execute(answered, vec![ask.into()]).await;
    let decided = steps(json!({})).await;
    assert_eq!(decided.as_array().unwrap().len(), 1, "each task once");
    assert_eq!(
        (&decided[0]["because"], &decided[0]["reason"]),
        (
            &json!("decision_resolved"),
            &json!("Decided: Coal or wood?")
        )
    );
}
