//! The scene of planned work: a hub with two domains, their owner over HTTP, and a browser of theirs without JavaScript.

use bellboard_hub::db::Db;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::Browser;

/// A hub with the domains `railiance` and `markitect`.
pub struct Scene {
    pub house: House,
    pub founder: Person,
    pub engagement: String,
    cookie: String,
}

impl Scene {
    pub async fn set(db: Db) -> Self {
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
            let domain = json!({ "slug": slug, "name": name });
            scene.made("/domains", domain).await;
        }
        scene
    }

    /// Makes something over the API.
    pub async fn made(&self, path: &str, what: Value) -> Value {
        let request = self.house.post(&self.founder, path, &what);
        body(request, StatusCode::CREATED).await
    }

    /// Does something over the API that makes nothing.
    pub async fn done(&self, path: &str, what: Value) -> Value {
        body(self.house.post(&self.founder, path, &what), StatusCode::OK).await
    }

    pub async fn changed(&self, path: &str, what: Value) -> Value {
        let request = self.house.request(Method::PATCH, path);
        let request = request.bearer_auth(&self.founder.token).json(&what);
        body(request, StatusCode::OK).await
    }

    pub async fn shown(&self, path: &str) -> Value {
        body(self.house.get(&self.founder, path), StatusCode::OK).await
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser::again(&self.house, &self.cookie)
    }

    pub async fn page(&self, path: &str) -> String {
        self.browser().page(path).await
    }

    /// Where a page of another address leads, and how.
    pub async fn moved(&self, path: &str, expected: StatusCode) -> String {
        let answer = self.browser().open(path).await;
        assert_eq!(answer.status(), expected, "{path}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// The page of a form that was refused.
    pub async fn refused(&self, path: &str, fields: &str, status: StatusCode) -> String {
        let answer = self.browser().post(path, fields).await;
        assert_eq!(answer.status(), status, "{path} {fields}");
        answer.text().await.unwrap()
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
