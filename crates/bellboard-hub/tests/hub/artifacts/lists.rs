//! Long lists over many engagements: each thing once and in order, read through an index.

use bellboard_core::artifact::{Kind, State};
use bellboard_core::id::RunId;
use bellboard_hub::artifact::{ListArtifacts, store::list_text};
use bellboard_hub::db::{Engine, Value as Parameter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    many_engagements_are_paged_in_one_order_while_things_come_and_go,
    a_list_is_read_through_its_index,
    a_list_counts_what_it_shows,
);

const PLACES: usize = 40;
/// Of each engagement.
const MADE: u128 = 25;
/// So few that every page of seven meets equal times.
const MOMENTS: i64 = 5;

const PUT: &str = "insert into artifacts
        (engagement_id, id, kind, state, version, number, label, detail, content_kind, run_id, made_by, made_by_name,
         created_at, made_at)
 values ($1, $2, $3, $4, 1, $5, 'Made', '', 'inline_dict', $6, $2, 'Ada', $7, $7)";

struct Put {
    place: Uuid,
    id: u128,
    kind: Kind,
    at: i64,
    run: Option<Uuid>,
}

async fn put(stage: &Stage, put: &Put) {
    let values = vec![
        put.place.into(),
        Uuid::from_u128(put.id).into(),
        put.kind.as_str().into(),
        put.kind.first_state().as_str().into(),
        i64::try_from(put.id).unwrap().into(),
        put.run.into(),
        put.at.into(),
    ];
    stage.fixture.execute(PUT, values).await;
}

/// Engagements that hold artifacts of the same few moments, unevenly: of some moments a place has none.
async fn filled(stage: &Stage) -> Vec<Put> {
    let mut all = Vec::new();
    for number in 0..PLACES {
        let name = format!("Place {number}");
        let place = stage.fixture.engagement(&stage.owner, &name).await;
        for made in 0..MADE {
            let id = (number as u128 + 1) * 1_000 + made;
            let moment = i64::try_from(made).unwrap() * i64::try_from(number % 3).unwrap();
            let one = Put {
                place,
                id,
                kind: Kind::ALL[usize::try_from(made).unwrap() % Kind::ALL.len()],
                at: 1_000 + moment % MOMENTS,
                run: None,
            };
            put(stage, &one).await;
            all.push(one);
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse((one.at, one.id)));
    all
}

async fn many_engagements_are_paged_in_one_order_while_things_come_and_go(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let all = filled(&stage).await;
    let place = all[0].place;
    // The last ones go before their page comes; each page, something comes before and something after the place.
    let (kept, gone) = all.split_at(all.len() - 20);
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    for number in 0_u128.. {
        let input = json!({"limit": 7, "cursor": cursor});
        let page = stage
            .fixture
            .ok(&stage.owner, "list_artifacts", input)
            .await;
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| id_in(&item["id"]).as_u128()));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
        if let Some(one) = gone.get(usize::try_from(number).unwrap()) {
            let delete = "delete from artifacts where id = $1";
            let id = Uuid::from_u128(one.id).into();
            stage.fixture.execute(delete, vec![id]).await;
        }
        if number < 10 {
            for (id, at) in [(500_000 + number, 2_000), (600_000 + number, 1)] {
                let kind = Kind::Shape;
                put(
                    &stage,
                    &Put {
                        place,
                        id,
                        kind,
                        at,
                        run: None,
                    },
                )
                .await;
            }
        }
    }
    let known: Vec<u128> = seen.iter().copied().filter(|id| *id < 500_000).collect();
    let expected: Vec<u128> = kept.iter().map(|one| one.id).collect();
    assert_eq!(known, expected);
    let later: Vec<u128> = seen.iter().copied().filter(|id| *id >= 500_000).collect();
    let expected: Vec<u128> = (600_000..600_010).rev().collect();
    assert_eq!(
        later, expected,
        "what is older than the place is shown, what is newer is not"
    );
}

