//! An upload: bytes come in a stream, are hashed as they are written, and count only once all of it is on the disk.

use std::pin::pin;

use bellboard_core::content::{ContentDigest, MAX_CONTENT_BYTES};
use bellboard_core::id::EngagementId;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;

use super::place::Draft;
use super::{Address, Contents, fault_of, store};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};

/// What the uploading side says beforehand of what it sends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declared {
    /// What it will be; another address refuses the upload.
    pub digest: Option<ContentDigest>,
    /// How long it will be.
    pub size: Option<u64>,
}

/// Content that is here, for an artifact to name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContentView {
    /// Its address: goes into `content.files[].digest` of an artifact of the same engagement.
    pub digest: ContentDigest,
    /// How many bytes it has.
    pub size: u64,
}

/// Takes content into an engagement. Content that no artifact names is removed after a day. Whatever goes wrong, or
/// whoever leaves in the middle, leaves nothing behind.
pub async fn upload<E: From<Fault>>(
    call: Call,
    engagement: EngagementId,
    declared: Declared,
    chunks: impl Stream<Item = Result<Bytes, E>>,
) -> Result<ContentView, E> {
    authorize(&call, engagement).await?;
    if declared.size.is_some_and(|size| size > MAX_CONTENT_BYTES) {
        return Err(too_large().into());
    }
    let contents = call.hub.contents()?;
    let _slot = contents.slot()?;
    let stored_as = call.new_id();
    let mut draft = contents
        .place
        .draft(engagement, stored_as)
        .await
        .map_err(|error| fault_of(&error))?;
    let size = receive(&mut draft, chunks).await?;
    let digest = draft.digest().await.map_err(|error| fault_of(&error))?;
    compare(&declared, &digest, size)?;
    draft
        .keep(&digest)
        .await
        .map_err(|error| fault_of(&error))?;
    let address = Address {
        engagement_id: engagement,
        digest,
        stored_as,
        size,
    };
    let recorded = record(&call, contents, address).await;
    if !matches!(recorded, Ok(true)) {
        discard(contents, &address).await;
    }
    recorded?;
    Ok(ContentView { digest, size })
}

/// Before the first byte is read.
async fn authorize(call: &Call, engagement: EngagementId) -> Outcome<()> {
    let asked = call.clone();
    call.hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                access::in_engagement(sql, &asked, engagement).await?;
                Ok(())
            })
        })
        .await
}

async fn receive<E: From<Fault>>(
    draft: &mut Draft,
    chunks: impl Stream<Item = Result<Bytes, E>>,
) -> Result<u64, E> {
    let mut chunks = pin!(chunks);
    let mut size = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        size += chunk.len() as u64;
        if size > MAX_CONTENT_BYTES {
            return Err(too_large().into());
        }
        draft
            .write(&chunk)
            .await
            .map_err(|error| fault_of(&error))?;
    }
    Ok(size)
}

fn compare(declared: &Declared, digest: &ContentDigest, size: u64) -> Outcome<()> {
    match declared.digest {
        Some(wanted) if wanted != *digest => Err(Fault::invalid(
            "Content-Digest",
            format!(
                "The {size} bytes that came are {digest}, and the header says {wanted}. Nothing was kept; send them again."
            ),
        )
        .with_code("digest_mismatch")
        .with("digest", digest.to_string())),
        _ => Ok(()),
    }
}

fn too_large() -> Fault {
    Fault::too_large(
        "content_too_large",
        format!("A file has at most {MAX_CONTENT_BYTES} bytes (1 GiB). Nothing was kept."),
    )
}

/// Writes the row; whether it speaks of these very bytes. The same content from before stays where it is, unless its
/// bytes were lost: then these take its place.
async fn record(call: &Call, contents: &Contents, address: Address) -> Outcome<bool> {
    let asked = call.clone();
    let stands = call
        .hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &asked, address.engagement_id).await?;
                store::put(sql, &member, &address, asked.now).await
            })
        })
        .await?;
    if stands == address.stored_as {
        return Ok(true);
    }
    let before = Address {
        stored_as: stands,
        ..address
    };
    let has = contents.place.has(&before).await;
    if has.map_err(|error| fault_of(&error))? {
        return Ok(false);
    }
    tracing::warn!(digest = %address.digest, "content whose bytes were lost came again");
    call.hub
        .db()
        .write(move |sql| Box::pin(async move { store::replace(sql, &address, stands).await }))
        .await
}

async fn discard(contents: &Contents, address: &Address) {
    if let Err(error) = contents.place.remove(address).await {
        tracing::warn!(%error, "an upload that is not needed could not be removed; it will be swept");
    }
}
