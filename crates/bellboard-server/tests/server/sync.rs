//! Plan files over HTTP: the one verb whose body may hold whole files, and its limits.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::house::{House, Person, body, problem};

on_each_engine!(
    whole_files_are_taken_up_to_their_limits,
    the_state_of_a_sync_stands_with_the_repo,
    large_bodies_wait_for_each_other_and_nobody_else_does,
);

/// A file that says one task, and so many bytes of other words.
fn file(name: &str, bytes: usize) -> Value {
    let words = "Words of a plan.\n".repeat(bytes / 17);
    let text = format!(
        "---\nid: {name}\ntitle: {name}\n---\n\n## Task\n\n```task\nid: {name}-1\nstatus: todo\n```\n\n## Notes\n\n{words}"
    );
    json!({ "path": format!("workplans/{name}.md"), "text": text })
}

async fn repo(db: Db) -> (House, Person) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster Bank").await;
    let domain = json!({ "slug": "railiance", "name": "Railiance" });
    let made = house.post(&founder, "/domains", &domain);
    body(made, StatusCode::CREATED).await;
    let repo = json!({ "domain": "railiance", "slug": "one", "name": "One" });
    body(house.post(&founder, "/repos", &repo), StatusCode::CREATED).await;
    (house, founder)
}

async fn whole_files_are_taken_up_to_their_limits(db: Db) {
    let (house, founder) = repo(db).await;
    let post = |files: Vec<Value>| {
        let input = json!({ "head": {}, "files": files });
        house.post(&founder, "/repos/one/sync", &input)
    };
    let files = ["a", "b", "c"].map(|name| file(name, 900_000));
    let report = body(post(files.to_vec()), StatusCode::OK).await;
    assert_eq!(
        (&report["created"], &report["errors"]),
        (&json!(3), &json!([]))
    );
    let large = post(vec![file("a", 100), file("d", 1_100_000)]);
    let refused = problem(large, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "files[1].text");
    let all = (0..34)
        .map(|number| file(&format!("n{number}"), 1_000_000))
        .collect();
    problem(post(all), StatusCode::PAYLOAD_TOO_LARGE, "body_too_large").await;
    house.close().await;
}

async fn the_state_of_a_sync_stands_with_the_repo(db: Db) {
    let (house, founder) = repo(db).await;
    let sync = async |files: &[Value], commit: &str| {
        let head = json!({ "branch": "main", "commit": commit, "holds_commit": "c1" });
        let input =
            json!({ "head": head, "files": files, "fingerprint": format!("print of {commit}") });
        let answer = house.post(&founder, "/repos/one/sync", &input);
        body(answer, StatusCode::OK).await
    };
    let view = body(house.get(&founder, "/repos/one"), StatusCode::OK).await;
    assert_eq!(
        (&view["last_synced_at"], &view["last_sync"]),
        (&Value::Null, &Value::Null)
    );
    sync(&[file("a", 10)], "c1").await;
    let view = body(house.get(&founder, "/repos/one"), StatusCode::OK).await;
    assert_eq!(view["last_sync"]["fingerprint"], "print of c1");
    let broken = json!({ "path": "workplans/b.md", "text": "---\nid: [\n---\n" });
    let mut lower = file("a", 10);
    let text = lower["text"]
        .as_str()
        .unwrap()
        .replace("## Task", "## Other task");
    lower["text"] = json!(text);
    let report = sync(&[lower, broken], "c2").await;
    let view = body(house.get(&founder, "/repos/one/"), StatusCode::OK).await;
    assert_eq!(view["last_synced_at"], report["synced_at"]);
    assert_eq!(view["last_commit"], "c2");
    let expected = json!({
        "branch": "main", "commit": "c2", "behind": 0, "fingerprint": null, "files_read": 1, "tasks_read": 1, "drift_left": 0, "warning_count": 0,
        "error_count": 1,
    });
    assert_eq!(view["last_sync"], expected);
    house.close().await;
}

async fn large_bodies_wait_for_each_other_and_nobody_else_does(db: Db) {
    let (house, founder) = repo(db).await;
    // Small ones are taken together, however many.
    let mut small = Vec::new();
    for _ in 0..12 {
        small.push(half_sent(&house, &founder, 100).await);
    }
    drop(small);
    // As many as there is room for have begun to send, and stopped in the middle.
    let mut halves = Vec::new();
    for _ in 0..4 {
        halves.push(half_sent(&house, &founder, 32 * 1024 * 1024).await);
    }
    let input = json!({ "head": {}, "files": [file("a", 10)] });
    let mut fifth = Box::pin(house.post(&founder, "/repos/one/sync", &input).send());
    // It is under way while everybody else is answered.
    for _ in 0..3 {
        tokio::select! {
            biased;
            answer = &mut fifth => panic!("there was no room: {answer:?}"),
            view = body(house.get(&founder, "/repos/one"), StatusCode::OK) => assert_eq!(view["slug"], "one"),
        }
    }
    drop(halves);
    assert_eq!(fifth.await.unwrap().status(), StatusCode::OK);
    house.close().await;
}

/// A body of which nothing was sent yet and which the server waits for: it asks for it once there is room.
async fn half_sent(house: &House, person: &Person, bytes: usize) -> TcpStream {
    let mut half = TcpStream::connect(("127.0.0.1", house.port)).await.unwrap();
    let head = format!(
        "POST /api/repos/one/sync HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {bytes}\r\n\r\n",
        house.port, person.token
    );
    half.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    half.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    half
}
