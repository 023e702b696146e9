//! A program that speaks to a hub over HTTP, as the owner of the machine.

use std::fs;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::place::{Hub, Place};

/// No answer takes this long; who waits longer has found a fault.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections are kept between calls and shared by clones.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    pub engagement: String,
}

impl Client {
    /// Signed in with the key that the hub wrote beside its data.
    pub async fn of(place: &Place, hub: &Hub) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let key = place.folder.join(".local/share/bellboard/owner.json");
        let key: Value = serde_json::from_str(&fs::read_to_string(key).unwrap()).unwrap();
        let client = Self {
            http,
            url: hub.url.clone(),
            token: key["token"].as_str().unwrap().to_owned(),
            engagement: String::new(),
        };
        let memberships = client.get("/api/me/memberships").await;
        let engagement = &memberships["items"][0]["engagement_id"];
        Self {
            engagement: engagement.as_str().unwrap().to_owned(),
            ..client
        }
    }

    /// A request with the key in it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(&self.token)
    }

    /// A request of nobody in particular.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .timeout(PATIENCE)
    }

    /// What stands there.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Says something to the hub. `None` when the hub went away before it acknowledged; a refusal is a fault.
    pub async fn say(&self, path: &str, words: &Value) -> Option<Value> {
        let request = self.request(Method::POST, path).json(words);
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await;
        assert!(
            status.is_success(),
            "{path} {words} was answered {status}: {text:?}"
        );
        // The status alone acknowledges, even when the hub is gone before all of the answer is here.
        Some(
            text.ok()
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
        )
    }
}

/// A browser that signed in with the link of the first start.
pub async fn sign_in(client: &Client, hub: &Hub) -> String {
    let link = hub.link.clone().unwrap();
    let (_, secret) = link.rsplit_once("link=").unwrap();
    let form = client
        .bare(Method::POST, "/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", &hub.url)
        .body(format!("link={secret}"));
    let answer = form.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
