//! A reporter in Rust, with nothing but the standard library; docs/truth.md shows this file.

use std::env::var;
use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Posts JSON to the hub; gives back its answer, or what it refused.
fn post(path: &str, body: &str) -> Result<String, Box<dyn Error>> {
    let (url, token) = (var("BELLBOARD_URL")?, var("BELLBOARD_TOKEN")?);
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut hub = TcpStream::connect(host)?;
    write!(
        hub,
        "POST /api{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    hub.read_to_string(&mut answer)?;
    let good = answer.starts_with("HTTP/1.1 20");
    if good { Ok(answer) } else { Err(answer.into()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let start = r#"{"type": "docs.rust", "identity_mode": "nonce", "status": "running", "heartbeat_seconds": 30}"#;
    let answer = post(&format!("/engagements/{}/runs", var("ENGAGEMENT")?), start)?;
    let (_, run) = answer
        .split_once(r#""run":{"id":""#)
        .ok_or("no run in the answer")?;
    let run = &run[..36];
    for done in [100, 200] {
        let report = format!(r#"{{"processed": {done}, "total": 200, "unit": "files"}}"#);
        post(&format!("/runs/{run}/report"), &report)?;
    }
    post(
        &format!("/runs/{run}/finish"),
        r#"{"outcome": "succeeded", "grade": "observed"}"#,
    )?;
    Ok(())
}
