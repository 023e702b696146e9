//! A server on a free port over the database of one test, and the people who call it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bellboard_core::delivery::AllowList;
use bellboard_core::id::PersonId;
use bellboard_core::time::Timestamp;
use bellboard_hub::content::Contents;
use bellboard_hub::db::Db;
use bellboard_hub::loops::Loops;
use bellboard_hub::outgoing::Outgoing;
use bellboard_hub::seal::InputKey;
use bellboard_hub::world::FixedWorld;
use bellboard_hub::{Hub, Keeps, person, session, token};
use bellboard_server::{App, Settings, outgoing, serve};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// One running server.
pub struct House {
    pub hub: Hub,
    pub world: Arc<FixedWorld>,
    pub port: u16,
    /// Where content lies.
    pub content: Arc<Folder>,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    tasks: JoinSet<()>,
    loops: Option<Loops>,
}

/// A folder of one test, gone after it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn make() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bellboard_content_{}_{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Every file below it, by its path from there.
    pub fn files(&self) -> Vec<String> {
        let (mut folders, mut files) = (vec![self.0.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let path = path.strip_prefix(&self.0).unwrap();
                    files.push(path.to_str().unwrap().to_owned());
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Somebody with a token.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    pub token: String,
}

/// Where every test begins.
fn world() -> Arc<FixedWorld> {
    FixedWorld::at("2026-11-20T17:40:00Z".parse::<Timestamp>().unwrap())
}

impl House {
    /// A server with the settings of a deployment on loopback.
    pub async fn open(db: Db) -> Self {
        Self::with(db, Settings::default()).await
    }

    pub async fn with(db: Db, settings: Settings) -> Self {
        Self::in_world(db, settings, world()).await
    }

    /// A server that may speak to receivers on this machine.
    pub async fn with_loopback(db: Db) -> Self {
        let allowed = AllowList::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let (way, content) = (outgoing::open(allowed).unwrap(), Arc::new(Folder::make()));
        Self::reaching(db, Settings::default(), world(), content, Some(way)).await
    }

    /// A server that has a server of mail, which takes nothing.
    pub async fn with_mail(db: Db) -> Self {
        let way = outgoing::open(AllowList::default()).unwrap();
        let sender = "Bellboard <bells@example.com>";
        let way = outgoing::with_mail(way, "smtp://127.0.0.1:9", sender).unwrap();
        let content = Arc::new(Folder::make());
        Self::reaching(db, Settings::default(), world(), content, Some(way)).await
    }

    /// A further replica lives in the same world as the first.
    pub async fn in_world(db: Db, settings: Settings, world: Arc<FixedWorld>) -> Self {
        Self::with_content(db, settings, world, Arc::new(Folder::make())).await
    }

    /// Replicas share the place of content.
    pub async fn with_content(
        db: Db,
        settings: Settings,
        world: Arc<FixedWorld>,
        content: Arc<Folder>,
    ) -> Self {
        Self::reaching(db, settings, world, content, None).await
    }

    /// A server whose bells reach this far; without a way out they wait.
    pub async fn reaching(
        db: Db,
        settings: Settings,
        world: Arc<FixedWorld>,
        content: Arc<Folder>,
        outgoing: Option<Outgoing>,
    ) -> Self {
        let keeps = Keeps {
            input_key: Some(InputKey::new(&[7; 32])),
            contents: Some(Contents::in_folder(&content.0).unwrap()),
            outgoing,
            ..Keeps::default()
        };
        let hub = Hub::with(db, world.clone(), keeps);
        let loops = Loops::start(&hub);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut tasks = JoinSet::new();
        let app = App::new(hub.clone(), settings);
        tasks.spawn(async move {
            let end = async {
                let _ = stopped.await;
            };
            serve(app, vec![listener], end).await.unwrap();
        });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        Self {
            hub,
            world,
            port,
            content,
            client,
            stop: Some(stop),
            tasks,
            loops: Some(loops),
        }
    }

    /// Ends the server as a shutdown does.
    pub async fn close(mut self) {
        drop(self.stop.take());
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        if let Some(loops) = self.loops.take() {
            loops.stop().await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A request that nobody signed yet.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub fn get(&self, person: &Person, path: &str) -> RequestBuilder {
        self.request(Method::GET, path).bearer_auth(&person.token)
    }

    pub fn post(&self, person: &Person, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path)
            .bearer_auth(&person.token)
            .json(body)
    }

    /// The form with the one-time link, as a page sends it.
    pub fn form(&self, path: &str, link: &str) -> RequestBuilder {
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("link={link}"))
    }

    /// The first person, who owns the hub.
    pub async fn founder(&self) -> Person {
        let id = person::found_hub(&self.hub, "Founder")
            .await
            .unwrap()
            .expect("the hub is empty");
        self.with_token(id).await
    }

    pub async fn with_token(&self, id: PersonId) -> Person {
        let token = token::create_founder_token(&self.hub, id, "test")
            .await
            .unwrap();
        Person { id, token }
    }

    /// A further human.
    pub async fn human(&self, founder: &Person, name: &str) -> Person {
        let made = body(
            self.post(founder, "/people", &json!({ "name": name })),
            StatusCode::CREATED,
        )
        .await;
        self.with_token(made["person"]["id"].as_str().unwrap().parse().unwrap())
            .await
    }

    /// A new engagement of this person; its id.
    pub async fn engagement(&self, owner: &Person, name: &str) -> String {
        let made = body(
            self.post(owner, "/engagements", &json!({ "name": name })),
            StatusCode::CREATED,
        )
        .await;
        made["id"].as_str().unwrap().to_owned()
    }

    pub async fn put_member(
        &self,
        owner: &Person,
        engagement: &str,
        who: PersonId,
        designations: &[&str],
    ) {
        let path = format!("/engagements/{engagement}/members/{who}");
        let request = self.request(Method::PUT, &path).bearer_auth(&owner.token);
        body(
            request.json(&json!({ "designations": designations })),
            StatusCode::OK,
        )
        .await;
    }

    /// A further human, who has these designations in the engagement.
    pub async fn member(
        &self,
        owner: &Person,
        engagement: &str,
        name: &str,
        designations: &[&str],
    ) -> Person {
        let person = self.human(owner, name).await;
        self.put_member(owner, engagement, person.id, designations)
            .await;
        person
    }

    /// A run of its own, whatever else was started; its id.
    pub async fn run(&self, person: &Person, engagement: &str) -> String {
        let start = json!({ "type": "test.work", "identity_mode": "nonce", "status": "running" });
        let path = format!("/engagements/{engagement}/runs");
        let started = body(self.post(person, &path, &start), StatusCode::CREATED).await;
        started["run"]["id"].as_str().unwrap().to_owned()
    }

    /// A browser's session: the value of its `Cookie` header.
    pub async fn cookie(&self, id: PersonId) -> String {
        let link = session::new_link(&self.hub, id).await.unwrap();
        let secret = link.url_path.strip_prefix("/login?link=").unwrap();
        let session = session::redeem_link(&self.hub, secret)
            .await
            .unwrap()
            .expect("a fresh link");
        format!("bellboard={session}")
    }

    /// Moves the clock of every replica.
    pub fn advance(&self, by: Duration) {
        self.world.advance(by);
    }
}

/// Sends, expects this status and reads the JSON.
pub async fn body(request: RequestBuilder, expected: StatusCode) -> Value {
    let response = request.send().await.unwrap();
    let (status, text) = text(response).await;
    assert_eq!(status, expected, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Sends, expects a problem of this status and code, and reads it.
pub async fn problem(request: RequestBuilder, expected: StatusCode, code: &str) -> Value {
    let response = request.send().await.unwrap();
    let kind = response.headers().get("content-type").cloned();
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let (status, text) = text(response).await;
    assert_eq!(status, expected, "{text}");
    assert_eq!(kind.unwrap(), "application/problem+json", "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(problem["code"], code, "{text}");
    assert_eq!(problem["type"], format!("/problems/{code}"), "{text}");
    assert_eq!(problem["status"], expected.as_u16(), "{text}");
    assert_eq!(problem["request_id"], id, "{text}");
    assert!(!problem["detail"].as_str().unwrap().is_empty(), "{text}");
    problem
}

async fn text(response: Response) -> (StatusCode, String) {
    let status = response.status();
    (status, response.text().await.unwrap())
}
