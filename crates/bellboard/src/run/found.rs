//! Counts that a command prints by itself, found in the lines that pass through: `214/512`, or what an expression names.
//! Only for who asks: what looks like a count is not always one.

use std::sync::Arc;

use regex_lite::Regex;
use serde_json::{Value, json};
use tokio::sync::watch;

/// A longer line is looked at as far as this.
const LINE_BYTES: usize = 1_000;

/// What was counted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    processed: u64,
    total: Option<u64>,
}

/// Which counts are looked for, and the last ones that were found in any stream of the command.
#[derive(Debug, Clone)]
pub struct Finder {
    pattern: Option<Arc<Regex>>,
    unit: Option<String>,
    found: watch::Sender<Option<Counts>>,
}

impl Finder {
    /// Looks for `n/m` without a pattern.
    pub fn new(pattern: Option<Regex>, unit: Option<String>) -> Self {
        Self {
            pattern: pattern.map(Arc::new),
            unit,
            found: watch::Sender::new(None),
        }
    }

    /// Follows one stream.
    pub fn seeker(&self) -> Seeker {
        Seeker {
            finder: self.clone(),
            line: Vec::new(),
        }
    }

    /// Tells when something new is found.
    pub fn news(&self) -> watch::Receiver<Option<Counts>> {
        self.found.subscribe()
    }

    /// The last counts as a report; nothing before the first ones.
    pub fn report(&self) -> Option<Value> {
        let counts = (*self.found.borrow())?;
        let mut report = json!({"processed": counts.processed});
        if let Some(total) = counts.total {
            report["total"] = json!(total);
        }
        if let Some(unit) = &self.unit {
            report["unit"] = json!(unit);
        }
        Some(report)
    }

    fn look(&self, line: &str) {
        let counts = match &self.pattern {
            Some(pattern) => by_pattern(pattern, line),
            None => by_slash(line),
        };
        if counts.is_some() {
            self.found.send_if_modified(|last| {
                let is_new = *last != counts;
                *last = counts;
                is_new
            });
        }
    }
}

/// Cuts one stream into lines and looks at each. A carriage return ends a line too: that is how counters redraw theirs.
pub struct Seeker {
    finder: Finder,
    line: Vec<u8>,
}

impl Seeker {
    /// The next bytes of the stream.
    pub fn add(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let room = LINE_BYTES.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") || piece.ends_with(b"\r") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.finder.look(&String::from_utf8_lossy(&line));
    }
}

impl Drop for Seeker {
    fn drop(&mut self) {
        self.end_line();
    }
}

/// Reads an expression that people give: it needs a group for what is done, `done` by name or else the first, and may
/// have one for the total.
pub fn parse_pattern(text: &str) -> Result<Regex, String> {
    let pattern = Regex::new(text).map_err(|fault| fault.to_string())?;
    if pattern.captures_len() < 2 {
        return Err(
            "needs a group for what is done, such as `(?<done>\\d+) of (?<total>\\d+)`".to_owned(),
        );
    }
    Ok(pattern)
}

fn by_pattern(pattern: &Regex, line: &str) -> Option<Counts> {
    let groups = pattern.captures_iter(line).last()?;
    let number = |name: &str, at: usize| {
        let group = groups.name(name).or_else(|| groups.get(at))?;
        group.as_str().parse().ok()
    };
    Some(Counts {
        processed: number("done", 1)?,
        total: number("total", 2),
    })
}

/// The last `n/m` of a line that stands alone and does not say more than all. A date, a path and `24/7` are no counts.
fn by_slash(line: &str) -> Option<Counts> {
    line.split(|c: char| c.is_whitespace() || "[](){}<>,;:|\"'\u{1b}".contains(c))
        .rev()
        .find_map(|word| {
            let (processed, total) = word.split_once('/')?;
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(processed) || !digits(total) {
                return None;
            }
            let (processed, total) = (processed.parse().ok()?, total.parse().ok()?);
            (total > 0 && processed <= total).then_some(Counts {
                processed,
                total: Some(total),
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(processed: u64, total: Option<u64>) -> Counts {
        Counts { processed, total }
    }

    #[test]
    fn what_stands_alone_is_a_count() {
        let rows = [
            ("214/512", Some(counts(214, Some(512)))),
            ("[ 3/10] compiling", Some(counts(3, Some(10)))),
            ("(1/4) then (2/4)", Some(counts(2, Some(4)))),
            ("done: 0/7", Some(counts(0, Some(7)))),
            ("2026/11/20", None),
            ("/srv/1/2", None),
            ("open 24/7", None),
            ("and/or", None),
            ("0/0", None),
            ("1.5/2", None),
            ("99999999999999999999/99999999999999999999", None),
            ("", None),
        ];
        for (line, found) in rows {
            assert_eq!(by_slash(line), found, "{line}");
        }
    }

    #[test]
    fn an_expression_names_what_counts() {
        let rows = [
            (r"(\d+) of (\d+)", "page 3 of 9", Some(counts(3, Some(9)))),
            (
                r"(?<total>\d+)<-(?<done>\d+)",
                "9<-3",
                Some(counts(3, Some(9))),
            ),
            (r"rows=(\d+)", "rows=5 rows=8", Some(counts(8, None))),
            (r"rows=(\d+)", "rows=many", None),
        ];
        for (pattern, line, found) in rows {
            let pattern = parse_pattern(pattern).unwrap();
            assert_eq!(by_pattern(&pattern, line), found, "{line}");
        }
        assert!(parse_pattern("rows").unwrap_err().contains("needs a group"));
        assert!(parse_pattern("(").is_err());
    }

    #[test]
    fn a_stream_is_cut_at_both_kinds_of_line_end_and_at_its_own() {
        let finder = Finder::new(None, Some("files".to_owned()));
        let mut seeker = finder.seeker();
        seeker.add(b"1/");
        assert_eq!(finder.report(), None, "no line yet");
        seeker.add(b"3\r");
        assert_eq!(
            finder.report(),
            Some(json!({"processed": 1, "total": 3, "unit": "files"}))
        );
        seeker.add(b"2/3\nnothing\n3/3");
        assert_eq!(finder.report().unwrap()["processed"], 2);
        drop(seeker);
        assert_eq!(finder.report().unwrap()["processed"], 3);
        let mut long = finder.seeker();
        long.add(&vec![b' '; LINE_BYTES]);
        long.add(b"9/9\n");
        assert_eq!(finder.report().unwrap()["processed"], 3, "beyond the limit");
    }
}
