//! How the keys of well-known issuers look, and where one stands in a text.

use std::ops::Range;

/// How the keys of one issuer look.
struct Shape {
    start: &'static str,
    /// Characters after the start that make it a key.
    least: usize,
    /// Whether a dot belongs to it.
    dotted: bool,
    /// Whether it needs a digit, because its start also begins ordinary words.
    needs_digit: bool,
}

const fn shape(start: &'static str, least: usize) -> Shape {
    Shape {
        start,
        least,
        dotted: false,
        needs_digit: false,
    }
}

const fn wordlike(start: &'static str, least: usize) -> Shape {
    Shape {
        needs_digit: true,
        ..shape(start, least)
    }
}

const fn dotted(start: &'static str, least: usize) -> Shape {
    Shape {
        dotted: true,
        ..shape(start, least)
    }
}

const SHAPES: [Shape; 32] = [
    shape("bbp_", 8),
    shape("bba_", 8),
    shape("bbr_", 8),
    shape("ghp_", 8),
    shape("gho_", 8),
    shape("ghs_", 8),
    shape("ghu_", 8),
    shape("ghr_", 8),
    shape("github_pat_", 8),
    shape("glpat-", 8),
    shape("sk_live_", 8),
    shape("sk_test_", 8),
    shape("rk_live_", 8),
    shape("whsec_", 8),
    shape("xoxb-", 8),
    shape("xoxp-", 8),
    shape("xoxa-", 8),
    shape("xoxs-", 8),
    shape("xapp-", 8),
    shape("dop_v1_", 8),
    shape("AKIA", 12),
    shape("ASIA", 12),
    shape("AIza", 20),
    wordlike("sk-", 12),
    wordlike("npm_", 12),
    wordlike("hf_", 12),
    wordlike("pypi-", 12),
    dotted("eyJ", 12),
    dotted("SG.", 16),
    shape("ATATT", 16),
    shape("hooks.slack.com/services/", 1),
    shape("discord.com/api/webhooks/", 1),
];

/// Every key in the text.
pub(super) fn known_keys(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for shape in &SHAPES {
        for (at, _) in text.match_indices(shape.start) {
            let body = &text[at + shape.start.len()..];
            let is_path = shape.start.ends_with('/');
            let length = body
                .find(|c: char| {
                    !(c.is_ascii_alphanumeric()
                        || matches!(c, '_' | '-')
                        || (shape.dotted && c == '.')
                        || (is_path && c == '/'))
                })
                .unwrap_or(body.len());
            let follows_word = text[..at]
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric);
            let is_word =
                follows_word && (shape.needs_digit || !shape.start.contains(['_', '/', '-']));
            let has_digit = body[..length].bytes().any(|byte| byte.is_ascii_digit());
            if length >= shape.least && !is_word && (has_digit || !shape.needs_digit) {
                found.push(at..at + shape.start.len() + length);
            }
        }
    }
    found
}
