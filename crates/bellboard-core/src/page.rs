//! Pages of a list: how many, from where on, and what comes back.
//!
//! A cursor is opaque, belongs to one list, one person and one set of filters, and is refused everywhere else, so that
//! a page can neither repeat nor skip because somebody carried a cursor from one list to another.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::id::PersonId;
use crate::time::Timestamp;

/// How many entries one page holds: 1 to 100, 50 unless told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

/// Why a limit is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit must be a whole number from 1 to 100")]
pub struct LimitFault;

impl Limit {
    /// The largest page.
    pub const MAX: u32 = 100;

    /// Refuses 0 and everything beyond [`Self::MAX`].
    pub const fn new(limit: u32) -> Result<Self, LimitFault> {
        if limit >= 1 && limit <= Self::MAX {
            Ok(Self(limit))
        } else {
            Err(LimitFault)
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    /// Takes `3` and, because query strings know only text, `"3"`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Limit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 1 to 100")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Limit, E> {
                u32::try_from(number)
                    .map_err(|_| LimitFault)
                    .and_then(Limit::new)
                    .map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Limit, E> {
                u64::try_from(number)
                    .map_err(|_| E::custom(LimitFault))
                    .and_then(|number| self.visit_u64(number))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Limit, E> {
                Err(E::custom(LimitFault))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Limit, E> {
                let digits_only =
                    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let number = if digits_only { text.parse().ok() } else { None };
                number
                    .ok_or(LimitFault)
                    .and_then(Limit::new)
                    .map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": Self::MAX, "default": 50})
    }
}

/// The last entry of the page before: the next page starts after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The entry's time in the order of its list.
    pub at: Timestamp,
    /// The entry's id, which tells entries of the same time apart.
    pub id: Uuid,
}

/// Where a cursor is valid.
#[derive(Debug, Clone, Copy)]
pub struct CursorScope<'a> {
    /// The list, such as `me.dashboard.active`.
    pub list: &'a str,
    /// Who pages.
    pub person: PersonId,
    /// The canonical text of the filters; empty without any.
    pub filter: &'a str,
}

/// A cursor that is broken, or that belongs to another list, person or filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a cursor of this list with these filters; leave it out to begin with the first page"
)]
pub struct CursorFault;

/// Raised when the layout below changes; cursors of another version are refused.
const CURSOR_VERSION: u8 = 1;
const CURSOR_BYTES: usize = 1 + 8 + 16 + CHECK_BYTES;
const CHECK_BYTES: usize = 8;

impl Cursor {
    /// Version, time, id and a check that ties them to the scope, as 44 characters of base64url. The check is no
    /// signature: a forged cursor reads nothing that its forger could not read anyway.
    pub fn encode(&self, scope: &CursorScope<'_>) -> String {
        let mut bytes = [0_u8; CURSOR_BYTES];
        bytes[0] = CURSOR_VERSION;
        bytes[1..9].copy_from_slice(&self.at.micros().to_be_bytes());
        bytes[9..25].copy_from_slice(self.id.as_bytes());
        bytes[25..].copy_from_slice(&self.check(scope));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor, if it was made for this very scope.
    pub fn decode(text: &str, scope: &CursorScope<'_>) -> Result<Self, CursorFault> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorFault)?;
        let bytes: [u8; CURSOR_BYTES] = bytes.try_into().map_err(|_| CursorFault)?;
        let (head, check) = bytes.split_at(CURSOR_BYTES - CHECK_BYTES);
        let micros = i64::from_be_bytes(head[1..9].try_into().map_err(|_| CursorFault)?);
        let cursor = Self {
            at: Timestamp::from_micros(micros),
            id: Uuid::from_slice(&head[9..25]).map_err(|_| CursorFault)?,
        };
        let is_whole = head[0] == CURSOR_VERSION
            && cursor.at.micros() == micros
            && cursor.check(scope) == check;
        if is_whole {
            Ok(cursor)
        } else {
            Err(CursorFault)
        }
    }

    fn check(&self, scope: &CursorScope<'_>) -> [u8; CHECK_BYTES] {
        let mut hash = Sha256::new();
        for text in [scope.list, scope.filter] {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text);
        }
        hash.update(scope.person.uuid().as_bytes());
        hash.update(self.at.micros().to_be_bytes());
        hash.update(self.id.as_bytes());
        let digest = hash.finalize();
        let mut check = [0_u8; CHECK_BYTES];
        check.copy_from_slice(&digest[..CHECK_BYTES]);
        check
    }
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// At most as many as the limit asked for.
    pub items: Vec<T>,
    /// How many the whole list holds, this page included.
    pub total_count: u64,
    /// What to pass as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ACTIVE: &str = "me.dashboard.active";

