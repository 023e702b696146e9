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
    // No file of this process gets longer than 8 or 16 MiB, depending on what the shell counts in.
    let hub = Hub::start_under(&place, "trap '' XFSZ; ulimit -f 16384");
    let large = file_of(&place, "large", 32 * 1024 * 1024);
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

/// The most memory that the process ever held.
fn peak_bytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
    kibibytes.parse::<u64>().unwrap() * 1024
}

#[test]
fn the_memory_of_a_hub_does_not_grow_with_the_file() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let there_and_back = |name: &str, bytes: usize| {
        let path = file_of(&place, name, bytes);
        let id = uploaded(&place, &[path.to_str().unwrap()]);
        for (kind, file) in [("one", &id), ("zip", &bundled(&place, &path))] {
            let back = place.folder.join(format!("{name}.{kind}"));
            let said = place.run(["artifacts", "download", file, "-o", back.to_str().unwrap()]);
            assert_eq!(said.code, 0, "{}", said.err);
            assert!(fs::metadata(&back).unwrap().len() >= bytes as u64);
        }
        assert!(
            fs::read(place.folder.join(format!("{name}.one"))).unwrap() == fs::read(&path).unwrap()
        );
        peak_bytes(hub.process_id())
    };
    let small = there_and_back("small", 1024 * 1024);
    let large = there_and_back("large", 64 * 1024 * 1024);
    let growth = large.saturating_sub(small);
    assert!(
        growth < 16 * 1024 * 1024,
        "from {small} bytes for 1 MiB to {large} for 64 MiB"
    );
}

/// Uploads through the command line; the artifact's id.
fn uploaded(place: &Place, files: &[&str]) -> String {
    let words = ["artifacts", "upload", "--label", "Plan"];
    let made = place.json(&[&words, files].concat());
    made["id"].as_str().unwrap().to_owned()
}

/// The same file with a small one beside it, so that it comes as a ZIP.
fn bundled(place: &Place, path: &std::path::Path) -> String {
    let beside = file_of(place, "beside.txt", 10);
    uploaded(place, &[path.to_str().unwrap(), beside.to_str().unwrap()])
}

#[test]
fn files_go_up_and_come_down_through_the_command_line() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let plan = file_of(&place, "Größe 1.svg", 300_000);
    let id = uploaded(&place, &[plan.to_str().unwrap()]);
    let shown = place.json(&["artifacts", "show", &id]);
    assert_eq!(shown["label"], "Plan");
    assert_eq!(shown["files"][0]["name"], "Größe 1.svg");
    assert_eq!(shown["files"][0]["media_type"], "image/svg+xml");
    assert_eq!(shown["files"][0]["size"], 300_000);
    let listed = place.json(&["artifacts", "list", "--kind", "render"]);
    assert_eq!(listed["items"][0]["id"], id.as_str());

    // Into a folder, under its own name; by the end of its id; never over what is there.
    let folder = place.folder.join("down");
    fs::create_dir(&folder).unwrap();
    let end = &id[id.len() - 8..];
    let download = ["artifacts", "download", end, "-o", folder.to_str().unwrap()];
    assert_eq!(place.run(download).code, 0);
    let came = fs::read(folder.join("Größe 1.svg")).unwrap();
    assert!(came == fs::read(&plan).unwrap());
    let again = place.run(download);
    assert_eq!(again.code, 2, "{}", again.err);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let wrong = place.run(["artifacts", "download", &id, "--at-version", "9"]);
    assert_eq!(wrong.code, 1, "{}", wrong.err);

    // What is wrong is found before anything is sent.
    let missing = place.folder.join("missing");
    for (words, said) in [
        (vec!["upload", missing.to_str().unwrap()], "cannot be read"),
        (vec!["upload", folder.to_str().unwrap()], "is no file"),
        (vec!["show", "ffffffff"], "No artifact of yours"),
    ] {
        let refused = place.run([&["artifacts"], words.as_slice()].concat());
        assert_ne!(refused.code, 0);
        assert!(refused.err.contains(said), "{words:?}: {}", refused.err);
    }
    assert_eq!(kept(&place).len(), 1);
}
