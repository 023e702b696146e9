//! Finds the sentence in a stack trace: what stands before the frames, or behind the class at their end.

use crate::text::operator_safe::{bare, is_exception_class, is_frame, is_path};

/// Of several lines those that are no frames of a stack.
pub(super) fn without_frames(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut in_trace = false;
    for line in text.lines() {
        let indented = line.starts_with(' ') || line.starts_with('\t');
        let words = line.trim();
        let belongs_to_trace = words.starts_with("File \"")
            || words == "Traceback (most recent call last):"
            || (indented && words.starts_with("at "))
            || (words.starts_with("at ") && words.contains('(') && words.contains(':'))
            || words.starts_with("... ") && words.ends_with(" more")
            || words.split_once(": ").is_some_and(|(number, _)| {
                indented && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
            || words.starts_with("note: run with");
        // The line of source that a Python frame quotes.
        let is_quoted = in_trace && indented;
        in_trace = belongs_to_trace || is_quoted;
        if !in_trace {
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// Where a trace begins, the words for people have ended; a trace that begins at once ends with its cause.
pub(super) fn before_the_trace(line: &str) -> &str {
    const STARTS: [&str; 8] = [
        "stack backtrace:",
        "stack trace:",
        "stacktrace:",
        "backtrace:",
        "goroutine 1 [",
        "note: run with",
        "caused by:",
        "traceback (most recent call last)",
    ];
    let small = line.to_ascii_lowercase();
    let cut = STARTS
        .into_iter()
        .filter_map(|start| small.find(start))
        .min();
    let cut = cut.into_iter().chain(frame_in_line(line)).min();
    match cut {
        Some(cut) if line[..cut].chars().any(char::is_alphanumeric) => &line[..cut],
        Some(_) => after_the_last_class(line),
        None => line,
    }
}

/// Where ` at Thing.call(Thing.java:12)` or ` at call (file.js:1:2)` begins.
fn frame_in_line(line: &str) -> Option<usize> {
    let tokens: Vec<(usize, &str)> = line
        .split(' ')
        .scan(0, |at, token| {
            let begin = *at;
            *at += token.len() + 1;
            Some((begin, token))
        })
        .collect();
    let place = |token: &str| {
        token.split_once('(').is_some_and(|(_, place)| {
            place.contains(':') || place.contains('/') || place.contains('\\')
        })
    };
    let position = tokens.windows(3).position(|three| {
        let [(_, word), (_, call), (_, next)] = three else {
            return false;
        };
        *word == "at" && (place(call) || (next.starts_with('(') && place(next)))
    });
    let last = tokens
        .windows(2)
        .position(|two| two[0].1 == "at" && place(two[1].1));
    let position = position.into_iter().chain(last).min()?;
    Some(tokens[position].0)
}

/// `Traceback ... ValueError: bad` is `bad`; a trace without a class says nothing.
fn after_the_last_class(line: &str) -> &str {
    let small = line.to_ascii_lowercase();
    if let Some(cause) = small
        .rfind("caused by:")
        .filter(|_| !small.contains("traceback ("))
    {
        let cause = &line[cause + "caused by:".len()..];
        return frame_in_line(cause).map_or(cause, |cut| &cause[..cut]);
    }
    let mut end = line.len();
    for token in line.rsplit(' ') {
        let begin = end - token.len();
        if token.ends_with(':') && is_exception_class(bare(token)) {
            return &line[end..];
        }
        end = begin.saturating_sub(1);
    }
    ""
}

/// `thread 'main' panicked at src/main.rs:4:5: index out of range` is `index out of range`.
pub(super) fn after_the_panic(line: &str) -> &str {
    let Some(at) = line.to_ascii_lowercase().find("panicked at") else {
        return line;
    };
    let rest = line[at + "panicked at".len()..].trim_start();
    if let Some(quoted) = rest.strip_prefix('\'') {
        return quoted.split('\'').next().unwrap_or_default();
    }
    rest.split_once(' ').map_or("", |(place, message)| {
        if is_path(bare(place).trim_end_matches('.'))
            || is_frame(bare(place))
            || place.ends_with(':')
        {
            message
        } else {
            rest
        }
    })
}
