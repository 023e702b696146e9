//! Words made for people out of names, numbers and texts that came from outside.

use std::fmt::Write as _;

use super::{deceives, deceives_in_lines};

/// One harmless line out of anything: control characters become spaces, white space is collapsed, the end is cut with
/// `…`. For words that come from outside (a failure's message, a worker's last line) where refusing would lose a fact.
pub fn sanitise(text: &str, max_characters: usize) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if deceives(c) { ' ' } else { c })
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max_characters {
        return line;
    }
    let kept: String = line
        .chars()
        .take(max_characters.saturating_sub(1))
        .collect();
    format!("{}…", kept.trim_end())
}

/// Content as it is, line by line, with every character that hides or reorders what is shown written out as its number:
/// `[U+202E]`. For what somebody decides about, where leaving one out would hide that it is there.
pub fn reveal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        if deceives_in_lines(c) || hides(c) {
            let _infallible = write!(shown, "[U+{:04X}]", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Characters without a form of their own that no script needs: with them two texts look alike that are not, and tags carry
/// text that nobody sees.
fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// What a person reads for a dotted or underscored name: `baseline.capture` becomes `Baseline capture`.
pub fn humanise(type_name: &str) -> String {
    let words: Vec<&str> = type_name
        .split(['.', '_', '-', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    capital_first(&words.join(" "))
}

/// The text with its first letter as a capital.
pub fn capital_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// The text fit to stand after a colon: first letter small, unless the first word looks like an acronym or a name
/// in capitals (`SQL dump` stays).
pub fn small_first(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    if characters
        .clone()
        .next()
        .is_none_or(|second| !second.is_lowercase())
    {
        return text.to_owned();
    }
    first.to_lowercase().chain(characters).collect()
}

/// A count for people: digits are grouped by a narrow no-break space from five digits on (`512`, `1800`, `18 422`).
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nobody_would_see_is_shown() {
        let rows = [
            (
                "plain, Ä and 中文\n\tא\u{200F}",
                "plain, Ä and 中文\n\tא\u{200F}",
            ),
            ("txt\u{202E}gpj", "txt[U+202E]gpj"),
            ("a\u{0}b\r\nc\rd", "a[U+0000]b\nc[U+000D]d"),
            ("pay\u{200B}pal\u{FEFF}", "pay[U+200B]pal[U+FEFF]"),
            ("\u{2066}x\u{2069}\u{E0041}", "[U+2066]x[U+2069][U+E0041]"),
            ("👩\u{200D}🌾", "👩\u{200D}🌾"),
        ];
        for (text, shown) in rows {
            assert_eq!(reveal(text), shown);
        }
    }

    #[test]
    fn names_become_words() {
        let rows = [
            ("baseline.capture", "Baseline capture"),
            ("snake_case-and.dots", "Snake case and dots"),
            ("a..b", "A b"),
            ("éclair", "Éclair"),
            ("ßa", "SSa"),
            ("", ""),
            ("._-", ""),
        ];
        for (name, words) in rows {
            assert_eq!(humanise(name), words);
        }
    }

    #[test]
    fn the_first_letter_after_a_colon_is_small_unless_it_is_an_acronym() {
        let rows = [
            ("Collecting evidence", "collecting evidence"),
            ("collecting", "collecting"),
            ("SQL dump", "SQL dump"),
            ("A", "A"),
            ("2 of them", "2 of them"),
            ("Über", "über"),
            ("", ""),
        ];
        for (text, words) in rows {
            assert_eq!(small_first(text), words);
        }
        assert_eq!(capital_first("collecting evidence"), "Collecting evidence");
        assert_eq!(capital_first(""), "");
    }

    #[test]
    fn digits_are_grouped_from_five_on() {
        let rows = [
            (0, "0"),
            (512, "512"),
            (9_999, "9999"),
            (10_000, "10\u{202F}000"),
            (18_422, "18\u{202F}422"),
            (100_000, "100\u{202F}000"),
            (1_234_567, "1\u{202F}234\u{202F}567"),
        ];
        for (number, words) in rows {
            assert_eq!(grouped(number), words);
        }
        assert_eq!(
            grouped(u64::MAX).replace('\u{202F}', ""),
            u64::MAX.to_string()
        );
    }

    #[test]
    fn anything_becomes_one_line() {
        let rows = [
            ("plain", "plain"),
            ("  one\r\n\ttwo  ", "one two"),
            ("red\u{1b}[31m", "red [31m"),
            ("tur\u{202E}ned", "tur ned"),
            ("1234567890", "1234567890"),
            ("12345678901", "123456789…"),
            ("12345678 901", "12345678…"),
            ("äöüäöüäöüäö", "äöüäöüäöü…"),
            ("", ""),
        ];
        for (text, line) in rows {
            assert_eq!(sanitise(text, 10), line, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_sanitised_line_is_short_clean_and_stays_so(text in any::<String>(), max in 1_usize..40) {
            let line = sanitise(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(!line.chars().any(deceives));
            prop_assert_eq!(sanitise(&line, max), line);
        }
    }
}
