//! Content in a folder: `<engagement>/<SHA-256>.<upload>`, so that `sha256sum` proves every file, and uploads that go on in
//! `.uploading`. The process that uploads holds a lock on its file there: one whose lock is free was left by a process
//! that died.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellboard_core::content::ContentDigest;
use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use super::place::Found;
use super::{Address, Chunks};

/// What is read or written at once.
const BLOCK_BYTES: usize = 256 * 1024;
/// So much of an upload may wait in the machine's cache for the disk, so that the last flush is a short one.
const UNFLUSHED_BYTES: usize = 32 * 1024 * 1024;
/// Where uploads go on.
const UPLOADING: &str = ".uploading";

/// The name of content in its engagement's folder.
pub(super) fn name_of(digest: &ContentDigest, stored_as: Uuid) -> String {
    format!("{}.{stored_as}", digest.hex())
}

/// Disks are waited for on threads of their own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|ended| Err(io::Error::other(ended)))
}

#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: Arc<Path>,
}

impl Folder {
    /// Makes the folder for its owner's eyes only, and removes what dead uploads left.
    pub fn open(root: &Path) -> io::Result<Self> {
        make_folder(&root.join(UPLOADING))?;
        let folder = Self { root: root.into() };
        sweep_drafts(&folder.root, None)?;
        Ok(folder)
    }

    pub async fn draft(&self, engagement: EngagementId, stored_as: Uuid) -> io::Result<Draft> {
        let root = self.root.clone();
        let writing = blocking(move || Writing::begin(&root, engagement, stored_as)).await?;
        Ok(Draft {
            writing: Some(writing),
            block: Vec::with_capacity(BLOCK_BYTES),
        })
    }

    pub async fn read(&self, address: &Address, range: Range<u64>) -> io::Result<Chunks> {
        let (path, size) = (self.path(address), address.size);
        let file = blocking(move || {
            let file = File::open(path)?;
            let found = file.metadata()?.len();
            if found == size {
                return Ok(Arc::new(file));
            }
            Err(io::Error::other(format!(
                "a file of {size} bytes has {found}"
            )))
        })
        .await?;
        let blocks = try_unfold(range.start, move |at| {
            let (file, end) = (file.clone(), range.end);
            async move {
                if at >= end {
                    return Ok(None);
                }
                let block = blocking(move || read_block(&file, at, end)).await?;
                let next = at + block.len() as u64;
                Ok(Some((block, next)))
            }
        });
        Ok(blocks.boxed())
    }

