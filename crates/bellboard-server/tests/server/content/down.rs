//! Downloads: the headers that make them harmless, ranges, what a client has already, several files as one ZIP.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellboard_hub::db::{Db, DbFault};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Scene;
use crate::house::{body, problem};

on_each_engine!(
    a_file_comes_down_as_it_went_up_and_runs_nothing,
    a_part_is_sent_when_it_is_asked_for,
    who_has_it_is_told_so,
    several_files_come_as_one_zip,
    a_version_and_a_file_are_chosen_by_name,
    strangers_learn_nothing,
    lost_bytes_are_a_fault_and_no_file,
);

/// What an attacker would upload.
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

impl Scene {
    /// An artifact of these files; its id.
    async fn artifact(&self, kind: &str, files: &[(&str, &str, &[u8])]) -> String {
        let id = self.house.hub.world().new_id();
        self.version(id, 1, kind, files).await;
        id.to_string()
    }

    async fn version(&self, id: Uuid, version: i64, kind: &str, files: &[(&str, &str, &[u8])]) {
        let engagement: Uuid = self.engagement.parse().unwrap();
        let kind = kind.to_owned();
        let mut rows = Vec::new();
        for (name, media_type, bytes) in files {
            let path = format!("/engagements/{}/content", self.engagement);
            let put = self.house.request(Method::PUT, &path);
            let put = put.bearer_auth(&self.founder.token).body(bytes.to_vec());
            body(put, StatusCode::CREATED).await;
            rows.push((
                (*name).to_owned(),
                (*media_type).to_owned(),
                Sha256::digest(bytes).to_vec(),
                i64::try_from(bytes.len()).unwrap(),
            ));
        }
        let written = self.house.hub.db().write::<_, DbFault, _>(move |sql| {
            Box::pin(async move {
                sql.execute(
                    "insert into artifacts (engagement_id, id, kind, state, version, number, label, detail, content_kind, made_by,
                                            made_by_name, created_at, made_at)
                     values ($1, $2, 'render', 'produced', $3, (select count(*) + 7 from artifacts), 'Plan', '', $4, $2, 'M', 1, 1)
                     on conflict (engagement_id, id) do update set version = excluded.version",
                    &[engagement.into(), id.into(), version.into(), (&kind).into()],
                )
                .await?;
                sql.execute(
                    "insert into artifact_versions (engagement_id, artifact_id, version, content_kind, note, made_by, made_by_name, made_at)
                     values ($1, $2, $3, $4, '', $2, 'M', 1)",
                    &[engagement.into(), id.into(), version.into(), (&kind).into()],
                )
                .await?;
                for (position, (name, media_type, digest, size)) in (0_i64..).zip(rows) {
                    sql.execute(
                        "insert into artifact_files (engagement_id, artifact_id, version, position, name, media_type, digest, size)
                         values ($1, $2, $3, $4, $5, $6, $7, $8)",
                        &[
                            engagement.into(),
                            id.into(),
                            version.into(),
                            position.into(),
                            name.into(),
                            media_type.into(),
                            digest.into(),
                            size.into(),
                        ],
                    )
                    .await?;
                }
                Ok(())
            })
        });
        written.await.unwrap();
    }

    /// Downloads with these headers: the status, the headers and the bytes.
    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = self.house.get(&self.founder, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap().to_vec())
    }
}

fn path(artifact: &str, query: &str) -> String {
    format!("/artifacts/{artifact}/download{query}")
}

