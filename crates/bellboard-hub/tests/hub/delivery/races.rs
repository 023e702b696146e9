//! Several hubs over one database, and hubs that are stopped in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bellboard_core::id::{EngagementId, SnapshotId};
use bellboard_hub::delivery::{inline, send_due};
use bellboard_hub::loops::Loops;
use bellboard_hub::outgoing::Outgoing;
use bellboard_hub::world::World as _;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::bells::{Bells, Outside, header, status};
use crate::support::TestDb;

on_each_engine!(
    of_many_hubs_one_sends_each,
    what_a_dead_hub_left_is_sent_by_another,
    a_hub_that_wakes_too_late_writes_nothing,
    whoever_hangs_holds_up_no_other,
    receivers_that_failed_before_hold_up_no_first_try,
    a_receiver_that_hangs_has_one_place_however_often_its_bell_rings,
    a_crowd_that_hangs_gives_its_places_to_those_behind_it,
    the_answer_of_a_snapshot_waits_for_nobody_who_hangs,
    what_is_dropped_in_the_middle_is_lost_and_doubled_nowhere,
);

async fn of_many_hubs_one_sends_each(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let reader = bells.stage.reader.clone();
    let persona = bells
        .subscribe(&reader, "persona", &reader.person_id.to_string())
        .await;
    let mut rung = Vec::new();
    for _ in 0..40 {
        rung.push(bells.ring(bell).await.to_string());
        bells.ring(persona).await;
    }
    let mut hubs = JoinSet::new();
    for _ in 0..8 {
        let hub = bells.replica(test.db.clone(), bells.outside.way());
        hubs.spawn(async move { send_due(&hub).await });
    }
    while let Some(sent) = hubs.join_next().await {
        sent.unwrap().unwrap();
    }
    // Whoever found nothing to take may have gone before the others were done.
    bells.send().await;
    let posted = bells.outside.posted();
    let mut posted: Vec<&str> = posted.iter().map(|one| header(one, "webhook-id")).collect();
    posted.sort_unstable();
    rung.sort_unstable();
    assert_eq!(posted, rung);
    assert_eq!(bells.inbox(&reader).await.len(), 40);
    assert_eq!(bells.thread().await.len(), 40);
}

/// A way out that says when somebody is under way, and lets them arrive when it is told to.
fn slow(outside: &Outside) -> (Outgoing, Arc<AtomicUsize>, Arc<Notify>, Arc<Notify>) {
    let (asked, begun, go) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let (count, say, wait, outside) = (asked.clone(), begun.clone(), go.clone(), outside.clone());
    let way = Outgoing::new(
        move |posting| {
            let (say, wait) = (say.clone(), wait.clone());
            count.fetch_add(1, Ordering::SeqCst);
            outside.postings.lock().unwrap().push(posting);
            Box::pin(async move {
                say.notify_one();
                wait.notified().await;
                status(500)
            })
        },
        |_| Box::pin(async { true }),
    );
    (way, asked, begun, go)
}

async fn what_a_dead_hub_left_is_sent_by_another(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring(bell).await;
    let (way, _, begun, _go) = slow(&bells.outside);
    let hub = bells.replica(test.db.clone(), way);
    let mut dying = JoinSet::new();
    dying.spawn(async move { send_due(&hub).await });
    begun.notified().await;
    dying.shutdown().await;
    assert_eq!(bells.send().await, 0, "its lease is not over");
    assert_eq!(bells.delivery(id).await["status"], "sending");
    bells.stage.fixture.world.advance(Duration::from_mins(1));
    assert_eq!(bells.send().await, 1);
    let shown = bells.delivery(id).await;
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["attempts"], 1);
    let tries = shown["tries"].as_array().unwrap();
    let outcomes: Vec<_> = tries.iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["delivered", "interrupted"]);
    let posted = bells.outside.posted();
    assert_eq!(posted.len(), 2);
    assert_eq!(
        header(&posted[0], "webhook-id"),
        header(&posted[1], "webhook-id")
    );
    assert_eq!(posted[0].body, posted[1].body);
}

