//! The smallest HTTP client that keeps its connection: on two shared cores a comfortable one would be measured too.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Nothing that is measured may take longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// One connection to a server on loopback.
pub struct Client {
    stream: BufReader<TcpStream>,
    /// The headers of every request.
    head: String,
}

/// A status, the headers that matter, and the body as it came.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, of an answer that is no refusal.
    pub fn json(&self) -> Result<Value> {
        ensure!(
            (200..300).contains(&self.status),
            "the server answered {}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Client {
    /// Connects to a port of this machine, with a token for every request.
    pub async fn connect(port: u16, token: &str) -> Result<Self> {
        Self::with_headers(port, &format!("authorization: Bearer {token}\r\n")).await
    }

    /// The same with these header lines.
    pub async fn with_headers(port: u16, headers: &str) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            head: format!("host: 127.0.0.1:{port}\r\n{headers}"),
        })
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.head);
        self.exchange(request).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Answer> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.exchange(request).await
    }

    /// Asks for a stream and gives the connection once its headers have come; what follows is the stream.
    pub async fn stream(mut self, path: &str) -> Result<BufReader<TcpStream>> {
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.head);
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let (status, _) = tokio::time::timeout(PATIENCE, self.headers()).await??;
        ensure!(status == 200, "the stream was answered {status}");
        Ok(self.stream)
    }

    async fn exchange(&mut self, request: String) -> Result<Answer> {
        tokio::time::timeout(PATIENCE, async {
            self.stream.get_mut().write_all(request.as_bytes()).await?;
            let (status, length) = self.headers().await?;
            let body = match length {
                Length::Known(length) => {
                    let mut body = vec![0; length];
                    self.stream.read_exact(&mut body).await?;
                    body
                }
                Length::Chunked => self.chunks().await?,
            };
            Ok(Answer { status, body })
        })
        .await
        .context("the server took too long")?
    }

    async fn headers(&mut self) -> Result<(u16, Length)> {
        let mut line = self.line().await?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .with_context(|| format!("no status: {line:?}"))?;
        let mut length = Length::Known(0);
        loop {
            line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Length::Known(value.trim().parse()?),
                "transfer-encoding" => length = Length::Chunked,
                _ => {}
            }
        }
        Ok((status, length))
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line().await?, 16)?;
            let from = body.len();
            body.resize(from + length, 0);
            self.stream.read_exact(&mut body[from..]).await?;
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(line.trim_end().to_owned())
    }
}

enum Length {
    Known(usize),
    Chunked,
}
