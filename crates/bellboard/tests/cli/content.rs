//! Content in a real hub's process: what it costs in memory, and what is left when the process or the disk gives up.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::client::Client;
use crate::place::{Hub, Place, signal, until};

/// A file of so many bytes that no two parts of are alike.
fn file_of(place: &Place, name: &str, bytes: usize) -> PathBuf {
    let path = place.folder.join(name);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    let content: Vec<u8> = words.flatten().take(bytes).collect();
    fs::write(&path, content).unwrap();
    path
}

/// Every file that the hub holds of artifacts, finished or not.
fn kept(place: &Place) -> Vec<PathBuf> {
    let root = place.folder.join(".local/share/bellboard/content");
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Sends the file as a stream.
async fn upload(client: &Client, path: &PathBuf) -> (StatusCode, Value) {
    let path_there = format!("/api/engagements/{}/content", client.engagement);
    let file = tokio::fs::File::open(path).await.unwrap();
    let length = file.metadata().await.unwrap().len();
    let request = client
        .request(Method::PUT, &path_there)
        .header("content-length", length)
        .body(file);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[test]
fn a_hub_that_is_killed_in_the_middle_of_an_upload_begins_clean() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let client = runtime().block_on(Client::of(&place, &hub));
    let key = place.folder.join(".local/share/bellboard/owner.json");
    let key: Value = serde_json::from_str(&fs::read_to_string(key).unwrap()).unwrap();
    let address = hub.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "PUT /api/engagements/{}/content HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-length: 8000000\r\n\r\n",
        client.engagement,
        key["token"].as_str().unwrap(),
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![7; 4_000_000]).unwrap();
    let half = until("half of it is there", || {
        let file = kept(&place).pop()?;
        (fs::metadata(&file).ok()?.len() > 3_000_000).then_some(file)
    });
    assert!(half.parent().unwrap().ends_with(".uploading"));
    signal(hub.process_id(), rustix::process::Signal::KILL);
    // The connection ends with the process.
    drop(stream.read(&mut [0]));
    drop(hub);
    assert_eq!(kept(&place), [half], "a killed process removes nothing");

    let hub = Hub::start(&place);
    assert_eq!(kept(&place), Vec::<PathBuf>::new());
    let again = file_of(&place, "again", 100_000);
    let (status, view) = runtime().block_on(async {
        let client = Client::of(&place, &hub).await;
        upload(&client, &again).await
    });
    assert_eq!(
        (status, &view["size"]),
        (StatusCode::CREATED, &100_000.into())
    );
    assert_eq!(kept(&place).len(), 1);
}

#[test]
fn a_disk_that_is_full_answers_507_and_keeps_nothing_of_it() {
    let place = Place::new();
    // No file of this process gets longer than 16 or 32 MiB, depending on what the shell counts in.
    let hub = Hub::start_under(&place, "trap '' XFSZ; ulimit -f 32768");
    let large = file_of(&place, "large", 40 * 1024 * 1024);
    let small = file_of(&place, "small", 1024 * 1024);
    runtime().block_on(async {
        let client = Client::of(&place, &hub).await;
        let (status, problem) = upload(&client, &large).await;
        assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{problem}");
        assert_eq!(problem["code"], "storage_full");
        assert_eq!(kept(&place), Vec::<PathBuf>::new());
        let (status, problem) = upload(&client, &small).await;
        assert_eq!(status, StatusCode::CREATED, "{problem}");
    });
    assert_eq!(kept(&place).len(), 1);
}
