//! The address of content: the SHA-256 of its bytes, so that whoever has the bytes can prove them with `sha256sum`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Content of one file is at most this long: 1 GiB.
pub const MAX_CONTENT_BYTES: u64 = 1024 * 1024 * 1024;

/// What every address begins with on the wire.
const PREFIX: &str = "sha-256:";

/// The address of content. On the wire `sha-256:` and 64 small hexadecimal digits, and no other form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest([u8; 32]);

/// Why a text is no address of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be sha-256: and 64 hexadecimal digits, as the upload answered it")]
pub struct DigestFault;

impl ContentDigest {
    /// The address of content whose SHA-256 this is.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The SHA-256 itself, for the store and for headers.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 digits, as `sha256sum` prints them.
    pub fn hex(&self) -> String {
        let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
        let halves = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        halves.map(digit).collect()
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.hex())
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentDigest {
    type Err = DigestFault;

    fn from_str(text: &str) -> Result<Self, DigestFault> {
        let digits = text.strip_prefix(PREFIX).ok_or(DigestFault)?.as_bytes();
        let digits: &[u8; 64] = digits.try_into().map_err(|_| DigestFault)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = half(pair[0])? << 4 | half(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn half(digit: u8) -> Result<u8, DigestFault> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(DigestFault),
    }
}

impl TryFrom<&[u8]> for ContentDigest {
    type Error = DigestFault;

    fn try_from(bytes: &[u8]) -> Result<Self, DigestFault> {
        bytes.try_into().map(Self).map_err(|_| DigestFault)
    }
}

impl Serialize for ContentDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for ContentDigest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ContentDigest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^sha-256:[0-9a-f]{64}$"})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_address_is_what_sha256sum_prints() {
        let digest = ContentDigest::from_bytes(Sha256::digest(b"abc").into());
        let text = "sha-256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(
            serde_json::to_string(&digest).unwrap(),
            format!("\"{text}\"")
        );
    }

    #[test]
    fn every_other_form_is_refused() {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for wrong in [
            String::new(),
            digits.to_owned(),
            format!("sha256:{digits}"),
            format!("sha-256:{}", digits.to_uppercase()),
            format!("sha-256:{}", &digits[1..]),
            format!("sha-256:{digits}0"),
            format!("sha-256:{}g", &digits[1..]),
            format!("sha-256:../{}", &digits[3..]),
        ] {
            assert_eq!(wrong.parse::<ContentDigest>(), Err(DigestFault), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_address_is_read_back(bytes: [u8; 32]) {
            let digest = ContentDigest::from_bytes(bytes);
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
            prop_assert_eq!(ContentDigest::try_from(&bytes[..]), Ok(digest));
        }
    }
}
