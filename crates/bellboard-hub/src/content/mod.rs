//! Content: the bytes of artifacts' files, kept outside of the database under the address of what they are.
//!
//! A row in `contents` stands only after its bytes are whole, flushed and under their name; it is removed before they
//! are. So a row never lacks its bytes, and what a crash leaves behind is bytes without a row, which are swept later.

#[cfg(feature = "s3")]
mod bucket;
mod collect;
mod download;
mod folder;
mod place;
mod store;
mod upload;

use std::io;
use std::ops::Range;
use std::path::Path;

use bellboard_core::content::ContentDigest;
use bellboard_core::id::EngagementId;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::fault::{Fault, Outcome};
use place::Place;

pub use collect::{collect, sweep};
pub use download::{Download, FileOf, OfDownload, find_download};
pub use store::hold;
pub use upload::{ContentView, Declared, upload};

/// How many uploads go on at once; one more is told to come back. Each holds a block in memory.
const MAX_UPLOADS: usize = 32;

/// The bytes of a file, in blocks of at most 256 KiB from a folder.
pub type Chunks = BoxStream<'static, io::Result<Bytes>>;

/// Where content is kept. One per hub.
#[derive(Debug)]
pub struct Contents {
    place: Place,
    slots: Semaphore,
}

/// Which bytes: whose, what they are, and which upload brought them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The engagement that they were uploaded into.
    pub engagement_id: EngagementId,
    /// What they are.
    pub digest: ContentDigest,
    /// The upload that brought them.
    pub stored_as: Uuid,
    /// How many they are.
    pub size: u64,
}

impl Contents {
    /// Content in a folder of this machine, or of one that every replica shares. What an upload that died left there is
    /// removed.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        Ok(Self::at(Place::Folder(folder::Folder::open(folder)?)))
    }

    /// Content in an S3-compatible store; the key, the region and the endpoint come from the `AWS_` variables.
    #[cfg(feature = "s3")]
    pub fn in_bucket(bucket: &str, prefix: &str) -> io::Result<Self> {
        Ok(Self::at(Place::Bucket(bucket::Bucket::open(
            bucket, prefix,
        )?)))
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            slots: Semaphore::new(MAX_UPLOADS),
        }
    }

    /// The bytes in this range. What was opened can be read to its end, whatever is removed meanwhile.
    pub async fn read(&self, address: &Address, range: Range<u64>) -> Outcome<Chunks> {
        self.place.read(address, range).await.map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return Fault::internal(format!("content {} is gone: {error}", address.digest));
            }
            fault_of(&error)
        })
    }

    fn slot(&self) -> Outcome<SemaphorePermit<'_>> {
        self.slots.try_acquire().map_err(|_| {
            Fault::unavailable(
                "too_many_uploads",
                format!("{MAX_UPLOADS} uploads are going on already. Try again shortly."),
            )
        })
    }
}

/// What a failure of the place means to whoever uploads or downloads.
fn fault_of(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Fault::full()
        }
        _ => {
            tracing::warn!(%error, "the place of content does not answer");
            Fault::unavailable(
                "content_unavailable",
                "The place where content is kept does not answer. Nothing was changed; try again shortly.",
            )
        }
    }
}
