//! Event streams: resumed without loss, closed when they must be, shared by replicas.

mod stream;

use std::collections::BTreeSet;
use std::time::Duration;

use bellboard_hub::db::Engine;
use bellboard_server::Settings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::stream::{DEADLINE, Stream};
use crate::house::{House, Person, body, problem};
use crate::support::TestDb;

/// After this long, a server that ends cuts off whatever is still open.
const GRACE: Duration = Duration::from_secs(10);

on_each_engine!(
    a_change_arrives_as_a_hint,
    a_client_that_reconnects_misses_nothing,
    a_client_that_falls_behind_misses_nothing,
    strangers_are_told_nothing,
    a_revoked_credential_carries_nothing_more,
    a_lost_membership_carries_nothing_more,
    an_unknown_position_is_told_to_begin_anew,
    one_stream_too_many_is_told_so,
    a_shutdown_ends_the_streams,
    a_change_through_one_replica_shows_on_the_other,
    what_another_replica_took_away_is_heeded,
);

async fn a_change_arrives_as_a_hint(test: TestDb) {
    let house = House::open(test.db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let mut stream = Stream::open(&house, &founder, None).await;
    let run = house.run(&founder, &engagement).await;
    let event = stream.until("run.started", &run).await;
    let data: Value = serde_json::from_str(&event.data).unwrap();
    assert_eq!(
        data,
        json!({ "engagement": engagement, "concept": "run", "id": run })
    );
    end(&house, &founder, &run).await;
    stream.until("run.ended", &run).await;
    house.close().await;
}

async fn end(house: &House, person: &Person, run: &str) {
    let finish = json!({ "outcome": "succeeded" });
    body(
        house.post(person, &format!("/runs/{run}/finish"), &finish),
        StatusCode::OK,
    )
    .await;
}

/// Sixteen writers commit while one client reads a few events, loses its connection and comes back, a hundred times.
async fn a_client_that_reconnects_misses_nothing(test: TestDb) {
    const WRITERS: usize = 16;
    const RUNS: usize = 25;
    let house = House::open(test.db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let mut position = Stream::open(&house, &founder, None).await.begun().await;

    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let start = json!({ "type": "test.work", "identity_mode": "nonce", "status": "running" });
        let request = house.post(&founder, &format!("/engagements/{engagement}/runs"), &start);
        writers.spawn(async move {
            let mut made = Vec::new();
            for _ in 0..RUNS {
                let started = body(request.try_clone().unwrap(), StatusCode::CREATED).await;
                made.push(started["run"]["id"].as_str().unwrap().to_owned());
            }
            made
        });
    }
    let (mut seen, mut connections) = (Vec::new(), 0);
    while seen.len() < WRITERS * RUNS || connections < 100 {
        let mut stream = Stream::open(&house, &founder, Some(&position)).await;
        connections += 1;
        for _ in 0..(connections % 5) {
            if seen.len() == WRITERS * RUNS {
                break;
            }
            let event = stream.next().await.expect("the stream goes on");
            assert_ne!(event.kind, "reset");
            position.clone_from(&event.id);
            if event.kind == "run.started" {
                let data: Value = serde_json::from_str(&event.data).unwrap();
                seen.push(data["id"].as_str().unwrap().to_owned());
            }
        }
    }
    let made: BTreeSet<String> = writers.join_all().await.into_iter().flatten().collect();
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(seen.len(), once.len(), "nothing came twice");
    assert_eq!(once, made, "nothing was skipped");
    assert!(connections >= 100);
    house.close().await;
}

/// With room for one batch only, a client that reads slowly loses the live road again and again, and reads the table.
async fn a_client_that_falls_behind_misses_nothing(test: TestDb) {
    const RUNS: usize = 200;
    let settings = Settings {
        kept_signals: 1,
        ..Settings::default()
    };
    let house = House::with(test.db, settings).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let mut stream = Stream::open(&house, &founder, None).await;
    stream.begun().await;
    let write = async {
        let mut made = Vec::new();
        for _ in 0..RUNS {
            made.push(house.run(&founder, &engagement).await);
        }
        made
    };
    let read = async {
        let mut seen = Vec::new();
        while seen.len() < RUNS {
            let event = stream.next().await.expect("the stream goes on");
            if event.kind == "run.started" {
                let data: Value = serde_json::from_str(&event.data).unwrap();
                seen.push(data["id"].as_str().unwrap().to_owned());
            }
        }
        seen
    };
    let (made, seen) = tokio::join!(write, read);
    assert_eq!(seen, made, "all, once, and in the order of their commits");
    house.close().await;
}

async fn strangers_are_told_nothing(test: TestDb) {
    let house = House::open(test.db).await;
    let founder = house.founder().await;
    let other = house.human(&founder, "Other").await;
    problem(
        house.request(Method::GET, "/events"),
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
    )
    .await;
    let (mine, theirs) = (
        house.engagement(&founder, "Mine").await,
        house.engagement(&other, "Theirs").await,
    );
    let mut stream = Stream::open(&house, &other, None).await;
    let start = stream.begun().await;
    let hidden = house.run(&founder, &mine).await;
    let shown = house.run(&other, &theirs).await;
    let mut resumed = Stream::open(&house, &other, Some(&start)).await;
    for stream in [&mut stream, &mut resumed] {
        loop {
            let event = stream.next().await.unwrap();
            assert!(!event.data.contains(&mine), "{event:?} of {hidden}");
            if event.data.contains(&shown) {
                break;
            }
        }
    }
    house.close().await;
}

/// Another token of the same person, and its address.
async fn token_to_lose(house: &House, founder: &Person) -> (Person, String) {
    let made = body(
        house.post(founder, "/me/tokens", &json!({ "name": "lost" })),
        StatusCode::CREATED,
    )
    .await;
    let lost = Person {
        id: founder.id,
        token: made["secret"].as_str().unwrap().to_owned(),
    };
    let path = format!("/me/tokens/{}", made["token"]["id"].as_str().unwrap());
    (lost, path)
}

async fn a_revoked_credential_carries_nothing_more(test: TestDb) {
    let house = House::open(test.db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    let (lost, path) = token_to_lose(&house, &founder).await;
    let mut stream = Stream::open(&house, &lost, None).await;
    let run = house.run(&founder, &engagement).await;
    stream.until("run.started", &run).await;
    body(
        house
            .request(Method::DELETE, &path)
            .bearer_auth(&founder.token),
        StatusCode::OK,
    )
    .await;
    house.run(&founder, &engagement).await;
    assert_eq!(stream.next().await, None);
    house.close().await;
}

async fn a_lost_membership_carries_nothing_more(test: TestDb) {
    let house = House::open(test.db.clone()).await;
    let founder = house.founder().await;
    let other = house.human(&founder, "Other").await;
    let (left, kept) = (
        house.engagement(&founder, "Left").await,
        house.engagement(&other, "Kept").await,
    );
    house
        .put_member(&founder, &left, other.id, &["reader"])
        .await;
    let mut stream = Stream::open(&house, &other, None).await;
    let run = house.run(&founder, &left).await;
    stream.until("run.started", &run).await;
    let path = format!("/engagements/{left}/members/{}", other.id);
    body(
        house
            .request(Method::DELETE, &path)
            .bearer_auth(&founder.token),
        StatusCode::OK,
    )
    .await;
    let hidden = house.run(&founder, &left).await;
    let shown = house.run(&other, &kept).await;
    loop {
        let event = stream
            .next()
            .await
            .expect("the stream goes on for what is left");
        assert!(!event.data.contains(&hidden), "{event:?}");
        if event.data.contains(&shown) {
            break;
        }
    }
    house.close().await;
}

async fn an_unknown_position_is_told_to_begin_anew(test: TestDb) {
    let house = House::open(test.db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "E").await;
    for unknown in ["nonsense", "999999999.999999999", "-1.5"] {
        let mut stream = Stream::open(&house, &founder, Some(unknown)).await;
        let first = stream.next().await.unwrap();
        assert_eq!(
            (first.kind.as_str(), first.data.as_str()),
            ("reset", "{}"),
            "{unknown}"
        );
        let run = house.run(&founder, &engagement).await;
        stream.until("run.started", &run).await;
        let mut resumed = Stream::open(&house, &founder, Some(&first.id)).await;
        resumed.until("run.started", &run).await;
    }
    house.close().await;
}

async fn one_stream_too_many_is_told_so(test: TestDb) {
    let settings = Settings {
        max_streams: 1,
        ..Settings::default()
    };
    let house = House::with(test.db, settings).await;
    let founder = house.founder().await;
    let first = Stream::open(&house, &founder, None).await;
    problem(
        house.get(&founder, "/events"),
        StatusCode::SERVICE_UNAVAILABLE,
        "too_many_streams",
    )
    .await;
    drop(first);
    let reopened = async {
        while house
            .get(&founder, "/events")
            .send()
            .await
            .unwrap()
            .status()
            != StatusCode::OK
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, reopened)
        .await
        .expect("a place is free again when a stream has ended");
    house.close().await;
}

async fn a_shutdown_ends_the_streams(test: TestDb) {
    let house = House::open(test.db).await;
    let founder = house.founder().await;
    let mut stream = Stream::open(&house, &founder, None).await;
    timeout(GRACE, house.close())
        .await
        .expect("an open stream does not hold the server up");
    assert_eq!(stream.next().await, None);
}

async fn a_change_through_one_replica_shows_on_the_other(test: TestDb) {
    if test.db.engine() == Engine::Sqlite {
        // SQLite serves one process; there is no second replica.
        return;
    }
    let second = test.open_again().await;
    let first = House::open(test.db).await;
    let second = House::in_world(second, Settings::default(), first.world.clone()).await;
    let founder = first.founder().await;
    let engagement = first.engagement(&founder, "E").await;
    let mut stream = Stream::open(&second, &founder, None).await;
    // PostgreSQL shows a row to the feed when no older transaction of the whole server is open any more, and the tests
    // beside this one copy databases on it, which takes long. So the quickest of five must be quick, and all must come.
    let mut quick = 0;
    for _ in 0..5 {
        let run = first.run(&founder, &engagement).await;
        let seen = timeout(Duration::from_secs(2), stream.until("run.started", &run)).await;
        match seen {
            Ok(_) => quick += 1,
            Err(_) => drop(stream.until("run.started", &run).await),
        }
        body(
            second.get(&founder, &format!("/runs/{run}")),
            StatusCode::OK,
        )
        .await;
    }
    assert!(quick >= 1, "none came within two seconds");
    second.close().await;
    first.close().await;
}

async fn what_another_replica_took_away_is_heeded(test: TestDb) {
    if test.db.engine() == Engine::Sqlite {
        return;
    }
    let second = test.open_again().await;
    let first = House::open(test.db).await;
    let second = House::in_world(second, Settings::default(), first.world.clone()).await;
    let founder = first.founder().await;
    let engagement = first.engagement(&founder, "E").await;
    let (lost, path) = token_to_lose(&first, &founder).await;
    let mut stream = Stream::open(&second, &lost, None).await;
    let run = first.run(&founder, &engagement).await;
    stream.until("run.started", &run).await;
    let revoke = first.request(Method::DELETE, &path);
    body(revoke.bearer_auth(&founder.token), StatusCode::OK).await;
    first.advance(Duration::from_secs(5));
    first.run(&founder, &engagement).await;
    assert_eq!(
        stream.next().await,
        None,
        "five seconds later nothing is carried"
    );
    second.close().await;
    first.close().await;
}
