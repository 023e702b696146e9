//! The hub is killed between a snapshot and the bells that it rings, and in the middle of sending them, and started again
//! on the same data. Every bell of an acknowledged snapshot is recorded once and arrives; none is lost, none is stuck.
//!
//! `BELLBOARD_BELL_KILLS` sets the number of kills. Before a release:
//! `BELLBOARD_BELL_KILLS=200 cargo test -p bellboard --test cli bell_kill -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::chance::Chance;
use crate::client::Client;
use crate::database::Database;
use crate::place::{Hub, Place, signal};

/// In every other round the hub is killed so many microseconds after the rows went out, at most.
const LONGEST_MOMENT_MICROS: u64 = 60_000;
/// In the others as soon as the receiver was asked; a round in which it is not asked ends after so many looks.
const LOOKS_FOR_A_CALL: u32 = 8_000;
/// A receiver answers after at most so many.
const LONGEST_ANSWER_MICROS: u64 = 8_000;
/// How often the end is looked for: on PostgreSQL the lease of a dead hub has to be over first.
const LOOKS: u32 = 1_200;

/// A receiver on loopback that keeps what it was sent, by `webhook-id`.
struct Receiver {
    url: String,
    posted: Posted,
    /// How often it was asked, whether or not it has answered.
    asked: Arc<AtomicU64>,
}

/// The bodies that came under each id.
type Posted = Arc<Mutex<BTreeMap<String, BTreeSet<Vec<u8>>>>>;

impl Receiver {
    fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/bell", listener.local_addr().unwrap());
        let (posted, asked): (Posted, Arc<AtomicU64>) = Default::default();
        let (kept, count) = (posted.clone(), asked.clone());
        thread::spawn(move || {
            let mut chance = Chance::new(seed, 99);
            for stream in listener.incoming() {
                let wait = Duration::from_micros(chance.below(LONGEST_ANSWER_MICROS));
                count.fetch_add(1, Ordering::SeqCst);
                // Whoever was killed in the middle of a request sent nothing.
                if let Some((id, body)) = stream.ok().and_then(|stream| take(stream, wait)) {
                    kept.lock().unwrap().entry(id).or_default().insert(body);
                }
            }
        });
        Self { url, posted, asked }
    }

    /// Kills the hub: after a moment, or while it waits for the receiver's answer.
    fn kill(&self, process: u32, round: u64, moment: Duration) -> JoinHandle<()> {
        let asked = self.asked.clone();
        let before = asked.load(Ordering::SeqCst);
        thread::spawn(move || {
            if round.is_multiple_of(2) {
                thread::park_timeout(moment);
            } else {
                for _ in 0..LOOKS_FOR_A_CALL {
                    if asked.load(Ordering::SeqCst) > before {
                        break;
                    }
                    thread::park_timeout(Duration::from_micros(250));
                }
            }
            signal(process, Signal::KILL);
        })
    }
}

/// Reads one request, and answers it a moment later.
fn take(mut stream: TcpStream, wait: Duration) -> Option<(String, Vec<u8>)> {
    let mut taken = Vec::new();
    let head = loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        taken.extend_from_slice(&piece[..length]);
        if let Some(end) = taken.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&taken[..head]).to_lowercase();
    let header = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start_matches(':').trim().to_owned())
    };
    let length: usize = header("content-length")?.parse().ok()?;
    let mut body = taken[head + 4..].to_vec();
    while body.len() < length {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        body.extend_from_slice(&piece[..read]);
    }
    thread::park_timeout(wait);
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    Some((header("webhook-id")?, body))
}

struct Scene {
    client: Client,
    dashboard: String,
    /// The webhook's subscription and the person's.
    bells: [String; 2],
    runtime: Runtime,
}

impl Scene {
    fn set(place: &Place, hub: &Hub, receiver: &Receiver) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (client, dashboard, bells) = runtime.block_on(async {
            let client = Client::of(place, hub).await;
            let spec = json!({ "source": "pushed", "id_field": "id", "columns": ["id"] });
            let made = client
                .say("/api/dashboards", &json!({ "title": "Names", "view_spec_json": spec }))
                .await;
            let dashboard = word(&made.unwrap(), "id");
            let rows = format!("/api/dashboard/{dashboard}/rows");
            client.say(&rows, &json!([{ "id": "first" }])).await.unwrap();
            let me = word(&client.get("/api/me").await, "id");
            let mut bells = Vec::new();
            for (kind, who) in [("webhook", &receiver.url), ("persona", &me)] {
                let wish = json!({
                    "subscriber_kind": kind, "subscriber_id": who, "threshold_json": { "set_added_min": 1 },
                });
                let path = format!("/api/dashboard/{dashboard}/subscriptions");
                bells.push(word(&client.say(&path, &wish).await.unwrap(), "id"));
            }
            (client, dashboard, bells.try_into().unwrap())
        });
        Self {
            client,
            dashboard,
            bells,
            runtime,
        }
    }

    /// Pushes one row more than before; the snapshot, if the hub lived long enough to acknowledge it.
    fn push(&self, round: u64) -> Option<String> {
        let rows: Vec<Value> = (0..=round)
            .map(|row| json!({ "id": format!("row {row}") }))
            .collect();
        let path = format!("/api/dashboard/{}/rows", self.dashboard);
        let said = self
            .runtime
            .block_on(self.client.say(&path, &rows.into()))?;
        said["snapshot"]["id"].as_str().map(str::to_owned)
    }

    /// Every entry of a list.
    fn all(&self, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut next = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let page = format!("{path}{sign}limit=100{next}");
            let page = self.runtime.block_on(self.client.get(&page));
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return found,
            }
        }
    }

    /// The snapshots at which the ledger says that a bell rang.
    fn rang(&self, bell: &str) -> BTreeSet<String> {
        let path = format!(
            "/api/dashboard/{}/ledger?subscription_id={bell}",
            self.dashboard
        );
        let ledger = self.all(&path);
        let rang = ledger.iter().filter(|line| line["outcome"] == "rang");
        rang.map(|line| word(line, "snapshot_id")).collect()
    }

    /// Comes back when nothing waits and nothing is on its way.
    fn settle(&self) {
        for _ in 0..LOOKS {
            let is_over = ["waiting", "sending"].iter().all(|status| {
                self.all(&format!("/api/deliveries?status={status}"))
                    .is_empty()
            });
            if is_over {
                return;
            }
            thread::park_timeout(Duration::from_millis(100));
        }
        panic!("stuck: {:#?}", self.all("/api/deliveries"));
    }
}

