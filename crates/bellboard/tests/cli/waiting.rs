//! Waiting for a hub, or for another run, holds nothing else up and asks at a bearable pace.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bellboard_core::time::Timestamp;
use serde_json::{Value, json};

use crate::place::{Hub, Place, until};

#[test]
fn a_start_that_came_late_is_followed_by_a_sign_of_life() {
    let place = Place::new();
    let port = Hub::start(&place).stop();
    let mut wrapped = place
        .bellboard(["run", "--heartbeat-seconds", "3600", "--", "sleep", "600"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = until("its start waits", || place.spooled().pop());
    // Begun later, but before the hub is back.
    place.run(["run", "--quiet", "--label", "Later", "--", "true"]);
    let _hub = Hub::start_again(&place, &port);
    // Nothing may deliver it but the wrapper itself.
    until("its start is told", || (!start.exists()).then_some(()));
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    until("a sign of life since the hub is back", || {
        let runs = place.runs();
        let (later, waited): (Vec<_>, Vec<_>) =
            runs.iter().partition(|run| run["label"] == "Later");
        let (seen, later) = (&waited[0]["last_seen_at"], &later.first()?["started_at"]);
        (time(seen) > time(later)).then_some(())
    });
    crate::place::signal(wrapped.id(), rustix::process::Signal::TERM);
    wrapped.wait().unwrap();
}

#[test]
fn reports_that_cannot_be_read_hold_up_no_others() {
    let place = Place::new();
    let port = Hub::start(&place).stop();
    place.run(["run", "--quiet", "--label", "Behind", "--", "true"]);
    let spool = place.spooled().remove(0);
    // Before all others, and a folder where a file should be.
    std::fs::create_dir(spool.with_file_name("0.ndjson")).unwrap();
    let _hub = Hub::start_again(&place, &port);
    let said = place.run(["runs", "list"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("Behind"), "{}", said.out);
    assert!(
        said.err.contains("The reports of a run wait in ") && said.err.contains("0.ndjson"),
        "{}",
        said.err
    );
    assert!(!spool.exists());
    let said = place.run(["spool", "flush"]);
    assert_ne!(said.code, 0, "something still waits: {}", said.err);
    assert!(!said.err.contains("No reports wait"), "{}", said.err);
}

/// A hub in which another run holds every key, and nobody may look at that run. It counts the looks.
fn secretive_hub(looks: Arc<AtomicUsize>) -> String {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            answer(stream.unwrap(), &looks);
        }
    });
    url
}

fn answer(mut stream: TcpStream, looks: &AtomicUsize) {
    let asked = whole_request(&mut stream);
    let (status, body) = if asked.starts_with("GET /api/runs/") {
        looks.fetch_add(1, Ordering::Relaxed);
        (
            "403 Forbidden",
            json!({"code": "forbidden", "detail": "Not for you."}),
        )
    } else if asked.starts_with("POST ") {
        let run = json!({
            "id": "019aa3f2-7b1c-7000-8000-000000000000", "engagement_name": "E", "type": "command",
            "label": "Other", "status": "running", "created_at": "2026-11-20T17:40:00.000000Z", "progress": {},
        });
        ("200 OK", json!({"created": false, "run": run}))
    } else {
        let one = json!({"engagement_id": "019aa3f2-7b1c-7000-8000-000000000001", "engagement_name": "E"});
        (
            "200 OK",
            json!({"items": [one], "total_count": 1, "next_cursor": null}),
        )
    };
    let body = body.to_string();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    drop(stream.write_all((head + &body).as_bytes()));
}

/// Head and body; an answer before the body is read would reset the connection.
fn whole_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    loop {
        let count = stream.read(&mut bytes).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        let length = text.to_lowercase().lines().find_map(|line| {
            let length = line.strip_prefix("content-length:")?;
            length.trim().parse::<usize>().ok()
        });
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if count == 0 || body.is_some_and(|body| body >= length.unwrap_or(0)) {
            return text;
        }
    }
}

#[test]
fn a_run_that_nobody_may_look_at_is_not_asked_for_without_a_pause() {
    let place = Place::new();
    let looks = Arc::new(AtomicUsize::new(0));
    let url = secretive_hub(looks.clone());
    let mut waiting = place
        .bellboard(["run", "--key", "k", "--if-running", "wait", "--", "true"])
        .env("BELLBOARD_URL", &url)
        .env("BELLBOARD_TOKEN", "bbp_x")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("it looks", || {
        (looks.load(Ordering::Relaxed) > 0).then_some(())
    });
    std::thread::park_timeout(Duration::from_millis(1_500));
    let looked = looks.load(Ordering::Relaxed);
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    assert!(looked <= 2, "{looked} looks in a second and a half");
}
