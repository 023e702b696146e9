//! A dashboard with subscriptions, and a world outside of the hub that says what the test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bellboard_core::delivery::Answer;
use bellboard_core::id::PersonId;
use bellboard_core::time::Timestamp;
use bellboard_hub::call::Caller;
use bellboard_hub::db::{Db, Value as Parameter};
use bellboard_hub::delivery::send_due;
use bellboard_hub::outgoing::{Letter, Mailed, Outgoing, Posting, Sent};
use bellboard_hub::seal::InputKey;
use bellboard_hub::world::{FixedWorld, World as _};
use bellboard_hub::{Hub, Keeps};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::fixture::{HubFixture, START, Stage, id_in};

/// The machines outside: what they were sent, and what they say next.
#[derive(Clone, Default)]
pub struct Outside {
    pub postings: Arc<Mutex<Vec<Posting>>>,
    pub letters: Arc<Mutex<Vec<Letter>>>,
    answers: Arc<Mutex<VecDeque<Sent>>>,
}

/// An answer of this status.
pub fn status(code: u16) -> Sent {
    Sent {
        answer: Answer::Status(code, None),
        excerpt: None,
        reason: None,
    }
}

impl Outside {
    /// What is answered next, in this order; after the last one everything is 200.
    pub fn says(&self, answers: impl IntoIterator<Item = Sent>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn next(&self) -> Sent {
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or_else(|| status(200))
    }

    /// A way out to here, without mail.
    pub fn way(&self) -> Outgoing {
        let outside = self.clone();
        Outgoing::new(
            move |posting| {
                let outside = outside.clone();
                Box::pin(async move {
                    outside.postings.lock().unwrap().push(posting);
                    outside.next()
                })
            },
            |url| Box::pin(async move { url.starts_with("https://") }),
        )
    }

    /// The same with mail.
    pub fn way_with_mail(&self) -> Outgoing {
        let outside = self.clone();
        self.way().with_mail(move |letter| {
            let outside = outside.clone();
            Box::pin(async move {
                let message = format!(
                    "To: {}\r\nSubject: {}\r\n\r\n{}",
                    letter.to, letter.subject, letter.text
                );
                outside.letters.lock().unwrap().push(letter);
                Mailed {
                    sent: outside.next(),
                    message,
                }
            })
        })
    }

    pub fn posted(&self) -> Vec<Posting> {
        self.postings.lock().unwrap().clone()
    }

    pub fn mailed(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

/// One header of what was posted.
pub fn header<'a>(posting: &'a Posting, name: &str) -> &'a str {
    let found = posting.headers.iter().find(|(known, _)| *known == name);
    &found.unwrap_or_else(|| panic!("no {name}")).1
}

/// An engagement with one dashboard.
pub struct Bells {
    pub stage: Stage,
    pub outside: Outside,
    pub dashboard: Uuid,
}

impl Bells {
    pub async fn open(db: Db) -> Self {
        let outside = Outside::default();
        let way = outside.way();
        Self::with(db, outside, way).await
    }

    pub async fn with_mail(db: Db) -> Self {
        let outside = Outside::default();
        let way = outside.way_with_mail();
        Self::with(db, outside, way).await
    }

    pub async fn with(db: Db, outside: Outside, way: Outgoing) -> Self {
        let world = FixedWorld::at(Timestamp::from_micros(START));
        let hub = hub(db, world.clone(), way);
        let stage = HubFixture { hub, world }.stage().await;
        let dashboard = stage.fixture.world.new_id();
        let bells = Self {
            stage,
            outside,
            dashboard,
        };
        let made = bells
            .execute(
                "insert into dashboards (engagement_id, id, title, description, view_spec, snapshot_policy, zone, keep_days,
                                         created_by, created_by_name, created_at, changed_at)
                 values ($1, $2, 'Targets', '', '{}', 'manual', 'UTC', 30, $3, 'Olive', $4, $4)",
                vec![
                    bells.stage.engagement.into(),
                    dashboard.into(),
                    bells.stage.owner.person_id.into(),
                    START.into(),
                ],
            )
            .await;
        assert_eq!(made, 1);
        bells
    }

    /// Another replica over the same database, in the same world.
    pub fn replica(&self, db: Db, way: Outgoing) -> Hub {
        hub(db, self.stage.fixture.world.clone(), way)
    }

    pub async fn execute(&self, sql: &'static str, parameters: Vec<Parameter>) -> u64 {
        self.stage.fixture.execute(sql, parameters).await
    }

    pub fn now(&self) -> Timestamp {
        self.stage.fixture.world.now()
    }

    pub fn in_dashboard(&self, more: Value) -> Value {
        let mut input = json!({ "dashboard_id": self.dashboard });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }

