//! The last lines of what a command prints, kept while the bytes pass through unchanged.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anstream::adapter::strip_str;
use tokio::sync::watch;

use super::found::Seeker;

/// How many lines are kept.
const LINES: usize = 20;
/// A longer line keeps its beginning.
const LINE_BYTES: usize = 1_000;
/// After the command has ended, a program that it left behind may hold its output open. This long a silence is the end.
const SILENCE: Duration = Duration::from_millis(500);
/// A program left behind that goes on printing is waited for this long in all.
const AFTER_END: Duration = Duration::from_secs(5);

/// How long a full stream that does not block is left alone before the next try.
const FULL: Duration = Duration::from_millis(5);

/// The last lines, filled by the streams that pass through.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Debug, Default)]
struct Lines {
    whole: VecDeque<Vec<u8>>,
    open: Vec<u8>,
}

impl Tail {
    fn add(&self, bytes: &[u8]) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_BYTES.saturating_sub(lines.open.len());
            lines
                .open
                .extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let whole = std::mem::take(&mut lines.open);
                lines.whole.push_back(whole);
                if lines.whole.len() > LINES {
                    lines.whole.pop_front();
                }
            }
        }
    }

    /// The lines as text that can be shown anywhere: without their ends, without what a carriage return overwrote, and
    /// without what only a terminal understands.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let open = (!lines.open.is_empty()).then_some(&lines.open);
        let all: Vec<String> = lines
            .whole
            .iter()
            .chain(open)
            .map(|line| {
                let text = String::from_utf8_lossy(line);
                let text = text.trim_end_matches(['\n', '\r']);
                as_plain_text(text.rsplit('\r').next().unwrap_or(text))
            })
            .collect();
        all[all.len().saturating_sub(LINES)..].to_vec()
    }
}

/// Colours and other commands to a terminal go; what separates words stays a space. What is left is what the hub takes
/// as text of several lines.
fn as_plain_text(line: &str) -> String {
    strip_str(line)
        .to_string()
        .chars()
        .filter_map(|character| match character {
            '\t' => Some('\t'),
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            other => (!other.is_control()).then_some(other),
        })
        .collect()
}

/// How far a stream has come: bytes so far, or `None` at its end.
type Flow = watch::Receiver<Option<u64>>;

/// Passes a stream through on a thread of its own, so that nothing of ours can hold it up.
pub fn pass_through(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    tail: Tail,
    mut seeker: Option<Seeker>,
) -> Flow {
    let (flowed, flow) = watch::channel(Some(0));
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        let mut bytes: u64 = 0;
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    tail.add(&buffer[..count]);
                    if let Some(seeker) = &mut seeker {
                        seeker.add(&buffer[..count]);
                    }
                    // Nobody reads any more: closing our end tells the command, as it would have been told directly.
                    if write_patiently(&mut to, &buffer[..count]).is_err() {
                        break;
                    }
                    bytes += count as u64;
                    flowed.send_replace(Some(bytes));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        drop(from);
        drop(seeker);
        flowed.send_replace(None);
    });
    flow
}

/// Writes all of it. A stream that whoever shares it made non-blocking is full at times; that is a reason to wait.
fn write_patiently(to: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::park_timeout(FULL);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    to.flush()
}

/// Waits until the stream has ended, or has been silent for a moment after the command's end.
pub async fn drained(mut flow: Flow) {
    let ended = async {
        while flow.borrow_and_update().is_some() {
            if !matches!(
                tokio::time::timeout(SILENCE, flow.changed()).await,
                Ok(Ok(()))
            ) {
                break;
            }
        }
    };
    drop(tokio::time::timeout(AFTER_END, ended).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_twenty_lines_are_kept() {
        let tail = Tail::default();
        for at in 0..30 {
            tail.add(format!("line {at}\nhalf").as_bytes());
            tail.add(b" and half\r\n");
        }
        tail.add(b"10 %\r20 %\rthe end");
        let lines = tail.lines();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines[0], "half and half");
        assert_eq!(lines[LINES - 2], "half and half");
        assert_eq!(lines[LINES - 1], "the end");
    }

    #[test]
    fn a_line_without_end_stays_bounded() {
        let tail = Tail::default();
        for _ in 0..100 {
            tail.add(&[b'x'; 1_000]);
        }
        assert_eq!(tail.lines(), ["x".repeat(LINE_BYTES)]);
    }

    #[test]
    fn what_only_a_terminal_understands_is_left_out() {
        let tail = Tail::default();
        tail.add(
            "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}a\u{2028}b\u{c}c\td\u{8}\u{202e}e\0"
                .as_bytes(),
        );
        tail.add(b"\n\x1b[2K\n\xff\xfe");
        let lines = tail.lines();
        assert_eq!(lines, ["red a b c\tde", "", "\u{fffd}\u{fffd}"]);
        let text = lines.join("\n");
        bellboard_core::text::Multiline::<100>::parse(&text).unwrap();
    }

    #[test]
    fn a_full_stream_that_does_not_block_is_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        rustix::fs::fcntl_setfl(&writer, rustix::fs::OFlags::NONBLOCK).unwrap();
        let sent = vec![b'x'; 1_000_000];
        let flow = pass_through(io::Cursor::new(sent.clone()), writer, Tail::default(), None);
        // It fills what the system keeps between the two ends before anybody reads.
        std::thread::park_timeout(Duration::from_millis(100));
        let mut got = Vec::new();
        reader.read_to_end(&mut got).unwrap();
        assert_eq!(got.len(), sent.len());
        assert_eq!(*flow.borrow(), None);
    }
}
