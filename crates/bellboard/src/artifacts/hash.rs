//! The SHA-256 of what goes up and of what came down, in the forms that the hub speaks (RFC 9530).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use ring::digest::{Context, SHA256};

/// What is read at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Takes bytes as they pass by.
pub struct Hash(Context);

impl Hash {
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// `sha-256=:BASE64:`
    pub fn field(self) -> String {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::STANDARD;
        format!("sha-256=:{}:", engine.encode(self.0.finish()))
    }
}

/// The digest field of a file.
pub fn field_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut hash = Hash::new();
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.field()),
            length => hash.add(&block[..length]),
        }
    }
}
