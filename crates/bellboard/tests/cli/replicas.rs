//! Two hubs on one PostgreSQL: the same people, the same runs, and what happens through one shows through the other.

use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, sign_in};
use crate::database::Database;
use crate::place::{Hub, Place};

/// What happens through one replica shows on the others within this time.
const SHOWS_WITHIN: Duration = Duration::from_secs(2);
/// Nothing takes this long, on a busy machine neither.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many changes are followed; a machine that halts for a moment spoils less than half of them.
const CHANGES: usize = 9;

#[test]
fn two_hubs_on_one_postgresql_tell_the_same() {
    let Some(database) = Database::make() else {
        return;
    };
    let url = database.url();
    let (here, there) = (Place::new(), Place::new());
    let first = Hub::start_with(&here, "0", &["--database", &url]);
    assert!(first.link.is_some());
    let second = Hub::start_with(&there, "0", &["--database", &url]);
    assert_eq!(second.link, None, "the owner was there already");
    assert_eq!(
        here.run(["run", "--quiet", "--label", "Told here", "--", "false"])
            .code,
        1
    );
    assert_eq!(there.only_run()["label"], "Told here");
    assert_eq!(there.run(["status", "--short"]).out, "1! 0▸\n");
    let id = there.only_run()["id"].as_str().unwrap().to_owned();
    assert_eq!(there.run(["runs", "done", &id]).code, 0);
    assert_eq!(here.run(["status", "--short"]).out, "0! 0▸\n");
    first.stop();
    assert_eq!(
        there
            .run([
                "run",
                "--quiet",
                "--label",
                "The other goes on",
                "--",
                "true"
            ])
            .code,
        0
    );
    second.stop();
}

/// The events that a hub tells a page that is open.
struct Hints {
    stream: Response,
    unread: String,
}

impl Hints {
    async fn open(client: &Client) -> Self {
        let stream = client.request(Method::GET, "/events").timeout(PATIENCE * 4);
        let mut hints = Self {
            stream: stream.send().await.unwrap(),
            unread: String::new(),
        };
        // The first block tells the position: from here on nothing is missed.
        hints.next_block().await;
        hints
    }

    async fn next_block(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let rest = self.unread.split_off(end + 2);
                return std::mem::replace(&mut self.unread, rest);
            }
            let bytes = self.stream.chunk().await.unwrap();
            let bytes = bytes.expect("the stream goes on");
            self.unread.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// Reads until something of this kind was told about this run.
    async fn until(&mut self, kind: &str, run: &str) {
        let reading = async {
            loop {
                let block = self.next_block().await;
                if block.contains(&format!("event: {kind}\n")) && block.contains(run) {
                    return;
                }
            }
        };
        let told = tokio::time::timeout(PATIENCE, reading).await;
        told.unwrap_or_else(|_| panic!("{kind} of {run} was never told"));
    }
}

/// Starts a run and answers its id.
async fn start(client: &Client, label: &str) -> String {
    let path = format!("/api/engagements/{}/runs", client.engagement);
    let words = json!({"type": "load.replica", "label": label, "status": "running", "identity_mode": "nonce"});
    let started = client.say(&path, &words).await.unwrap();
    started["run"]["id"].as_str().unwrap().to_owned()
}

/// What the open home page asks for when it was told of a change.
async fn zones(client: &Client, cookie: &str) -> String {
    let page = client
        .bare(Method::GET, "/_ui/fragments?ids=zone-active,zone-recent")
        .header("cookie", cookie);
    let answer = page.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

async fn home_ids(client: &Client, zone: &str, key: &str) -> Vec<Value> {
    let page = client.get(&format!("/api/me/dashboard/{zone}")).await;
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item[key].clone()).collect()
}

/// A change here; how long until the other's open page was told, and shows it.
#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is what this measures"
)]
async fn follow_one(
    change: usize,
    here: &Client,
    there: &Client,
    hints: &mut Hints,
    cookie: &str,
) -> Duration {
    let label = format!("Change number {change}");
    let run = start(here, &label).await;
    let changed = Instant::now();
    hints.until("run.started", &run).await;
    let active = home_ids(there, "active", "item_id").await;
    assert!(active.contains(&Value::from(run.as_str())), "{active:?}");
    assert!(zones(there, cookie).await.contains(&label));
    let took = changed.elapsed();
    here.say(
        &format!("/api/runs/{run}/finish"),
        &json!({"outcome": "succeeded"}),
    )
    .await
    .unwrap();
    hints.until("run.ended", &run).await;
    let recent = home_ids(there, "recent", "artifact_id").await;
    assert!(recent.contains(&Value::from(run.as_str())), "{recent:?}");
    took
}

#[test]
fn a_change_through_one_hub_shows_on_a_page_of_the_other_within_two_seconds() {
    let Some(database) = Database::make() else {
        return;
    };
    let url = database.url();
    let (here, there) = (Place::new(), Place::new());
    let first = Hub::start_with(&here, "0", &["--database", &url]);
    let second = Hub::start_with(&there, "0", &["--database", &url]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let near = Client::of(&here, &first).await;
        let far = Client::of(&there, &second).await;
        let cookie = sign_in(&near, &first).await;
        let mut hints = Hints::open(&far).await;
        let mut times = Vec::new();
        for change in 0..CHANGES {
            times.push(follow_one(change, &near, &far, &mut hints, &cookie).await);
        }
        times.sort_unstable();
        println!("changes showed after {times:?}");
        assert!(times[CHANGES / 2] < SHOWS_WITHIN, "{times:?}");

        let unfinished = start(&near, "Begun through the one that is killed").await;
        hints.until("run.started", &unfinished).await;
        drop(first);
        let path = format!("/api/runs/{unfinished}/finish");
        let ended = far.say(&path, &json!({"outcome": "failed"})).await.unwrap();
        assert_eq!(ended["changed"], true);
        hints.until("run.ended", &unfinished).await;
        follow_one(CHANGES, &far, &far, &mut hints, &cookie).await;
    });
}
