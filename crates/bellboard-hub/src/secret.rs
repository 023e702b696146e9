//! Secrets that people and agents carry: 32 random bytes in base62 with a CRC32, so that a scanner can recognise a
//! leaked one and a mistyped one is refused before the database is asked. Only SHA-256 hashes are stored.

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_LENGTH: usize = 43;
const CHECK_LENGTH: usize = 6;

/// What a secret is for; the prefix says it aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A person's API token.
    Person,
    /// An agent's API token.
    Agent,
    /// A browser session.
    Session,
    /// A one-time sign-in link.
    Link,
}

impl Purpose {
    /// The first four characters of the secret.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Person => "bbp_",
            Self::Agent => "bba_",
            Self::Session => "bbs_",
            Self::Link => "bbl_",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Person, Self::Agent, Self::Session, Self::Link]
            .into_iter()
            .find(|purpose| text.starts_with(purpose.prefix()))
    }
}

/// The text of a secret made from these bytes, to be shown once.
pub fn text_of(purpose: Purpose, bytes: &[u8; 32]) -> String {
    let body = base62(bytes, BODY_LENGTH);
    let check = check_of(purpose, &body);
    format!("{}{body}{check}", purpose.prefix())
}

/// What is stored instead of the secret, or nothing when the text cannot be one of ours.
pub fn hash_of(text: &str) -> Option<(Purpose, [u8; 32])> {
    let purpose = Purpose::of(text)?;
    let rest = text.get(purpose.prefix().len()..)?;
    if rest.len() != BODY_LENGTH + CHECK_LENGTH || !rest.is_ascii() {
        return None;
    }
    let (body, check) = rest.split_at(BODY_LENGTH);
    (check_of(purpose, body) == check).then(|| (purpose, Sha256::digest(text).into()))
}

fn check_of(purpose: Purpose, body: &str) -> String {
    let mut crc = crc32fast::Hasher::new();
    crc.update(purpose.prefix().as_bytes());
    crc.update(body.as_bytes());
    base62(&crc.finalize().to_be_bytes(), CHECK_LENGTH)
}

/// The bytes as one big-endian number in base 62, padded to `length` digits.
fn base62(bytes: &[u8], length: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = vec![ALPHABET[0]; length];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = (remainder << 8) | u32::from(*byte);
            *byte =
                u8::try_from(value / 62).expect("the quotient of a remainder below 62 fits a byte");
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    String::from_utf8(digits).expect("the alphabet is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_and_a_mistyped_one_is_not() {
        let text = text_of(Purpose::Person, &[7; 32]);
        assert_eq!(text.len(), 4 + BODY_LENGTH + CHECK_LENGTH);
        assert_eq!(
            hash_of(&text).map(|(purpose, _)| purpose),
            Some(Purpose::Person)
        );
        for position in 4..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[position] = if wrong[position] == b'x' { b'y' } else { b'x' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(hash_of(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn two_secrets_differ_and_so_do_their_hashes() {
        let first = text_of(Purpose::Agent, &[1; 32]);
        let second = text_of(Purpose::Agent, &[2; 32]);
        assert_ne!(hash_of(&first), hash_of(&second));
        assert!(first.starts_with("bba_"));
    }

    #[test]
    fn a_prefix_of_another_purpose_does_not_pass() {
        let text = text_of(Purpose::Session, &[9; 32]);
        assert_eq!(hash_of(&text.replacen("bbs_", "bbp_", 1)), None);
        assert_eq!(hash_of("bbp_"), None);
        assert_eq!(hash_of("bbp_äöü"), None);
    }
}
