//! The two places where content can be: a folder, or a bucket of an S3-compatible store.

use std::io;
use std::ops::Range;

use bellboard_core::content::ContentDigest;
use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

#[cfg(feature = "s3")]
use super::bucket;
use super::{Address, Chunks, folder};

#[derive(Debug)]
pub(super) enum Place {
    Folder(folder::Folder),
    #[cfg(feature = "s3")]
    Bucket(bucket::Bucket),
}

/// An upload that goes on. Dropped, it leaves nothing behind.
pub(super) enum Draft {
    Folder(folder::Draft),
    #[cfg(feature = "s3")]
    Bucket(bucket::Draft),
}

/// Bytes that lie in the place, whether a row speaks of them or not.
#[derive(Debug)]
pub(super) struct Found {
    pub engagement_id: EngagementId,
    pub name: String,
    pub stored_as: Uuid,
}

impl Place {
    /// Begins an upload. Nothing of it can be read before it is kept.
    pub async fn draft(&self, engagement: EngagementId, stored_as: Uuid) -> io::Result<Draft> {
        match self {
            Self::Folder(folder) => folder.draft(engagement, stored_as).await.map(Draft::Folder),
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.draft(engagement, stored_as).await.map(Draft::Bucket),
        }
    }

    pub async fn read(&self, address: &Address, range: Range<u64>) -> io::Result<Chunks> {
        match self {
            Self::Folder(folder) => folder.read(address, range).await,
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.read(address, range).await,
        }
    }

    /// Whether the bytes are there, all of them.
    pub async fn has(&self, address: &Address) -> io::Result<bool> {
        match self {
            Self::Folder(folder) => folder.has(address).await,
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.has(address).await,
        }
    }

    /// Removes the bytes of an address; that they are gone already is no failure.
    pub async fn remove(&self, address: &Address) -> io::Result<()> {
        self.remove_found(address.engagement_id, &self.name_of(address))
            .await
    }

    pub async fn remove_found(&self, engagement: EngagementId, name: &str) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.remove(engagement, name).await,
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.remove(engagement, name).await,
        }
    }

    fn name_of(&self, address: &Address) -> String {
        match self {
            Self::Folder(_) => folder::name_of(&address.digest, address.stored_as),
            #[cfg(feature = "s3")]
            Self::Bucket(_) => address.stored_as.to_string(),
        }
    }

    /// Removes what uploads left that died before this moment.
    pub async fn sweep_drafts(&self, before: Timestamp) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.sweep_drafts(before).await,
            // A bucket's own rule ends unfinished uploads; the operations guide names it.
            #[cfg(feature = "s3")]
            Self::Bucket(_) => Ok(()),
        }
    }

    /// The engagements that have bytes here.
    pub async fn engagements(&self) -> io::Result<Vec<EngagementId>> {
        match self {
            Self::Folder(folder) => folder.engagements().await,
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.engagements().await,
        }
    }

    /// What lies there of an engagement since before this moment.
    pub async fn older_than(
        &self,
        engagement: EngagementId,
        before: Timestamp,
    ) -> io::Result<Vec<Found>> {
        match self {
            Self::Folder(folder) => folder.older_than(engagement, before).await,
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.older_than(engagement, before).await,
        }
    }
}

impl Draft {
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Folder(draft) => draft.write(bytes).await,
            #[cfg(feature = "s3")]
            Self::Bucket(draft) => draft.write(bytes).await,
        }
    }

    /// What was written, by its address.
    pub async fn digest(&mut self) -> io::Result<ContentDigest> {
        match self {
            Self::Folder(draft) => draft.digest().await,
            #[cfg(feature = "s3")]
            Self::Bucket(draft) => Ok(draft.digest()),
        }
    }

    /// Flushes it and gives it its name.
    pub async fn keep(self, digest: &ContentDigest) -> io::Result<()> {
        match self {
            Self::Folder(draft) => draft.keep(digest).await,
            #[cfg(feature = "s3")]
            Self::Bucket(draft) => draft.keep().await,
        }
    }
}
