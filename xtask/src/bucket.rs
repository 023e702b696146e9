//! An S3-compatible store for the tests of content in a bucket: moto's server on loopback, stopped when it is dropped. It
//! keeps everything in memory, and its keys open nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::tools;

/// The bucket that is there from the beginning.
const BUCKET: &str = "bellboard";
/// How often it is asked whether it is there, a tenth of a second apart.
const LOOKS: u32 = 300;

pub struct Store {
    server: Child,
    port: u16,
}

impl Store {
    pub fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let program = tools().join("python/bin/moto_server");
        let server = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut store = Self { server, port };
        store.make_bucket()?;
        Ok(store)
    }

    /// What the hub reads, and where the tests look for themselves.
    pub fn variables(&self) -> [(&'static str, String); 6] {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        [
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT", endpoint),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("BELLBOARD_TEST_BUCKET", BUCKET.to_owned()),
        ]
    }

    fn make_bucket(&mut self) -> Result<()> {
        for _ in 0..LOOKS {
            if let Some(status) = self.server.try_wait()? {
                bail!("the S3 store ended with {status}");
            }
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                return put_bucket(stream);
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        bail!("the S3 store does not listen")
    }
}

fn put_bucket(mut stream: TcpStream) -> Result<()> {
    let request = format!(
        "PUT /{BUCKET} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let made = answer
        .lines()
        .next()
        .is_some_and(|line| line.contains(" 200 "));
    ensure!(made, "the S3 store made no bucket: {answer}");
    Ok(())
}

impl Drop for Store {
    fn drop(&mut self) {
        let _killed = self.server.kill();
        let _ended = self.server.wait();
    }
}
