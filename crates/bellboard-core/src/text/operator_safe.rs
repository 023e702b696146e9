//! Which words from a worker may stand in a label that everybody reads.
//!
//! A label is for whoever answers for the work, not for whoever wrote the worker: no URL, file path, exception class,
//! stack frame or raw step name reaches one (requirement page *runs*, Progress contract). The raw words are kept for
//! the diagnostics of the run's page; here is only the gate. It refuses rather than rewrites, and errs on that side.

use super::{deceives, sanitise};

/// The text with white space collapsed, or `None` when it holds something that only a programmer should read.
pub fn operator_safe(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(deceives) {
        return None;
    }
    let small = text.to_lowercase();
    let is_raw = is_trace(&small) || text.split_whitespace().any(is_raw_token);
    (!is_raw).then(|| sanitise(text, usize::MAX))
}

/// What stack traces say in plain words.
const TRACE_PHRASES: [&str; 4] = ["traceback", "stack trace", "panicked at", "caused by:"];

/// What the names of exception classes end with.
const EXCEPTION_ENDINGS: [&str; 6] = [
    "Exception",
    "Error",
    "Panic",
    "Warning",
    "Fault",
    "Interrupt",
];

fn is_raw_token(token: &str) -> bool {
    let bare = bare(token);
    let word = bare.trim_end_matches('.');
    is_url(bare) || is_path(word) || is_code(token, word) || is_exception_class(word)
}

/// The token without the punctuation around it, as far as that says nothing about what it is.
pub(super) fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| {
        !c.is_alphanumeric() && !matches!(c, '/' | '\\' | '~' | '.' | '_' | '%')
    })
}

/// Whether the words hold a trace, in plain words.
pub(super) fn is_trace(small: &str) -> bool {
    TRACE_PHRASES.iter().any(|phrase| small.contains(phrase))
}

pub(super) fn is_url(token: &str) -> bool {
    token.contains("://") || token.starts_with("www.") || token.starts_with("mailto:")
}

/// `/var/log`, `C:\temp`, `../x`, `src/run/mod.rs`, `cwd=/root`, `nas:/srv`, `localhost:8080/x`; but neither `214/512`,
/// `and/or` nor `2026/11/20`.
pub(super) fn is_path(token: &str) -> bool {
    if token.contains("=/") || token.contains(":/") || is_address_with_path(token) {
        return true;
    }
    if token.contains('\\')
        || ["/", "~/", "./", "../"]
            .iter()
            .any(|start| token.len() > 1 && token.starts_with(start))
    {
        return true;
    }
    let parts: Vec<&str> = token.split('/').collect();
    let is_numeric = parts
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let has_extension = parts.last().is_some_and(|last| last.contains('.'));
    !is_numeric && (parts.len() > 2 || (parts.len() == 2 && has_extension))
}

/// `localhost:8080/x`, `example.com/x`: what stands before the first slash names a machine.
fn is_address_with_path(token: &str) -> bool {
    let Some((machine, _)) = token.split_once('/') else {
        return false;
    };
    let has_port = machine.rsplit_once(':').is_some_and(|(name, port)| {
        name.starts_with(char::is_alphabetic)
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_domain = machine.split('.').count() > 1
        && machine.split('.').all(|part| {
            part.chars().any(char::is_alphabetic)
                && part.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    has_port || is_domain
}

/// `crate::module`, `call()`, `raw_step_name`, `com.acme.Thing`, `Thing.java:12`, `0x7ffe12`.
fn is_code(token: &str, word: &str) -> bool {
    token.contains("::")
        || token.contains("()")
        || is_step_name(word)
        || is_dotted_name(word)
        || is_frame(word)
        || is_address(word)
}

pub(super) fn is_dotted_name(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() > 2
        && parts
            .iter()
            .all(|part| part.starts_with(char::is_alphabetic))
}

pub(super) fn is_frame(word: &str) -> bool {
    word.rsplit_once(':').is_some_and(|(file, line)| {
        file.contains('.')
            && file.starts_with(char::is_alphabetic)
            && line.starts_with(|c: char| c.is_ascii_digit())
    })
}

pub(super) fn is_address(word: &str) -> bool {
    word.strip_prefix("0x")
        .is_some_and(|digits| digits.len() > 3)
}

pub(super) fn is_step_name(word: &str) -> bool {
    let core = word.trim_matches('_');
    core.contains('_') && core.chars().any(char::is_alphabetic)
}

pub(super) fn is_exception_class(word: &str) -> bool {
    word.split([':', '.', '(', ')']).any(|part| {
        part.starts_with(char::is_uppercase)
            && EXCEPTION_ENDINGS
                .iter()
                .any(|ending| part.len() > ending.len() && part.ends_with(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::operator_safe;

    #[test]
    fn plain_words_pass_with_their_white_space_collapsed() {
        let rows = [
            "Collecting evidence",
            "reading conditional access results",
            "214/512",
            "policies and/or groups",
            "since 2026/11/20",
            "version 1.2.3 of the baseline",
            "Error budget",
            "An error of the source",
            "e.g. the first one.",
            "report.pdf",
            "Größe prüfen",
            "第一阶段",
            "step 2: compare",
            "at 17:40",
            "a/b",
        ];
        for text in rows {
            assert_eq!(operator_safe(text).as_deref(), Some(text));
        }
        assert_eq!(
            operator_safe("  two   words ").as_deref(),
            Some("two words")
        );
    }

    #[test]
    fn what_only_a_programmer_should_read_is_kept_out() {
        let rows = [
            "",
            "   ",
            "see https://example.com/x",
            "postgres://user@host/db",
            "(www.example.com)",
            "mailto:jonas@example.com",
            "/var/log/syslog",
            "open '/etc/passwd'",
            r"C:\temp\out.csv",
            "~/work",
            "../up",
            "src/run/mod.rs",
            "src/main.rs",
            "cwd=/root",
            "nas:/srv",
            "localhost:8080/x",
            "example.com/x",
            "System.NullReferenceException: Object reference not set",
            "ValueError",
            "ThreadPanic",
            "ValueError: bad",
            "com.acme.batch.Step",
            "Traceback (most recent call last):",
            "at Foo.bar(Foo.java:12)",
            "main.py:33",
            "thread 'main' panicked at x",
            "bellboard_core::run::progress",
            "calling frobnicate()",
            "collect_evidence_step",
            "pointer 0x7ffe12ab",
            "line one\nline two",
            "bell\u{7}",
            "turned \u{202E}around",
        ];
        for text in rows {
            assert_eq!(operator_safe(text), None, "{text}");
        }
    }
}
