//! Digest fields (RFC 9530): `sha-256=:<base64>:` among others, in a dictionary of structured fields (RFC 9651).

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellboard_core::content::ContentDigest;

use crate::problem::Problem;

const NAME: &str = "content-digest";
const KEY: &str = "sha-256=";

/// The SHA-256 that the client announces, if it announces one. Other algorithms are passed over, as the standard says.
pub fn declared(headers: &HeaderMap) -> Result<Option<ContentDigest>, Problem> {
    let mut found = None;
    for line in headers.get_all(NAME) {
        let line = line.to_str().map_err(|_| malformed())?;
        for member in line.split(',').map(str::trim) {
            if let Some(value) = member.strip_prefix(KEY) {
                found = Some(read(value).ok_or_else(malformed)?);
            }
        }
    }
    Ok(found)
}

/// The same form for what goes down.
pub fn field(digest: &ContentDigest) -> String {
    format!("{KEY}:{}:", STANDARD.encode(digest.as_bytes()))
}

fn read(value: &str) -> Option<ContentDigest> {
    let text = value.strip_prefix(':')?.strip_suffix(':')?;
    let bytes = STANDARD.decode(text).ok()?;
    ContentDigest::try_from(bytes.as_slice()).ok()
}

fn malformed() -> Problem {
    Problem::invalid(
        "Content-Digest",
        "Content-Digest must be of the form sha-256=:BASE64:, with the 32 bytes of the SHA-256 (RFC 9530).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";

    fn of(lines: &[&str]) -> Result<Option<ContentDigest>, Problem> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(NAME, line.parse().unwrap());
        }
        declared(&headers)
    }

    #[test]
    fn the_sha_256_is_found_among_others() {
        let sha_512 = "sha-512=:AAAA:";
        for lines in [
            vec![ABC],
            vec![sha_512, ABC],
            vec![&format!("{sha_512}, {ABC}")],
        ] {
            let digest = of(&lines).unwrap().unwrap();
            assert!(digest.hex().starts_with("ba7816bf"), "{lines:?}");
            assert_eq!(field(&digest), ABC);
        }
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[sha_512]), Ok(None));
    }

    #[test]
    fn a_malformed_one_is_refused_by_its_name() {
        for wrong in [
            "sha-256=",
            "sha-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "sha-256=:AAAA:",
            "sha-256=:not base64:",
        ] {
            let problem = of(&[wrong]).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("Content-Digest"), "{wrong}");
        }
    }
}
