//! Uploads: what is kept, what is refused, and what is left behind, which is nothing.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellboard_core::content::ContentDigest;
use bellboard_hub::db::{Db, DbFault};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Scene;
use crate::house::{body, problem};

on_each_engine!(
    an_upload_is_answered_with_its_address_and_lies_under_it,
    the_same_content_again_is_kept_once,
    content_whose_bytes_were_lost_can_come_again,
    who_may_not_upload_leaves_nothing,
    what_is_not_as_announced_is_refused,
    too_much_is_refused_before_and_in_the_middle,
    an_upload_that_is_cut_off_leaves_nothing,
    a_disk_that_cannot_take_it_is_told_of,
);

impl Scene {
    fn path(&self) -> String {
        format!("/engagements/{}/content", self.engagement)
    }

    fn put(&self, bytes: impl Into<reqwest::Body>) -> RequestBuilder {
        let request = self.house.request(Method::PUT, &self.path());
        request.bearer_auth(&self.founder.token).body(bytes)
    }

    /// The header and the first bytes of an upload of this length, on a connection of its own.
    async fn begin(&self, length: &str, bytes: &[u8]) -> TcpStream {
        let head = format!(
            "PUT {} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\n{length}\r\n\r\n",
            self.path(),
            self.house.port,
            self.founder.token,
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.house.port))
            .await
            .unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    async fn rows(&self) -> i64 {
        let count = self.house.hub.db().read::<_, DbFault, _>(|sql| {
            Box::pin(async move { sql.one("select count(*) from contents", &[]).await })
        });
        count.await.unwrap().unwrap().int(0).unwrap()
    }