fn word(value: &Value, name: &str) -> String {
    let word = value[name].as_str();
    word.unwrap_or_else(|| panic!("no {name} in {value}"))
        .to_owned()
}

fn start(place: &Place, port: &str, database: Option<&Database>) -> Hub {
    let url = database.map(Database::url);
    let key = place.folder.join("bells.key");
    let mut more = vec!["--allow-network", "127.0.0.0/8"];
    // The embedded database has a key of its own beside it.
    if let Some(url) = &url {
        std::fs::write(&key, [7; 32]).unwrap();
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        more.extend(["--database", url, "--key-file", key.to_str().unwrap()]);
    }
    Hub::start_with(place, port, &more)
}

fn killed_while_bells_ring(database: Option<Database>, rounds: u64) {
    let rounds = std::env::var("BELLBOARD_BELL_KILLS").map_or(rounds, |text| text.parse().unwrap());
    let mut chance = Chance::new(20_261_121, 7);
    let place = Place::new();
    let receiver = Receiver::start(20_261_121);
    let mut hub = start(&place, &place.port(), database.as_ref());
    let mut scene = Scene::set(&place, &hub, &receiver);
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds {
        let moment = Duration::from_micros(chance.below(LONGEST_MOMENT_MICROS));
        let killer = receiver.kill(hub.process_id(), round, moment);
        acknowledged.extend(scene.push(round));
        killer.join().unwrap();
        let port = hub.url.rsplit(':').next().unwrap().to_owned();
        drop(hub);
        hub = start(&place, &port, database.as_ref());
        // The connections of the former client lead to the dead.
        scene.client = scene.runtime.block_on(Client::of(&place, &hub));
    }
    scene.settle();

    let rang = check(&scene, &receiver, &acknowledged);
    println!(
        "{rounds} kills: {} snapshots acknowledged, {rang} rang, {} calls of the webhook; lost 0, stuck 0",
        acknowledged.len(),
        receiver.asked.load(Ordering::SeqCst)
    );
    drop(hub);
}

/// Each bell rang once for every snapshot that was acknowledged, and everything that rang has arrived; how often.
fn check(scene: &Scene, receiver: &Receiver, acknowledged: &BTreeSet<String>) -> usize {
    let deliveries = scene.all("/api/deliveries");
    let taken = scene.all(&format!("/api/dashboard/{}/snapshots", scene.dashboard));
    let taken: BTreeSet<String> = taken.iter().map(|one| word(one, "id")).collect();
    let mut posted = receiver.posted.lock().unwrap().clone();
    let mut rings = 0;
    for bell in &scene.bells {
        let rang = scene.rang(bell);
        let lost: Vec<&String> = acknowledged.difference(&rang).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        // Whatever was stored, acknowledged or not, rang; only the first had nothing before it.
        assert!(rang.is_subset(&taken));
        assert_eq!(rang.len() + 1, taken.len(), "a snapshot without its bell");
        let sent: Vec<&Value> = deliveries
            .iter()
            .filter(|one| one["subscription_id"] == bell.as_str())
            .collect();
        let is_sent = |one: &&Value| one["status"] == "delivered";
        assert!(sent.iter().all(is_sent), "{sent:#?}");
        let snapshots: BTreeSet<String> = sent.iter().map(|one| word(one, "snapshot_id")).collect();
        assert_eq!(
            (sent.len(), &snapshots),
            (rang.len(), &rang),
            "one bell for each snapshot"
        );
        if sent.iter().all(|one| one["kind"] == "webhook") {
            for one in sent {
                let bodies = posted.remove(&word(one, "id")).unwrap_or_default();
                assert_eq!(
                    bodies.len(),
                    1,
                    "it came, and with the same bytes each time"
                );
            }
        } else {
            let told = scene.all("/api/me/notifications");
            let told = told.iter().filter(|one| one["kind"] == "snapshot_alert");
            assert_eq!(told.count(), rang.len(), "in the inbox");
            let said = scene.all(&format!("/api/dashboard/{}/comments", scene.dashboard));
            assert_eq!(said.len(), rang.len(), "in the thread");
        }
        rings += rang.len();
    }
    assert!(posted.is_empty(), "sent and not on record: {posted:?}");
    rings
}

#[test]
fn every_bell_outlives_twenty_kills_on_sqlite() {
    killed_while_bells_ring(None, 20);
}

#[test]
fn every_bell_outlives_ten_kills_on_postgresql() {
    let Some(database) = Database::make() else {
        return;
    };
    killed_while_bells_ring(Some(database), 10);
}
