//! Content in a bucket of an S3-compatible store, as `<prefix>/<engagement>/<upload>`: a name must be known before the
//! first byte is sent, and the address of content only after the last.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bellboard_core::content::ContentDigest;
use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectStore as _, ObjectStoreExt as _,
    PutPayload,
};
use ring::digest::{Context, SHA256};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::place::Found;
use super::{Address, Chunks};

/// An upload is sent in parts of this size, one at a time; a store takes 10,000 of at least 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// The store must be reached within this time.
const CONNECT: Duration = Duration::from_secs(5);
/// It must take a part, or give the next bytes, within this time.
const PAUSE: Duration = Duration::from_mins(1);

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    prefix: Path,
}

impl Bucket {
    /// Key, region and endpoint come from the `AWS_` variables; nothing is asked of the store yet.
    pub fn open(bucket: &str, prefix: &str) -> io::Result<Self> {
        let patience = ClientOptions::new()
            .with_connect_timeout(CONNECT)
            .with_timeout_disabled()
            .with_read_timeout(PAUSE)
            .with_allow_http(std::env::var("AWS_ALLOW_HTTP").is_ok_and(|word| word == "true"));
        let store = AmazonS3Builder::from_env()
            .with_client_options(patience)
            .with_bucket_name(bucket)
            .build()?;
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::parse(prefix).map_err(io::Error::other)?,
        })
    }

    #[expect(
        clippy::unused_async,
        reason = "an upload in a folder waits for the disk here"
    )]
    pub async fn draft(&self, engagement: EngagementId, stored_as: Uuid) -> io::Result<Draft> {
        Ok(Draft {
            store: self.store.clone(),
            path: self.path(engagement, &stored_as.to_string()),
            part: Vec::new(),
            upload: None,
            hash: Context::new(&SHA256),
        })
    }

    pub async fn read(&self, address: &Address, range: Range<u64>) -> io::Result<Chunks> {
        // A store answers an empty range with a refusal.
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let path = self.path_of(address);
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&path, options).await?;
        if found.meta.size != address.size {
            let size = found.meta.size;
            let wanted = address.size;
            return Err(io::Error::other(format!(
                "an object of {wanted} bytes has {size}"
            )));
        }
        Ok(found.into_stream().map_err(io::Error::from).boxed())
    }

    pub async fn has(&self, address: &Address) -> io::Result<bool> {
        match self.store.head(&self.path_of(address)).await {
            Ok(found) => Ok(found.size == address.size),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn remove(&self, engagement: EngagementId, name: &str) -> io::Result<()> {
        match self.store.delete(&self.path(engagement, name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn engagements(&self) -> io::Result<Vec<EngagementId>> {
        let found = self.store.list_with_delimiter(Some(&self.prefix)).await?;
        let folders = found.common_prefixes.iter();
        Ok(folders
            .filter_map(|folder| folder.filename()?.parse().ok())
            .collect())
    }

    pub async fn older_than(
        &self,
        engagement: EngagementId,
        before: Timestamp,
    ) -> io::Result<Vec<Found>> {
        let folder = self.prefix.clone().join(engagement.to_string());
        let mut objects = self.store.list(Some(&folder));
        let mut found = Vec::new();
        while let Some(object) = objects.try_next().await? {
            let Some(name) = object.location.filename() else {
                continue;
            };
            if let Ok(stored_as) = name.parse()
                && object.last_modified.timestamp_micros() < before.micros()
            {
                found.push(Found {
                    engagement_id: engagement,
                    name: name.to_owned(),
                    stored_as,
                });
            }
        }
        Ok(found)
    }

    fn path_of(&self, address: &Address) -> Path {
        self.path(address.engagement_id, &address.stored_as.to_string())
    }

    fn path(&self, engagement: EngagementId, name: &str) -> Path {
        self.prefix.clone().join(engagement.to_string()).join(name)
    }
}

/// An upload that goes on; a short one is sent as a whole when it is kept.
pub(super) struct Draft {
    store: Arc<AmazonS3>,
    path: Path,
    part: Vec<u8>,
    upload: Option<Box<dyn MultipartUpload>>,
    hash: Context,
}

impl Draft {
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.part.extend_from_slice(bytes);
        if self.part.len() < PART_BYTES {
            return Ok(());
        }
        if self.upload.is_none() {
            self.upload = Some(self.store.put_multipart(&self.path).await?);
        }
        self.send_part().await
    }

    pub fn digest(&self) -> ContentDigest {
        let digest = self.hash.clone().finish();
        let bytes = digest.as_ref().try_into();
        ContentDigest::from_bytes(bytes.expect("a SHA-256 has 32 bytes"))
    }

    /// The object appears whole or not at all.
    pub async fn keep(mut self) -> io::Result<()> {
        if self.upload.is_none() {
            let whole = PutPayload::from(std::mem::take(&mut self.part));
            self.store.put(&self.path, whole).await?;
            return Ok(());
        }
        if !self.part.is_empty() {
            self.send_part().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
        }
        self.upload = None;
        Ok(())
    }

    async fn send_part(&mut self) -> io::Result<()> {
        let part = PutPayload::from(std::mem::take(&mut self.part));
        if let Some(upload) = &mut self.upload {
            upload.put_part(part).await?;
        }
        Ok(())
    }
}

impl Drop for Draft {
    /// The parts that were sent are given up. When even that fails, the bucket's own rule for unfinished uploads does it.
    fn drop(&mut self) {
        let (Some(mut upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) else {
            return;
        };
        let giving_up = async move {
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "the parts of an upload could not be given up");
            }
        };
        drop(runtime.spawn(giving_up));
    }
}
