//! A receiver that fails has a long backlog: whoever is due behind it is told all the same, and first tries are found without
//! reading through it.

use bellboard_hub::db::{Db, Engine, Value as Parameter};
use bellboard_hub::delivery::store::{DUE, UNTRIED};
use bellboard_hub::subscription::store::SLOW;
use bellboard_hub::world::World as _;
use uuid::Uuid;

use super::bells::{Bells, header};
use crate::fixture::id_in;

on_each_engine!(
    whoever_is_due_behind_a_long_backlog_is_told,
    what_a_dead_hub_left_is_told_before_all_that_is_due,
    what_is_due_in_a_lane_is_read_in_an_index,
    whether_a_bell_is_behind_another_is_read_without_its_backlog,
    the_answer_of_a_snapshot_waits_for_first_tries_alone,
);

/// So many wait for a receiver that has failed since long ago and is being told just now; its bell.
async fn backlog(bells: &Bells) -> Uuid {
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
    fails
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

async fn what_a_dead_hub_left_is_told_before_all_that_is_due(db: Db) {
    let bells = Bells::open(db).await;
    let mut left = Uuid::nil();
    // One more than are taken at once, and the one that was left.
    for _ in 0..52 {
        let (bell, _) = bells.webhook(&bells.stage.operator).await;
        left = bells.ring(bell).await;
    }
    bells
        .execute("update deliveries set lane = 1", vec![])
        .await;
    let lease = "update deliveries set status = 'sending', lease_until = 1 where id = $1";
    bells.execute(lease, vec![left.into()]).await;
    assert_eq!(bells.send().await, 52);
    let posted = bells.outside.posted();
    let first = posted.iter().take(50);
    let mut ids = first.map(|posting| header(posting, "webhook-id").to_owned());
    assert!(ids.any(|id| id == left.to_string()));
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
    reads_nothing_whole(&plan);
}

async fn whether_a_bell_is_behind_another_is_read_without_its_backlog(db: Db) {
    let bells = Bells::open(db).await;
    let bell = backlog(&bells).await;
    let snapshot = bells.stage.fixture.world.new_id();
    let rang = "insert into bell_evaluations (engagement_id, subscription_id, snapshot_id, dashboard_id, outcome, why, at)
                values ($1, $2, $3, $4, 'rang', '{}', 1)";
    let (engagement, dashboard) = (bells.stage.engagement, bells.dashboard);
    let ids = [engagement, bell, snapshot, dashboard];
    bells.execute(rang, ids.map(Parameter::from).to_vec()).await;
    let told = ["rang", "quiet_hours", "digest"].map(Parameter::from);
    let of_snapshot = [engagement.into(), snapshot.into(), bells.now().into()];
    let parameters = [of_snapshot, told].concat();
    let slow = async || {
        let rows = bells.stage.fixture.rows(SLOW, parameters.clone()).await;
        rows.len()
    };
    let failing = "update subscriptions set failing_since = $1 where id = $2";
    let fails = async |since: Option<i64>| {
        let parameters = vec![since.into(), bell.into()];
        bells.execute(failing, parameters).await;
    };
    assert_eq!(slow().await, 1, "nothing arrives, and it is being told");
    fails(None).await;
    assert_eq!(slow().await, 1, "it is being told");
    let over = "update deliveries set lease_until = 2 where status = 'sending'";
    bells.execute(over, vec![]).await;
    assert_eq!(slow().await, 0, "what waits is all in the slow lane");
    fails(Some(1)).await;
    assert_eq!(slow().await, 1, "nothing arrives at its receiver");
    fails(None).await;
    // The same way is taken before the engine knows how much there is of what.
    for _ in 0..2 {
        let plan = plan(&bells, SLOW, parameters.clone()).await;
        let by_lane = |line: &String| {
            match bells.stage.fixture.hub.db().engine() {
            Engine::Sqlite => line.contains(
                "deliveries_of_subscription (engagement_id=? AND subscription_id=? AND status>? AND status<?)",
            ),
            Engine::Postgres => line.contains("Index Cond: (") && line.contains("(lane = 0)"),
        }
        };
        assert!(plan.iter().any(by_lane), "{plan:#?}");
        reads_nothing_whole(&plan);
        bells.execute("analyze", vec![]).await;
    }
}

async fn the_answer_of_a_snapshot_waits_for_first_tries_alone(db: Db) {
    let bells = Bells::open(db).await;
    backlog(&bells).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring(bell).await;
    bells.execute("analyze", vec![]).await;
    let snapshot = bells.delivery(id).await["snapshot_id"].clone();
    let snapshot = id_in(&snapshot);
    let parameters: Vec<Parameter> = vec![
        bells.stage.engagement.into(),
        snapshot.into(),
        bells.now().into(),
    ];
    let plan = plan(&bells, UNTRIED, parameters.clone()).await;
    let in_index = |line: &String| line.contains("deliveries_untried");
    assert!(plan.iter().any(in_index), "{plan:#?}");
    for (state, waits) in [
        ("status = 'waiting', lane = 0", true),
        ("status = 'sending', lane = 0", true),
        ("status = 'sending', lane = 1", false),
        ("status = 'waiting', lane = 1", false),
        ("lane = 0, next_attempt_at = 9223372036854775807", false),
        ("status = 'delivered', attempts = 1", false),
    ] {
        let becomes = format!("update deliveries set {state} where id = $1");
        bells.execute(becomes.leak(), vec![id.into()]).await;
        let untried = bells.stage.fixture.rows(UNTRIED, parameters.clone()).await;
        assert_eq!(untried.len() == 1, waits, "{state}");
    }
}

/// No plan reads all that there is.
fn reads_nothing_whole(plan: &[String]) {
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
