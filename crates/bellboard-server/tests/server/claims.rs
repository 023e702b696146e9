//! Agents of another language race for the same ready tasks, through the official MCP client.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::house::{House, Person, body};

on_each_engine!(two_agents_share_the_ready_tasks_and_take_over_from_a_dead_one);

const TASKS: usize = 24;

/// A running client that has said it is ready.
struct Agent {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Agent {
    async fn start(house: &House, token: &str, more: &[&str]) -> Self {
        let tools = std::env::var("BELLBOARD_TOOLS").expect(
            "BELLBOARD_TOOLS names no folder: run `cargo xtask test`, which installs the client",
        );
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/server/claim_client.py");
        let mut process = Command::new(PathBuf::from(tools).join("python/bin/python"))
            .arg(script)
            .args([&house.url("/mcp"), token])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).await.unwrap();
        assert_eq!(line, "ready\n");
        Self { process, said }
    }

    async fn go(&mut self) {
        let stdin = self.process.stdin.as_mut().unwrap();
        stdin.write_all(b"go\n").await.unwrap();
        stdin.flush().await.unwrap();
    }

    /// What it claimed, with the numbers of the claims.
    async fn end(mut self) -> BTreeMap<String, u64> {
        let mut said = String::new();
        self.said.read_to_string(&mut said).await.unwrap();
        assert!(self.process.wait().await.unwrap().success(), "{said}");
        let told: Value = serde_json::from_str(&said).unwrap();
        let claimed = told["claimed"].as_object().unwrap().iter();
        claimed
            .map(|(key, fence)| (key.clone(), fence.as_u64().unwrap()))
            .collect()
    }
}

/// The token of a new agent that contributes to the engagement.
async fn agent(house: &House, owner: &Person, engagement: &str, name: &str) -> String {
    let made = house.post(owner, "/me/agents", &json!({ "name": name }));
    let made = body(made, StatusCode::CREATED).await;
    let id = made["id"].as_str().unwrap();
    house
        .put_member(owner, engagement, id.parse().unwrap(), &["contributor"])
        .await;
    let wish = json!({ "name": name, "agent_id": id });
    let made = body(house.post(owner, "/me/tokens", &wish), StatusCode::CREATED).await;
    made["secret"].as_str().unwrap().to_owned()
}

async fn plan(house: &House, owner: &Person) {
    let make = async |path: &str, what: Value| {
        body(house.post(owner, path, &what), StatusCode::CREATED).await;
    };
    make(
        "/domains",
        json!({ "slug": "railiance", "name": "Railiance" }),
    )
    .await;
    let workstream =
        json!({ "domain": "railiance", "slug": "lay", "title": "Lay", "status": "active" });
    make("/workstreams", workstream).await;
    for number in 0..TASKS {
        let key = format!("T-{number:02}");
        let task = json!({ "workstream": "lay", "external_id": key, "title": "Lay a rail" });
        make("/tasks", task).await;
    }
}

async fn two_agents_share_the_ready_tasks_and_take_over_from_a_dead_one(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "Aster Bank").await;
    plan(&house, &founder).await;
    let [first, second, third] = ["First", "Second", "Third"];
    let first = agent(&house, &founder, &engagement, first).await;
    let second = agent(&house, &founder, &engagement, second).await;
    let third = agent(&house, &founder, &engagement, third).await;

    let mut dying = Agent::start(&house, &third, &["3"]).await;
    dying.go().await;
    let died_with = dying.end().await;
    assert_eq!(died_with.len(), 3);
    let mut one = Agent::start(&house, &first, &[]).await;
    let mut two = Agent::start(&house, &second, &[]).await;
    one.go().await;
    two.go().await;
    let (one, two) = tokio::join!(one.end(), two.end());
    // Two it had finished, the third it began and never ended.
    assert_eq!(one.len() + two.len(), TASKS - 3);
    assert!(
        one.keys().all(|key| !two.contains_key(key)),
        "{one:?} {two:?}"
    );
    assert!(one.values().chain(two.values()).all(|fence| *fence == 1));
    let left = body(house.get(&founder, "/tasks?status=open"), StatusCode::OK).await;
    assert_eq!(left["total_count"], 1, "the work of the dead one");
    let left = left["items"][0]["external_id"].as_str().unwrap().to_owned();
    assert!(died_with.contains_key(&left));

    house.advance(Duration::from_mins(1));
    let mut heir = Agent::start(&house, &first, &[]).await;
    heir.go().await;
    let inherited = heir.end().await;
    assert_eq!(inherited, BTreeMap::from([(left, 2)]));
    let left = body(house.get(&founder, "/tasks?status=open"), StatusCode::OK).await;
    assert_eq!(left["total_count"], 0);
    house.close().await;
}
