//! An agent asks and waits in each of the three ways, the hub is killed under it, a person answers on the page, the hub is
//! killed again before the answer is in effect: every wait goes on and brings the one answer.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use bellboard_hub::db::{Db, DbFault, DbOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::client::{Client, sign_in};
use crate::database::Database;
use crate::place::{Hub, Place, Said, until};

/// How soon who lost a call tries again.
const PAUSE: Duration = Duration::from_millis(200);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// What an agent is given.
#[derive(Clone)]
struct Agent {
    url: String,
    token: String,
    engagement: String,
}

impl Agent {
    /// One that the owner answers for.
    fn of(place: &Place, hub: &Hub, engagement: &str) -> Self {
        let made = place.run(["agents", "create", "Scout", "--in", "my-work"]);
        assert_eq!(made.code, 0, "{}", made.err);
        let token = place.run(["token", "create", "Scout", "--agent", "Scout"]);
        Self {
            url: hub.url.clone(),
            token: token.out.trim().to_owned(),
            engagement: engagement.to_owned(),
        }
    }

    /// A wrapped command that asks: what it prints is the chosen key.
    fn asks_on_the_command_line(&self, place: &Place) -> Child {
        let words = "run|--label|Clean up|--|bellboard|ask|Delete cli?|--key|cli|--wait|--option|yes=Delete|--option|no=Keep";
        place
            .bellboard(words.split('|'))
            .env("BELLBOARD_URL", &self.url)
            .env("BELLBOARD_TOKEN", &self.token)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The official client of the tools.
    fn asks_with_a_tool(&self) -> Child {
        let tools = std::env::var("BELLBOARD_TOOLS").expect(
            "BELLBOARD_TOOLS names no folder: run `cargo xtask test`, which installs the client",
        );
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/ask_client.py");
        Command::new(PathBuf::from(tools).join("python/bin/python"))
            .arg(script)
            .arg(format!("{}/mcp", self.url))
            .args([&self.token, &self.engagement, "mcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Asks over HTTP and polls in long waits; the closed ask, and how many calls were lost.
    fn asks_over_http(self) -> JoinHandle<(Value, u32)> {
        std::thread::spawn(move || runtime().block_on(self.poll()))
    }

    async fn poll(self) -> (Value, u32) {
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .build()
            .unwrap();
        let call = async |method: Method, path: &str, words: Option<&Value>| {
            let request = http
                .request(method, format!("{}/api{path}", self.url))
                .bearer_auth(&self.token);
            let request = match words {
                Some(words) => request.json(words),
                None => request,
            };
            let answer = request.send().await.ok()?;
            assert!(answer.status().is_success(), "{answer:?}");
            answer.json::<Value>().await.ok()
        };
        let question = json!({
            "title": "Delete http?", "key": "http",
            "options": [{"key": "yes", "label": "Delete"}, {"key": "no", "label": "Keep"}],
        });
        let path = format!("/engagements/{}/asks", self.engagement);
        let asked = call(Method::POST, &path, Some(&question)).await.unwrap();
        let path = format!("/asks/{}?wait=30s", asked["id"].as_str().unwrap());
        let mut lost = 0;
        loop {
            match call(Method::GET, &path, None).await {
                Some(ask) if ask["closed"] == true => return (ask, lost),
                Some(_) => {}
                None => {
                    lost += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// The three ways to wait, each with a question of its own.
struct Waits {
    cli: Child,
    mcp: Child,
    http: JoinHandle<(Value, u32)>,
}

impl Waits {
    /// Every one of them was interrupted, and every one has the answer.
    fn all_bring(self, answer: &str, by: &str) {
        let cli = Said::of(self.cli.wait_with_output().unwrap());
        assert_eq!(cli.out, format!("{answer}\n"), "{}", cli.err);
        assert_eq!(cli.code, 0, "{}", cli.err);
        for words in [
            "Waiting for it.",
            "Bellboard is back.",
            &format!("{by} answered: Delete"),
        ] {
            assert!(cli.err.contains(words), "{words}: {}", cli.err);
        }
        let mcp = Said::of(self.mcp.wait_with_output().unwrap());
        assert_eq!(mcp.code, 0, "{}", mcp.err);
        let told: Value = serde_json::from_str(&mcp.out).unwrap();
        assert_eq!(told["answer"]["option"], answer);
        assert_eq!(told["by"], by);
        assert!(told["lost"].as_u64().unwrap() > 0, "no kill met its call");
        let (ask, lost) = self.http.join().unwrap();
        assert_eq!(ask["answer"]["option"], answer);
        assert_eq!(ask["answered_by_name"], by);
        assert!(lost > 0, "no kill met its call");
    }
}

/// A browser in which the owner is signed in.
struct Browser<'a> {
    client: &'a Client,
    url: &'a str,
    cookie: &'a str,
}

impl Browser<'_> {
    async fn page(&self, path: &str) -> String {
        let page = self.client.bare(Method::GET, path);
        let page = page.header("cookie", self.cookie).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        page.text().await.unwrap()
    }

    /// Presses the button of this option in the row of the ask; what the page says afterwards.
    async fn answers(&self, ask: &str, option: &str) -> String {
        let action = format!("/ui/needs/ask/{ask}");
        let home = self.page("/").await;
        assert!(home.contains(&action), "no form for the ask: {home}");
        let form = self
            .client
            .bare(Method::POST, &action)
            .header("cookie", self.cookie)
            .header("origin", self.url)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("act=answer%3A{option}&back=%2F"));
        let answer = form.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        self.page(&to).await
    }
}

/// Where the hubs of a story keep what they know; two of them stand on PostgreSQL.
struct Stage {
    place: Place,
    beside: Place,
    database: Option<Database>,
}

impl Stage {
    fn start(&self, place: &Place, port: &str) -> Hub {
        match &self.database {
            Some(database) => Hub::start_with(place, port, &["--database", &database.url()]),
            None => Hub::start_with(place, port, &[]),
        }
    }

    /// Straight from the database, when no hub has it open.
    fn decisions(&self) -> i64 {
        let file = self
            .place
            .folder
            .join(".local/share/bellboard/bellboard.db");
        let url = match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", file.display()),
        };
        let counted = runtime().block_on(async {
            let db = Db::open(&url.parse().unwrap(), &DbOptions::default())
                .await
                .unwrap();
            db.read::<_, DbFault, _>(|sql| {
                Box::pin(async move { sql.one("select count(*) from decisions", &[]).await })
            })
            .await
            .unwrap()
        });
        counted.unwrap().int(0).unwrap()
    }
}

/// The open asks, by what is asked.
async fn open_asks(client: &Client) -> Vec<(String, String)> {
    let asks = client.get("/api/asks?state=open").await;
    let text = |ask: &Value, field: &str| ask[field].as_str().unwrap().to_owned();
    let items = asks["items"].as_array().unwrap().iter();
    items
        .map(|ask| (text(ask, "title"), text(ask, "id")))
        .collect()
}

/// The run was told once, and whoever answers later hears that somebody has.
async fn one_answer_each(owner: &Client, asks: &[(String, String)]) {
    let run = owner.get("/api/runs").await["items"][0]["id"].clone();
    let path = format!("/api/runs/{}/events", run.as_str().unwrap());
    let events = owner.get(&path).await;
    let kinds = events["items"].as_array().unwrap().iter();
    let answered = kinds.filter(|event| event["kind"] == "answered").count();
    assert_eq!(answered, 1, "{events:#}");
    for (_, id) in asks {
        let path = format!("/api/asks/{id}/answer");
        let late = owner.request(Method::POST, &path);
        let late = late.json(&json!({"option": "no"})).send().await.unwrap();
        assert_eq!(late.status(), StatusCode::CONFLICT);
        let problem: Value = late.json().await.unwrap();
        assert_eq!(problem["code"], "already_answered");
        assert_eq!(problem["decision"], "Delete");
    }
}

/// With two hubs the agents wait at one, and the person answers at the other while the first is away.
fn every_wait_survives(database: Option<Database>) {
    let stage = Stage {
        place: Place::new(),
        beside: Place::new(),
        database,
    };
    let runtime = runtime();
    let hub = stage.start(&stage.place, &stage.place.port());
    let owner = runtime.block_on(Client::of(&stage.place, &hub));
    let cookie = runtime.block_on(sign_in(&owner, &hub));
    let agent = Agent::of(&stage.place, &hub, &owner.engagement);
    let url = hub.url.clone();
    let port = url.rsplit(':').next().unwrap();

    let waits = Waits {
        cli: agent.asks_on_the_command_line(&stage.place),
        mcp: agent.asks_with_a_tool(),
        http: agent.clone().asks_over_http(),
    };
    let asks = until("all three ask", || {
        let asks = runtime.block_on(open_asks(&owner));
        (asks.len() == 3).then_some(asks)
    });
    assert_eq!(
        stage.place.only_run()["progress"]["label"],
        "Waiting for a person: Delete cli?"
    );

    // `drop` is `kill -9`.
    drop(hub);
    let answering = match &stage.database {
        Some(_) => stage.start(&stage.beside, "0"),
        None => stage.start(&stage.place, port),
    };
    let person = runtime.block_on(Client::of(&stage.place, &answering));
    let browser = Browser {
        client: &person,
        url: &answering.url,
        cookie: &cookie,
    };
    for (title, id) in &asks {
        let said = runtime.block_on(browser.answers(id, "yes"));
        assert!(said.contains(title) && said.contains("Undo"), "{said}");
    }
    assert_eq!(runtime.block_on(open_asks(&person)), []);

    // Nobody has been told yet, and the one who was to tell dies.
    drop(answering);
    let hub = stage.start(&stage.place, port);
    let me = runtime.block_on(owner.get("/api/me"));
    waits.all_bring("yes", me["name"].as_str().unwrap());

    runtime.block_on(one_answer_each(&owner, &asks));
    // The wrapped command has told its end before it ended.
    assert_eq!(stage.place.only_run()["outcome"], "succeeded");
    hub.stop();
    assert_eq!(stage.decisions(), 3);
}

#[test]
fn every_wait_outlives_the_hub_and_brings_the_one_answer_on_sqlite() {
    every_wait_survives(None);
}

#[test]
fn every_wait_outlives_the_hub_and_brings_the_one_answer_on_postgresql() {
    let Some(database) = Database::make() else {
        return;
    };
    every_wait_survives(Some(database));
}
