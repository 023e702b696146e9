//! The key that seals the inputs of offered runs. It lies beside the embedded database and never in it; with PostgreSQL
//! the operator makes it, because every replica needs the same one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use bellboard_hub::seal::InputKey;
use bellboard_hub::world::{RealWorld, World as _};

/// The key that a hub makes for itself.
const FILE: &str = "inputs.key";
const LENGTH: usize = 32;

/// The named key; else, with the embedded database, the one in the data folder, made at the first start; else none.
pub fn open(named: Option<&Path>, folder: &Path, embedded: bool) -> Result<Option<InputKey>> {
    let made = folder.join(FILE);
    match named {
        Some(path) => read(path).map(Some),
        None if !embedded => Ok(None),
        None => {
            make(&made).with_context(|| format!("{} cannot be written", made.display()))?;
            read(&made).map(Some)
        }
    }
}

/// Whoever sees the file sees all of it: it gets its name once its content is on the disk.
fn make(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let draft = path.with_extension("key.new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(&RealWorld.secret_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

fn read(path: &Path) -> Result<InputKey> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow!(
            "The key file {shown} does not exist. Make one, and give every replica the same: (umask 077; head -c {LENGTH} /dev/urandom > {shown})"
        ),
        _ => anyhow!("The key file {shown} cannot be read: {error}"),
    })?;
    if fs::metadata(path)?.permissions().mode() & 0o007 != 0 {
        bail!(
            "Everybody on this machine may open the key file {shown}. Change that: chmod 600 {shown}"
        );
    }
    let key: [u8; LENGTH] = bytes.as_slice().try_into().map_err(|_| {
        anyhow!(
            "The key file {shown} holds {} bytes; a key has {LENGTH}. If it was damaged, restore it from where you keep a copy; \
             a new one makes the inputs that wait unreadable",
            bytes.len()
        )
    })?;
    Ok(InputKey::new(&key))
}
