//! What we sign, the public libraries of other languages verify: those of Standard Webhooks for Python and JavaScript.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bellboard_core::delivery::{WebhookSecret, sign};
use bellboard_core::time::Timestamp;
use bellboard_hub::world::{RealWorld, World as _};
use serde_json::{Value, json};

/// Deliveries that each library is shown.
const DELIVERIES: u64 = 1_000;

/// Reads one delivery per line and says of each whether it is taken.
const PYTHON: &str = "
import json, sys
from standardwebhooks.webhooks import Webhook
for line in sys.stdin:
    one = json.loads(line)
    try:
        Webhook(one['secret']).verify(one['body'], one['headers'])
        print('taken')
    except Exception as error:
        print('refused')
";

const JAVASCRIPT: &str = "
const { Webhook } = require('standardwebhooks');
for (const line of require('fs').readFileSync(0, 'utf8').split('\\n').filter(Boolean)) {
  const one = JSON.parse(line);
  try {
    new Webhook(one.secret).verify(one.body, one.headers);
    console.log('taken');
  } catch (error) {
    console.log('refused');
  }
}
";

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn secret(&mut self) -> WebhookSecret {
        let length = 24 + usize::try_from(self.next() % 41).unwrap();
        let bytes: Vec<u8> = (0..length).map(|_| self.next().to_le_bytes()[0]).collect();
        WebhookSecret::from_bytes(&bytes).unwrap()
    }

    fn body(&mut self) -> String {
        let words = [
            "Größe",
            "日本",
            "a\"b\\c",
            "\u{1f514}",
            "",
            "</script>",
            "line\nline",
        ];
        let rows: Vec<Value> = (0..self.next() % 20)
            .map(|row| {
                let word = words[usize::try_from(self.next()).unwrap() % words.len()];
                json!({ "id": row, "name": word, "score": self.next() })
            })
            .collect();
        json!({ "type": "dashboard.diverged", "diff": rows }).to_string()
    }
}

/// A delivery as a receiver sees it, and whether it must be taken.
fn delivery(dice: &mut Dice, number: u64, now: Timestamp) -> (Value, bool) {
    let (secret, former, other) = (dice.secret(), dice.secret(), dice.secret());
    let mut body = dice.body();
    let id = format!("01939f2e-6f3a-7c41-9b1d-{number:012x}");
    // Every third delivery is sent while a secret is rotated.
    let live = if number.is_multiple_of(3) {
        vec![secret.clone(), former.clone()]
    } else {
        vec![secret.clone()]
    };
    let mut signed = sign(&live, &id, now, body.as_bytes());
    // Whose secret the receiver has, and what happened on the way.
    let (known, is_taken) = match number % 10 {
        0..=5 => (secret, true),
        6 => (former, number.is_multiple_of(3)),
        7 => (other, false),
        8 => {
            body.push(' ');
            (secret, false)
        }
        _ => {
            signed.id.push('x');
            (secret, false)
        }
    };
    let headers = json!({
        "webhook-id": signed.id,
        "webhook-timestamp": signed.timestamp,
        "webhook-signature": signed.signature,
    });
    let shown = json!({ "secret": known.reveal(), "headers": headers, "body": body });
    (shown, is_taken)
}

fn is_verified_by(mut library: Command) {
    let now = RealWorld.now();
    let mut dice = Dice(1_795_196_400);
    let (mut lines, mut expected) = (String::new(), Vec::new());
    for number in 0..DELIVERIES {
        let (shown, is_taken) = delivery(&mut dice, number, now);
        lines.push_str(&shown.to_string());
        lines.push('\n');
        expected.push(if is_taken { "taken" } else { "refused" });
    }
    let mut child = library
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> = said.lines().collect();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(said, expected);
    assert!(expected.contains(&"taken") && expected.contains(&"refused"));
}

fn tools() -> PathBuf {
    let tools = std::env::var_os("BELLBOARD_TOOLS").expect(
        "BELLBOARD_TOOLS names no folder: run `cargo xtask test`, which installs the libraries",
    );
    PathBuf::from(tools)
}

#[test]
fn the_library_for_python_verifies_what_we_sign() {
    let mut python = Command::new(tools().join("python/bin/python"));
    python.args(["-c", PYTHON]);
    is_verified_by(python);
}

#[test]
fn the_library_for_javascript_verifies_what_we_sign() {
    let mut node = Command::new("node");
    node.args(["-e", JAVASCRIPT])
        .env("NODE_PATH", tools().join("npm/node_modules"));
    is_verified_by(node);
}