async fn a_hub_that_wakes_too_late_writes_nothing(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring(bell).await;
    let (way, _, begun, go) = slow(&bells.outside);
    let hub = bells.replica(test.db.clone(), way);
    let mut sleeping = JoinSet::new();
    sleeping.spawn(async move { send_due(&hub).await });
    begun.notified().await;
    bells.stage.fixture.world.advance(Duration::from_secs(61));
    assert_eq!(bells.send().await, 1);
    let before = bells.delivery(id).await;
    assert_eq!(before["status"], "delivered");
    go.notify_one();
    sleeping.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(bells.delivery(id).await, before);
}

/// A way out on which these URLs never answer and all others do.
fn hanging(outside: &Outside) -> Outgoing {
    let outside = outside.clone();
    Outgoing::new(
        move |posting| {
            let hangs = posting.url.contains("hangs");
            outside.postings.lock().unwrap().push(posting);
            Box::pin(async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                status(200)
            })
        },
        |_| Box::pin(async { true }),
    )
}

/// Bells at receivers of which so many hang, each with one delivery that waits.
async fn rung(bells: &Bells, hang: usize, all: usize) {
    let maker = bells.stage.operator.clone();
    for number in 0..all {
        let (bell, _) = bells.webhook(&maker).await;
        if number < hang {
            let statement =
                "update subscriptions set subscriber_id = 'https://hangs.example' where id = $1";
            bells.execute(statement, vec![bell.into()]).await;
        }
        bells.ring(bell).await;
    }
}

async fn how_many(bells: &Bells, status: &'static str) -> i64 {
    let counted = "select count(*) from deliveries where status = $1";
    bells
        .stage
        .fixture
        .count(counted, vec![status.into()])
        .await
}

/// Comes back when so many were delivered; a test that never does is stopped by its runner.
async fn delivered(bells: &Bells, count: i64) {
    let mut changes = bells.stage.fixture.hub.db().changes();
    while how_many(bells, "delivered").await < count {
        changes.changed().await.unwrap();
    }
}

async fn whoever_hangs_holds_up_no_other(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    rung(&bells, 50, 250).await;
    let hub = bells.replica(test.db.clone(), hanging(&bells.outside));
    let loops = Loops::start(&hub);
    delivered(&bells, 200).await;
    assert_eq!(how_many(&bells, "delivered").await, 200);
    assert_eq!(how_many(&bells, "sending").await, 50);
    drop(loops);
}

async fn receivers_that_failed_before_hold_up_no_first_try(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    rung(&bells, 210, 220).await;
    let statement =
        "update subscriptions set failing_since = 1 where subscriber_id = 'https://hangs.example'";
    assert_eq!(bells.execute(statement, vec![]).await, 210);
    let lane = "update deliveries set lane = 1 where target = 'https://hangs.example'";
    assert_eq!(bells.execute(lane, vec![]).await, 210);
    let hub = bells.replica(test.db.clone(), hanging(&bells.outside));
    let loops = Loops::start(&hub);
    delivered(&bells, 10).await;
    assert!(
        how_many(&bells, "sending").await <= 128,
        "they have a lane of their own"
    );
    drop(loops);
}

async fn a_receiver_that_hangs_has_one_place_however_often_its_bell_rings(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    rung(&bells, 1, 1).await;
    let hub = bells.replica(test.db.clone(), hanging(&bells.outside));
    let loops = Loops::start(&hub);
    let mut changes = bells.stage.fixture.hub.db().changes();
    while how_many(&bells, "sending").await < 1 {
        changes.changed().await.unwrap();
    }
    let again = "select id from subscriptions where subscriber_id = 'https://hangs.example'";
    let found = bells.stage.fixture.rows(again, vec![]).await;
    let bell = found[0].id(0).unwrap();
    for _ in 0..200 {
        bells.ring(bell).await;
    }
    rung(&bells, 0, 3).await;
    delivered(&bells, 3).await;
    assert_eq!(how_many(&bells, "sending").await, 1);
    assert_eq!(how_many(&bells, "waiting").await, 200);
    drop(loops);
}

