//! The small words of the pages: counted nouns, grouped digits, monograms, emphasised figures. Each is written once,
//! so that no template builds a sentence of its own.

use std::borrow::Borrow;
use std::fmt::{Display, Formatter, Result};

use bellboard_core::text::grouped;

/// "1 thing needs", "3 things need": the count with the form that fits it.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A number as templates write it: "18 422".
pub fn figure(number: impl Borrow<u64>) -> String {
    grouped(*number.borrow())
}

/// "61 kB": how much there is, in decimal units as file managers say it.
pub fn size_words(bytes: i64) -> String {
    const UNITS: [(&str, i64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match UNITS.into_iter().find(|(_, size)| bytes >= *size) {
        None => counted(u64::try_from(bytes).unwrap_or(0), "byte", "bytes"),
        Some((unit, size)) => match (bytes / size, bytes % size * 10 / size) {
            (whole, tenths) if whole < 10 && tenths > 0 => format!("{whole}.{tenths} {unit}"),
            (whole, _) => format!("{whole} {unit}"),
        },
    }
}

/// Two letters that stand for an engagement in a row: the initials of two words, else the first two letters.
pub fn monogram(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let pair: String = match (words.next(), words.next()) {
        (Some(first), Some(second)) => [first, second].iter().collect(),
        _ => name
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .take(2)
            .collect(),
    };
    pair.to_uppercase()
}

/// A sentence whose figures are bold. The words stay exactly those of the presenter.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Emphasis {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    bold: bool,
}

impl Emphasis {
    /// The text without any emphasis.
    pub fn none(text: &str) -> Self {
        Self {
            pieces: vec![Piece {
                text: text.to_owned(),
                bold: false,
            }],
        }
    }

    /// The first figure is bold: "**214** of 512 policies".
    pub fn first_figure(text: &str) -> Self {
        match text.split_once(' ') {
            Some((head, tail)) if is_figure(head) => Self {
                pieces: vec![
                    Piece {
                        text: head.to_owned(),
                        bold: true,
                    },
                    Piece {
                        text: format!(" {tail}"),
                        bold: false,
                    },
                ],
            },
            _ => Self::none(text),
        }
    }

    /// The first sentence is bold: "**No sign of life for 6 min.** Expected every 30 s."
    pub fn first_sentence(text: &str) -> Self {
        let (head, tail) = match text.find(". ") {
            Some(end) => text.split_at(end + 1),
            None => (text, ""),
        };
        let piece = |text: &str, bold| Piece {
            text: text.to_owned(),
            bold,
        };
        Self {
            pieces: vec![piece(head, true), piece(tail, false)],
        }
    }

    /// Every figure is bold: "**2** finished, **4** running".
    pub fn every_figure(text: &str) -> Self {
        let pieces = text
            .split_inclusive(' ')
            .map(|word| Piece {
                bold: is_figure(word.trim_end()),
                text: word.to_owned(),
            })
            .collect();
        Self { pieces }
    }

    /// What follows the first colon is bold: "Phase 2 of 4: **collecting evidence**".
    pub fn after_colon(text: &str) -> Self {
        match text.split_once(": ") {
            Some((head, tail)) => Self {
                pieces: vec![
                    Piece {
                        text: format!("{head}: "),
                        bold: false,
                    },
                    Piece {
                        text: tail.to_owned(),
                        bold: true,
                    },
                ],
            },
            None => Self {
                pieces: vec![Piece {
                    text: text.to_owned(),
                    bold: true,
                }],
            },
        }
    }
}

/// Writes HTML: every piece escaped, the bold ones inside `<b>`.
impl Display for Emphasis {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        for piece in &self.pieces {
            let escaped = askama::filters::escape(&piece.text, askama::filters::Html)
                .map_err(|_| std::fmt::Error)?;
            if piece.bold {
                write!(out, "<b>{escaped}</b>")?;
            } else {
                write!(out, "{escaped}")?;
            }
        }
        Ok(())
    }
}

/// `Emphasis` escapes for itself; templates must not escape its tags again.
impl askama::filters::HtmlSafe for Emphasis {}

fn is_figure(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_nouns_agree() {
        assert_eq!(counted(1, "thing needs", "things need"), "1 thing needs");
        assert_eq!(counted(2, "thing needs", "things need"), "2 things need");
    }

    #[test]
    fn monograms_hold_two_letters() {
        assert_eq!(monogram("Aster Bank"), "AB");
        assert_eq!(monogram("Northrail"), "NO");
        assert_eq!(monogram("über Öl GmbH"), "ÜÖ");
        assert_eq!(monogram("7"), "7");
        assert_eq!(monogram("- -"), "");
    }

    #[test]
    fn emphasis_escapes_what_people_wrote() {
        assert_eq!(
            Emphasis::first_figure("214 of 512 <policies>").to_string(),
            "<b>214</b> of 512 &#60;policies&#62;"
        );
        assert_eq!(
            Emphasis::every_figure("2 finished, 4 running").to_string(),
            "<b>2 </b>finished, <b>4 </b>running"
        );
        assert_eq!(
            Emphasis::after_colon("Phase 2 of 4: <b>x</b>").to_string(),
            "Phase 2 of 4: <b>&#60;b&#62;x&#60;/b&#62;</b>"
        );
    }

    #[test]
    fn sizes_read_as_in_a_file_manager() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_540, "1.5 kB"),
            (61_900, "61 kB"),
            (1_073_741_824, "1 GB"),
            (2_300_000_000, "2.3 GB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
    }
}