    /// Waits until the server is done with what a broken connection left.
    async fn emptied(&self) {
        let wait = async {
            while !self.house.content.files().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let files = || self.house.content.files();
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .unwrap_or_else(|_| panic!("left behind: {:?}", files()));
        assert_eq!(self.rows().await, 0);
    }

    async fn close(self) {
        self.house.close().await;
    }
}

fn hex(bytes: &[u8]) -> String {
    ContentDigest::from_bytes(Sha256::digest(bytes).into()).hex()
}

fn content_digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

async fn an_upload_is_answered_with_its_address_and_lies_under_it(db: Db) {
    let scene = Scene::set(db).await;
    // More than one block, and no whole number of them.
    let bytes: Vec<u8> = (0..700_001_u32).map(|at| (at % 251) as u8).collect();
    let announced = scene
        .put(bytes.clone())
        .header("content-digest", content_digest(&bytes));
    for (request, content) in [(announced, bytes), (scene.put(""), Vec::new())] {
        let answer = body(request, StatusCode::CREATED).await;
        assert_eq!(answer["digest"], format!("sha-256:{}", hex(&content)));
        assert_eq!(answer["size"], content.len());
        let name = format!("{}/{}", scene.engagement, hex(&content));
        let files = scene.house.content.files();
        let file = files.iter().find(|file| file.starts_with(&name)).unwrap();
        let kept = std::fs::read(scene.house.content.0.join(file)).unwrap();
        assert!(kept == content);
    }
    assert_eq!(scene.rows().await, 2);
    assert_eq!(scene.house.content.files().len(), 2);
    scene.close().await;
}

async fn the_same_content_again_is_kept_once(db: Db) {
    let scene = Scene::set(db).await;
    let uploads = (0..8).map(|_| body(scene.put("again"), StatusCode::CREATED));
    let answers = futures_util::future::join_all(uploads).await;
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    assert_eq!(scene.rows().await, 1);
    assert_eq!(scene.house.content.files().len(), 1);
    scene.close().await;
}

async fn content_whose_bytes_were_lost_can_come_again(db: Db) {
    let scene = Scene::set(db).await;
    body(scene.put("lost"), StatusCode::CREATED).await;
    let before = scene.house.content.files();
    std::fs::remove_file(scene.house.content.0.join(&before[0])).unwrap();
    body(scene.put("lost"), StatusCode::CREATED).await;
    let after = scene.house.content.files();
    assert_eq!((after.len(), scene.rows().await), (1, 1));
    assert_ne!(before, after);
    scene.close().await;
}

async fn who_may_not_upload_leaves_nothing(db: Db) {
    let scene = Scene::set(db).await;
    let house = &scene.house;
    let stranger = house.human(&scene.founder, "Stranger").await;
    let reader = house
        .member(&scene.founder, &scene.engagement, "Reader", &["reader"])
        .await;
    let put = |token: &str| {
        let request = house.request(Method::PUT, &scene.path()).body("mine");
        if token.is_empty() {
            request
        } else {
            request.bearer_auth(token)
        }
    };
    problem(put(""), StatusCode::UNAUTHORIZED, "unauthenticated").await;
    problem(put(&stranger.token), StatusCode::NOT_FOUND, "not_found").await;
    let denied = put(&reader.token);
    problem(denied, StatusCode::FORBIDDEN, "capability_denied").await;
    // A page of another site that a signed-in browser visits.
    let foreign = house
        .request(Method::PUT, &scene.path())
        .header("cookie", house.cookie(scene.founder.id).await)
        .header("sec-fetch-site", "cross-site")
        .body("mine");
    problem(foreign, StatusCode::FORBIDDEN, "cross_site").await;
    assert!(house.content.files().is_empty());
    assert_eq!(scene.rows().await, 0);
    scene.close().await;
}

async fn what_is_not_as_announced_is_refused(db: Db) {
    let scene = Scene::set(db).await;
    let refused: Value = problem(
        scene
            .put("abc")
            .header("content-digest", content_digest(b"abd")),
        StatusCode::UNPROCESSABLE_ENTITY,
        "digest_mismatch",
    )
    .await;
    assert_eq!(refused["field"], "Content-Digest");
    assert_eq!(refused["digest"], format!("sha-256:{}", hex(b"abc")));
    let malformed = scene.put("abc").header("content-digest", "sha-256=abc");
    let refused = problem(malformed, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "Content-Digest");
    scene.emptied().await;
    scene.close().await;
}

async fn too_much_is_refused_before_and_in_the_middle(db: Db) {
    let scene = Scene::set(db).await;
    // One byte more than 1 GiB is announced: the answer comes before any of it is sent.
    let length = "content-length: 1073741825\r\nexpect: 100-continue";
    let mut stream = scene.begin(length, b"").await;
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(20), read).await;
    assert!(read.is_ok(), "the server answers and closes: {answer}");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(
        answer.contains("\"code\":\"content_too_large\""),
        "{answer}"
    );
    scene.emptied().await;
    scene.close().await;
}

async fn an_upload_that_is_cut_off_leaves_nothing(db: Db) {
    let scene = Scene::set(db).await;
    let half = vec![7; 1_000_000];
    for length in ["content-length: 2000000", "transfer-encoding: chunked"] {
        let first = if length.starts_with("transfer") {
            [b"f4240\r\n".as_slice(), &half, b"\r\n"].concat()
        } else {
            half.clone()
        };
        let stream = scene.begin(length, &first).await;
        // It goes on: its file is there, though not under a name that can be read.
        let wait = async {
            while scene.house.content.files().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let begun = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(begun.is_ok(), "the upload begins");
        assert!(scene.house.content.files()[0].starts_with(".uploading/"));
        drop(stream);
        scene.emptied().await;
    }
    scene.close().await;
}

async fn a_disk_that_cannot_take_it_is_told_of(db: Db) {
    let scene = Scene::set(db).await;
    // What is a file where the engagement's folder should be stands in the way of every name below it.
    let place = scene.house.content.0.join(&scene.engagement);
    std::fs::write(&place, "").unwrap();
    let refused = scene.put("abc");
    problem(
        refused,
        StatusCode::SERVICE_UNAVAILABLE,
        "content_unavailable",
    )
    .await;
    std::fs::remove_file(&place).unwrap();
    scene.emptied().await;
    body(scene.put("abc"), StatusCode::CREATED).await;
    scene.close().await;
}
