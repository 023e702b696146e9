//! The pages of dashboards, as a browser without JavaScript meets them, and the scene that every test about dashboards
//! begins with.

mod changes;
mod forms;
mod now;
mod snapshots;

use bellboard_hub::db::Db;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::Browser;

/// A hub with one dashboard of pushed rows.
pub struct Scene {
    pub house: House,
    pub founder: Person,
    pub engagement: String,
    pub board: String,
    cookie: String,
}

impl Scene {
    pub async fn set(db: Db) -> Self {
        Self::of(House::open(db).await).await
    }

    /// The same in a server of its own kind.
    pub async fn of(house: House) -> Self {
        let founder = house.founder().await;
        let engagement = house.engagement(&founder, "Lindgren Lab").await;
        let cookie = house.cookie(founder.id).await;
        let mut scene = Self {
            house,
            founder,
            engagement,
            board: String::new(),
            cookie,
        };
        scene.board = scene.dashboard("Hypothesis <board>").await;
        scene
    }

    /// A dashboard whose rows are pushed, the highest score first.
    pub async fn dashboard(&self, title: &str) -> String {
        let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "name", "score"],
            "order_by": [{"field": "score", "direction": "desc"}]});
        let wish = json!({"title": title, "view_spec_json": spec});
        let request = self.house.post(&self.founder, "/dashboards", &wish);
        let made = body(request, StatusCode::CREATED).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Pushes rows of id, name and score; the id of the snapshot that was taken.
    pub async fn push(&self, rows: &[(&str, f64)]) -> String {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(name, score)| json!({"id": name.to_lowercase(), "name": name, "score": score}))
            .collect();
        self.push_rows(&Value::from(rows)).await
    }

    /// The same with rows as they are.
    pub async fn push_rows(&self, rows: &Value) -> String {
        let request = self
            .house
            .request(Method::POST, &format!("/dashboard/{}/rows", self.board))
            .bearer_auth(&self.founder.token)
            .header(CONTENT_TYPE, "application/json")
            .body(rows.to_string());
        let pushed = body(request, StatusCode::CREATED).await;
        pushed["snapshot"]["id"].as_str().unwrap().to_owned()
    }

    /// Hangs up a bell of the founder, which rings for every new row; its id.
    pub async fn bell(&self) -> String {
        let bell = json!({"subscriber_kind": "persona", "subscriber_id": self.founder.id,
            "threshold_json": {"set_added_min": 1}});
        let path = format!("/dashboard/{}/subscriptions", self.board);
        let request = self.house.post(&self.founder, &path, &bell);
        let made = body(request, StatusCode::CREATED).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Takes the dashboard out of use.
    pub async fn archive(&self) {
        let path = format!("/dashboard/{}/archive", self.board);
        let request = self.house.request(Method::PATCH, &path);
        body(request.bearer_auth(&self.founder.token), StatusCode::OK).await;
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser::again(&self.house, &self.cookie)
    }

    pub async fn page(&self, path: &str) -> String {
        self.browser().page(path).await
    }

    /// A further person of the engagement, with these designations.
    pub async fn member(&self, name: &str, designations: &[&str]) -> Person {
        let (owner, engagement) = (&self.founder, &self.engagement);
        self.house
            .member(owner, engagement, name, designations)
            .await
    }

    /// A page of the dashboard.
    pub async fn tab(&self, path: &str) -> String {
        self.page(&format!("/ui/dashboards/{}{path}", self.board))
            .await
    }
}

#[track_caller]
pub fn has(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[track_caller]
pub fn lacks(page: &str, words: &[&str]) {
    for words in words {
        assert!(!page.contains(words), "{words}: {page}");
    }
}
