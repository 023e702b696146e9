//! A hub in this very process, whose clock the test owns, with the real surfaces before it: the command line, the API,
//! the pages and the tools are asked over a real connection.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bellboard_core::delivery::AllowList;
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{Db, DbFault, DbOptions, Value as Parameter};
use bellboard_hub::delivery::send_due;
use bellboard_hub::run::lose_abandoned;
use bellboard_hub::seal::InputKey;
use bellboard_hub::world::{FixedWorld, World as _};
use bellboard_hub::{Hub, Keeps, person, session, token};
use bellboard_server::{App, Settings, outgoing, serve};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::place::{Place, Said};

/// No answer takes this long; who waits longer has found a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// The hub, and the one person who asks it everything.
pub struct House {
    pub place: Place,
    pub hub: Hub,
    pub url: String,
    pub engagement: String,
    token: String,
    cookie: String,
    http: reqwest::Client,
    world: Arc<FixedWorld>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinSet<()>,
    runtime: Runtime,
}

impl House {
    /// Opens one whose clock shows this moment. Its loops do not run: the test looks when it wants.
    pub fn open(now: Timestamp) -> Self {
        let place = Place::new();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let world = FixedWorld::at(now);
        let file = format!("sqlite:{}", place.folder.join("house.db").display());
        let (stop, stopped) = oneshot::channel::<()>();
        let mut serving = JoinSet::new();
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let (hub, url, token, cookie) = runtime.block_on(async {
            let options = DbOptions::default();
            let db = Db::open(&file.parse().unwrap(), &options).await.unwrap();
            db.migrate().await.unwrap();
            let hub = Hub::with(db, world.clone(), keeps());
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let app = App::new(hub.clone(), Settings::default());
            serving.spawn(async move {
                let end = async {
                    let _ended = stopped.await;
                };
                serve(app, vec![listener], end).await.unwrap();
            });
            let founder = person::found_hub(&hub, "Olive").await.unwrap().unwrap();
            let token = token::create_founder_token(&hub, founder, "test").await;
            let link = session::new_link(&hub, founder).await.unwrap();
            let secret = link.url_path.strip_prefix("/login?link=").unwrap();
            let session = session::redeem_link(&hub, secret).await.unwrap().unwrap();
            (hub, url, token.unwrap(), format!("bellboard={session}"))
        });
        let mut house = Self {
            place,
            hub,
            url,
            engagement: String::new(),
            token,
            cookie,
            http,
            world,
            stop: Some(stop),
            serving,
            runtime,
        };
        let made = house.post("/api/engagements", &json!({"name": "Aster Bank"}));
        let engagement = made["id"].as_str().unwrap();
        engagement.clone_into(&mut house.engagement);
        house
    }

    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Moves the clock forward to this moment.
    pub fn advance_to(&self, moment: Timestamp) {
        self.world.advance(moment.saturating_since(self.now()));
    }

    /// The loop that ends what nobody reports on any more looks once; how many it ended.
    pub fn lose_abandoned(&self) -> u64 {
        self.runtime
            .block_on(lose_abandoned(&self.hub, Timestamp::MIN))
            .unwrap()
    }

    /// The loop that sends looks once; how many it tried.
    pub fn send_due(&self) -> u64 {
        self.runtime.block_on(send_due(&self.hub)).unwrap()
    }

    pub fn get(&self, path: &str) -> Value {
        let request = self.request(Method::GET, path).bearer_auth(&self.token);
        let text = self.text(request);
        serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{path}: {fault}: {text}"))
    }

    pub fn post(&self, path: &str, words: &Value) -> Value {
        let request = self.request(Method::POST, path).bearer_auth(&self.token);
        let text = self.text(request.json(words));
        serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{path}: {fault}: {text}"))
    }

    /// A page as a signed-in browser gets it.
    pub fn page(&self, path: &str) -> String {
        let request = self.request(Method::GET, path);
        self.text(
            request
                .header("cookie", &self.cookie)
                .header("accept", "text/html"),
        )
    }

    /// What a tool answers: its structured content, which its text must say word for word.
    pub fn tool(&self, name: &str, arguments: &Value) -> Value {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": name, "arguments": arguments},
        });
        let request = self.request(Method::POST, "/mcp").bearer_auth(&self.token);
        let text = self.text(
            request
                .header("accept", "application/json, text/event-stream")
                .header("mcp-protocol-version", "2025-11-25")
                .json(&message),
        );
        let answer: Value = serde_json::from_str(&text).unwrap();
        let result = &answer["result"];
        assert_ne!(result["isError"], true, "{answer:#}");
        let text = result["content"][0]["text"].as_str().unwrap();
        let read: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read, result["structuredContent"], "the text of {name}");
        read
    }

    /// The command line, signed in here.
    pub fn bellboard(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.place.bellboard(arguments);
        command
            .env("BELLBOARD_URL", &self.url)
            .env("BELLBOARD_TOKEN", &self.token)
            .env("BELLBOARD_ENGAGEMENT", &self.engagement);
        command
    }

    /// Runs the command line to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.bellboard(arguments).output().unwrap())
    }

    /// The same with this text on standard input.
    pub fn pipe(&self, arguments: &[&str], text: &str) -> Said {
        let mut child = self
            .bellboard(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        drop(stdin);
        Said::of(child.wait_with_output().unwrap())
    }

    /// Runs a line as somebody copies it from a page: a shell takes it apart.
    pub fn line(&self, line: &str) -> Said {
        let mut shell = std::process::Command::new("sh");
        shell.env_clear().args(["-c", line]);
        let command = self.bellboard(&[]);
        shell.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        Said::of(shell.output().unwrap())
    }

    /// What the command line prints; it must end well.
    pub fn prints(&self, arguments: &[&str]) -> String {
        self.run(arguments).good().out
    }

    /// What the command line says to the person; it must end well.
    pub fn says(&self, arguments: &[&str]) -> String {
        self.run(arguments).good().err
    }

    /// What it says on its way to an end with this code, without data.
    pub fn refused(&self, code: i32, arguments: &[&str]) -> String {
        self.run(arguments).refused(code)
    }

    /// What `--json` prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.prints(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap()
    }

    /// The lines of `--plain`, cut into their fields.
    pub fn plain(&self, arguments: &[&str]) -> Vec<Vec<String>> {
        let out = self.prints(&[arguments, &["--plain"]].concat());
        let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
        out.lines().map(fields).collect()
    }

    /// Changes rows straight in the database, to make a state that no verb makes.
    pub fn execute(&self, sql: &'static str, parameters: Vec<Parameter>) -> u64 {
        let write = self.hub.db().write::<_, DbFault, _>(move |handle| {
            Box::pin(async move { handle.execute(sql, &parameters).await })
        });
        self.runtime.block_on(write).unwrap()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    fn text(&self, request: RequestBuilder) -> String {
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let (status, path) = (answer.status(), answer.url().path().to_owned());
            let text = answer.text().await.unwrap();
            assert!(status.is_success(), "{path}: {status}: {text}");
            text
        })
    }
}

/// What a hub has beside its database: a key for secrets, and a way out that leads to this machine only.
fn keeps() -> Keeps {
    let allowed = AllowList::new(vec!["127.0.0.0/8".parse().unwrap()]);
    Keeps {
        input_key: Some(InputKey::new(&[7; 32])),
        outgoing: Some(outgoing::open(allowed).unwrap()),
        ..Keeps::default()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.stop.take());
        let serving = std::mem::take(&mut self.serving);
        if !std::thread::panicking() {
            self.runtime.block_on(serving.join_all());
        }
    }
}
