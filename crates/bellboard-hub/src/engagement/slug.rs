//! Slugs: the short names that addresses and the command line use.

use crate::fault::{Fault, Outcome};

const LONGEST: usize = 50;

/// The slug that was asked for, checked, or one made from the name.
pub(super) fn of(asked: Option<&str>, name: &str) -> Outcome<String> {
    match asked {
        Some(slug) if is_slug(slug) => Ok(slug.to_owned()),
        Some(slug) => Err(Fault::invalid(
            "slug",
            format!(
                "`{}` is no slug. Use small letters, digits, `_` and `-`, at most {LONGEST}.",
                slug.chars().take(60).collect::<String>()
            ),
        )),
        None => from_name(name).ok_or_else(|| {
            Fault::invalid(
                "slug",
                "No slug can be made from this name. Give one in `slug`.",
            )
        }),
    }
}

fn is_slug(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
        })
}

fn from_name(name: &str) -> Option<String> {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let slug: String = words.join("-").chars().take(LONGEST).collect();
    let slug = slug.trim_end_matches('-').to_owned();
    (!slug.is_empty()).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_the_name_or_checked_as_given() {
        assert_eq!(of(None, "Aster Bank").unwrap(), "aster-bank");
        assert_eq!(of(None, "  Q4 / 2026! ").unwrap(), "q4-2026");
        assert_eq!(of(Some("aster_1"), "x").unwrap(), "aster_1");
        for bad in ["", "Aster", "a b", "ä", &"x".repeat(51)] {
            assert_eq!(
                of(Some(bad), "x").unwrap_err().field.as_deref(),
                Some("slug"),
                "{bad}"
            );
        }
        assert_eq!(of(None, "北京").unwrap_err().field.as_deref(), Some("slug"));
        assert_eq!(of(None, &"ab ".repeat(40)).unwrap().len(), 50);
    }
}