    /// A bell that this person made.
    pub async fn subscribe(&self, maker: &Caller, kind: &'static str, target: &str) -> Uuid {
        let id = self.stage.fixture.world.new_id();
        let person: Option<PersonId> = target.parse().ok();
        let key: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        let made = self
            .execute(
                "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, person_id,
                                            threshold, threshold_key, baseline, created_by, created_by_name, created_at,
                                            changed_at)
                 values ($1, $2, $3, $4, $5, $6, '{}', $7, 'previous', $8, 'Somebody', $9, $9)",
                vec![
                    self.stage.engagement.into(),
                    id.into(),
                    self.dashboard.into(),
                    kind.into(),
                    target.into(),
                    person.into(),
                    key.into(),
                    maker.person_id.into(),
                    self.now().into(),
                ],
            )
            .await;
        assert_eq!(made, 1);
        id
    }

    /// A webhook with a secret, which is given too.
    pub async fn webhook(&self, maker: &Caller) -> (Uuid, String) {
        let bell = self
            .subscribe(maker, "webhook", "https://hooks.example/bell")
            .await;
        (bell, self.rotate(maker, bell).await)
    }

    pub async fn rotate(&self, maker: &Caller, bell: Uuid) -> String {
        let input = self.in_dashboard(json!({ "subscription_id": bell }));
        let shown = self.stage.fixture.ok(maker, "rotate_secret", input).await;
        shown["secret"].as_str().unwrap().to_owned()
    }

    /// A bell rings: what the evaluation of a snapshot writes.
    pub async fn ring(&self, bell: Uuid) -> Uuid {
        self.ring_at(bell, self.now(), false).await
    }

    pub async fn ring_at(&self, bell: Uuid, at: Timestamp, is_digest: bool) -> Uuid {
        let (id, snapshot) = (
            self.stage.fixture.world.new_id(),
            self.stage.fixture.world.new_id(),
        );
        let body = json!({
            "type": "dashboard.diverged", "timestamp": self.now(), "dashboard_id": self.dashboard,
            "snapshot_a": Uuid::nil(), "snapshot_b": snapshot, "sentence": "TREM2 took the lead from third.",
            "link": "https://board.example/ui/dashboards/1", "diff": { "id_set_added": ["a"] },
        })
        .to_string();
        let hash: [u8; 32] = Sha256::digest(&body).into();
        let kept = self
            .execute(
                "insert into delivery_bodies (engagement_id, hash, body, created_at) values ($1, $2, $3, $4)",
                vec![
                    self.stage.engagement.into(),
                    hash.into(),
                    body.into(),
                    self.now().into(),
                ],
            )
            .await;
        let queued = self
            .execute(
                "insert into deliveries (engagement_id, id, subscription_id, snapshot_id, dashboard_id, kind, target, body_hash,
                                         status, is_test, is_digest, attempts, next_attempt_at, fence, created_at, lane)
                 select engagement_id, $2, id, $3, dashboard_id, subscriber_kind, subscriber_id, $4,
                        'waiting', 0, $5, 0, $6, 0, $7, case when failing_since is null then 0 else 1 end
                   from subscriptions where id = $1",
                vec![
                    bell.into(),
                    id.into(),
                    snapshot.into(),
                    hash.into(),
                    is_digest.into(),
                    at.into(),
                    self.now().into(),
                ],
            )
            .await;
        assert_eq!((kept, queued), (1, 1));
        id
    }

    /// Sends what is due; how many tries that were.
    pub async fn send(&self) -> u64 {
        send_due(&self.stage.fixture.hub).await.expect("it sends")
    }

    /// A delivery as the owner of the engagement sees it.
    pub async fn delivery(&self, id: Uuid) -> Value {
        let input = json!({ "delivery_id": id });
        let owner = &self.stage.owner;
        self.stage.fixture.ok(owner, "get_delivery", input).await
    }

    /// What is in somebody's inbox, as kind and title.
    pub async fn inbox(&self, who: &Caller) -> Vec<(String, String)> {
        let inbox = self.stage.fixture.ok(who, "list_notifications", json!({}));
        let inbox = inbox.await;
        let items = inbox["items"].as_array().unwrap();
        let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        items
            .iter()
            .map(|item| (word(item, "kind"), word(item, "title")))
            .collect()
    }

    /// What was said in the dashboard's thread, newest first.
    pub async fn thread(&self) -> Vec<Value> {
        let input = self.in_dashboard(json!({}));
        let owner = &self.stage.owner;
        let page = self
            .stage
            .fixture
            .ok(owner, "list_dashboard_comments", input)
            .await;
        page["items"].as_array().unwrap().clone()
    }
}

fn hub(db: Db, world: Arc<FixedWorld>, way: Outgoing) -> Hub {
    let keeps = Keeps {
        input_key: Some(InputKey::new(&[7; 32])),
        outgoing: Some(way),
        public_url: Some("https://board.example".to_owned()),
        ..Keeps::default()
    };
    Hub::with(db, world, keeps)
}

/// The deliveries of a list, as ids.
pub fn ids(page: &Value) -> Vec<Uuid> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| id_in(&item["id"])).collect()
}
