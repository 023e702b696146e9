//! What figures and their tables share: numbers as people read them, and places on a scale.

use bellboard_core::dashboard::{Number, Share, beyond_comparison};
use bellboard_core::text::grouped;

/// Digits behind the point, at most.
const DECIMALS_AT_MOST: usize = 4;

/// "18 422", "−0.5": a number with as many digits behind the point as it has, at most four. A smaller one has all of its
/// digits.
pub fn number_words(number: Number) -> String {
    fixed(number, decimals(number))
}

/// The same with so many digits behind the point, so that those of a column stand below each other.
pub fn fixed(number: Number, decimals: usize) -> String {
    let text = match number {
        Number::Whole(whole) if decimals == 0 => {
            let digits = grouped(whole.unsigned_abs());
            return if whole < 0 {
                format!("−{digits}")
            } else {
                digits
            };
        }
        Number::Whole(whole) => format!("{whole}.{}", "0".repeat(decimals)),
        Number::Decimal(_) => fraction(number, decimals),
    };
    match text.strip_prefix('-') {
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// A number that is not whole is not nought: where so few digits would leave zeros alone, it is written in full.
fn fraction(number: Number, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.as_f64());
    let says_more_than_nought = text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if says_more_than_nought {
        text
    } else {
        number.words()
    }
}

/// How many digits behind the point a number needs.
pub fn decimals(number: Number) -> usize {
    let Number::Decimal(_) = number else {
        return 0;
    };
    let text = format!("{:.DECIMALS_AT_MOST$}", number.as_f64());
    let trimmed = text.trim_end_matches('0');
    trimmed
        .split_once('.')
        .map_or(0, |(_, behind)| behind.len())
}

/// "+8.2 %", "−2.6 %", or that it was zero before.
pub fn share_words(share: Share) -> String {
    let Some(of) = share.of() else {
        return "from 0".to_owned();
    };
    if let Some(words) = beyond_comparison(of) {
        return words.to_owned();
    }
    let percent = of * 100.0;
    let digits = format!("{:.1}", percent.abs());
    let digits = digits.strip_suffix(".0").unwrap_or(&digits);
    match (percent < 0.0, digits) {
        (_, "0") if percent != 0.0 => "under 0.1 %".to_owned(),
        (true, digits) => format!("−{digits} %"),
        (false, digits) => format!("+{digits} %"),
    }
}

/// A place on a scale, as an attribute of SVG takes it: at most one digit behind the point.
pub fn coordinate(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> Number {
        Number::from_f64(value).expect("a number of this test")
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        for (value, words) in [
            (0.0, "0"),
            (18_422.0, "18\u{202f}422"),
            (-1_000.0, "−1000"),
            (0.66, "0.66"),
            (-0.5, "−0.5"),
            (0.1 + 0.2, "0.3"),
            (0.123_456, "0.1235"),
            (0.000_01, "0.00001"),
            (-0.000_02, "−0.00002"),
            (1e-300, "1e-300"),
        ] {
            assert_eq!(number_words(number(value)), words, "{value}");
        }
        assert_eq!(fixed(number(0.000_01), 1), "0.00001");
        assert_eq!(fixed(Number::ZERO, 1), "0.0");
        assert_eq!(fixed(number(0.66), 3), "0.660");
        assert_eq!(fixed(number(1.0), 3), "1.000");
        assert_eq!(fixed(number(-1.5), 1), "−1.5");
    }

    #[test]
    fn shares_have_a_sign_and_a_unit() {
        for (share, words) in [
            (Share::Of(0.0819), "+8.2 %"),
            (Share::Of(-0.026), "−2.6 %"),
            (Share::Of(1.0), "+100 %"),
            (Share::Of(0.0001), "under 0.1 %"),
            (Share::FromZero, "from 0"),
            (Share::Of(f64::MAX), "up by more than a million per cent"),
        ] {
            assert_eq!(share_words(share), words, "{share:?}");
        }
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(coordinate(12.0), "12");
        assert_eq!(coordinate(12.34), "12.3");
    }
}
