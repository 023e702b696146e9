//! What a download of an artifact brings: one file, or all of a version's files together.

use bellboard_core::id::{ArtifactId, EngagementId};

use super::{Address, store};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};

/// Which files of an artifact.
#[derive(Debug, Clone)]
pub struct OfDownload {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// The version; the newest when absent.
    pub version: Option<i64>,
    /// One file by its name; all of them when absent.
    pub file: Option<String>,
}

/// A file of an artifact and where its bytes are.
#[derive(Debug, Clone)]
pub struct FileOf {
    /// Its name, without any path.
    pub name: String,
    /// What its maker says that it is.
    pub media_type: String,
    /// Its bytes.
    pub address: Address,
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub enum Download {
    /// A file as it is.
    File(FileOf),
    /// Several files in one.
    Bundle {
        /// `render-7-v2`: what people call it.
        name: String,
        /// The version, which never changes.
        version: i64,
        /// In their order; at least one.
        files: Vec<FileOf>,
    },
}

/// A version of an artifact, as far as its files are concerned.
pub(super) struct VersionOf {
    pub kind: String,
    pub number: i64,
    pub version: i64,
    pub is_one_file: bool,
}

/// Finds the files. Authorized as the verb of the call says, in the reading transaction itself.
pub async fn find_download(call: Call, input: OfDownload) -> Outcome<Download> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let member =
                    access::in_engagement_of_artifact(sql, &call, input.artifact_id).await?;
                let version = store::version(sql, &member, input.artifact_id, input.version)
                    .await?
                    .ok_or_else(Fault::not_found)?;
                let files = store::files(sql, &member, input.artifact_id, version.version).await?;
                choose(version, files, input.file)
            })
        })
        .await
}

fn choose(version: VersionOf, mut files: Vec<FileOf>, name: Option<String>) -> Outcome<Download> {
    if let Some(name) = name {
        files.retain(|file| file.name == name);
    } else if files.len() > 1 || !version.is_one_file {
        let VersionOf {
            kind,
            number,
            version,
            ..
        } = version;
        if files.is_empty() {
            return Err(Fault::not_found());
        }
        return Ok(Download::Bundle {
            name: format!("{kind}-{number}-v{version}"),
            version,
            files,
        });
    }
    files.pop().map(Download::File).ok_or_else(Fault::not_found)
}

/// The address of a file's bytes, as its row and the record of its content tell it.
pub(super) fn address_of(
    engagement_id: EngagementId,
    digest: &[u8],
    size: i64,
    stored_as: Option<uuid::Uuid>,
) -> Outcome<Address> {
    let stored_as =
        stored_as.ok_or_else(|| Fault::internal("a file of an artifact has no content"))?;
    Ok(Address {
        engagement_id,
        digest: digest.try_into().map_err(Fault::internal)?,
        stored_as,
        size: u64::try_from(size).map_err(Fault::internal)?,
    })
}
