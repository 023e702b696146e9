//! The bells of one person over all dashboards: those that ring for them and those that they made, and nobody else's.

use bellboard_core::page::Limit;
use bellboard_hub::call::Caller;
use bellboard_hub::paging::PageInput;
use bellboard_hub::subscription::{self, OwnSubscription};
use bellboard_hub::verbs;
use serde_json::json;

use super::{scores, subscribe};
use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    a_person_sees_what_rings_for_them_and_what_they_made,
    a_bell_of_a_dashboard_out_of_use_says_so,
    bells_of_a_place_that_was_left_are_seen_no_more,
    a_long_list_comes_in_pages_and_each_bell_once,
);

async fn own(stage: &Stage, who: &Caller, limit: u32) -> Vec<OwnSubscription> {
    let verb = verbs::find("list_subscriptions").unwrap();
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let call = stage.fixture.hub.call(Some(who.clone()), verb);
        let input = PageInput {
            limit: Limit::new(limit).unwrap(),
            cursor,
        };
        let page = subscription::own_subscriptions(call, input).await.unwrap();
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            assert_eq!(page.total_count, found.len() as u64);
            return found;
        }
    }
}

async fn a_person_sees_what_rings_for_them_and_what_they_made(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    assert_eq!(own(&stage, &stage.reader, 10).await, []);
    // The owner makes one for the reader: it is the list of both.
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    for who in [&stage.reader, &stage.owner] {
        let mine = own(&stage, who, 10).await;
        assert_eq!(mine.len(), 1, "{}", who.name);
        assert_eq!(mine[0].subscription.id.uuid(), bell);
        assert_eq!(mine[0].dashboard_title, "Scores");
        assert!(!mine[0].engagement_name.is_empty());
        assert_eq!(mine[0].dashboard_archived_at, None);
    }
    assert_eq!(own(&stage, &stage.operator, 10).await, []);
    let of = json!({"dashboard_id": board, "subscription_id": bell});
    stage
        .fixture
        .ok(&stage.reader, "delete_subscription", of)
        .await;
    assert_eq!(own(&stage, &stage.owner, 10).await, []);
}

async fn a_bell_of_a_dashboard_out_of_use_says_so(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let of = json!({"dashboard_id": board});
    stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of)
        .await;
    let mine = own(&stage, &stage.reader, 10).await;
    assert!(mine[0].dashboard_archived_at.is_some());
}

async fn bells_of_a_place_that_was_left_are_seen_no_more(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    assert_eq!(own(&stage, &stage.reader, 10).await.len(), 1);
    let left = "delete from memberships where person_id = $1";
    let who = vec![stage.reader.person_id.into()];
    assert_eq!(stage.fixture.execute(left, who).await, 1);
    assert_eq!(own(&stage, &stage.reader, 10).await, []);
    assert_eq!(own(&stage, &stage.owner, 10).await.len(), 1);
}

async fn a_long_list_comes_in_pages_and_each_bell_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (first, second) = (scores(&stage).await, scores(&stage).await);
    let mut made = Vec::new();
    for least in 1..8 {
        let board = if least % 2 == 0 { first } else { second };
        stage
            .fixture
            .world
            .advance(std::time::Duration::from_secs(1));
        made.push(subscribe(&stage, board, json!({"set_added_min": least}), json!({})).await);
    }
    made.reverse();
    for limit in [2, 3, 100] {
        let found = own(&stage, &stage.reader, limit).await;
        let ids: Vec<_> = found.iter().map(|one| one.subscription.id.uuid()).collect();
        assert_eq!(ids, made, "{limit}");
    }
}
