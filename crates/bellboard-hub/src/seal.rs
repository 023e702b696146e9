//! The inputs of offered runs at rest: sealed with a key that does not lie in the database, so that a copy or a backup of
//! the database alone tells nobody what they were. The surroundings of a sealed text (whose it is) are sealed with it, so
//! that it cannot be handed to another run.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The first byte of every sealed text; raised when the layout below changes.
const LAYOUT: u8 = 1;
/// How much of the hash of a key names it.
const ID_LENGTH: usize = 8;
/// Layout, id of the key, nonce; after them the sealed text with its tag.
const HEADER: usize = 1 + ID_LENGTH + NONCE_LEN;

/// The key of a hub: thirty-two random bytes, the same for every replica of one database.
pub struct InputKey {
    id: [u8; ID_LENGTH],
    key: LessSafeKey,
}

/// Why a sealed text does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Sealed {
    /// It was sealed with another key.
    #[error("the inputs were sealed with another key than this hub has")]
    OtherKey,
    /// It is damaged, or belongs to another run.
    #[error("the sealed inputs are damaged")]
    Damaged,
}

impl InputKey {
    /// The key of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"bellboard.inputs.key");
        hash.update(bytes);
        let mut id = [0; ID_LENGTH];
        id.copy_from_slice(&hash.finalize()[..ID_LENGTH]);
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("a key of 32 bytes fits AES-256");
        Self {
            id,
            key: LessSafeKey::new(key),
        }
    }

    /// Seals a text for this owner. Of the random bytes the first twelve become the nonce, which must never come twice.
    pub(crate) fn seal(&self, owner: &[Uuid; 2], random: &[u8; 32], text: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random[..NONCE_LEN]);
        let mut body = text.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.surroundings(owner)),
                &mut body,
            )
            .expect("a text far below 64 GiB can be sealed");
        let mut sealed = vec![LAYOUT];
        sealed.extend(self.id);
        sealed.extend(nonce);
        sealed.extend(body);
        sealed
    }

    /// Opens what was sealed for this owner.
    pub(crate) fn open(&self, owner: &[Uuid; 2], sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        let (header, body) = sealed.split_at_checked(HEADER).ok_or(Sealed::Damaged)?;
        let (id, nonce) = header[1..].split_at(ID_LENGTH);
        if header[0] != LAYOUT {
            return Err(Sealed::Damaged);
        }
        if id != self.id {
            return Err(Sealed::OtherKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Sealed::Damaged)?;
        let mut body = body.to_vec();
        let text = self
            .key
            .open_in_place(nonce, Aad::from(self.surroundings(owner)), &mut body)
            .map_err(|_| Sealed::Damaged)?;
        Ok(text.to_vec())
    }

    fn surroundings(&self, owner: &[Uuid; 2]) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend(self.id);
        for id in owner {
            bytes.extend(id.as_bytes());
        }
        bytes
    }
}

impl std::fmt::Debug for InputKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InputKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(2)];
    const TEXT: &[u8] = br#"{"password":"hunter2"}"#;

    fn key(byte: u8) -> InputKey {
        InputKey::new(&[byte; 32])
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_for_the_same_owner() {
        let sealed = key(7).seal(&OWNER, &[9; 32], TEXT);
        assert_eq!(key(7).open(&OWNER, &sealed).unwrap(), TEXT);
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        assert_eq!(sealed.len(), HEADER + TEXT.len() + 16);
    }

    #[test]
    fn another_key_another_owner_and_every_changed_byte_are_refused() {
        let sealed = key(7).seal(&OWNER, &[9; 32], TEXT);
        assert_eq!(key(8).open(&OWNER, &sealed), Err(Sealed::OtherKey));
        let other = [OWNER[0], Uuid::from_u128(3)];
        assert_eq!(key(7).open(&other, &sealed), Err(Sealed::Damaged));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key(7).open(&OWNER, &changed).is_err(), "byte {place}");
        }
        for length in 0..sealed.len() {
            assert!(key(7).open(&OWNER, &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let one = key(7).seal(&OWNER, &[1; 32], TEXT);
        let two = key(7).seal(&OWNER, &[2; 32], TEXT);
        assert_ne!(one[HEADER..], two[HEADER..]);
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", key(7)), "InputKey(..)");
    }
}
