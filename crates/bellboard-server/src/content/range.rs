//! Which part of a file a request asks for (RFC 9110, sections 13 and 14): one range of bytes, or all of it. Several ranges
//! at once are answered with all of it, as the standard allows.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// 200: all of it.
    Whole,
    /// 206: these bytes.
    Part(Range<u64>),
    /// 416: there are no such bytes.
    Nowhere,
}

/// Whether the client has this very content already.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = weak(etag);
    let lines = headers.get_all(header::IF_NONE_MATCH).iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|tag| tag.trim() == "*" || weak(tag) == wanted)
}

/// The part that is asked for of a file of this size with this strong tag.
pub fn asked(headers: &HeaderMap, etag: &str, size: u64) -> Asked {
    // What was begun of other content is not continued with this.
    if text(headers, header::IF_RANGE).is_some_and(|tag| tag != etag) {
        return Asked::Whole;
    }
    let range = text(headers, header::RANGE).and_then(|range| range.strip_prefix("bytes="));
    match range {
        Some(range) if !range.contains(',') => part(range.trim(), size).unwrap_or(Asked::Whole),
        _ => Asked::Whole,
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `None` for what is no range: it is passed over.
fn part(range: &str, size: u64) -> Option<Asked> {
    let (first, last) = range.split_once('-')?;
    let range = match (first.is_empty(), last.is_empty()) {
        (true, true) => return None,
        (true, false) => size.saturating_sub(number(last)?)..size,
        (false, true) => number(first)?..size,
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..size.min(last.saturating_add(1))
        }
    };
    Some(if range.is_empty() {
        Asked::Nowhere
    } else {
        Asked::Part(range)
    })
}

fn number(text: &str) -> Option<u64> {
    // A number may be larger than any file; then it is beyond the end.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn with(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn one_range_is_cut_to_the_file() {
        let huge = format!("bytes=0-{}0", u64::MAX);
        for (range, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=2-5", Asked::Part(2..6)),
            ("bytes=2-", Asked::Part(2..10)),
            ("bytes=9-99", Asked::Part(9..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-99", Asked::Part(0..10)),
            (huge.as_str(), Asked::Part(0..10)),
            ("bytes=10-", Asked::Nowhere),
            ("bytes=10-12", Asked::Nowhere),
            ("bytes=-0", Asked::Nowhere),
            ("bytes=5-2", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            let headers = with(&[(header::RANGE, range)]);
            assert_eq!(asked(&headers, TAG, 10), expected, "{range}");
        }
        assert_eq!(asked(&HeaderMap::new(), TAG, 10), Asked::Whole);
        let headers = with(&[(header::RANGE, "bytes=0-")]);
        assert_eq!(asked(&headers, TAG, 0), Asked::Nowhere);
    }

    #[test]
    fn a_range_of_other_content_is_not_continued() {
        for (tag, expected) in [
            (TAG, Asked::Part(2..6)),
            ("\"other\"", Asked::Whole),
            ("W/\"abc\"", Asked::Whole),
            ("Sat, 21 Nov 2026 08:00:00 GMT", Asked::Whole),
        ] {
            let headers = with(&[(header::RANGE, "bytes=2-5"), (header::IF_RANGE, tag)]);
            assert_eq!(asked(&headers, TAG, 10), expected, "{tag}");
        }
    }

    #[test]
    fn who_has_it_is_recognised() {
        for (tags, known) in [
            (TAG, true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("*", true),
            ("\"x\"", false),
            ("abc", false),
        ] {
            let headers = with(&[(header::IF_NONE_MATCH, tags)]);
            assert_eq!(is_known(&headers, TAG), known, "{tags}");
        }
        assert!(!is_known(&HeaderMap::new(), TAG));
    }
}
