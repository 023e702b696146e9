//! The migrations of bells, on what was there before them.

use bellboard_hub::db::{DbFault, MIGRATIONS, Value};
use uuid::Uuid;

use super::upgrades::open_empty;
use crate::support::TestDb;

on_each_engine!(
    what_waited_before_there_were_lanes_gets_its_lane,
    the_ledger_of_an_older_hub_is_kept_as_it_was,
);

async fn what_waited_before_there_were_lanes_gets_its_lane(test: TestDb) {
    let db = open_empty(&test).await;
    db.migrate_with(&MIGRATIONS[..13]).await.unwrap();
    let subscription = "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, threshold,
                                                   threshold_key, baseline, created_by, created_by_name, created_at, changed_at,
                                                   failing_since)
                        values ($1, $1, $1, 'webhook', 'https://a.example/', '{}', $2, 'previous', $1, 'Ada', 7, 7, $3)";
    let delivery = "insert into deliveries (engagement_id, id, subscription_id, dashboard_id, kind, target, body_hash, status,
                                            is_test, is_digest, attempts, next_attempt_at, fence, created_at)
                    values ($1, $2, $1, $1, 'webhook', 'https://a.example/', $3, $4, 0, 0, $5, 9, 0, 8)";
    let (well, failing) = (Uuid::from_u128(1), Uuid::from_u128(2));
    // Whose receiver answers, how often it was tried, what it is: the lane that it gets.
    let waited = [
        (well, 0_i64, "waiting", 0),
        (well, 1, "waiting", 1),
        (well, 1, "delivered", 0),
        (failing, 0, "waiting", 1),
        (failing, 0, "deferred", 1),
        (failing, 0, "dead", 0),
    ];
    let wrote = db.write::<_, DbFault, _>(move |sql| {
        Box::pin(async move {
            for (place, since) in [(well, None), (failing, Some(8_i64))] {
                let since = since.map_or(Value::Null, Value::from);
                let values = [place.into(), [7; 32].into(), since];
                sql.execute(subscription, &values).await?;
            }
            for (number, (place, attempts, status, _)) in (10..).zip(waited) {
                let id = Uuid::from_u128(number);
                let values = [
                    place.into(),
                    id.into(),
                    [7; 32].into(),
                    status.into(),
                    attempts.into(),
                ];
                sql.execute(delivery, &values).await?;
            }
            Ok(())
        })
    });
    wrote.await.unwrap();
    db.migrate_with(&MIGRATIONS[..14]).await.unwrap();
    let rows = db.read::<_, DbFault, _>(|sql| {
        Box::pin(async move {
            sql.all("select lane from deliveries order by id", &[])
                .await
        })
    });
    let lanes = rows.await.unwrap();
    let lanes: Vec<i64> = lanes.iter().map(|row| row.int(0).unwrap()).collect();
    assert_eq!(lanes, waited.map(|(.., lane)| lane));
    db.close().await;
}

async fn the_ledger_of_an_older_hub_is_kept_as_it_was(test: TestDb) {
    let db = open_empty(&test).await;
    db.migrate_with(&MIGRATIONS[..14]).await.unwrap();
    let insert = "insert into bell_evaluations (engagement_id, subscription_id, snapshot_id, dashboard_id, compared_with,
                                                outcome, why, at)
                  values ($1, $2, $3, $4, $5, 'rang', 'why', 8)";
    let ids: Vec<Uuid> = (1..6).map(Uuid::from_u128).collect();
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let wrote = db.write::<_, DbFault, _>(move |sql| {
        Box::pin(async move { sql.execute(insert, &values).await })
    });
    assert_eq!(wrote.await, Ok(1));
    db.migrate_with(&MIGRATIONS[..15]).await.unwrap();
    let all = "select engagement_id, subscription_id, snapshot_id, dashboard_id, compared_with, outcome, why, at
                 from bell_evaluations";
    let rows =
        db.read::<_, DbFault, _>(move |sql| Box::pin(async move { sql.all(all, &[]).await }));
    let rows = rows.await.unwrap();
    let kept: Vec<Uuid> = (0..5).map(|column| rows[0].id(column).unwrap()).collect();
    assert_eq!(kept, ids);
    let words = (rows[0].text(5), rows[0].text(6), rows[0].int(7), rows.len());
    assert_eq!(
        words,
        (Ok("rang".to_owned()), Ok("why".to_owned()), Ok(8), 1)
    );
    db.close().await;
}
