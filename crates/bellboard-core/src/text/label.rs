//! Makes an operator-safe label out of anything: the words for whoever answers for the work stay, what only a programmer
//! should read goes, and so does every secret (requirement page *runs*, Progress contract and Record).
//!
//! [`operator_safe`] is the judge: whatever leaves this file has passed it. This file only rewrites, so that a failure's
//! message keeps its meaning where refusing it would lose a fact.

mod trace;

use super::operator_safe::{
    bare, is_address, is_dotted_name, is_exception_class, is_frame, is_path, is_step_name,
    is_trace, is_url, operator_safe,
};
use super::secrets::redact;
use super::words::sanitise;
use trace::{after_the_panic, before_the_trace, without_frames};

/// What stands in the place of an address of the web.
const LINK: &str = "[link]";
/// What stands in the place of a path whose last part tells nothing.
const FILE: &str = "[file]";
/// What stands in the place of a name that only a program knows.
const NAME: &str = "[name]";

/// A label as it is stored, and what was said instead when that is something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeLabel {
    /// For everybody.
    pub label: String,
    /// For the diagnostics: the words as they were told, without their secrets.
    pub raw: Option<String>,
}

impl SafeLabel {
    /// The label, or other words when nothing of it may be shown.
    pub fn of(text: &str, max_characters: usize, otherwise: impl FnOnce() -> String) -> Self {
        Self::choose(text, safe_label(text, max_characters), otherwise)
    }

    /// The same for the label of a run, in which names with underscores may stand.
    pub fn of_run(text: &str, max_characters: usize, otherwise: impl FnOnce() -> String) -> Self {
        Self::choose(text, safe_run_label(text, max_characters), otherwise)
    }

    fn choose(text: &str, safe: Option<String>, otherwise: impl FnOnce() -> String) -> Self {
        let label = safe.unwrap_or_else(otherwise);
        let raw = (label != text).then(|| redact(text));
        Self { label, raw }
    }
}

/// Which names of programs may stand in a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// None.
    Never,
    /// `backup_db` and `nightly.full.eu`: whoever starts a run chooses what it is called.
    OfRuns,
}

/// One line of at most so many characters that everybody may read, or `None` when nothing worth reading is left.
/// Making it safe again changes nothing.
pub fn safe_label(text: &str, max_characters: usize) -> Option<String> {
    made_safe(text, max_characters, Names::Never)
}

/// The same for the label of a run.
pub fn safe_run_label(text: &str, max_characters: usize) -> Option<String> {
    made_safe(text, max_characters, Names::OfRuns)
}

fn made_safe(text: &str, max_characters: usize, names: Names) -> Option<String> {
    let text = without_escapes(text);
    if is_clean(text.trim(), max_characters, names) {
        return Some(text.trim().to_owned());
    }
    let text = redact(&text);
    let text = without_frames(&text);
    let text = sanitise(&text, usize::MAX);
    let text = after_the_panic(before_the_trace(&text));
    let words = text.split(' ').filter_map(|token| spoken(token, names));
    let line = tidied(&words.collect::<Vec<_>>().join(" "));
    let line = sanitise(&line, max_characters);
    is_clean(&line, max_characters, names).then_some(line)
}

/// Whether everybody may read it as it is.
fn is_clean(text: &str, max_characters: usize, names: Names) -> bool {
    let judged = match names {
        Names::Never => text.to_owned(),
        Names::OfRuns => text
            .split(' ')
            .filter(|token| !is_name_of_a_run(token))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let says_nothing = !text
        .split(' ')
        .filter(|word| !matches!(bare_of_brackets(word), "link" | "file" | "name" | "hidden"))
        .any(|word| word.chars().any(char::is_alphanumeric));
    let is_safe = judged.is_empty() || operator_safe(&judged).as_deref() == Some(&*judged);
    !says_nothing
        && is_safe
        && text.chars().count() <= max_characters
        && sanitise(text, max_characters) == text
        && redact(text) == text
}

/// The inside of `[link]`, `([file],`; of everything else nothing.
fn bare_of_brackets(word: &str) -> &str {
    let inner = word
        .trim_matches(|c: char| c.is_ascii_punctuation() && !matches!(c, '[' | ']'))
        .strip_prefix('[')
        .and_then(|word| word.strip_suffix(']'));
    inner.unwrap_or_default()
}

/// Names that a run may carry although a step of a program may not show its own.
fn is_name_of_a_run(token: &str) -> bool {
    let word = bare(token).trim_end_matches('.');
    (is_step_name(word) || is_dotted_name(word))
        && !token.contains("::")
        && !token.contains("()")
        && !is_url(bare(token))
        && !is_path(word)
        && !is_frame(word)
        && !is_exception_class(word)
}

/// Without the sequences that colour a terminal, and without characters of no width, which hide a word from a reader
/// and from a filter alike.
fn without_escapes(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => match characters.next_if(|next| matches!(next, '[' | ']')) {
                Some('[') => while characters.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(_) => {
                    while characters
                        .next()
                        .is_some_and(|c| !matches!(c, '\u{7}' | '\u{1b}'))
                    {}
                }
                None => {}
            },
            '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' => {}
            c => clean.push(c),
        }
    }
    clean
}