async fn a_list_counts_what_it_shows(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = stage.running().await;
    for kind in ["shape", "render", "review_report", "shape"] {
        stage.make(kind, json!({"run_id": run})).await;
    }
    let shape = stage.shape().await;
    let confirm = json!({"artifact_id": shape, "decision": "confirm", "expected_version": 1});
    stage
        .fixture
        .ok(&stage.owner, "decide_artifact", confirm)
        .await;
    for (filter, count) in [
        (json!({}), 5),
        (json!({"kind": "shape"}), 3),
        (json!({"kind": "render"}), 1),
        (json!({"kind": "assertion"}), 0),
        (json!({"state": "produced"}), 2),
        (json!({"kind": "shape", "state": "pending_confirmation"}), 2),
        (json!({"run_id": run}), 4),
        (json!({"run_id": run, "kind": "shape"}), 2),
        (json!({"run_id": run, "state": "confirmed"}), 0),
        (json!({"engagement": stage.engagement}), 5),
    ] {
        for (who, count) in [(&stage.reader, count), (&stage.stranger, 0)] {
            let page = stage
                .fixture
                .ok(who, "list_artifacts", filter.clone())
                .await;
            assert_eq!(page["total_count"], count, "{filter}");
            assert_eq!(page["items"].as_array().unwrap().len(), count, "{filter}");
        }
    }
}

async fn a_list_is_read_through_its_index(fixture: HubFixture) {
    const MANY: u32 = 20_000;
    let stage = fixture.stage().await;
    let engine = stage.fixture.hub.db().engine();
    let id = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    let text = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY})
         insert into artifacts (engagement_id, id, kind, state, version, number, label, detail, content_kind, run_id,
                                made_by, made_by_name, created_at, made_at)
         select $1, {id}, 'shape', 'confirmed', 1, i, 'Made', '', 'inline_dict', null, $2, 'Ada', i, i
           from n"
    );
    let run = stage.running().await;
    let values = vec![stage.engagement.into(), run.into()];
    stage.fixture.execute(text.leak(), values).await;
    let of_run = "update artifacts set run_id = made_by where made_at = 9";
    stage.fixture.execute(of_run, vec![]).await;
    stage.fixture.execute("analyze", vec![]).await;
    let of_run = ListArtifacts {
        run_id: Some(RunId::from_uuid(run)),
        ..ListArtifacts::default()
    };
    let of_state = ListArtifacts {
        kind: Some(Kind::Shape),
        state: Some(State::Confirmed),
        ..ListArtifacts::default()
    };
    for (asked, index) in [
        (&ListArtifacts::default(), "artifacts_by_time"),
        (&of_state, "artifacts_by_time"),
        (&of_run, "artifacts_of_run"),
    ] {
        let plan = plan(&stage, engine, asked).await;
        assert!(plan.contains(index), "{asked:?}\n{plan}");
    }
    let input = json!({"run_id": run});
    let page = stage
        .fixture
        .ok(&stage.owner, "list_artifacts", input)
        .await;
    assert_eq!(page["total_count"], 1);
}

/// How the engine means to read the list, with the parameters of its first page.
async fn plan(stage: &Stage, engine: Engine, asked: &ListArtifacts) -> String {
    let (explain, column) = match engine {
        Engine::Sqlite => ("explain query plan", 3),
        Engine::Postgres => ("explain", 0),
    };
    let text = format!("{explain} {}", list_text(engine, asked));
    let nil = Uuid::nil();
    let mut parameters: Vec<Parameter> = vec![
        stage.owner.person_id.into(),
        false.into(),
        nil.into(),
        false.into(),
        nil.into(),
        i64::MAX.into(),
        Uuid::max().into(),
        51_i64.into(),
        asked.kind.map_or("", |kind| kind.as_str()).into(),
        asked.state.map_or("", |state| state.as_str()).into(),
    ];
    parameters.extend(asked.run_id.map(Parameter::from));
    let rows = stage.fixture.rows(text.leak(), parameters).await;
    let lines = rows.iter().map(|row| row.text(column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}
