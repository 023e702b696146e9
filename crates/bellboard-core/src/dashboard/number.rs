//! Numbers of a picture: whole ones exact, decimal ones as binary fractions, each value in exactly one form.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 2 to the power of 63: numbers lie below it, on either side of zero.
const BOUND: f64 = 9_223_372_036_854_775_808.0;

/// Shares are compared with this tolerance, because 0.11 is not exactly ten per cent more than 0.1 in binary.
const TOLERANCE: f64 = 1e-12;

/// Characters of a number that is written for people without a power of ten: all digits of a fraction, and some zeros.
const PLAIN_AT_MOST: usize = 25;

/// A number. Whole numbers are exact over the whole range of 64 bits; NaN and infinities cannot be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// A number with a fraction: finite and never whole.
    Decimal(Fraction),
}

/// A finite number that is not whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fraction(f64);

/// Why a number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// NaN or an infinity.
    #[error("NaN and infinities are no numbers; leave the cell out or send null")]
    NotFinite,
    /// Outside of 64 bits.
    #[error("numbers lie between -2^63 and 2^63; send a longer one as text")]
    TooLarge,
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self::Whole(0);

    /// A number from a binary fraction; a whole one becomes [`Self::Whole`].
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within the bound every whole f64 is an i64"
    )]
    pub fn from_f64(number: f64) -> Result<Self, NumberFault> {
        if !number.is_finite() {
            Err(NumberFault::NotFinite)
        } else if number.abs() >= BOUND {
            Err(NumberFault::TooLarge)
        } else if number.fract() == 0.0 {
            Ok(Self::Whole(number as i64))
        } else {
            Ok(Self::Decimal(Fraction(number)))
        }
    }

    /// A number as JSON writes it; `None` for a text that is none. `007`, `+5` and `.5` are none.
    pub fn from_json_text(text: &str) -> Option<Result<Self, NumberFault>> {
        let begins = |byte: u8| byte == b'-' || byte.is_ascii_digit();
        let is_tight = text.bytes().next().is_some_and(begins)
            && text
                .bytes()
                .last()
                .is_some_and(|last| last.is_ascii_digit());
        if !is_tight {
            return None;
        }
        if let Ok(whole) = text.parse::<i64>() {
            let digits = text.trim_start_matches('-');
            return (digits == "0" || !digits.starts_with('0')).then_some(Ok(Self::Whole(whole)));
        }
        let number: serde_json::Number = serde_json::from_str(text).ok()?;
        Some(Self::from_json(&number))
    }

    /// A number that JSON carried.
    pub fn from_json(number: &serde_json::Number) -> Result<Self, NumberFault> {
        if let Some(whole) = number.as_i64() {
            return Ok(Self::Whole(whole));
        }
        if number.is_u64() {
            return Err(NumberFault::TooLarge);
        }
        Self::from_f64(number.as_f64().unwrap_or(f64::NAN))
    }

    /// The nearest binary fraction.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest one is what is asked for"
    )]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Decimal(Fraction(number)) => number,
        }
    }

    /// The number packed into 64 bits beside the mark of its form.
    pub(super) const fn bits(self) -> u64 {
        match self {
            Self::Whole(whole) => whole.cast_unsigned(),
            Self::Decimal(Fraction(number)) => number.to_bits(),
        }
    }

    pub(super) const fn whole_from_bits(bits: u64) -> Self {
        Self::Whole(bits.cast_signed())
    }

    pub(super) const fn decimal_from_bits(bits: u64) -> Self {
        Self::Decimal(Fraction(f64::from_bits(bits)))
    }

    /// What must be added to `self` to get `after`.
    pub fn delta_to(self, after: Self) -> Delta {
        match (self, after) {
            (Self::Whole(before), Self::Whole(after)) => {
                Delta::Whole(i128::from(after) - i128::from(before))
            }
            _ => Delta::Decimal(after.as_f64() - self.as_f64()),
        }
    }

    /// The number for people: one that would take a line of zeros is written by its power of ten.
    pub fn words(self) -> String {
        let plain = self.to_string();
        if plain.len() <= PLAIN_AT_MOST {
            return plain;
        }
        format!("{:e}", self.as_f64())
    }

    /// How much that is of the size of `self`: `(after - before) / |before|`, which is always finite.
    pub fn share_to(self, after: Self) -> Share {
        if self == Self::ZERO {
            return if after == Self::ZERO {
                Share::Of(0.0)
            } else {
                Share::FromZero
            };
        }
        let share = self.delta_to(after).as_f64() / self.as_f64().abs();
        Share::Of(share.clamp(f64::MIN, f64::MAX))
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// By value, exactly: a fraction lies between whole numbers and equals none.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction is smaller than 2^53"
    )]
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.0.total_cmp(&b.0),
            (Self::Whole(a), Self::Decimal(b)) => a.cmp(&(b.0.floor() as i64)).then(Ordering::Less),
            (Self::Decimal(_), Self::Whole(_)) => other.cmp(self).reverse(),
        }
    }
}

/// A difference of two numbers; of two whole ones it is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delta {
    /// Exact.
    Whole(i128),
    /// Of numbers with a fraction.
    Decimal(f64),
}

impl Delta {
    /// The nearest binary fraction.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest one is what is asked for"
    )]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Decimal(number) => number,
        }
    }
}

/// How large a change is beside what was before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// `(after - before) / |before|`.
    Of(f64),
    /// It was zero and is not any more: larger than every share.
    FromZero,
}

