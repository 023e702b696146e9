//! Mail to a real server of another language: aiosmtpd, which puts every new mail off once, as grey-listing does.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bellboard_core::delivery::{AllowList, Answer};
use bellboard_hub::outgoing::{Letter, Mailed, Outgoing};
use bellboard_server::outgoing::{open, with_mail};
use serde_json::Value;

/// Says its port, and then every mail that it has taken, a line of JSON each.
const SINK: &str = "
import asyncio, json, sys
from aiosmtpd.smtp import SMTP
class Sink:
    seen = set()
    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode('utf-8', 'replace')
        key = [line for line in text.splitlines() if line.lower().startswith('message-id')][0]
        if key not in self.seen:
            self.seen.add(key)
            return '451 4.7.1 Greylisted, try again'
        mail = {'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'text': text}
        print(json.dumps(mail), flush=True)
        return '250 Taken'
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('nobody@'):
            return '550 5.1.1 No such person'
        envelope.rcpt_tos.append(address)
        return '250 OK'
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), hostname='localhost'), '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
asyncio.run(main())
";

struct Sink {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    way: Outgoing,
}

impl Sink {
    fn start() -> Self {
        let tools = std::env::var_os("BELLBOARD_TOOLS").expect(
            "BELLBOARD_TOOLS names no folder: run `cargo xtask test`, which installs the server",
        );
        let mut child = Command::new(PathBuf::from(tools).join("python/bin/python"))
            .args(["-c", SINK])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        let server = format!("smtp://127.0.0.1:{}", port.trim());
        let way = open(AllowList::default()).unwrap();
        let way = with_mail(way, &server, "Bellboard <bells@example.com>").unwrap();
        Self { child, lines, way }
    }

    fn taken(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn mailed(&self, letter: &Letter) -> Mailed {
        self.way.mail(letter.clone()).await.unwrap()
    }

    async fn send(&self, letter: &Letter) -> Answer {
        self.mailed(letter).await.sent.answer
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn letter() -> Letter {
    Letter {
        id: "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7".to_owned(),
        to: "ada@example.org".to_owned(),
        subject: "Größe der Ziele changed".to_owned(),
        text: "TREM2 took the lead.\n\nhttps://board.example/ui/dashboards/1\n".to_owned(),
        html: "<p>TREM2 took the lead.</p>\n".to_owned(),
        unsubscribe_url: Some("https://board.example/bells/end/abc".to_owned()),
    }
}

#[tokio::test]
async fn a_mail_that_is_put_off_arrives_under_the_same_id() {
    let mut sink = Sink::start();
    assert_eq!(sink.send(&letter()).await, Answer::Status(451, None));
    let mailed = sink.mailed(&letter()).await;
    assert_eq!(mailed.sent.answer, Answer::Status(250, None));
    let mail = sink.taken();
    assert_eq!(mail["from"], "bells@example.com");
    assert_eq!(mail["to"], serde_json::json!(["ada@example.org"]));
    let text = mail["text"].as_str().unwrap();
    // The line break before the dot that ends a mail belongs to the exchange.
    let shown = mailed.message.trim_end();
    assert_eq!(text.trim_end(), shown, "what went is what is shown of it");
    let text = text.replace("\r\n", "\n");
    for line in [
        "Message-ID: <01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7@example.com>\n",
        "List-Unsubscribe: <https://board.example/bells/end/abc>\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
        "Auto-Submitted: auto-generated\n",
        "Content-Type: text/plain; charset=utf-8\n",
        "Content-Type: text/html; charset=utf-8\n",
        "TREM2 took the lead.\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let nobody = Letter {
        to: "nobody@example.org".to_owned(),
        ..letter()
    };
    assert_eq!(sink.send(&nobody).await, Answer::Status(550, None));
}

#[tokio::test]
async fn no_field_of_a_mail_reaches_another_line_or_another_person() {
    let mut sink = Sink::start();
    let evil = "x\r\nBcc: all@example.org\r\nX-Evil: yes";
    let subject = Letter {
        subject: evil.to_owned(),
        ..letter()
    };
    for _ in 0..2 {
        sink.send(&subject).await;
    }
    let mail = sink.taken();
    assert_eq!(mail["to"], serde_json::json!(["ada@example.org"]));
    let text = mail["text"].as_str().unwrap();
    let begins = |name: &str| text.lines().any(|line| line.starts_with(name));
    assert!(!begins("Bcc:") && !begins("X-Evil:"), "{text}");
    let address = Letter {
        to: "ada@example.org\r\nRCPT TO:<all@example.org>".to_owned(),
        ..letter()
    };
    assert_eq!(sink.send(&address).await, Answer::Failed);
}
