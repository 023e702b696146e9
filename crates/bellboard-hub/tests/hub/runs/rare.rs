//! What is rare is read through an index, not through history: runs of an outcome or a type, a run's open question.

use bellboard_core::run::Outcome;
use bellboard_hub::db::{Engine, Value as Parameter};
use bellboard_hub::run::{ListRuns, store::list_text};
use serde_json::json;
use uuid::Uuid;

use crate::fixture::HubFixture;

on_each_engine!(a_rare_type_and_a_rare_outcome_are_found_through_an_index);
on_each_engine!(the_open_question_of_a_run_is_not_looked_for_among_all_that_were_asked);

/// So much history that no engine prefers to walk through it.
const ROWS: u32 = 20_000;

/// Successful builds without end, and among them one failure and one restore.
fn history(engine: Engine) -> String {
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    let identity = match engine {
        Engine::Sqlite => "randomblob(32)",
        Engine::Postgres => "cast(cast(gen_random_uuid() as text) as bytea)",
    };
    format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {ROWS})
         insert into runs (engagement_id, id, initiator_name, type, item_kind, label, status, outcome, lost, identity,
                           identity_mode, summary_counts, failures, context, sequence, version, created_at, active_at,
                           completed_at, last_seen_at)
         select $1, {id}, 'Ada', case when i = 9 then 'restore' else 'build' end, 'run', 'Build', 'completed',
                case when i = 7 then 'failed' else 'succeeded' end, 0, {identity}, 'nonce', '{{}}', '[]', '{{}}',
                0, 2, i, i, i, i
           from n"
    )
}

async fn a_rare_type_and_a_rare_outcome_are_found_through_an_index(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let engine = stage.fixture.hub.db().engine();
    stage
        .fixture
        .execute(history(engine).leak(), vec![stage.engagement.into()])
        .await;
    stage.fixture.execute("analyze", vec![]).await;

    let asked = [
        (
            ListRuns {
                run_type: Some("restore".parse().unwrap()),
                ..ListRuns::default()
            },
            "runs_by_type",
        ),
        (
            ListRuns {
                outcome: Some(Outcome::Failed),
                ..ListRuns::default()
            },
            "runs_by_outcome",
        ),
        (
            ListRuns {
                outcome: Some(Outcome::Failed),
                run_type: Some("build".parse().unwrap()),
                ..ListRuns::default()
            },
            "runs_by_outcome",
        ),
        (
            ListRuns {
                outcome: Some(Outcome::Succeeded),
                run_type: Some("restore".parse().unwrap()),
                ..ListRuns::default()
            },
            "runs_by_type",
        ),
    ];
    for (asked, index) in asked {
        let plan = plan(&stage.fixture, &stage.operator, engine, &asked).await;
        assert!(plan.contains(index), "{asked:?}\n{plan}");
        assert!(!plan.contains("runs_created"), "{asked:?}\n{plan}");
        let mut input = json!({});
        if let Some(outcome) = asked.outcome {
            input["outcome"] = json!(outcome);
        }
        if let Some(run_type) = &asked.run_type {
            input["type"] = json!(run_type);
        }
        let page = stage.fixture.ok(&stage.operator, "list_runs", input).await;
        assert_eq!(page["total_count"], 1, "{asked:?}");
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{asked:?}");
    }
}

/// Closed questions without end, and among them a few that are open, each of a run of its own.
fn questions(engine: Engine) -> String {
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {ROWS})
         insert into asks (engagement_id, id, state, version, title, detail, options, asked_by, asked_by_name, run_id,
                           audience, created_at, closed_at)
         select $1, {id}, case when i % 1000 = 0 then 'open' else 'withdrawn' end, 1, 'Go on?', '', '[]',
                $2, 'Ada', {id}, 15, i, case when i % 1000 = 0 then null else i end
           from n"
    )
}

async fn the_open_question_of_a_run_is_not_looked_for_among_all_that_were_asked(
    fixture: HubFixture,
) {
    let stage = fixture.stage().await;
    let engine = stage.fixture.hub.db().engine();
    let parameters = vec![stage.engagement.into(), stage.operator.person_id.into()];
    stage
        .fixture
        .execute(questions(engine).leak(), parameters)
        .await;
    stage.fixture.execute("analyze", vec![]).await;

    let asked = ListRuns::default();
    let plan = plan(&stage.fixture, &stage.operator, engine, &asked).await;
    assert!(plan.contains("of_run"), "{plan}");
    assert!(!plan.contains("asks_by_time"), "{plan}");
}

/// How the engine means to read the list, with the parameters of its first page.
async fn plan(
    fixture: &HubFixture,
    who: &bellboard_hub::call::Caller,
    engine: Engine,
    asked: &ListRuns,
) -> String {
    let (explain, column) = match engine {
        Engine::Sqlite => ("explain query plan", 3),
        Engine::Postgres => ("explain", 0),
    };
    let text = format!("{explain} {}", list_text(engine, asked));
    let nil = Uuid::nil();
    let parameters: Vec<Parameter> = vec![
        who.person_id.into(),
        false.into(),
        nil.into(),
        false.into(),
        nil.into(),
        i64::MAX.into(),
        Uuid::max().into(),
        51_i64.into(),
        "".into(),
        asked.outcome.map_or("", |outcome| outcome.as_str()).into(),
        asked
            .run_type
            .as_ref()
            .map_or("", |name| name.as_str())
            .into(),
    ];
    let rows = fixture.rows(text.leak(), parameters).await;
    let lines = rows.iter().map(|row| row.text(column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}