impl Share {
    /// Whether the change is at least this share, up or down. Equal to twelve digits is equal.
    pub fn reaches(self, share: f64) -> bool {
        match self {
            Self::FromZero => true,
            Self::Of(of) => of.abs() * (1.0 + TOLERANCE) >= share,
        }
    }

    /// The share; none from zero.
    pub const fn of(self) -> Option<f64> {
        match self {
            Self::Of(of) => Some(of),
            Self::FromZero => None,
        }
    }
}

/// What is said of a share that is beyond all comparison, instead of its digits.
pub fn beyond_comparison(share: f64) -> Option<&'static str> {
    /// A million per cent.
    const COMPARED_AT_MOST: f64 = 10_000.0;
    if share.abs() <= COMPARED_AT_MOST {
        return None;
    }
    Some(if share < 0.0 {
        "down by more than a million per cent"
    } else {
        "up by more than a million per cent"
    })
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Decimal(Fraction(number)) => write!(f, "{number}"),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(whole) => serializer.serialize_i64(*whole),
            Self::Decimal(Fraction(number)) => serializer.serialize_f64(*number),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        Self::from_json(&number).map_err(de::Error::custom)
    }
}

impl Serialize for Delta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(whole) => serializer.serialize_i128(*whole),
            Self::Decimal(number) => serializer.serialize_f64(*number),
        }
    }
}

macro_rules! number_schema {
    ($($name:ident)+) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "number"})
            }
        }
    )+};
}

number_schema! { Number Delta }

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::from_json_text(text).unwrap().unwrap()
    }

    #[test]
    fn whole_numbers_stay_exact_beyond_two_to_the_53() {
        let (a, b) = (number("9007199254740992"), number("9007199254740993"));
        assert_ne!(a, b);
        assert_eq!(a.delta_to(b), Delta::Whole(1));
        assert_eq!(serde_json::to_string(&b).unwrap(), "9007199254740993");
        assert_eq!(
            serde_json::from_str::<Number>("9007199254740993").unwrap(),
            b
        );
        let (low, high) = (Number::Whole(i64::MIN), Number::Whole(i64::MAX));
        assert_eq!(low.delta_to(high), Delta::Whole(18_446_744_073_709_551_615));
        assert_eq!(
            serde_json::to_string(&low.delta_to(high)).unwrap(),
            "18446744073709551615"
        );
    }

    #[test]
    fn each_value_has_one_form() {
        for text in ["1", "1.0", "1e0", "10e-1"] {
            assert_eq!(number(text), Number::Whole(1), "{text}");
        }
        assert_eq!(number("-0.0"), Number::ZERO);
        assert_eq!(number("-0"), Number::ZERO);
        assert_eq!(number("0.5").to_string(), "0.5");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "NaN", "inf", "007", "+5", ".5", "5.", "1 ", "0x1", "--1", "-", "-01",
        ] {
            assert_eq!(Number::from_json_text(text), None, "{text}");
        }
        for text in [
            "9223372036854775808",
            "1e300",
            "-9223372036854775809",
            "99999999999999999999999",
        ] {
            assert_eq!(
                Number::from_json_text(text),
                Some(Err(NumberFault::TooLarge)),
                "{text}"
            );
        }
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Number::from_f64(wrong), Err(NumberFault::NotFinite));
        }
    }

    #[test]
    fn from_zero_is_larger_than_every_share() {
        assert_eq!(Number::ZERO.share_to(number("0.001")), Share::FromZero);
        assert_eq!(Number::ZERO.share_to(Number::ZERO), Share::Of(0.0));
        assert!(Share::FromZero.reaches(1e9));
        assert_eq!(number("-4").share_to(number("-5")), Share::Of(-0.25));
        assert_eq!(Share::FromZero.of(), None);
    }

    #[test]
    fn a_share_is_finite_and_a_number_for_people_is_short() {
        let (tiny, large) = (number("1e-300"), number("4e18"));
        assert_eq!(tiny.share_to(large), Share::Of(f64::MAX));
        assert_eq!(tiny.share_to(number("-4e18")), Share::Of(f64::MIN));
        assert!(tiny.share_to(large).reaches(1e300));
        assert_eq!(tiny.words(), "1e-300");
        for plain in [
            "0.5",
            "-0.30000000000000004",
            "-9223372036854775808",
            "0.000001",
        ] {
            assert_eq!(number(plain).words(), plain);
        }
    }

    #[test]
    fn ten_per_cent_is_ten_per_cent() {
        for (before, after) in [
            ("0.1", "0.11"),
            ("0.5", "0.55"),
            ("10", "11"),
            ("0.7", "0.63"),
        ] {
            assert!(
                number(before).share_to(number(after)).reaches(0.10),
                "{before}"
            );
        }
        assert!(!number("1").share_to(number("1.0999999")).reaches(0.10));
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_values(a in -1000i64..1000, b in -1000.0f64..1000.0) {
            let (whole, decimal) = (Number::Whole(a), Number::from_f64(b).unwrap());
            let expected = f64::from(i32::try_from(a).unwrap()).total_cmp(&decimal.as_f64());
            prop_assert_eq!(whole.cmp(&decimal), expected);
            prop_assert_eq!(decimal.cmp(&whole), expected.reverse());
        }

        #[test]
        fn text_and_back_is_the_same_number(bits: u64) {
            if let Ok(number) = Number::from_f64(f64::from_bits(bits)) {
                let text = serde_json::to_string(&number).unwrap();
                prop_assert_eq!(Number::from_json_text(&text), Some(Ok(number)));
            }
        }
    }
}