    fn person(number: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(number))
    }

    fn scope<'a>(list: &'a str, filter: &'a str) -> CursorScope<'a> {
        CursorScope {
            list,
            person: person(1),
            filter,
        }
    }

    fn cursor() -> Cursor {
        Cursor {
            at: "2026-11-20T17:40:00.123456Z".parse().unwrap(),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn limits_are_read_from_json_and_from_query_strings() {
        for (json, limit) in [
            ("1", 1),
            ("50", 50),
            ("100", 100),
            ("\"3\"", 3),
            ("\"100\"", 100),
        ] {
            assert_eq!(serde_json::from_str::<Limit>(json).unwrap().get(), limit);
        }
        assert_eq!(Limit::default().get(), 50);
    }

    #[test]
    fn every_other_limit_is_refused_in_the_same_words() {
        for json in [
            "0",
            "101",
            "-1",
            "1.5",
            "4294967297",
            "\"0\"",
            "\"101\"",
            "\"\"",
            "\"+3\"",
            "\" 3\"",
            "\"x\"",
        ] {
            let fault = serde_json::from_str::<Limit>(json).unwrap_err().to_string();
            assert!(
                fault.starts_with("limit must be a whole number from 1 to 100"),
                "{json}: {fault}"
            );
        }
        assert!(serde_json::from_str::<Limit>("null").is_err());
        assert_eq!(Limit::new(0), Err(LimitFault));
    }

    #[test]
    fn a_cursor_is_short_and_fit_for_an_address() {
        let text = cursor().encode(&scope(ACTIVE, ""));
        assert_eq!(text.len(), 44);
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
            "{text}"
        );
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let text = cursor().encode(&scope(ACTIVE, "kind=run"));
        assert_eq!(
            Cursor::decode(&text, &scope(ACTIVE, "kind=run")),
            Ok(cursor())
        );
        let foreign = [
            scope("me.dashboard.recent", "kind=run"),
            scope(ACTIVE, "kind=ask"),
            scope(ACTIVE, ""),
            CursorScope {
                person: person(2),
                ..scope(ACTIVE, "kind=run")
            },
            // The border between list and filter counts.
            scope("me.dashboard.activekind", "=run"),
        ];
        for scope in foreign {
            assert_eq!(Cursor::decode(&text, &scope), Err(CursorFault), "{scope:?}");
        }
        assert!(
            CursorFault
                .to_string()
                .ends_with("leave it out to begin with the first page")
        );
    }

    #[test]
    fn a_broken_cursor_is_refused() {
        let text = cursor().encode(&scope(ACTIVE, ""));
        let padded = format!("{text}=");
        let spaced = format!(" {text}");
        let longer = format!("{text}AAAA");
        for broken in [
            "",
            "x",
            "%%%",
            "é",
            &text[..43],
            &text[4..],
            &padded,
            &spaced,
            &longer,
        ] {
            assert_eq!(
                Cursor::decode(broken, &scope(ACTIVE, "")),
                Err(CursorFault),
                "{broken}"
            );
        }
    }

    #[test]
    fn a_cursor_of_another_layout_is_refused() {
        let mut bytes = URL_SAFE_NO_PAD
            .decode(cursor().encode(&scope(ACTIVE, "")))
            .unwrap();
        bytes[0] = CURSOR_VERSION + 1;
        assert_eq!(
            Cursor::decode(&URL_SAFE_NO_PAD.encode(&bytes), &scope(ACTIVE, "")),
            Err(CursorFault)
        );
        bytes[0] = CURSOR_VERSION;
        bytes[1..9].copy_from_slice(&i64::MAX.to_be_bytes());
        assert_eq!(
            Cursor::decode(&URL_SAFE_NO_PAD.encode(&bytes), &scope(ACTIVE, "")),
            Err(CursorFault)
        );
    }

    #[test]
    fn the_page_on_the_wire() {
        let page = Page {
            items: vec![1, 2],
            total_count: 5,
            next_cursor: None,
        };
        let json = json!({"items": [1, 2], "total_count": 5, "next_cursor": null});
        assert_eq!(serde_json::to_value(&page).unwrap(), json);
        assert_eq!(serde_json::from_value::<Page<i32>>(json).unwrap(), page);
        assert_eq!(Page::<Limit>::schema_name(), "PageOfLimit");
    }

    proptest! {
        #[test]
        fn encoded_and_decoded_is_the_same(
            micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
            id in any::<u128>(),
            list in "[a-z.]{1,30}",
            filter in ".{0,40}",
        ) {
            let cursor = Cursor { at: Timestamp::from_micros(micros), id: Uuid::from_u128(id) };
            let scope = scope(&list, &filter);
            prop_assert_eq!(Cursor::decode(&cursor.encode(&scope), &scope), Ok(cursor));
        }

        #[test]
        fn any_changed_character_is_refused(position in 0_usize..44, replacement in "[A-Za-z0-9_-]") {
            let text = cursor().encode(&scope(ACTIVE, ""));
            let mut changed = text.clone();
            changed.replace_range(position..=position, &replacement);
            prop_assume!(changed != text);
            prop_assert_eq!(Cursor::decode(&changed, &scope(ACTIVE, "")), Err(CursorFault));
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,60}") {
            prop_assert_eq!(Cursor::decode(&text, &scope(ACTIVE, "")), Err(CursorFault));
        }
    }
}
