//! Starts that may be sent twice: a caller names a start with a key of their own, and the same start under the same key
//! is answered as the first one was. For callers that cannot choose the id of a run; an id does the same.

use bellboard_core::id::RunId;
use bellboard_core::run::identity::canonical_json;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};

pub mod store;

/// The name under which a refusal speaks of the key, as callers know it.
pub const HEADER: &str = "Idempotency-Key";
/// The longest key.
const MAX_KEY_CHARACTERS: usize = 255;

/// A key and what was asked under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    pub(crate) key: String,
    pub(crate) request_hash: [u8; 32],
}

impl KeyedRequest {
    /// Reads a key: 1 to 255 visible ASCII characters, perhaps in double quotes. The request is hashed in its canonical
    /// form, so that its spelling does not matter.
    pub fn parse(key: &str, request: &Value) -> Outcome<Self> {
        let bare = key.trim();
        let bare = bare
            .strip_prefix('"')
            .and_then(|key| key.strip_suffix('"'))
            .unwrap_or(bare);
        let is_visible = bare.bytes().all(|byte| byte.is_ascii_graphic());
        if bare.is_empty() || bare.len() > MAX_KEY_CHARACTERS || !is_visible {
            return Err(malformed());
        }
        Ok(Self {
            key: bare.to_owned(),
            request_hash: Sha256::digest(canonical_json(request)).into(),
        })
    }
}

/// What every key that cannot be one is answered with.
pub fn malformed() -> Fault {
    Fault::invalid(
        HEADER,
        format!(
            "One key of 1 to {MAX_KEY_CHARACTERS} visible ASCII characters, such as a fresh UUID, sent once."
        ),
    )
}

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Nothing yet; from now on, in this transaction, for this start.
    Never,
    /// The run that the same start was answered with, and whether that start had made it.
    Before {
        /// The run.
        run: RunId,
        /// Whether the first start made it.
        created: bool,
    },
}

/// Takes the key for this call, or finds what it stands for. Of two calls at once one takes it; the other waits for its
/// end, because both write the same row. The same key with another request is refused.
pub(crate) async fn take(sql: &mut Sql<'_>, call: &Call, member: &Member) -> Outcome<Answered> {
    let Some(keyed) = &call.keyed else {
        return Ok(Answered::Never);
    };
    if store::insert(sql, member, keyed, call.now).await? {
        return Ok(Answered::Never);
    }
    let row = store::one(sql, member, keyed)
        .await?
        .ok_or_else(crate::run::too_busy)?;
    if row.blob(0)? != keyed.request_hash {
        return Err(Fault::invalid(
            HEADER,
            "This key was used for another start within the last 24 hours. Choose a fresh key for a new start.",
        )
        .with_code("idempotency_key_reused"));
    }
    match row.opt_id(1)? {
        Some(run) => Ok(Answered::Before {
            run,
            created: row.bool(2)?,
        }),
        None => Err(crate::run::too_busy()),
    }
}

/// Remembers what the call was answered with.
pub(crate) async fn remember(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: RunId,
    created: bool,
) -> Outcome<()> {
    match &call.keyed {
        Some(keyed) => store::answer(sql, member, keyed, run, created).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_visible_short_and_perhaps_quoted() {
        let request = json!({"type": "a.b"});
        let key = |text: &str| KeyedRequest::parse(text, &request).map(|keyed| keyed.key);
        assert_eq!(key("8e03978e").unwrap(), "8e03978e");
        assert_eq!(key(" \"8e03978e\" ").unwrap(), "8e03978e");
        assert_eq!(key(&"k".repeat(255)).unwrap().len(), 255);
        for wrong in [
            "",
            "\"\"",
            "two words",
            "ümlaut",
            "tab\tbed",
            &"k".repeat(256),
        ] {
            let fault = key(wrong).unwrap_err();
            assert_eq!(fault.field.as_deref(), Some(HEADER), "{wrong:?}");
            assert_eq!(fault.code, "invalid_input");
        }
    }

    #[test]
    fn the_spelling_of_a_request_does_not_matter() {
        let hash = |text: &str| {
            let request = serde_json::from_str(text).unwrap();
            KeyedRequest::parse("k", &request).unwrap().request_hash
        };
        assert_eq!(hash(r#"{"a":1,"b":2.0}"#), hash(r#"{ "b": 2, "a": 1 }"#));
        assert_ne!(hash(r#"{"a":1}"#), hash(r#"{"a":"1"}"#));
    }
}
