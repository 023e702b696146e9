//! Every page of every zone is what the plain statement would say, and every count is what counting would find.

use std::time::Duration;

use bellboard_core::id::PersonId;
use bellboard_hub::call::Caller;
use serde_json::{Value, json};

use crate::crowd::{Crowd, field};
use crate::dice::Dice;
use crate::fixture::{HubFixture, id_in};

on_each_engine!(
    every_zone_is_what_the_plain_statement_says,
    every_count_is_what_counting_finds,
    the_page_is_right_over_more_engagements_than_it_holds,
);

struct Zone {
    verb: &'static str,
    id: &'static str,
    plain: &'static str,
    kinds: &'static [&'static str],
}

const ZONES: [Zone; 3] = [
    Zone {
        verb: "list_active",
        id: "item_id",
        plain: "select id from runs
            where engagement_id in (select engagement_id from memberships where person_id = $1)
              and status <> 'completed' and ($2 = '' or item_kind in ($2, $3))
            order by coalesce(started_at, created_at) desc, id desc",
        kinds: &["run", "shape_production"],
    },
    Zone {
        verb: "list_needs_you",
        id: "item_id",
        plain: "select item_id from needs
            where engagement_id in (select engagement_id from memberships where person_id = $1 and designations <> 16)
              and ($2 = '' or kind in ($2, $3))
            order by created_at desc, item_id desc",
        kinds: &["external_failure", "pending_shape"],
    },
    Zone {
        verb: "list_recent",
        id: "artifact_id",
        plain: "select id from runs
            where engagement_id in (select engagement_id from memberships where person_id = $1)
              and status = 'completed' and ($2 = '' or 'run' in ($2, $3))
            order by completed_at desc, id desc",
        kinds: &["render", "review_report"],
    },
];

async fn compare(crowd: &Crowd, who: &Caller, limit: usize) {
    let person: PersonId = who.person_id;
    for zone in ZONES {
        let [first, second] = [zone.kinds[0], zone.kinds[1]];
        for (input, kinds) in [
            (json!({}), ["", ""]),
            (
                json!({"kind": format!("{first},{second}")}),
                [first, second],
            ),
            (json!({"kind": first}), [first, first]),
        ] {
            let shown = crowd
                .fixture
                .pages(who, zone.verb, input.clone(), limit)
                .await;
            let plain = vec![person.into(), kinds[0].into(), kinds[1].into()];
            let plain = crowd.ids(zone.plain, plain).await;
            assert_eq!(
                field(&shown, zone.id),
                plain,
                "{} {input} by {limit}",
                zone.verb
            );
        }
    }
}

async fn every_zone_is_what_the_plain_statement_says(fixture: HubFixture) {
    let mut crowd = Crowd::gather(fixture, 9, 3).await;
    let viewer = crowd.fixture.human(&crowd.owner, "The viewer").await;
    for (number, place) in crowd.places.clone().into_iter().enumerate() {
        let as_what: &[&str] = match number % 3 {
            0 => &["reader"],
            1 => &["reader", "contributor"],
            _ => continue,
        };
        crowd
            .fixture
            .join(&crowd.owner, place, &viewer, as_what)
            .await;
    }
    for _ in 0..5 {
        crowd.happen_often(80).await;
        for limit in [1 + crowd.dice.throw(5), 6 + crowd.dice.throw(95)] {
            compare(&crowd, &crowd.owner, limit).await;
            compare(&crowd, &viewer, limit).await;
        }
    }
}

/// What is kept per engagement, zone and kind, beside what is really there.
const KEPT: &str = "select zone, kind, cast(sum(held) as bigint) from zone_counts
    group by zone, kind having sum(held) <> 0 order by zone, kind";
const COUNTED: &str = "select zone, kind, count(*) from (
        select 'active' as zone, item_kind as kind from runs where status <> 'completed'
        union all select 'recent' as zone, 'run' as kind from runs where status = 'completed'
        union all select 'recent' as zone, kind from artifacts
                   where kind in ('render', 'review_report', 'transformed_artifact')
        union all select 'needs_you' as zone, kind from needs where for_person is null) as things
    group by zone, kind order by zone, kind";

async fn tally(crowd: &Crowd, sql: &'static str) -> Vec<(String, String, i64)> {
    let rows = crowd.fixture.rows(sql, vec![]).await;
    rows.iter()
        .map(|row| {
            (
                row.text(0).unwrap(),
                row.text(1).unwrap(),
                row.int(2).unwrap(),
            )
        })
        .collect()
}

async fn every_count_is_what_counting_finds(fixture: HubFixture) {
    let mut crowd = Crowd::gather(fixture, 4, 0).await;
    for seed in 1..=6 {
        crowd.dice = Dice::new(seed);
        crowd.happen_often(60).await;
        assert_eq!(
            tally(&crowd, KEPT).await,
            tally(&crowd, COUNTED).await,
            "seed {seed}"
        );
    }
    // What waits is exactly what ended badly and was neither acknowledged nor settled by a later success.
    let waiting = "select n.item_id from needs n
        join runs r on r.engagement_id = n.engagement_id and r.id = n.item_id
        where r.status <> 'completed' or r.outcome in ('succeeded', 'cancelled') or r.acknowledged_at is not null";
    assert_eq!(crowd.ids(waiting, vec![]).await, Vec::<Value>::new());
}

async fn the_page_is_right_over_more_engagements_than_it_holds(fixture: HubFixture) {
    let mut crowd = Crowd::gather(fixture, 120, 5).await;
    // Engagements whose newest entries interleave, some with many more entries than others, some without any.
    for number in 0..400 {
        let places = crowd.places.clone();
        let place = places[(number * number) % 100];
        crowd
            .fixture
            .world
            .advance(Duration::from_micros(crowd.dice.throw(3) as u64));
        let input = json!({"engagement_id": place, "type": "build", "identity_mode": "nonce", "status": "running"});
        let run = crowd.fixture.ok(&crowd.owner, "start_run", input).await;
        if number % 2 == 0 {
            let end = json!({"run_id": id_in(&run["run"]["id"]), "outcome": "failed"});
            crowd.fixture.ok(&crowd.owner, "finish_run", end).await;
        }
    }
    for limit in [1, 50, 100] {
        compare(&crowd, &crowd.owner, limit).await;
    }
}