async fn a_file_comes_down_as_it_went_up_and_runs_nothing(db: Db) {
    let scene = Scene::set(db).await;
    let large: Vec<u8> = (0..700_001_u32).map(|at| (at % 253) as u8).collect();
    for (name, media_type, bytes) in [
        ("plan.svg", "image/svg+xml", SVG.as_bytes()),
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("no type at all", "no\ntype", b"x"),
        ("empty", "text/plain", b""),
        ("large.bin", "application/octet-stream", &large),
    ] {
        let artifact = scene
            .artifact("binary_blob", &[(name, media_type, bytes)])
            .await;
        let (status, headers, came) = scene.get(&path(&artifact, ""), &[]).await;
        assert_eq!(status, StatusCode::OK, "{name}");
        assert!(came == bytes, "{name}");
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert!(
            header("content-disposition").starts_with(&format!("attachment; filename=\"{name}\""))
        );
        assert_eq!(
            header("content-security-policy"),
            "sandbox; default-src 'none'"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-length"), bytes.len().to_string());
        assert_eq!(header("accept-ranges"), "bytes");
        assert!(!headers.contains_key("content-encoding"), "{name}");
        let digest = STANDARD.encode(Sha256::digest(bytes));
        assert_eq!(header("repr-digest"), format!("sha-256=:{digest}:"));
        let expected = if media_type.contains('\n') {
            "application/octet-stream"
        } else {
            media_type
        };
        assert_eq!(header("content-type"), expected);
        let head = scene.house.request(Method::HEAD, &path(&artifact, ""));
        let head = head.bearer_auth(&scene.founder.token).send().await.unwrap();
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(head.headers()["content-length"], headers["content-length"]);
    }
    scene.house.close().await;
}

async fn a_part_is_sent_when_it_is_asked_for(db: Db) {
    let scene = Scene::set(db).await;
    let bytes: Vec<u8> = (0..600_000_u32).map(|at| (at % 253) as u8).collect();
    let artifact = scene
        .artifact(
            "binary_blob",
            &[("a.bin", "application/octet-stream", &bytes)],
        )
        .await;
    let path = path(&artifact, "");
    for (asked, range) in [
        ("bytes=0-0", 0..1),
        ("bytes=262143-262144", 262_143..262_145),
        ("bytes=599990-", 599_990..600_000),
        ("bytes=-5", 599_995..600_000),
    ] {
        let (status, headers, came) = scene.get(&path, &[("range", asked)]).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{asked}");
        assert!(came == bytes[range.clone()], "{asked}");
        let told = format!("bytes {}-{}/600000", range.start, range.end - 1);
        assert_eq!(headers["content-range"], told);
        assert_eq!(headers["content-length"], range.len().to_string());
        assert_eq!(
            headers["content-security-policy"],
            "sandbox; default-src 'none'"
        );
    }
    let beyond = scene
        .house
        .get(&scene.founder, &path)
        .header("range", "bytes=600000-");
    problem(
        beyond,
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range_not_satisfiable",
    )
    .await;
    let (_, headers, _) = scene.get(&path, &[("range", "bytes=600000-")]).await;
    assert_eq!(headers["content-range"], "bytes */600000");
    // A download that was broken off goes on only with the same content.
    let etag = scene.get(&path, &[]).await.1["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    let ask = |tag: &'static str| [("range", "bytes=9-"), ("if-range", tag)];
    let other = scene.get(&path, &ask("\"other\"")).await;
    assert_eq!((other.0, other.2.len()), (StatusCode::OK, 600_000));
    let same = scene
        .get(&path, &[("range", "bytes=9-"), ("if-range", &etag)])
        .await;
    assert_eq!(
        (same.0, same.2.len()),
        (StatusCode::PARTIAL_CONTENT, 599_991)
    );
    scene.house.close().await;
}

async fn who_has_it_is_told_so(db: Db) {
    let scene = Scene::set(db).await;
    let one = scene
        .artifact("binary_blob", &[("a", "text/plain", b"abc")])
        .await;
    let two = scene
        .artifact(
            "multi_file",
            &[("a", "text/plain", b"abc"), ("b", "text/plain", b"b")],
        )
        .await;
    for artifact in [one, two] {
        let path = path(&artifact, "");
        let (_, headers, _) = scene.get(&path, &[]).await;
        let etag = headers["etag"].to_str().unwrap();
        let (status, headers, came) = scene.get(&path, &[("if-none-match", etag)]).await;
        assert_eq!((status, came.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(headers["etag"], etag);
        let (status, ..) = scene.get(&path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }
    scene.house.close().await;
}

async fn several_files_come_as_one_zip(db: Db) {
    let scene = Scene::set(db).await;
    let large: Vec<u8> = (0..700_001_u32).map(|at| (at % 253) as u8).collect();
    let files: [(&str, &str, &[u8]); 3] = [
        ("plan.svg", "image/svg+xml", SVG.as_bytes()),
        ("Größe.txt", "text/plain", b""),
        ("large.bin", "application/octet-stream", &large),
    ];
    let artifact = scene.artifact("multi_file", &files).await;
    let (status, headers, zip) = scene.get(&path(&artifact, ""), &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "application/zip");
    let name = headers["content-disposition"].to_str().unwrap();
    assert!(
        name.starts_with("attachment; filename=\"render-7-v1.zip\""),
        "{name}"
    );
    assert_eq!(
        headers["content-security-policy"],
        "sandbox; default-src 'none'"
    );
    assert_eq!(headers["accept-ranges"], "none");
    // Read by somebody else's reader, with its checksums.
    let file = scene.house.content.0.join("test.zip");
    std::fs::write(&file, zip).unwrap();
    let read = "import sys, zipfile, hashlib, json\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        assert z.testzip() is None\n\
        print(json.dumps([[i.filename, hashlib.sha256(z.read(i)).hexdigest(), i.file_size, i.compress_type] for i in z.infolist()]))";
    let read = Command::new("python3")
        .args(["-c", read])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let read: Vec<(String, String, usize, u32)> = serde_json::from_slice(&read.stdout).unwrap();
    let hex = |bytes: &[u8]| {
        bellboard_core::content::ContentDigest::from_bytes(Sha256::digest(bytes).into()).hex()
    };
    let expected: Vec<_> = files
        .iter()
        .map(|(name, _, bytes)| ((*name).to_owned(), hex(bytes), bytes.len(), 0))
        .collect();
    assert_eq!(read, expected);
    scene.house.close().await;
}

async fn a_version_and_a_file_are_chosen_by_name(db: Db) {
    let scene = Scene::set(db).await;
    let id = scene.house.hub.world().new_id();
    let old: [(&str, &str, &[u8]); 2] = [
        ("a b.txt", "text/plain", b"old"),
        ("b.txt", "text/plain", b"b"),
    ];
    scene.version(id, 1, "multi_file", &old).await;
    scene
        .version(id, 2, "multi_file", &[("a b.txt", "text/plain", b"new")])
        .await;
    let artifact = id.to_string();
    for (query, expected) in [
        ("?file=a%20b.txt", "new"),
        ("?version=1&file=a%20b.txt", "old"),
        ("?version=1&file=b.txt", "b"),
    ] {
        let (status, _, came) = scene.get(&path(&artifact, query), &[]).await;
        assert_eq!(status, StatusCode::OK, "{query}");
        assert_eq!(came, expected.as_bytes(), "{query}");
    }
    // What was made as several files is a bundle even when it has one only.
    let (_, headers, _) = scene.get(&path(&artifact, ""), &[]).await;
    assert_eq!(headers["content-type"], "application/zip");
    for query in [
        "?version=3",
        "?file=b.txt",
        "?file=",
        "?version=1&file=../b.txt",
    ] {
        let asked = scene.house.get(&scene.founder, &path(&artifact, query));
        problem(asked, StatusCode::NOT_FOUND, "not_found").await;
    }
    for query in ["?version=two", "?versio=1"] {
        let asked = scene.house.get(&scene.founder, &path(&artifact, query));
        problem(asked, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    }
    scene.house.close().await;
}

async fn strangers_learn_nothing(db: Db) {
    let scene = Scene::set(db).await;
    let artifact = scene
        .artifact("binary_blob", &[("a", "text/plain", b"abc")])
        .await;
    let stranger = scene.house.human(&scene.founder, "Stranger").await;
    let never = scene.house.hub.world().new_id().to_string();
    let mut told: Vec<Value> = Vec::new();
    for artifact in [&artifact, &never] {
        let nobody = scene.house.request(Method::GET, &path(artifact, ""));
        problem(nobody, StatusCode::UNAUTHORIZED, "unauthenticated").await;
        let asked = scene.house.get(&stranger, &path(artifact, ""));
        let mut refused = problem(asked, StatusCode::NOT_FOUND, "not_found").await;
        refused["request_id"] = Value::Null;
        told.push(refused);
    }
    assert_eq!(told[0], told[1]);
    let asked = scene.house.get(&scene.founder, &path("not-an-id", ""));
    problem(asked, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    scene.house.close().await;
}

async fn lost_bytes_are_a_fault_and_no_file(db: Db) {
    let scene = Scene::set(db).await;
    let artifact = scene
        .artifact("binary_blob", &[("a", "text/plain", b"abc")])
        .await;
    let file = scene.house.content.0.join(&scene.house.content.files()[0]);
    std::fs::write(&file, "ab").unwrap();
    let short = scene.house.get(&scene.founder, &path(&artifact, ""));
    problem(
        short,
        StatusCode::SERVICE_UNAVAILABLE,
        "content_unavailable",
    )
    .await;
    std::fs::remove_file(&file).unwrap();
    let gone = scene.house.get(&scene.founder, &path(&artifact, ""));
    problem(gone, StatusCode::INTERNAL_SERVER_ERROR, "internal").await;
    scene.house.close().await;
}
