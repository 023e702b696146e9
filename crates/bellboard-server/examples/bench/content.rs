//! Content: what a file that goes up, and comes down as it is and in a ZIP, costs the server in memory. Each size has a
//! server of its own, so that its peak is its own.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::Settings;
use crate::client::Client;
use crate::figure::{Report, float, now, time};
use crate::fill::{engagement, fill};
use crate::folder::Folder;
use crate::server::Server;

const MEBIBYTE: u64 = 1024 * 1024;
/// What is sent at once; its bytes differ from block to block.
const BLOCK: usize = 256 * 1024;
/// Between the smallest and the largest file the peak may grow by this much.
const GROWTH_MEBIBYTES: f64 = 8.0;

/// How long each way took, and the peak after all of them.
struct Measured {
    up: Duration,
    down: Duration,
    bundle: Duration,
    peak: u64,
}

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let sizes = if settings.is_quick() {
        [1, 16, 64]
    } else {
        [16, 256, 1024]
    };
    let mut line = report.line("content up, down and as a ZIP");
    let mut peaks = Vec::new();
    for size in sizes {
        let name = format!("content{size}");
        let measured = one_size(&folder.sqlite(&name), size * MEBIBYTE).await?;
        let peak = float(measured.peak) / float(MEBIBYTE);
        line.tell(format_args!(
            "{size} MiB: {} up, {} down, {} as ZIP, peak {peak:.1} MiB resident",
            time(measured.up),
            time(measured.down),
            time(measured.bundle)
        ));
        peaks.push(peak);
        folder.forget_sqlite(&name);
        let _perhaps_not_there = std::fs::remove_dir_all(folder.path(&format!("{name}.content")));
    }
    let growth = peaks.last().unwrap_or(&0.0) - peaks.first().unwrap_or(&0.0);
    line.at_most("growth of the peak", growth, GROWTH_MEBIBYTES, " MiB");
    line.end();
    Ok(())
}

async fn one_size(url: &str, size: u64) -> Result<Measured> {
    let token = fill(url, 10).await?.of_all.token;
    let server = Server::start(url).await?;
    let begun = now();
    let digest = upload(server.port, &token, size).await?;
    let up = begun.elapsed();

    let mut client = Client::connect(server.port, &token).await?;
    let path = format!("/engagements/{}/artifacts", engagement(0));
    let files = json!([{ "name": "large.bin", "digest": digest }]);
    let mut made = Vec::new();
    for kind in ["binary_blob", "multi_file"] {
        let wish = json!({
            "kind": "render", "label": "Large", "content_kind": kind, "content": { "files": files },
        });
        let artifact = client.post(&path, &wish).await?.json()?;
        let id = artifact["id"].as_str().context("no id")?;
        made.push(format!("/artifacts/{id}/download"));
    }
    let begun = now();
    let came = download(server.port, &token, &made[0]).await?;
    let down = begun.elapsed();
    ensure!(came == size, "{came} of {size} bytes came down");
    let begun = now();
    let came = download(server.port, &token, &made[1]).await?;
    let bundle = begun.elapsed();
    ensure!(came > size, "a ZIP of {came} bytes holds {size}");
    let peak = server.usage()?.peak_bytes;
    server.stop().await?;
    Ok(Measured {
        up,
        down,
        bundle,
        peak,
    })
}

async fn begin(port: u16, token: &str, what: &str) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!(
        "{what}\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    Ok(BufReader::new(stream))
}

async fn upload(port: u16, token: &str, size: u64) -> Result<String> {
    let path = format!("/engagements/{}/content", engagement(0));
    let what = format!("PUT {path} HTTP/1.1\r\ncontent-length: {size}");
    let mut stream = begin(port, token, &what).await?;
    let mut block = vec![0; BLOCK];
    for number in 0..size / BLOCK as u64 {
        block[..8].copy_from_slice(&number.to_le_bytes());
        stream.get_mut().write_all(&block).await?;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let digest = answer.split("\"digest\":\"").nth(1);
    let digest = digest.and_then(|rest| rest.split('"').next());
    Ok(digest.context("no digest")?.to_owned())
}

/// Reads to the end and drops it; how many bytes the body had, with the sizes of its chunks where it came in chunks.
async fn download(port: u16, token: &str, path: &str) -> Result<u64> {
    let mut stream = begin(port, token, &format!("GET {path} HTTP/1.1")).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    ensure!(line.starts_with("HTTP/1.1 200"), "{line}");
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await?;
    }
    let mut block = vec![0; BLOCK];
    let mut came = 0;
    loop {
        match stream.read(&mut block).await? {
            0 => return Ok(came),
            length => came += length as u64,
        }
    }
}
