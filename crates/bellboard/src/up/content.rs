//! Where the content of artifacts lies: a folder beside the embedded database, a named one, or a bucket.

use std::path::Path;

use anyhow::{Context as _, Result};
use bellboard_hub::content::Contents;

use crate::output::{Mark, Output};

/// The folder that a hub makes for itself.
const FOLDER: &str = "content";
/// What the address of a bucket begins with.
const BUCKET: &str = "s3://";

/// Opens the named place; else a folder in the data folder, with a word of warning where others may need to share it.
pub fn open(named: Option<&str>, data: &Path, embedded: bool, output: &Output) -> Result<Contents> {
    if let Some(address) = named.and_then(|named| named.strip_prefix(BUCKET)) {
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        return open_bucket(bucket, prefix);
    }
    let own = data.join(FOLDER);
    let folder = named.map_or(own.as_path(), Path::new);
    if named.is_none() && !embedded {
        output.say(
            Mark::Note,
            &format!(
                "Files of artifacts lie in {}, on this machine only. With more than one replica give all of them the same \
                 shared folder or bucket: --content",
                folder.display()
            ),
        );
    }
    Contents::in_folder(folder).with_context(|| {
        format!(
            "The folder for files, {}, cannot be used. Choose another: bellboard up --content FOLDER",
            folder.display()
        )
    })
}

#[cfg(feature = "s3")]
fn open_bucket(bucket: &str, prefix: &str) -> Result<Contents> {
    Contents::in_bucket(bucket, prefix).with_context(|| {
        format!(
            "The bucket {bucket} cannot be used. Key, region and endpoint come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, \
             AWS_REGION and AWS_ENDPOINT"
        )
    })
}

#[cfg(not(feature = "s3"))]
fn open_bucket(bucket: &str, _prefix: &str) -> Result<Contents> {
    anyhow::bail!(
        "This bellboard was built without S3, so it cannot use the bucket {bucket}. Build it with `cargo build --release \
         --features s3`, or name a folder: --content FOLDER"
    )
}