async fn a_crowd_that_hangs_gives_its_places_to_those_behind_it(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    rung(&bells, 250, 250).await;
    bells.stage.fixture.world.advance(Duration::from_secs(1));
    rung(&bells, 0, 3).await;
    let hub = bells.replica(test.db.clone(), hanging(&bells.outside));
    let loops = Loops::start(&hub);
    // More hang than there are places, and none of them ever answers.
    delivered(&bells, 3).await;
    assert_eq!(how_many(&bells, "sending").await, 250);
    drop(loops);
}

async fn the_answer_of_a_snapshot_waits_for_nobody_who_hangs(test: TestDb) {
    let bells = Bells::open(test.db.clone()).await;
    let reader = bells.stage.reader.clone();
    let persona = bells
        .subscribe(&reader, "persona", &reader.person_id.to_string())
        .await;
    let told = bells.ring(persona).await;
    rung(&bells, 3, 3).await;
    let statement = "update deliveries set snapshot_id = $1";
    let snapshot = bells.stage.fixture.world.new_id();
    bells.execute("drop index deliveries_once", vec![]).await;
    bells.execute(statement, vec![snapshot.into()]).await;
    let taken = "insert into snapshots (engagement_id, id, dashboard_id, number, content_hash, captured_at, taken_by_name,
                                        reason, unchanged)
                 select engagement_id, snapshot_id, dashboard_id, 1, body_hash, created_at, 'Ada', 'manual', 0
                   from deliveries where id = $1";
    assert_eq!(bells.execute(taken, vec![told.into()]).await, 1);
    let hub = bells.replica(test.db.clone(), hanging(&bells.outside));
    let loops = Loops::start(&hub);
    let (engagement, snapshot) = (
        EngagementId::from_uuid(bells.stage.engagement),
        SnapshotId::from_uuid(snapshot),
    );
    // Three of the four never answer; it comes back all the same.
    inline(&hub, engagement, snapshot).await;
    delivered(&bells, 1).await;
    assert_eq!(bells.delivery(told).await["status"], "delivered");
    drop(loops);
}

async fn what_is_dropped_in_the_middle_is_lost_and_doubled_nowhere(test: TestDb) {
    const ROUNDS: usize = 200;
    let bells = Bells::open(test.db.clone()).await;
    let (hook, _) = bells.webhook(&bells.stage.operator).await;
    let reader = bells.stage.reader.clone();
    let persona = bells
        .subscribe(&reader, "persona", &reader.person_id.to_string())
        .await;
    let mut rung = Vec::new();
    for round in 0..ROUNDS {
        rung.push(bells.ring(hook).await);
        bells.ring(persona).await;
        let hub = bells.replica(test.db.clone(), bells.outside.way());
        let mut dying = JoinSet::new();
        dying.spawn(async move { send_due(&hub).await });
        // Somewhere between before the first statement and after the last.
        for _ in 0..(round * 37) % 101 {
            tokio::task::yield_now().await;
        }
        dying.shutdown().await;
        bells.stage.fixture.world.advance(Duration::from_secs(61));
    }
    bells.send().await;
    for _ in 0..2 {
        bells.stage.fixture.world.advance(Duration::from_secs(61));
        bells.send().await;
    }
    assert_eq!(
        how_many(&bells, "delivered").await,
        i64::try_from(2 * ROUNDS).unwrap()
    );
    let inbox = "select count(*) from notifications where kind = 'snapshot_alert'";
    assert_eq!(
        bells.stage.fixture.count(inbox, vec![]).await,
        i64::try_from(ROUNDS).unwrap()
    );
    let said = "select count(*) from comments";
    assert_eq!(
        bells.stage.fixture.count(said, vec![]).await,
        i64::try_from(ROUNDS).unwrap()
    );
    let posted = bells.outside.posted();
    for id in rung {
        let same: Vec<_> = posted
            .iter()
            .filter(|one| header(one, "webhook-id") == id.to_string())
            .collect();
        assert!(!same.is_empty(), "{id} was lost");
        assert!(same.iter().all(|one| one.body == same[0].body), "{id}");
    }
}
