//! A headless Chromium, driven through chromedriver's own HTTP interface: enough of WebDriver to sign in, look at a page
//! in a given light and size, and take its picture.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::tools::{CHROMEDRIVER, CHROMIUM};

const ANSWER_SECONDS: u64 = 60;
/// Headless Chromium as root, that asks nobody on the network for anything but the page.
const SWITCHES: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
];

pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    pub fn start() -> Result<Self> {
        let mut driver = Command::new(CHROMEDRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver cannot be started")?;
        let said = driver.stdout.take().context("chromedriver has no stdout")?;
        let mut browser = Self {
            driver,
            port: port_said(said)?,
            session: String::new(),
        };
        let options = json!({"binary": CHROMIUM, "args": SWITCHES});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let session = browser.ask("POST", "/session", &wanted)?;
        session["sessionId"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut browser.session);
        ensure!(
            !browser.session.is_empty(),
            "chromedriver opened no session: {session}"
        );
        Ok(browser)
    }

    pub fn open(&self, url: &str) -> Result<()> {
        self.command("/url", &json!({"url": url})).map(drop)
    }

    /// Runs the body of an asynchronous function in the page and gives what it returns.
    pub fn run(&self, body: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {body} }})().then(done, e => done(String(e)));"
        );
        self.command("/execute/async", &json!({"script": script, "args": []}))
    }

    /// Light or dark, and the size of the window in CSS pixels.
    pub fn look(&self, scheme: &str, width: u32, height: u32) -> Result<()> {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [feature]}))?;
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .map(drop)
    }

    /// What the window shows, as PNG.
    pub fn picture(&self) -> Result<Vec<u8>> {
        let shot = self.devtools("Page.captureScreenshot", json!({"format": "png"}))?;
        let data = shot["data"].as_str().context("no picture came")?;
        STANDARD.decode(data).context("the picture is no base64")
    }

    fn devtools(&self, name: &str, parameters: Value) -> Result<Value> {
        self.command(
            "/goog/cdp/execute",
            &json!({"cmd": name, "params": parameters}),
        )
    }

    fn command(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask("POST", &format!("/session/{}{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut json: Value = serde_json::from_slice(&read_body(BufReader::new(stream))?)
            .context("chromedriver's answer is no JSON")?;
        if let Some(fault) = json["value"]["error"].as_str() {
            bail!("chromedriver: {fault}: {}", json["value"]["message"]);
        }
        Ok(json["value"].take())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ending the session ends Chromium; ending the driver alone would leave it.
        let _ended = self.ask("DELETE", &format!("/session/{}", self.session), &json!({}));
        let _killed = self.driver.kill();
        let _reaped = self.driver.wait();
    }
}

/// Reads an HTTP answer's body; the driver keeps the connection open, so its length tells where it ends.
fn read_body(mut answer: impl BufRead) -> Result<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        ensure!(
            answer.read_line(&mut line)? > 0,
            "chromedriver did not answer"
        );
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(said) = line.strip_prefix("content-length:") {
            length = Some(said.trim().parse()?);
        }
    }
    let mut body = vec![0; length.context("chromedriver's answer has no length")?];
    answer.read_exact(&mut body)?;
    Ok(body)
}

/// Reads `ChromeDriver was started successfully on port 40123.`
fn port_said(said: impl Read) -> Result<u16> {
    for line in BufReader::new(said).lines() {
        let line = line?;
        let port = line
            .split_once("successfully on port ")
            .map(|(_, port)| port.trim_end_matches('.').parse());
        if let Some(Ok(port)) = port {
            return Ok(port);
        }
    }
    bail!("chromedriver named no port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_what_the_driver_says() {
        let said = "Starting ChromeDriver 156.0 on port 0\nChromeDriver was started successfully on port 40123.\n";
        assert_eq!(port_said(said.as_bytes()).expect("it is said"), 40123);
        assert!(port_said("Starting".as_bytes()).is_err());
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: y\r\n\r\n{}HTTP/1.1";
        assert_eq!(
            read_body(answer.as_bytes()).expect("it has a length"),
            b"{}"
        );
        assert!(read_body("HTTP/1.1 200 OK\r\n\r\n{}".as_bytes()).is_err());
        assert!(read_body("".as_bytes()).is_err());
    }
}
