//! The last lines of what a command prints, kept while the bytes pass through unchanged.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How many lines are kept.
const LINES: usize = 20;
/// A longer line keeps its beginning.
const LINE_BYTES: usize = 1_000;
/// After the command has ended, a program that it left behind may hold its output open. This long a silence is the end.
const SILENCE: Duration = Duration::from_millis(500);
/// A program left behind that goes on printing is waited for this long in all.
const AFTER_END: Duration = Duration::from_secs(5);

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

    /// The lines, without their ends; what a carriage return overwrote is left out.
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
                text.rsplit('\r').next().unwrap_or(text).to_owned()
            })
            .collect();
        all[all.len().saturating_sub(LINES)..].to_vec()
    }
}

/// How far a stream has come: bytes so far, or `None` at its end.
type Flow = watch::Receiver<Option<u64>>;

/// Passes a stream through on a thread of its own, so that nothing of ours can hold it up.
pub fn pass_through(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    tail: Tail,
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
                    // Nobody reads any more: closing our end tells the command, as it would have been told directly.
                    if to
                        .write_all(&buffer[..count])
                        .and_then(|()| to.flush())
                        .is_err()
                    {
                        break;
                    }
                    bytes += count as u64;
                    flowed.send_replace(Some(bytes));
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        drop(from);
        flowed.send_replace(None);
    });
    flow
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
}
