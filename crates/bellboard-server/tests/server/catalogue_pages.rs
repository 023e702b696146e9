//! The pages of the catalogue, as a browser without JavaScript meets them.

mod domains;
mod entries;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::Browser;

/// A hub with the domains `railiance` and `markitect`, and a browser of their owner.
struct Scene {
    house: House,
    founder: Person,
    engagement: String,
    cookie: String,
}

impl Scene {
    async fn set(db: Db) -> Self {
        let house = House::open(db).await;
        let founder = house.founder().await;
        let engagement = house.engagement(&founder, "Aster Bank").await;
        let cookie = house.cookie(founder.id).await;
        let scene = Self {
            house,
            founder,
            engagement,
            cookie,
        };
        for (slug, name) in [("railiance", "Railiance"), ("markitect", "The <market>")] {
            scene
                .made("/domains", json!({ "slug": slug, "name": name }))
                .await;
        }
        scene
    }

    async fn made(&self, path: &str, what: Value) -> Value {
        let request = self.house.post(&self.founder, path, &what);
        body(request, StatusCode::CREATED).await
    }

    async fn shown(&self, path: &str) -> Value {
        body(self.house.get(&self.founder, path), StatusCode::OK).await
    }

    fn browser(&self) -> Browser<'_> {
        Browser::again(&self.house, &self.cookie)
    }

    async fn page(&self, path: &str) -> String {
        self.browser().page(path).await
    }

    /// Where a page of another address leads.
    async fn moved(&self, path: &str) -> String {
        let answer = self.browser().open(path).await;
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{path}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }
}

#[track_caller]
fn has(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[track_caller]
fn lacks(page: &str, words: &[&str]) {
    for words in words {
        assert!(!page.contains(words), "{words}: {page}");
    }
}
