//! A receiver that fails has a long backlog: whoever is due behind it is told all the same, and first tries are found without
//! reading through it.

use bellboard_hub::db::{Db, Engine, Value as Parameter};
use bellboard_hub::delivery::store::DUE;

use super::bells::Bells;

on_each_engine!(
    whoever_is_due_behind_a_long_backlog_is_told,
    what_is_due_in_a_lane_is_read_in_an_index,
);

/// So many wait for a receiver that has failed since long ago and is being told just now.
async fn backlog(bells: &Bells) {
    let (fails, _) = bells.webhook(&bells.stage.operator).await;
    let id = match bells.stage.fixture.hub.db().engine() {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    let waiting = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
         insert into deliveries (engagement_id, id, subscription_id, dashboard_id, kind, target, body_hash, status, is_test,
                                 is_digest, attempts, next_attempt_at, lease_until, fence, created_at, lane)
         select $1, {id}, $2, $3, 'webhook', 'https://hooks.example/bell', {id},
                case when i = 1 then 'sending' else 'waiting' end, 0, 0, 0,
                case when i > 1 then i end, case when i = 1 then cast($4 as bigint) end, 0, i, 1
           from n"
    );
    let waiting = match bells.stage.fixture.hub.db().engine() {
        Engine::Sqlite => waiting,
        Engine::Postgres => {
            let hash = "cast(cast(gen_random_uuid() as text) as bytea)";
            waiting.replace("bell', gen_random_uuid()", &format!("bell', {hash}"))
        }
    };
    let parameters: Vec<Parameter> = vec![
        bells.stage.engagement.into(),
        fails.into(),
        bells.dashboard.into(),
        i64::MAX.into(),
    ];
    assert_eq!(bells.execute(waiting.leak(), parameters).await, 20_000);
    let failing = "update subscriptions set failing_since = 1 where id = $1";
    bells.execute(failing, vec![fails.into()]).await;
}

async fn whoever_is_due_behind_a_long_backlog_is_told(db: Db) {
    let bells = Bells::open(db).await;
    backlog(&bells).await;
    let (fresh, _) = bells.webhook(&bells.stage.operator).await;
    let (tried_before, _) = bells.webhook(&bells.stage.operator).await;
    let first = bells.ring(fresh).await;
    let again = bells.ring(tried_before).await;
    let tried = "update deliveries set attempts = 1, lane = 1 where id = $1";
    bells.execute(tried, vec![again.into()]).await;
    assert_eq!(bells.send().await, 2, "the backlog is being told already");
    for id in [first, again] {
        assert_eq!(bells.delivery(id).await["status"], "delivered");
    }
    // When the other lets go, its backlog goes on, oldest first.
    let over = "update deliveries set lease_until = 2 where status = 'sending'";
    bells.execute(over, vec![]).await;
    let oldest = "update deliveries set status = 'cancelled', settled_at = 1, next_attempt_at = null where next_attempt_at > 3";
    bells.execute(oldest, vec![]).await;
    assert_eq!(bells.send().await, 3);
}

async fn what_is_due_in_a_lane_is_read_in_an_index(db: Db) {
    let bells = Bells::open(db).await;
    backlog(&bells).await;
    let (fresh, _) = bells.webhook(&bells.stage.operator).await;
    bells.ring(fresh).await;
    bells.execute("analyze", vec![]).await;
    // The failing receiver waits in the other lane: what is read of this one is one entry.
    let first_tries: Vec<Parameter> = vec![0_i64.into(), bells.now().into(), 192_i64.into()];
    let plan = plan(&bells, DUE, first_tries).await;
    let by_lane = |line: &String| match bells.stage.fixture.hub.db().engine() {
        Engine::Sqlite => line.contains("deliveries_waiting (lane=? AND next_attempt_at<?)"),
        Engine::Postgres => {
            line.contains("Index Cond: ((lane = ") && line.contains("next_attempt_at")
        }
    };
    assert!(plan.iter().any(by_lane), "{plan:#?}");
    assert!(
        plan.iter().any(|line| line.contains("deliveries_waiting")),
        "{plan:#?}"
    );
    let whole = ["SCAN d", "SCAN o", "Seq Scan on deliveries"];
    let reads_all = |line: &String| {
        whole
            .iter()
            .any(|scan| line.contains(scan) && !line.contains("INDEX"))
    };
    assert!(!plan.iter().any(reads_all), "{plan:#?}");
}

/// How the engine means to go about it.
async fn plan(bells: &Bells, text: &str, parameters: Vec<Parameter>) -> Vec<String> {
    let (explain, column) = match bells.stage.fixture.hub.db().engine() {
        Engine::Sqlite => ("explain query plan", 3),
        Engine::Postgres => ("explain", 0),
    };
    let text = format!("{explain} {text}");
    let rows = bells.stage.fixture.rows(text.leak(), parameters).await;
    rows.iter().map(|row| row.text(column).unwrap()).collect()
}