/// One token as it may be said; `None` for one that says nothing to anybody but a programmer.
fn spoken(token: &str, names: Names) -> Option<String> {
    let is_raw = |token: &str| operator_safe(token).is_none();
    if token.is_empty() || !is_raw(token) || (names == Names::OfRuns && is_name_of_a_run(token)) {
        return Some(token.to_owned());
    }
    let inside = bare(token);
    let begin = token.find(inside).unwrap_or_default();
    let (before, after) = (
        &token[..begin],
        token[begin + inside.len()..].replace("()", ""),
    );
    let after = after.as_str();
    if is_url(inside) {
        let name = inside
            .split_once('=')
            .filter(|(name, _)| !name.contains("://"));
        let name = name.map(|(name, _)| format!("{name}=")).unwrap_or_default();
        return Some(wrapped(before, &format!("{name}{LINK}"), after, names));
    }
    if let Some((name, value)) = inside.split_once('=') {
        let value = spoken(value, names).unwrap_or_default();
        return Some(wrapped(before, &format!("{name}={value}"), after, names));
    }
    if is_exception_class(inside) {
        return said_by_exception(inside).and_then(|rest| spoken(&format!("{rest}{after}"), names));
    }
    Some(wrapped(before, &program_word(inside), after, names))
}

/// The rewritten word with its punctuation; a name in brackets if that is still none of the reader's business.
fn wrapped(before: &str, word: &str, after: &str, names: Names) -> String {
    let whole = format!("{before}{word}{after}");
    let fits = |text: &str| {
        operator_safe(text).is_some()
            || (names == Names::OfRuns
                && text
                    .split(' ')
                    .all(|token| operator_safe(token).is_some() || is_name_of_a_run(token)))
    };
    if fits(&whole) {
        return whole;
    }
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| matches!(c, ',' | ':' | ';' | '.' | ')' | '(' | '"' | '\''))
            .collect()
    };
    let placed = format!("{}{NAME}{}", plain(before), plain(after));
    if fits(&placed) {
        placed
    } else {
        NAME.to_owned()
    }
}

/// What an exception says in one word with its class: `ValueError('bad')` says `'bad'`.
fn said_by_exception(word: &str) -> Option<&str> {
    let at = word
        .find(['(', ':'])
        .filter(|at| !word[*at..].starts_with("::"))?;
    let rest = word[at + 1..].trim_matches([')', ':']);
    rest.chars().any(char::is_alphanumeric).then_some(rest)
}

/// A path by its file's name, a call without its brackets, a qualified name by its last part, a step by its words.
fn program_word(word: &str) -> String {
    let word = word.trim_end_matches('.');
    if is_path(word) {
        return file_name(word);
    }
    if is_frame(word) {
        let file = word.split(':').next().unwrap_or(word);
        return file_name(file);
    }
    if is_address(word) {
        return NAME.to_owned();
    }
    let last = word.rsplit("::").next().unwrap_or(word).replace("()", "");
    if is_dotted_name(&last) {
        let name = last.rsplit('.').next().unwrap_or_default();
        return if name.starts_with(char::is_uppercase) {
            name.to_owned()
        } else {
            NAME.to_owned()
        };
    }
    last.replace('_', " ").trim().to_owned()
}

/// `/var/log/app/import.csv:12` is `import.csv`; a folder, a hidden file and a name with strange characters are `[file]`.
fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    let is_name = last.rsplit_once('.').is_some_and(|(stem, extension)| {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        !stem.is_empty()
            && last.chars().count() <= 60
            && stem.chars().all(plain)
            && stem.starts_with(char::is_alphanumeric)
            && (1..=5).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let name = last.replace('_', " ");
    if is_name && operator_safe(&name).is_some() {
        name
    } else {
        FILE.to_owned()
    }
}

/// Without what only led to the words that went: `Uncaught`, empty brackets, a colon at either end.
fn tidied(line: &str) -> String {
    const LEADS: [&str; 10] = [
        "exception in thread \"main\"",
        "unhandled exception",
        "uncaught exception",
        "unhandled",
        "uncaught",
        "fatal error:",
        "runtime error:",
        "panic:",
        "raise",
        "throw",
    ];
    const EDGES: [char; 8] = [':', ';', ',', '–', '—', '|', '=', ' '];
    let mut line = line
        .replace(" ()", "")
        .replace(" []", "")
        .replace(" ,", ",");
    for _ in 0..LEADS.len() {
        let rest = line
            .trim_start_matches(EDGES)
            .trim_start_matches(". ")
            .trim_start_matches("- ")
            .trim_end_matches(EDGES);
        let small = rest.to_ascii_lowercase();
        let lead = LEADS.into_iter().find(|lead| {
            small
                .strip_prefix(lead)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        let next = lead.map_or(rest, |lead| &rest[lead.len()..]).to_owned();
        if next == line {
            break;
        }
        line = next;
    }
    if is_trace(&line.to_lowercase()) {
        return String::new();
    }
    line
}

#[cfg(test)]
mod tests;