    pub async fn has(&self, address: &Address) -> io::Result<bool> {
        let (path, size) = (self.path(address), address.size);
        blocking(move || match fs::metadata(path) {
            Ok(found) => Ok(found.len() == size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }

    pub async fn remove(&self, engagement: EngagementId, name: &str) -> io::Result<()> {
        let path = self.root.join(engagement.to_string()).join(name);
        blocking(move || gone(fs::remove_file(path))).await
    }

    pub async fn sweep_drafts(&self, before: Timestamp) -> io::Result<()> {
        let root = self.root.clone();
        blocking(move || sweep_drafts(&root, Some(before))).await
    }

    pub async fn engagements(&self) -> io::Result<Vec<EngagementId>> {
        let root = self.root.clone();
        blocking(move || {
            let mut engagements = Vec::new();
            for entry in fs::read_dir(root)? {
                engagements.extend(
                    entry?
                        .file_name()
                        .to_str()
                        .and_then(|id| id.parse::<EngagementId>().ok()),
                );
            }
            Ok(engagements)
        })
        .await
    }

    pub async fn older_than(
        &self,
        engagement: EngagementId,
        before: Timestamp,
    ) -> io::Result<Vec<Found>> {
        let folder = self.root.join(engagement.to_string());
        blocking(move || {
            let mut found = Vec::new();
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                    continue;
                };
                let upload = name.rsplit_once('.').map(|(_, upload)| upload.parse());
                if let Some(Ok(stored_as)) = upload
                    && is_older(&entry.metadata()?, before)
                {
                    found.push(Found {
                        engagement_id: engagement,
                        name,
                        stored_as,
                    });
                }
            }
            Ok(found)
        })
        .await
    }

    fn path(&self, address: &Address) -> PathBuf {
        let folder = self.root.join(address.engagement_id.to_string());
        folder.join(name_of(&address.digest, address.stored_as))
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_older(file: &fs::Metadata, before: Timestamp) -> bool {
    file.mtime() < before.micros().div_euclid(1_000_000)
}

fn read_block(file: &File, at: u64, end: u64) -> io::Result<Bytes> {
    let length = usize::try_from(end - at).map_or(BLOCK_BYTES, |left| left.min(BLOCK_BYTES));
    let mut block = vec![0; length];
    file.read_exact_at(&mut block, at)?;
    Ok(block.into())
}

/// Removes every file of an upload that nobody writes any more. Where the disk knows no locks, only those from before
/// this moment, and none without one.
fn sweep_drafts(root: &Path, before: Option<Timestamp>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(UPLOADING))? {
        let entry = entry?;
        let file = match File::open(entry.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let dead = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => {
                let written = file.metadata()?;
                before.is_some_and(|before| is_older(&written, before))
            }
        };
        if dead {
            gone(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

/// An upload that goes on.
pub(super) struct Draft {
    /// Absent while a thread has it, and after that failed.
    writing: Option<Writing>,
    block: Vec<u8>,
}

impl Draft {
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(bytes);
        if self.block.len() < BLOCK_BYTES {
            return Ok(());
        }
        self.put().await
    }

    pub async fn digest(&mut self) -> io::Result<ContentDigest> {
        self.put().await?;
        let writing = self.writing.as_ref().ok_or_else(failed)?;
        let digest = writing.hash.clone().finish();
        let bytes = digest.as_ref().try_into().map_err(io::Error::other)?;
        Ok(ContentDigest::from_bytes(bytes))
    }

    pub async fn keep(mut self, digest: &ContentDigest) -> io::Result<()> {
        let writing = self.writing.take().ok_or_else(failed)?;
        let digest = *digest;
        blocking(move || writing.keep(&digest)).await
    }

    async fn put(&mut self) -> io::Result<()> {
        let mut writing = self.writing.take().ok_or_else(failed)?;
        let mut block = std::mem::take(&mut self.block);
        let (writing, block) = blocking(move || {
            writing.put(&block)?;
            block.clear();
            Ok((writing, block))
        })
        .await?;
        self.block = block;
        self.writing = Some(writing);
        Ok(())
    }
}

fn failed() -> io::Error {
    io::Error::other("the upload has failed before")
}

/// The file of an upload; removed with this value unless it was kept.
struct Writing {
    file: File,
    path: PathBuf,
    folder: PathBuf,
    stored_as: Uuid,
    hash: Context,
    unflushed: usize,
    kept: bool,
}

impl Writing {
    fn begin(root: &Path, engagement: EngagementId, stored_as: Uuid) -> io::Result<Self> {
        let path = root.join(UPLOADING).join(stored_as.to_string());
        let file = locked_file(&path)?;
        Ok(Self {
            file,
            path,
            folder: root.join(engagement.to_string()),
            stored_as,
            hash: Context::new(&SHA256),
            unflushed: 0,
            kept: false,
        })
    }

    fn put(&mut self, block: &[u8]) -> io::Result<()> {
        self.hash.update(block);
        self.file.write_all(block)?;
        self.unflushed += block.len();
        if self.unflushed >= UNFLUSHED_BYTES {
            self.file.sync_data()?;
            self.unflushed = 0;
        }
        Ok(())
    }

    /// Whoever sees the name sees all of it, also after a power cut.
    fn keep(mut self, digest: &ContentDigest) -> io::Result<()> {
        self.file.sync_all()?;
        if !self.folder.exists() {
            make_folder(&self.folder)?;
            let root = self.folder.parent().unwrap_or(Path::new("."));
            File::open(root)?.sync_all()?;
        }
        let name = name_of(digest, self.stored_as);
        fs::rename(&self.path, self.folder.join(name))?;
        self.kept = true;
        File::open(&self.folder)?.sync_all()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = gone(fs::remove_file(&self.path))
        {
            tracing::warn!(%error, "what was left of an upload could not be removed");
        }
    }
}

/// Makes the file and locks it. Whoever sweeps between the two takes the file away, so it is looked at again.
fn locked_file(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        match file.try_lock() {
            // A disk without locks sweeps by age.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => file.lock()?,
        }
        if file.metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}
