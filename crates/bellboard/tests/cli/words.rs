//! Raw words of a worker on the command line: for whoever may report, and for nobody else.

use std::fs;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::Client;
use crate::database::Database;
use crate::place::{Hub, Place, Said};

/// What only whoever may report should read.
const RAW: [&str; 3] = ["/srv/in", "ValueError", "Traceback"];

#[test]
fn raw_words_are_not_for_readers_on_sqlite() {
    let place = Place::new();
    let hub = Hub::start(&place);
    raw_words_are_not_for_readers(&place, &hub);
}

#[test]
fn raw_words_are_not_for_readers_on_postgresql() {
    let Some(database) = Database::make() else {
        return;
    };
    let place = Place::new();
    let hub = Hub::start_with(&place, "0", &["--database", &database.url()]);
    raw_words_are_not_for_readers(&place, &hub);
}

fn raw_words_are_not_for_readers(place: &Place, hub: &Hub) {
    // In a file, because the command itself stands in the context, which every member reads.
    let script = "bellboard progress --message 'ValueError: row 7 of /srv/in/may.csv token=s3cr3t'
        echo 'Traceback in /srv/in token=s3cr3t'; exit 3";
    let file = place.folder.join("work.sh");
    fs::write(&file, script).unwrap();
    let file = file.to_str().unwrap();
    let wrapped = place.run(["run", "--quiet", "--label", "Import", "--", "sh", file]);
    assert_eq!(wrapped.code, 3, "{}", wrapped.err);
    let run = place.only_run()["id"].as_str().unwrap().to_owned();

    let mine = place.run(["runs", "show", &run]).out;
    for raw in RAW {
        assert!(mine.contains(raw), "{raw} is missing:\n{mine}");
    }
    assert!(
        mine.contains("row 7 of /srv/in/may.csv token=[hidden]"),
        "{mine}"
    );
    assert!(!mine.contains("s3cr3t"), "{mine}");

    let secret = reader(place, hub);
    for arguments in [
        &["runs", "show", &run][..],
        &["runs", "show", &run, "--json"],
        &["runs", "list"],
        &["runs", "list", "--json"],
        &["status"],
        &["status", "--json"],
    ] {
        let mut command = Place::new().bellboard(arguments);
        let command = command
            .env("BELLBOARD_URL", &hub.url)
            .env("BELLBOARD_TOKEN", &secret);
        let said = Said::of(command.output().unwrap());
        assert!(
            said.out.contains("Import"),
            "{arguments:?}: {}{}",
            said.out,
            said.err
        );
        for raw in RAW.into_iter().chain(["s3cr3t"]) {
            assert!(
                !said.out.contains(raw),
                "{arguments:?} shows {raw}:\n{}",
                said.out
            );
        }
    }
}

/// The token of somebody who may only look.
fn reader(place: &Place, hub: &Hub) -> String {
    let agent = place.json(&["agents", "create", "onlooker"]);
    let id = agent["id"].as_str().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = Client::of(place, hub).await;
        let path = format!("/api/engagements/{}/members/{id}", client.engagement);
        let request = client.request(Method::PUT, &path);
        let put = request
            .json(&json!({"designations": ["reader"]}))
            .send()
            .await;
        assert_eq!(put.unwrap().status(), StatusCode::OK);
    });
    let made = place.run(["token", "create", "To look", "--agent", "onlooker"]);
    made.out.trim().to_owned()
}
